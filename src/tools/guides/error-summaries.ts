import type { ErrorCode } from "../../report/codes.ts";

/** What each code means, for the reference. A new code does not compile without its sentence. */
export const errorSummaries: Readonly<Record<ErrorCode, string>> = {
	USAGE: "the command line is not understood",
	CONFIG_NOT_FOUND: "the configuration file does not exist",
	CONFIG_UNREADABLE: "the configuration file cannot be read",
	CONFIG_UNTRUSTED: "somebody other than root could have written the configuration file",
	CONFIG_TOO_LARGE: "the configuration file passes a size, depth or node limit",
	CONFIG_SYNTAX: "the configuration file is not the YAML that is accepted",
	CONFIG_DUPLICATE_KEY: "a key is written twice in one mapping",
	CONFIG_UNKNOWN_KEY: "a key is not known",
	CONFIG_MISSING_KEY: "a required key is missing",
	CONFIG_INVALID_VALUE: "a value has the wrong type or form",
	CONFIG_CONFLICT: "two keys contradict each other",
	INTERPOLATION_UNSET: "a ${NAME} that this start asks for has no value and no default; a note of check",
	INTERPOLATION_SYNTAX: "a $ in a value is not a known form",
	USER_MISSING: "no user is configured",
	USER_INVALID: "a user or group is not a valid name or id",
	USER_UNKNOWN: "a user name is not in /etc/passwd",
	USER_NO_GROUP: "a numeric user has no passwd entry, so its group is not known",
	GROUP_UNKNOWN: "a group name is not in /etc/group, or a path of groups.from_path cannot be looked at",
	USER_IS_ROOT: "a user that is not called root has uid 0, or root came out of a variable",
	PASSWD_UNREADABLE: "/etc/passwd or /etc/group is no regular file of bounded size",
	PASSWD_MALFORMED: "the entry needed from /etc/passwd or /etc/group is malformed",
	ID_UNMAPPED: "an id does not exist in this user namespace",
	CAPABILITY_UNKNOWN: "a capability name is not known",
	CAPABILITY_MISSING: "a capability that the plan needs is not held",
	SECUREBIT_UNKNOWN: "the kernel is too old for a securebit that is configured",
	ENVIRONMENT_INVALID: "a variable is missing, or the file that NAME_FILE or a secret names, or what it holds cannot be passed on",
	COMMAND_MISSING: "there is no command to run",
	COMMAND_NOT_FOUND: "the command does not exist",
	COMMAND_NOT_EXECUTABLE: "the command exists but cannot be executed",
	LIMIT_REFUSED: "a resource limit may not be raised",
	LANDLOCK_UNAVAILABLE: "the kernel, or a filter in front of it, lacks what landlock is to wall",
	LANDLOCK_RULE: "a path of landlock does not exist, or somebody other than root could lead it elsewhere",
	CONFINE_REFUSED:
		"this start lacks what `confine`, `paths`, `devices`, `namespaces` or `cgroup` takes, and has not got it from the runtime either",
	INIT_REFUSED: "the workload is an init itself, or its user may not execute this program, which the init is",
	INIT_FAILED: "the init could not be made ready, so that the workload did not run; 128 and a signal's number where that killed it",
	MOUNT_HIDDEN:
		"a step mounts where the machine or another container is to see it, and what is mounted in a namespace of its own is seen by nobody else",
	STEP_FAILED: "a setup step could not do what it says; the workload was not started",
	PROCESS_LEFT: "what a setup step has started cannot be ended; the workload was not started",
	INTERRUPTED: "a signal came during a setup step and ended the start; its number is added to the exit status",
	REQUIREMENT_MISSING: "a require step did not find what it asks for, or what capsh was asked is not so",
	DROP_FAILED: "a step of the drop failed; the workload was not started",
	VERIFY_FAILED: "the kernel's view after the drop is not what was planned",
	LABEL_UNAVAILABLE: "the security module of `apparmor` or `selinux` is not active here, or cannot be asked",
	LABEL_REFUSED: "the profile or context for the workload is not loaded, or may not be entered from where the start is",
	CALL_REFUSED: "the kernel lacks a system call that the start cannot do without, or a filter in front of it refused one",
	SECCOMP_PROFILE_SYNTAX: "the profile of seccomp is not JSON, or passes a limit of size or depth",
	SECCOMP_PROFILE_INVALID: "a profile of seccomp says what no filter can do, or contradicts itself",
	SECCOMP_FILTER_TOO_LARGE: "a profile of seccomp needs more instructions than the kernel takes",
	NOT_FORMATTED: "fmt cannot bring a file into form and prove that it says the same; it is left as it is",
	IMAGE_UNKNOWN: "init was given nothing that says how an image is started",
	FILE_NOT_WRITTEN: "a file that fmt, check --fix or init was to write could not be; what was there is as it was",
	SECCOMP_NOT_STORED: "what compile makes beside the configuration cannot be written, or removed",
	SECCOMP_STORED_DIFFERS:
		"what lies beside the configuration names its profile and holds another program: plan, check and explain compile it and compare",
	SETUID_BINARY: "the program itself was given privilege by file mode or file capabilities",
	PROCESS_UNKNOWN: "there is no such process, or it may not be looked at",
	INTERNAL: "a defect of this program",
};

