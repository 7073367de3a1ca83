import * as v from "valibot";
import { type Capability, type CapabilityName, capabilityName as nameOf, capability as numberOf } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { lackOf, observeWithheld } from "../../capability/withheld.ts";
import { capabilityName, choice, nonEmptyText, oneOrMany, path, text, textLike } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional } from "../../config/mapping.ts";
import { isDirectory } from "../../files/kind.ts";
import { findMount } from "../../files/mountinfo.ts";
import { lookTrusted } from "../../files/open.ts";
import { absolutePath } from "../../files/path-text.ts";
import { allows } from "../../files/permissions.ts";
import { whoMetWhat } from "../../files/who-met-what.ts";
import type { Identity } from "../../identity/identity.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import { matchesAny } from "../../report/pattern.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import { quoted } from "../../report/text.ts";
import { yamlQuoted } from "../../report/yaml.ts";
import { AT, O } from "../../sys/constants.ts";
import { givenVariable } from "../../sys/environ.ts";
import { errno, errnoName, saysAbsent } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { errnoOf, mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";
import { statServed } from "../../sys/served.ts";
import { type ChildIdentity, changeNeeds, mayChange, resolveChild, userChild } from "../common/child-identity.ts";
import { isDead } from "../common/dead-mount.ts";
import { type DeviceAccess, deviceAccess, deviceRemedy, foreseenRefusal, refusedDevice } from "../common/device-access.ts";
import {
	givenSettings,
	type KernelSetting,
	kernelSettings,
	readSetting,
	settingMeanings,
	settingRemedy,
	settingsOf,
} from "../common/kernel-setting.ts";
import { mayReach, toReach } from "../common/reach.ts";
import { refusal } from "../common/refusal.ts";
import { comparison, isMet, presentText, wantedText } from "../common/setting-value.ts";
import { volumeAt, waysToHave } from "../common/ways-to-have.ts";
import { waysToOpen } from "../common/ways-to-open.ts";
import type { ApplyContext, Obstacle, Step } from "../step.ts";

export interface RequireAction {
	readonly identity: ChildIdentity;
	readonly devices: readonly string[];
	readonly access: DeviceAccess;
	readonly settings: readonly KernelSetting[];
	readonly capabilities: readonly CapabilityName[];
	readonly mounts: readonly string[];
	readonly writable: readonly string[];
	readonly modules: readonly string[];
	readonly variables: readonly Variable[];
	readonly message: string | undefined;
}

/** What is decided about a variable of the workload; its value may be a secret and stays where it is. */
interface Variable {
	readonly name: string;
	readonly wanted: "set" | "unset";
	readonly isMet: boolean;
}

const names = () => oneOrMany(nonEmptyText());
const moduleNames = () => oneOrMany(textLike(/^[A-Za-z0-9_-]{1,55}$/, "expected the name of a kernel module"));

const fields = {
	device: list(() => oneOrMany(path())),
	access: optional(() => choice(...deviceAccess), "rw"),
	sysctl: optional(kernelSettings, {}),
	capability: list(() => oneOrMany(capabilityName())),
	mount: list(() => oneOrMany(path())),
	writable: list(() => oneOrMany(path())),
	module: list(moduleNames),
	env: list(names),
	env_unset: list(names),
	message: optional(text),
};

export const require: Step<FieldsOutput<typeof fields>, RequireAction> = {
	summary: "Checks what the workload cannot do without, changes nothing, and reports all that is missing at once.",
	schema: () =>
		v.pipe(
			mapping(fields, { path: ["device"], name: ["env"] }),
			v.check(
				({ message: _message, access: _access, sysctl, ...lists }) =>
					Object.keys(sysctl).length > 0 || Object.values(lists).some((each) => each.length > 0),
				"expected at least one of device, sysctl, capability, mount, writable, module, env and env_unset",
			),
		),
	plan: (config, context) => {
		const workdir = mustRead("getcwd", context.reads.getcwd());
		const absolute = (paths: readonly string[]) => paths.map((each) => absolutePath(each, workdir));
		return {
			identity: resolveChild("target", context),
			devices: absolute(config.device),
			access: config.access,
			settings: settingsOf(config.sysctl),
			capabilities: config.capability.map(nameOf as (each: Capability) => CapabilityName),
			mounts: absolute(config.mount),
			writable: absolute(config.writable),
			modules: config.module.map((each) => each.replaceAll("-", "_")),
			variables: variablesOf(config.env, config.env_unset, context.environment),
			message: config.message,
		};
	},
	settings: ({ settings }) => settings,
	describe: ({ devices, access, settings, capabilities, mounts, writable, modules, variables }) =>
		[
			...devices.map((each) => `device ${each} ${access}`),
			...settings.map((each) => `${each.key}${comparison(each)}`),
			...capabilities,
			...mounts.map((each) => `mount ${each}`),
			...writable.map((each) => `writable ${each}`),
			...modules.map((each) => `module ${each}`),
			...variables.map(({ name, wanted }) => `${name} ${wanted}`),
		].join(", "),
	needs: ({ identity, devices, writable, mounts }, reads) => [
		...(devices.length + writable.length === 0 ? [] : changeNeeds(identity, toTry, reads)),
		...mounts.map(toReach),
	],
	mayNeed: ({ identity, devices, writable, mounts }) => [
		...(devices.length + writable.length === 0 ? [] : mayChange(identity, toTry)),
		...mayReach(...mounts),
	],
	children: ({ identity, devices, writable }) =>
		devices.length + writable.length === 0 ? {} : { [userChild]: { identity, capabilities: [] } },
	grants: ({ devices, access, settings, capabilities }, reads) => ({
		capabilities,
		devices: devices.map((path) => ({ path, access })),
		...givenSettings(settings, reads),
	}),
	takesVariables: ({ env }) => env.filter((name) => !/[*?]/.test(name)),
	obstacles: (action, reads, isClose, beholder) =>
		withMessage(isClose ? closeProblems(action, reads, beholder?.target) : lastingProblems(action, reads), action),
	apply: (action, context) => {
		const [first, ...others] = withMessage(allProblems(action, context), action);
		if (first === undefined) {
			return { state: "ok", detail: "all there" };
		}
		throw new Failure(first, ...others);
	},
};

/** What the configuration says about it is told once. */
function withMessage<T extends Diagnostic>(problems: readonly T[], { message }: RequireAction): T[] {
	return problems.map((each, index) =>
		message === undefined || index < problems.length - 1 ? each : { ...each, remedy: [...(each.remedy ?? []), message] },
	);
}

type Found = Diagnostic & Obstacle;

/** What no step before can change. */
function lastingProblems({ capabilities, variables }: Pick<RequireAction, "capabilities" | "variables">, reads: Reads): Found[] {
	return [
		...capabilities.map((each) => capabilityProblem(reads, each)),
		...variables.map(({ name, wanted, isMet }) => (isMet ? undefined : variableProblem(name, wanted))),
	].flatMap((each) => (each === undefined ? [] : [{ ...each, isLasting: true }]));
}

/** Without a process that would be the user. */
function closeProblems(action: RequireAction, reads: Reads, target: Identity | undefined): Found[] {
	return problemsOf(action, reads, {
		device: (path) => absentDevice(path, reads) ?? deviceProblem(path, foreseenRefusal(reads, { ...action, path }, target)),
		writable: (path) => unwritable(action, path, writableCode(action, path, reads), reads),
	});
}

function deviceProblem(path: string, refused: Problem | undefined): Found | undefined {
	return refused && problem(`the device ${quoted(path)}: ${refused.message}`, refused.remedy);
}

function absentDevice(path: string, reads: Reads): Found | undefined {
	return saysAbsent(errnoOf(reads.statat(AT.FDCWD, path, 0)))
		? problem(`the device ${quoted(path)}: there is no such device`, deviceRemedy(path))
		: undefined;
}

/** By the mount and the mode alone. */
function writableCode({ identity: { uid, gid, groups } }: RequireAction, path: string, reads: Reads): number {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const code = typeof stat === "number" ? -stat : errnoOf(reads.faccessat(AT.FDCWD, path, 2));
	if (saysAbsent(code) || code === errno.EROFS) {
		return code;
	}
	const isLetIn = typeof stat === "number" || uid === 0 || allows(stat, { uid, groups: [gid, ...groups] }, isDirectory(stat) ? 3 : 2);
	return isLetIn ? 0 : errno.EACCES;
}

const toTry = "to try what the user can do";

/** Variables that must not be there may be patterns; each that is found is named. */
function variablesOf(wanted: readonly string[], unwanted: readonly string[], environment: ReadonlyMap<string, string>): Variable[] {
	const met = unwanted.map(
		(pattern) =>
			[pattern, [...environment].flatMap(([name, value]) => (value !== "" && matchesAny(name, [pattern]) ? [name] : []))] as const,
	);
	return [
		...wanted.map((name) => ({ name, wanted: "set", isMet: givenVariable(environment, name) !== undefined }) as const),
		...met.flatMap(([pattern, found]) =>
			(found.length === 0 ? [pattern] : found).map((name) => ({ name, wanted: "unset", isMet: found.length === 0 }) as const),
		),
	];
}

function problem(message: string, remedy: readonly string[] = []): Found {
	return { code: "REQUIREMENT_MISSING", message, remedy };
}

function allProblems(action: RequireAction, context: ApplyContext): Found[] {
	const { access, identity } = action;
	return problemsOf(action, context.host, {
		device: (path) => deviceProblem(path, refusedDevice(context, { path, access, identity })),
		writable: (path) => writableProblem(action, context, path),
	});
}

/** What is asked as the user. */
interface AsUser {
	device(path: string): Found | undefined;
	writable(path: string): Found | undefined;
}

function problemsOf(action: RequireAction, reads: Reads, { device, writable }: AsUser): Found[] {
	const { devices, settings, capabilities, mounts, modules } = action;
	const at = (path: string, found: Found | undefined) => found && { ...found, at: [path] };
	return [
		...devices.map((path) => at(path, device(path))),
		...settings.map((each) => at(each.path, settingProblem(reads, each))),
		...lastingProblems({ capabilities, variables: [] }, reads),
		...mounts.map((path) => at(path, mountProblem(reads, path))),
		...action.writable.map((path) => at(path, writable(path))),
		...modules.map((each) => moduleProblem(reads, each)),
		...lastingProblems({ ...action, capabilities: [] }, reads),
	].filter((each) => each !== undefined);
}

function variableProblem(name: string, wanted: Variable["wanted"]): Found {
	return wanted === "set"
		? problem(`the variable ${quoted(name)} is not set, or empty`, [
				`docker run --env ${shellWord(`${name}=...`)} ... | compose: environment: [${yamlQuoted(`${name}=...`)}] | kubernetes: env: [{name: ${yamlQuoted(name)}, value: ...}]`,
			])
		: problem(`the variable ${quoted(name)} is set and must not be`, [
				`start it without ${quoted(name)}, or take it away with env.unset where the image sets it`,
			]);
}

function settingProblem(reads: Reads, setting: KernelSetting): Found | undefined {
	const found = readSetting(reads, setting.path);
	if (typeof found === "string" && isMet(setting, found)) {
		return undefined;
	}
	const is = typeof found === "string" ? presentText(setting, found) : (meaningOf(found) ?? errnoText("open", found).message);
	return problem(`${setting.key} has to be ${wantedText(setting)}: ${is}`, settingRemedy(setting, found));
}

function meaningOf(code: number): string | undefined {
	return settingMeanings[errnoName(code) as keyof typeof settingMeanings]?.message;
}

/** Held means permitted at the start: a step can use it, and the workload keep it. */
function capabilityProblem(reads: Reads, name: CapabilityName): Found | undefined {
	const [, permitted] = mustRead("capget", reads.capget(0));
	if (CapabilitySet.fromBits(permitted).has(numberOf(name))) {
		return undefined;
	}
	const { message: lack, remedy } = lackOf([name], observeWithheld(reads));
	return problem(`CAP_${name} is ${lack}`, remedy);
}

/** By root's links alone: a link of the workload's leads to some mount or other. */
function mountProblem(reads: Reads, path: string): Found | undefined {
	const fd = lookTrusted(reads, path, O.PATH);
	if (fd < 0 && !saysAbsent(fd) && fd !== -errno.ELOOP) {
		return unknown(reads, path, new SyscallError("open", fd));
	}
	const found = fd < 0 ? undefined : withDescriptor(reads, fd, () => [findMount(reads, fd), errnoOf(statServed(reads, fd, "."))] as const);
	if (found?.[0] !== undefined) {
		// A mount may let nobody in but its user, and is one all the same.
		return isDead(-found[1]) ? unknown(reads, path, new SyscallError("fstat", found[1])) : undefined;
	}
	const why = fd < 0 ? `: ${errnoText("open", fd).message}` : "";
	return problem(`nothing is mounted at ${quoted(path)}${why}`, [volumeAt(path)]);
}

/** What cannot be asked for, in the words of a step that works there. */
function unknown(reads: Reads, path: string, error: SyscallError): Found {
	const [{ message, remedy }] = refusal(error, { reads, path }).diagnostics;
	return problem(message, remedy);
}

function writableProblem({ identity }: RequireAction, { host, tryAs }: ApplyContext, path: string): Found | undefined {
	const code = tryAs(userChild, (self) => {
		const stat = statServed(self, AT.FDCWD, path);
		if (typeof stat === "number") {
			return -stat;
		}
		return Math.max(0, -self.faccessat(AT.FDCWD, path, isDirectory(stat) ? 3 : 2));
	});
	return isDead(-code) ? unknown(host, path, new SyscallError("access", code)) : unwritable({ identity }, path, code, host);
}

function unwritable({ identity }: Pick<RequireAction, "identity">, path: string, code: number, reads: Reads): Found | undefined {
	return code === 0
		? undefined
		: problem(
				`uid ${identity.uid} cannot write ${quoted(path)}: ${whoIsKeptOut(code, path, identity, reads) ?? errnoText("access", code).message}`,
				writableRemedy(code, path, identity, reads),
			);
}

function whoIsKeptOut(code: number, path: string, { uid, gid, groups }: ChildIdentity, reads: Reads): string | undefined {
	const told = code === errno.EACCES ? whoMetWhat(reads, "access", path, { uid, groups: [gid, ...groups] }) : undefined;
	return told && `EACCES: ${told}`;
}

function writableRemedy(code: number, path: string, { uid, gid, groups }: ChildIdentity, reads: Reads): string[] {
	switch (code) {
		case errno.EROFS:
			return ["mount it writable (no :ro, no readOnly: true)"];
		case errno.ENOENT:
			return waysToHave(reads, path);
		case errno.EACCES:
			return waysToOpen(reads, path, { uid, groups: [gid, ...groups] });
		default:
			return [];
	}
}

/** Modules that are built in show in /sys alone. proc_modules(5) */
function moduleProblem(reads: Reads, name: string): Found | undefined {
	const table = readProc(reads, "modules", 1_048_576);
	const isLoaded = typeof table === "string" && table.split("\n").some((line) => line.startsWith(`${name} `));
	if (isLoaded || typeof reads.statat(AT.FDCWD, `/sys/module/${name}`, 0) !== "number") {
		return undefined;
	}
	return problem(`the kernel module ${name} is not loaded`, [`modprobe ${name}, on the machine`]);
}
