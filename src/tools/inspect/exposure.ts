import { capabilityGuide, type Danger } from "../../capability/guide.ts";
import { lockedSecurebits, securebitNames } from "../../capability/securebits.ts";
import type { CapabilitySet } from "../../capability/set.ts";
import { own, powerfulGroups } from "../guides/powerful-groups.ts";
import type { Namespace } from "./namespaces.ts";
import type { ProcessDetails } from "./process-details.ts";
import { socketText } from "./sockets.ts";

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
	readonly word: "minimal" | "low" | "medium" | "high" | "critical";
	/** The heaviest first. */
	readonly findings: readonly Finding[];
}

/** In tenths, as everything below: sums of tenths are exact only as integers. */
const heldWeight: Readonly<Record<Danger, number>> = { low: 1, medium: 2, high: 5, root: 7, host: 30 };

/** What can only come back, by whether no_new_privs stands in the way; others are no finding. */
const boundingWeight: Readonly<Record<"on" | "off", Readonly<Partial<Record<Danger, number>>>>> = {
	off: { high: 1, root: 2, host: 3 },
	on: { host: 1 },
};

/** Of the initial namespaces. Nobody loses by sharing the clock. */
const namespaceWeight: Readonly<Record<string, readonly [tenths: number, reason: string]>> = {
	user: [2, "its ids are the host's: what escapes as uid 0 is root there"],
	pid: [10, "sees and can signal the host's processes"],
	net: [10, "the host's interfaces, ports and abstract sockets are its own"],
	mnt: [10, "the host's file systems are its own"],
	ipc: [5, "the host's shared memory and message queues are its own"],
	uts: [1, "the host's name is its own"],
	cgroup: [1, "sees the host's cgroups"],
};

type Tenths = readonly [tenths: number, what: string, reason: string];

/** Rates what was observed. `nameOf` tells the name of a group as the process's own files have it. */
export function rateExposure(process: ProcessDetails, nameOf: (gid: number) => string | undefined): Exposure {
	const found = [
		...rateIdentity(process, nameOf),
		...rateCapabilities(process),
		...rateLocks(process),
		...rateNamespaces(process.namespaces),
		...rateResources(process),
	].sort(([left], [right]) => right - left);
	const tenths = Math.min(
		found.reduce((sum, [each]) => sum + each, 0),
		100,
	);
	return {
		overall: tenths / 10,
		word: wordFor(tenths),
		findings: found.map(([each, what, reason]) => ({ points: each / 10, what, reason })),
	};
}

function wordFor(tenths: number): Exposure["word"] {
	return tenths <= 10 ? "minimal" : tenths <= 30 ? "low" : tenths <= 60 ? "medium" : tenths <= 85 ? "high" : "critical";
}

function rateIdentity({ uids, gids, groups }: ProcessDetails, nameOf: (gid: number) => string | undefined): Tenths[] {
	const isRoot = uids.includes(0);
	const root: Tenths[] = isRoot ? [[15, "uid 0", "owns the system's files, and every program it executes gets its bounding set"]] : [];
	const held = [...new Set([...gids, ...groups])].sort((left, right) => left - right);
	return [
		...root,
		...held.flatMap((gid): Tenths[] => {
			const name = gid === 0 ? "root" : nameOf(gid);
			const [tenths, reason] = (name === undefined ? undefined : own(powerfulGroups, name)) ?? [];
			// Root's own group adds nothing to uid 0.
			return tenths === undefined || reason === undefined || (isRoot && gid === 0) ? [] : [[tenths, `group ${name} (${gid})`, reason]];
		}),
	];
}

function rateCapabilities({ sets, noNewPrivileges }: ProcessDetails): Tenths[] {
	const { effective, permitted, bounding, ambient, inheritable } = sets;
	const held = effective.union(permitted);
	const now = new Set(effective.names());
	const regained = noNewPrivileges
		? "cannot be gained while no_new_privs is on"
		: "comes back with a set-user-ID root program or file capabilities";
	return [
		...held.names().map((name): Tenths => {
			const abuse = own(capabilityGuide, name)?.abuse ?? "newer than this program";
			return [heldWeight[dangerOf(name)], `${name} ${now.has(name) ? "effective" : "permitted"}`, abuse];
		}),
		...bounding
			.minus(held)
			.names()
			.map((name): Tenths => [boundingWeight[noNewPrivileges ? "on" : "off"][dangerOf(name)] ?? 0, `${name} in bounding only`, regained])
			.filter(([tenths]) => tenths > 0),
		...notEmpty(ambient, 3, "ambient set", "every program it executes keeps"),
		...notEmpty(inheritable.minus(ambient), 1, "inheritable set", "a file with the same inheritable capability gives"),
	];
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
	const missing = locked.filter((name) => securebits?.includes(name) === false);
	const locks: Tenths[] =
		securebits === undefined
			? [[0, "securebits unknown", "the kernel tells them to the process itself alone"]]
			: missing.length === 0
				? []
				: [[3, "securebits unlocked", `uid 0 would mean capabilities again; not set: ${missing.join(",")}`]];
	const isConfined =
		label !== undefined && !/^(unconfined|kernel|_)$|:unconfined_t(:|$)|:spc_t(:|$)/.test(label.replace(/ \([a-z]+\)$/, ""));
	return [
		...(noNewPrivileges ? [] : [[10, "no_new_privs off", "set-user-ID programs and file capabilities give it more than it has"] as const]),
		...locks,
		...(seccomp.mode === "off" ? [[10, "no seccomp filter", "every system call of the kernel can be attacked"] as const] : []),
		...(isConfined ? [] : [[5, "no LSM confinement", label === undefined ? "no AppArmor, SELinux or Smack label" : label] as const]),
	];
}

/** Without a fixed number, what PID 1 has is the host's when PID 1 is the host's. */
function rateNamespaces(all: readonly Namespace[]): Tenths[] {
	const unknown = all.filter(({ id, kind }) => id === undefined && own(namespaceWeight, kind) !== undefined).map(({ kind }) => kind);
	const isInitOfHost = all.some(({ kind, initial }) => kind === "pid" && initial);
	return [
		...all.flatMap(({ kind, initial, sharedWithInit }): Tenths[] => {
			const [tenths, reason] = own(namespaceWeight, kind) ?? [];
			const isOfHost = initial || (isInitOfHost && sharedWithInit);
			return isOfHost && tenths !== undefined && reason !== undefined ? [[tenths, `${kind} namespace of the host`, reason]] : [];
		}),
		...(unknown.length === 0 ? [] : [[0, "namespaces unknown", `not readable without SYS_PTRACE: ${unknown.join(" ")}`] as const]),
	];
}

function rateResources({ limits, privilegedSockets }: ProcessDetails): Tenths[] {
	const unlimited = Object.entries(limits).filter(([name, limit]) => limit === "unlimited" && name !== "cpu");
	const raw = (privilegedSockets ?? []).filter(({ kind }) => kind === "packet" || kind.startsWith("raw"));
	return [
		...unlimited.map(([name]): Tenths => [2, `${name} unlimited`, "can starve everything else on the machine"]),
		...raw.map((socket): Tenths => [5, `open socket ${socketText(socket)}`, "reads or forges packets without any capability"]),
	];
}