/** What is done about a code where the corrected line does not say it, for `explain`: each message has its own beside. */
export const errorRemedies: Readonly<Partial<Record<ErrorCode, string>>> = {
	...Object.fromEntries(
		(["CONFIG_UNKNOWN_KEY", "CONFIG_MISSING_KEY", "CONFIG_INVALID_VALUE", "CONFIG_DUPLICATE_KEY", "CONFIG_CONFLICT"] as const).map(
			(code) => [
				code,
				"abdicate explain lists the keys, and explain KEY says what one takes; docs/reference has all\nabdicate check --fix FILE mends what has one right answer",
			],
		),
	),
	CONFINE_REFUSED:
		"start the container as an ordinary one, which has it already: docker run without --privileged, --device and --security-opt systempaths=unconfined\nor let this program do it: docker run --cap-add SYS_ADMIN --security-opt apparmor=unconfined; `plan --format docker --for this-start` prints what this start takes\nor write none at the key that is refused: paths: none, devices: none",
	COMMAND_NOT_FOUND:
		"write the name or path that the image has: docker run --entrypoint sh IMAGE -c 'command -v NAME'\nCMD and command.default are a program and its arguments, and no line of a shell",
	COMMAND_NOT_EXECUTABLE:
		"chmod 755 in the image; a script begins with #!/bin/sh, which is in the image too\nENOEXEC: an image for this machine (docker build --platform); EACCES of a volume: mount it without noexec",
	USER_UNKNOWN: 'make it in the image (adduser), or write ids: user: "1000:1000"',
	CAPABILITY_MISSING:
		"grant what the line names; abdicate plan --format docker FILE prints all\na start as another user than root holds none: USER root in the image, docker run --user 0",
	STEP_FAILED: "the line names the step (setup[N] counts from 0), the call and the errno: abdicate explain EACCES, say, and explain CALL",
	REQUIREMENT_MISSING: "give the container what the line names, or leave the step require out",
	INTERRUPTED: "what sent it waits too short: docker stop --time, a startupProbe; the line names the step that was not done yet",
	DROP_FAILED: "the line names the key or the call that was refused; what it names is written otherwise, or granted by the runtime",
	VERIFY_FAILED:
		"nothing in the file: start it under an ordinary runtime (docker run --runtime runc), and report it where that ends so too",
	CALL_REFUSED:
		"docker run --security-opt seccomp=unconfined tells whether it is the runtime's filter; if not, it is the kernel: docs/reference/kernels.md",
	INIT_REFUSED: "leave out init where the workload is one; install this program with mode 0755",
	MOUNT_HIDDEN:
		"mount it in a container of its own, whose file has no confine, paths, devices and namespaces: mount\nor bring the volume in without :rshared (kubernetes: mountPropagation: None), where nobody else is to see what is mounted",
};
