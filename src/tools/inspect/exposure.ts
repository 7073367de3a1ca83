import { capabilityGuide, type Danger } from "../../capability/guide.ts";
import { type CapabilityName, capability } from "../../capability/names.ts";
import { lockedSecurebits, securebitNames } from "../../capability/securebits.ts";
import { CapabilitySet, setNames } from "../../capability/set.ts";
import { own, powerOf } from "../guides/powerful-groups.ts";
import type { CgroupLimits } from "./cgroup-limits.ts";
import { isOfMachine, type Namespace } from "./namespaces.ts";
import type { ProcessDetails } from "./process-details.ts";
import { socketText } from "./sockets.ts";
import { isKnown, type Known } from "./unknown.ts";

/** One way in which a process could do more than its work, once somebody else controls it. */
export interface Finding {
	/** On the scale of the sum; a tenth at least, or 0 for what could not be seen. */
	readonly points: number;
	readonly what: string;
	readonly reason: string;
}

export interface Exposure {
	/** 0 to 10: the points added up, 10 at most. */
	readonly overall: number;
	/** What could not be read may add to it, which to 10 it cannot. */
	readonly isLeast: boolean;
	readonly word: "minimal" | "low" | "medium" | "high" | "critical";
	/** The heaviest first. */
	readonly findings: readonly Finding[];
}

/** In tenths, as everything below: sums of tenths are exact only as integers. */
export const heldWeight: Readonly<Record<Danger, number>> = { low: 1, medium: 2, high: 5, root: 7, host: 30 };

export const lockWeight = {
	root: 15,
	noNewPrivileges: 10,
	seccomp: 10,
	label: 5,
	securebits: 3,
	ambient: 3,
	inheritable: 1,
	socket: 5,
	limit: 2,
} as const;

const most = 100;

/** What can only come back, by whether no_new_privs stands in the way; others are no finding. */
export const boundingWeight: Readonly<Record<"on" | "off", Readonly<Partial<Record<Danger, number>>>>> = {
	off: { high: 1, root: 2, host: 3 },
	on: { host: 1 },
};

/** Of the initial namespaces. Nobody loses by sharing the clock. */
export const namespaceWeight: Readonly<Record<string, readonly [tenths: number, reason: string]>> = {
	user: [2, "its ids are the host's: what escapes as uid 0 is root there"],
	pid: [10, "sees and can signal the host's processes"],
	net: [10, "the host's interfaces, ports and abstract sockets are its own"],
	mnt: [10, "the host's file systems are its own"],
	ipc: [5, "the host's shared memory and message queues are its own"],
	uts: [1, "the host's name is its own"],
	cgroup: [1, "sees the host's cgroups"],
};

export type Tenths = readonly [tenths: number, what: string, reason: string];

/** Rates what was observed, and `more` that no process shows. `nameOf` tells the name of a group as the process's own files have it. */
export function rateExposure(process: ProcessDetails, nameOf: (gid: number) => string | undefined, more: readonly Tenths[] = []): Exposure {
	const found = [
		...more,
		...rateIdentity(process, nameOf),
		...rateAsRoot(process),
		...rateCapabilities(process),
		...rateLocks(process),
		...rateNamespaces(process.namespaces),
		...rateResources(process),
	].sort(([left], [right]) => right - left);
	const tenths = Math.min(
		found.reduce((sum, [each]) => sum + each, 0),
		most,
	);
	return {
		overall: tenths / 10,
		isLeast: tenths < most && found.some(([each]) => each === 0),
		word: wordFor(tenths),
		findings: found.map(([each, what, reason]) => ({ points: each / 10, what, reason })),
	};
}

/** Up to which sum, in tenths, a word holds. */
export const wordLimits: readonly (readonly [tenths: number, word: Exposure["word"]])[] = [
	[10, "minimal"],
	[30, "low"],
	[60, "medium"],
	[85, "high"],
	[most, "critical"],
];

function wordFor(tenths: number): Exposure["word"] {
	return wordLimits.find(([limit]) => tenths <= limit)?.[1] ?? "critical";
}

/** What follows from a value, or that it is not known. */
function rate<T>(what: string, value: Known<T>, findings: (value: T) => readonly Tenths[]): readonly Tenths[] {
	return isKnown(value) ? findings(value) : [[0, `${what} unknown`, value.reason]];
}

