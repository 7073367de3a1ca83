import { dangerous, denyList, inheritableLeftover, unneeded } from "./capability-rules.ts";
import { helpPattern } from "./command-rules.ts";
import { deviceLeftOut, deviceModePassed } from "./device-rules.ts";
import { accountOfStart, givenLater, takenAwayBefore } from "./environment-rules.ts";
import {
	command,
	fileCapabilities,
	idleStep,
	imageUser,
	missingProgram,
	missingSource,
	stepObstacle,
	workdir,
	writableProgram,
} from "./image-rules.ts";
import { graceOfOther, initProgram, initWorkload, longGrace, secondInit } from "./init-rules.ts";
import {
	landlockDevices,
	landlockKernel,
	landlockMount,
	landlockProc,
	landlockRoot,
	writtenIsExecuted,
	writtenPrograms,
} from "./landlock-rules.ts";
import { ipcDeviceMapper, networkWait } from "./namespace-rules.ts";
import { neededCalls } from "./needed-calls.ts";
import { plainPath } from "./pattern-rules.ts";
import { portKept, portTwice } from "./port-rules.ts";
import { looseSecurebits, newPrivileges, secretInFile } from "./process-rules.ts";
import { userTwice } from "./replaced-rules.ts";
import { ambientRoot, confinedRoot, fixupOff, sharedKeyring } from "./root-rules.ts";
import type { Rule } from "./rule.ts";
import { lostFallback, otherWay, twoRules } from "./seccomp-gap-rules.ts";
import {
	execRefused,
	falseSuccess,
	idleAllow,
	notStored,
	openDefault,
	ownCalls,
	sameArgument,
	shadowedCondition,
	staleFilter,
	unknownCall,
	unmetCapability,
	unreadProfile,
} from "./seccomp-rules.ts";
import { chownProgram, shellWord } from "./shell-rules.ts";
import { braces, comparedSetting, fileVariable, idlePrepend, severalPaths, variableName } from "./slip-rules.ts";
import { accountName, standIn } from "./stand-in-rules.ts";
import { invisibleCharacter } from "./text-rules.ts";
import { daemonSocket, hugeTree, rootOnDisk, shapedImage } from "./tree-rules.ts";
import { labelKernel, unknownCommand } from "./wall-rules.ts";

/** Every rule by its code, which is part of the interface. */
export const rules = {
	LINT_DENY_LIST: denyList,
	LINT_DANGEROUS_CAPABILITY: dangerous,
	LINT_INHERITABLE_LEFTOVER: inheritableLeftover,
	LINT_UNNEEDED_CAPABILITY: unneeded,
	LINT_NEW_PRIVILEGES: newPrivileges,
	LINT_SECUREBITS: looseSecurebits,
	LINT_SETUID_FIXUP: fixupOff,
	LINT_AMBIENT_ROOT: ambientRoot,
	LINT_SESSION_KEYRING: sharedKeyring,
	LINT_LANDLOCK_MOUNT: landlockMount,
	LINT_LANDLOCK_PROC: landlockProc,
	LINT_LANDLOCK_ROOT: landlockRoot,
	LINT_LANDLOCK_DEVICES: landlockDevices,
	LINT_LANDLOCK_WRITE_EXECUTE: writtenIsExecuted,
	LINT_LANDLOCK_PROGRAMS: writtenPrograms,
	LINT_LANDLOCK_KERNEL: landlockKernel,
	LINT_NETWORK_WAIT: networkWait,
	LINT_IPC_DEVICE_MAPPER: ipcDeviceMapper,
	LINT_CONFINED_ROOT: confinedRoot,
	LINT_DEVICE_LEFT_OUT: deviceLeftOut,
	LINT_DEVICE_MODE: deviceModePassed,
	LINT_LABEL_KERNEL: labelKernel,
	LINT_USER_TWICE: userTwice,
	LINT_INIT_WORKLOAD: initWorkload,
	LINT_SECOND_INIT: secondInit,
	LINT_INIT_PROGRAM: initProgram,
	LINT_GRACE_LENGTH: longGrace,
	LINT_GRACE_USER: graceOfOther,
	LINT_WALL_COMMAND: unknownCommand,
	LINT_SECRET_IN_FILE: secretInFile,
	LINT_FROM_FILE_TAKEN: takenAwayBefore,
	LINT_ACCOUNT_OF_START: accountOfStart,
	LINT_GIVEN_LATER: givenLater,
	LINT_HUGE_TREE: hugeTree,
	LINT_DAEMON_SOCKET: daemonSocket,
	LINT_ROOT_ON_DISK: rootOnDisk,
	LINT_SHAPED_IMAGE: shapedImage,
	LINT_INVISIBLE_CHARACTER: invisibleCharacter,
	LINT_SHELL_WORD: shellWord,
	LINT_STEP_CHOWN: chownProgram,
	LINT_HELP_PATTERN: helpPattern,
	LINT_PLAIN_PATH: plainPath,
	LINT_SEVERAL_PATHS: severalPaths,
	LINT_STAND_IN: standIn,
	LINT_ACCOUNT_NAME: accountName,
	LINT_BRACES: braces,
	LINT_FILE_VARIABLE: fileVariable,
	LINT_VARIABLE_NAME: variableName,
	LINT_COMPARED_SETTING: comparedSetting,
	LINT_PORT_TWICE: portTwice,
	LINT_PORT_KEPT: portKept,
	LINT_IDLE_PREPEND: idlePrepend,
	LINT_SECCOMP_COMMAND: neededCalls,
	LINT_SECCOMP_EXEC: execRefused,
	LINT_SECCOMP_OWN_CALLS: ownCalls,
	LINT_SECCOMP_OPEN: openDefault,
	LINT_SECCOMP_UNKNOWN_CALL: unknownCall,
	LINT_SECCOMP_FALLBACK: lostFallback,
	LINT_SECCOMP_OTHER_WAY: otherWay,
	LINT_SECCOMP_SHADOWED: shadowedCondition,
	LINT_SECCOMP_TWO_RULES: twoRules,
	LINT_SECCOMP_SAME_ARGUMENT: sameArgument,
	LINT_SECCOMP_ERRNO_ZERO: falseSuccess,
	LINT_SECCOMP_UNMET: unmetCapability,
	LINT_SECCOMP_IDLE_ALLOW: idleAllow,
	LINT_SECCOMP_UNREAD: unreadProfile,
	LINT_SECCOMP_STALE: staleFilter,
	LINT_SECCOMP_NOT_STORED: notStored,
	LINT_COMMAND: command,
	LINT_WORKDIR: workdir,
	LINT_IDLE_STEP: idleStep,
	LINT_MISSING_PROGRAM: missingProgram,
	LINT_MISSING_SOURCE: missingSource,
	LINT_STEP_OBSTACLE: stepObstacle,
	LINT_FILE_CAPABILITIES: fileCapabilities,
	LINT_IMAGE_USER: imageUser,
	LINT_WRITABLE_PROGRAM: writableProgram,
} as const satisfies Readonly<Record<string, Rule>>;

export type LintCode = keyof typeof rules;