/** Of what could not be read, nothing; the finding beside says so. */
function orElse<T>(value: Known<T>, otherwise: T): T {
	return isKnown(value) ? value : otherwise;
}

function rateIdentity(process: ProcessDetails, nameOf: (gid: number) => string | undefined): Tenths[] {
	const [uids, gids, groups] = [process.uids, process.gids, process.groups].map((each) => orElse(each, [])) as [
		number[],
		number[],
		number[],
	];
	const isRoot = uids.includes(0);
	const root: Tenths[] = isRoot
		? [[lockWeight.root, "uid 0", "owns the system's files, and every program it executes gets its bounding set"]]
		: [];
	const held = [...new Set([...gids, ...groups])].sort((left, right) => left - right);
	return [
		...rate("uid", process.uids, () => root),
		...rate("gid", process.gids, () => []),
		...rate("groups", process.groups, () => []),
		...held.flatMap((gid): Tenths[] => {
			const [name, tenths, reason] = powerOf(gid, nameOf(gid)) ?? [];
			// Root's own group adds nothing to uid 0.
			return tenths === undefined || reason === undefined || (isRoot && gid === 0) ? [] : [[tenths, `group ${name} (${gid})`, reason]];
		}),
	];
}

/** Who holds one of these does to the system's files what uid 0 does, which is no more than once. */
export const asRoot: readonly CapabilityName[] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID"];

export function isAsRoot(held: CapabilitySet): boolean {
	return asRoot.some((name) => held.has(capability(name)));
}

function rateAsRoot({ uids, sets }: ProcessDetails): Tenths[] {
	const held = orElse(sets.effective, CapabilitySet.empty).union(orElse(sets.permitted, CapabilitySet.empty));
	const names = asRoot.filter((name) => held.has(capability(name)));
	const isRoot = orElse(uids, []).includes(0);
	return isRoot || names.length === 0
		? []
		: [[lockWeight.root, `as uid 0 by ${names.join(", ")}`, "does to the system's files what root does"]];
}

function rateCapabilities({ sets, noNewPrivileges: nnp }: ProcessDetails): Tenths[] {
	const [effective, permitted, bounding, ambient, inheritable] = (
		["effective", "permitted", "bounding", "ambient", "inheritable"] as const
	).map((name) => orElse(sets[name], CapabilitySet.empty)) as [CapabilitySet, CapabilitySet, CapabilitySet, CapabilitySet, CapabilitySet];
	const noNewPrivileges = orElse(nnp, false);
	const held = effective.union(permitted);
	const now = new Set(effective.names());
	const regained = noNewPrivileges
		? "cannot be gained while no_new_privs is on"
		: "comes back with a set-user-ID root program or file capabilities";
	return [
		...setNames.flatMap((name) => rate(`${name} set`, sets[name], () => [])),
		...held.names().map((name): Tenths => {
			const abuse = own(capabilityGuide, name)?.abuse ?? "newer than this program";
			return [heldWeight[dangerOf(name)], `${name} ${now.has(name) ? "effective" : "permitted"}`, abuse];
		}),
		...bounding
			.minus(held)
			.names()
			.map((name): Tenths => [boundingWeight[noNewPrivileges ? "on" : "off"][dangerOf(name)] ?? 0, `${name} in bounding only`, regained])
			.filter(([tenths]) => tenths > 0),
		...notEmpty(ambient, lockWeight.ambient, "ambient set", "every program it executes keeps"),
		...notEmpty(inheritable.minus(ambient), lockWeight.inheritable, "inheritable set", "a file with the same inheritable capability gives"),
	];
}

interface Beside {
	readonly isRoot: boolean;
	/** What only that one has. */
	readonly more: CapabilitySet;
	/** It can be made to do anything, as the rated one may trace it. */
	readonly isTraced: boolean;
}

/** Of a program beside the workload, which has to be taken over first: half, unless it can be traced. */
export function rateBeside(program: string, { isRoot, more, isTraced }: Beside): Tenths[] {
	const reason = isTraced ? `SYS_PTRACE makes ${program} do anything` : `who takes over ${program} has it: half`;
	const rated = (tenths: number, what: string): Tenths => [isTraced ? tenths : Math.ceil(tenths / 2), `${what} beside it`, reason];
	return [...(isRoot ? [rated(lockWeight.root, "uid 0")] : []), ...more.names().map((name) => rated(heldWeight[dangerOf(name)], name))];
}

/** One that is newer than this program may be anything. */
function dangerOf(name: string): Danger {
	return own(capabilityGuide, name)?.danger ?? "high";
}

function notEmpty(set: CapabilitySet, tenths: number, what: string, reason: string): Tenths[] {
	return set.isEmpty ? [] : [[tenths, what, `${reason} ${set}`]];
}

const locked = securebitNames(lockedSecurebits);

function rateLocks({ securebits, noNewPrivileges, seccomp, label }: ProcessDetails): Tenths[] {
	return [
		...rate("no_new_privs", noNewPrivileges, (isOn) =>
			isOn ? [] : [[lockWeight.noNewPrivileges, "no_new_privs off", "set-user-ID programs and file capabilities give it more than it has"]],
		),
		...rate("securebits", securebits, (bits) => {
			const missing = locked.filter((name) => !bits.includes(name));
			return missing.length === 0
				? []
				: [[lockWeight.securebits, "securebits unlocked", `uid 0 would mean capabilities again; not set: ${missing.join(", ")}`]];
		}),
		...rate("seccomp", seccomp, ({ mode }) =>
			mode === "off" ? [[lockWeight.seccomp, "no seccomp filter", "every system call of the kernel can be attacked"]] : [],
		),
		...rate("label", label, (text) => {
			const isConfined =
				text !== undefined && !/^(unconfined|kernel|_)$|:unconfined_t(:|$)|:spc_t(:|$)/.test(text.replace(/ \([a-z]+\)$/, ""));
			return isConfined
				? []
				: [[lockWeight.label, "no LSM confinement", text === undefined ? "no AppArmor, SELinux or Smack label" : text]];
		}),
	];
}

function rateNamespaces(all: readonly Namespace[]): Tenths[] {
	const rated = all.filter(({ kind }) => own(namespaceWeight, kind) !== undefined);
	const refused = rated.flatMap(({ kind, id }) => (isKnown(id) ? [] : [{ kind, reason: id.reason }]));
	return [
		...rated.flatMap((each): readonly Tenths[] => {
			const { kind } = each;
			const [tenths, reason] = own(namespaceWeight, kind) ?? [];
			return isOfMachine(each, all) && tenths !== undefined && reason !== undefined
				? [[tenths, `${kind} namespace of the host`, reason]]
				: [];
		}),
		// What refuses one refuses each.
		...refused
			.slice(0, 1)
			.map(({ reason }): Tenths => [0, "namespaces unknown", `${reason} (${refused.map(({ kind }) => kind).join(" ")})`]),
	];
}

function rateResources({ limits, privilegedSockets }: ProcessDetails): Tenths[] {
	return [
		...Object.entries(limits).flatMap(([name, limit]: [string, CgroupLimits["pids"]]): readonly Tenths[] =>
			limit === "unlimited" && name !== "cpu" ? [[lockWeight.limit, `${name} unlimited`, "can starve everything else on the machine"]] : [],
		),
		...unknownLimits(limits),
		...rate("sockets", privilegedSockets, (sockets) =>
			sockets
				.filter(({ kind }) => kind === "packet" || kind.startsWith("raw"))
				.map(
					(socket): Tenths => [lockWeight.socket, `open socket ${socketText(socket)}`, "reads or forges packets without any capability"],
				),
		),
	];
}

/** Those that are unknown for one reason at once. */
function unknownLimits(limits: CgroupLimits): Tenths[] {
	const named = Object.entries(limits).flatMap(([name, limit]: [string, CgroupLimits["pids"]]) =>
		isKnown(limit) ? [] : [{ name, reason: limit.reason }],
	);
	return [...new Set(named.map(({ reason }) => reason))].map((reason) => {
		const names = named.filter((each) => each.reason === reason).map(({ name }) => name);
		return [0, `${names.join(", ")} ${names.length === 1 ? "limit" : "limits"} unknown`, reason];
	});
}
