import { securebitNames } from "../../capability/securebits.ts";
import { CapabilitySet, type SetName } from "../../capability/set.ts";
import { numbersIn, type OtherProcess, observeOther, observePids } from "../../identity/other-process.ts";
import { isMapped, observeUserNamespace } from "../../identity/user-namespace.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { observeProc, readProc } from "../../sys/proc.ts";
import { compareNamespaces, type Namespace, namespaceKinds, namespacesOf } from "./namespaces.ts";
import { inAnother, isOwnProc, whyHidden, whyRefused } from "./refused.ts";
import { fromKnown, isKnown, type Known, Unknown } from "./unknown.ts";

/** What the kernel tells about any process, by way of /proc, and of this one by its calls as well. proc_pid_status(5) */
export interface ProcessStatus {
	readonly pid: number;
	readonly name: Known<string>;
	/** A thread of the kernel has no memory of its own, and a zombie, which has ended and nobody has waited for, nothing any more. */
	readonly state: Known<"alive" | "zombie" | "kernel thread">;
	readonly parent: Known<number>;
	/** Real, effective, saved, file system; the last is not among the calls. */
	readonly uids: Known<readonly number[]>;
	readonly gids: Known<readonly number[]>;
	readonly groups: Known<readonly number[]>;
	readonly sets: Readonly<Record<SetName, Known<CapabilitySet>>>;
	/** By name. */
	readonly securebits: Known<readonly string[]>;
	readonly noNewPrivileges: Known<boolean>;
	readonly seccomp: Known<{ readonly mode: SeccompMode; readonly filters: Known<number> }>;
	/** The label of AppArmor, SELinux or Smack; `undefined` when no such module is active. */
	readonly label: Known<string | undefined>;
	readonly namespaces: readonly Namespace[];
	readonly arguments: Known<readonly string[]>;
}

const seccompModes = ["off", "strict", "filter"] as const;
type SeccompMode = (typeof seccompModes)[number];

/** A process by its pid; the reason as text when there is none. */
export function observeProcess(reads: Reads, pid: number, initial = namespacesOf(reads, 1)): ProcessStatus | string {
	const found = statusOf(reads, pid);
	if (typeof found === "string") {
		return found;
	}
	const line = (name: string): Known<string> =>
		fromKnown(found, ({ field }) => field(name) ?? new Unknown(`/proc/${pid}/status of this kernel has no line ${name}`));
	// What /proc does not tell of this process, its calls do.
	const isSelf = pid === reads.getpid();
	const own = <T>(told: Known<T>, call: string, ask: () => T | Errno): Known<T> => (isSelf && !isKnown(told) ? asked(call, ask()) : told);
	const ids = (name: "Uid" | "Gid" | "Groups", call: string, ask: () => readonly number[] | Errno) =>
		own<readonly number[]>(
			fromKnown(line(name), (text) => unlessForeign(reads, pid, name === "Uid" ? "uids" : "gids", numbersIn(text))),
			call,
			ask,
		);
	const flag = (name: string, call: string, ask: () => number | Errno) => own(fromKnown(line(name), Number), call, ask);
	return {
		pid,
		name: line("Name"),
		state: fromKnown(found, () => stateOf(reads, pid)),
		parent: own(fromKnown(line("PPid"), Number), "getppid", () => reads.getppid()),
		uids: ids("Uid", "getresuid", () => reads.getresuid()),
		gids: ids("Gid", "getresgid", () => reads.getresgid()),
		groups: ids("Groups", "getgroups", () => reads.getgroups()),
		sets: setsOf(reads, pid, (name) => fromKnown(line(name), (digits) => CapabilitySet.fromBits(BigInt(`0x${digits}`)))),
		securebits: isSelf
			? fromKnown(asked("prctl(PR_GET_SECUREBITS)", reads.getSecurebits()), securebitNames)
			: new Unknown("the kernel tells them to the process itself alone"),
		noNewPrivileges: fromKnown(
			flag("NoNewPrivs", "prctl(PR_GET_NO_NEW_PRIVS)", () => reads.getNoNewPrivs()),
			(value) => value === 1,
		),
		seccomp: fromKnown(
			flag("Seccomp", "prctl(PR_GET_SECCOMP)", () => reads.getSeccomp()),
			(mode) => seccompOf(mode, fromKnown(line("Seccomp_filters"), Number)),
		),
		label: fromKnown(found, () => readLabel(reads, pid)),
		namespaces: compareNamespaces(reads, isKnown(found) ? namespacesOf(reads, pid) : namespaceKinds.map(() => found), initial),
		arguments: isSelf && !isKnown(found) ? reads.argv() : fromKnown(found, () => readArguments(reads, pid)),
	};
}

/** Every process there is, ascending; those that end meanwhile are left out. */
export function observeAll(reads: Reads): ProcessStatus[] {
	const initial = namespacesOf(reads, 1);
	return observePids(reads)
		.map((pid) => observeProcess(reads, pid, initial))
		.filter((each) => typeof each !== "string");
}

/** What /proc has of it; as text that there is none. One that it hides answers to capget(2). */
function statusOf(reads: Reads, pid: number): Known<OtherProcess> | string {
	const isSelf = pid === reads.getpid();
	const isThere = observeProc(reads);
	if (isSelf && isThere === true && !isOwnProc(reads)) {
		return new Unknown("the /proc here is that of another pid namespace");
	}
	const found = isThere === false ? undefined : observeOther(reads, pid);
	if (typeof found === "object") {
		return found;
	}
	const answer = isSelf ? 0 : reads.capget(pid);
	// ESRCH, and EINVAL of what is too large for a pid.
	return typeof answer === "number" && (answer === -errno.ESRCH || answer === -errno.EINVAL)
		? `/proc/${pid}/status: ${errnoText("status", found ?? -errno.ENOENT).message}`
		: new Unknown(whyHidden(reads, pid, found));
}

/** What an id is shown as that this user namespace does not have. proc_sys_fs(5), overflowuid */
const overflow = 65_534;

/** Of a process in another user namespace that number may stand for any id. */
function unlessForeign(reads: Reads, pid: number, which: "uids" | "gids", ids: readonly number[]): Known<readonly number[]> {
	const namespace = ids.includes(overflow) ? observeUserNamespace(reads) : undefined;
	return namespace !== undefined && (!isMapped(overflow, namespace[which]) || inAnother(reads, pid))
		? new Unknown(`some do not exist in this user namespace, which shows ${overflow} for each: ${ids.join(" ")}`)
		: ids;
}

/** The answer of a call about this process. */
function asked<T>(call: string, answer: T | Errno): Known<T> {
	return typeof answer === "number" && answer < 0 ? new Unknown(`${call}: ${errnoText(call, answer).message}`) : (answer as T);
}

/** PF_KTHREAD. proc_pid_stat(5) */
const kernelThread = 0x0020_0000;

function stateOf(reads: Reads, pid: number): ProcessStatus["state"] {
	const stat = readProc(reads, `${pid}/stat`);
	if (typeof stat !== "string") {
		return new Unknown(whyRefused(reads, pid, { call: "open", file: "stat" }, stat ?? -errno.ENOENT));
	}
	const [letter = "", ...numbers] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return "ZX".includes(letter) ? "zombie" : (Number(numbers[5]) & kernelThread) !== 0 ? "kernel thread" : "alive";
}

/** By the status; by capget(2), which takes any pid, and for this process by prctl(2), where that does not tell. */
function setsOf(reads: Reads, pid: number, inStatus: (line: string) => Known<CapabilitySet>): ProcessStatus["sets"] {
	const isSelf = pid === reads.getpid();
	const [bounding, permitted, effective, inheritable, ambient] = ["CapBnd", "CapPrm", "CapEff", "CapInh", "CapAmb"].map(inStatus) as [
		...Known<CapabilitySet>[],
	] as [Known<CapabilitySet>, Known<CapabilitySet>, Known<CapabilitySet>, Known<CapabilitySet>, Known<CapabilitySet>];
	const held = [effective, permitted, inheritable].every(isKnown) ? undefined : asked("capget", reads.capget(isSelf ? 0 : pid));
	const byCall = (index: 0 | 1 | 2) => fromKnown(held ?? new Unknown(""), (bits) => CapabilitySet.fromBits(bits[index]));
	const limits = isSelf && !(isKnown(bounding) && isKnown(ambient)) ? asked("prctl(PR_CAPBSET_READ)", reads.capbsetReadAll()) : undefined;
	return {
		bounding: isKnown(bounding) || limits === undefined ? bounding : fromKnown(limits, ([bits]) => CapabilitySet.fromBits(bits)),
		permitted: isKnown(permitted) ? permitted : byCall(1),
		effective: isKnown(effective) ? effective : byCall(0),
		inheritable: isKnown(inheritable) ? inheritable : byCall(2),
		ambient:
			isKnown(ambient) || limits === undefined
				? ambient
				: fromKnown(limits, ([, last]) =>
						fromKnown(asked("prctl(PR_CAP_AMBIENT)", reads.capAmbientReadAll(last)), (bits) => CapabilitySet.fromBits(bits)),
					),
	};
}

function seccompOf(mode: number, filters: Known<number>): ProcessStatus["seccomp"] {
	const name = seccompModes[mode];
	return name === undefined ? new Unknown(`the kernel says mode ${mode}`) : { mode: name, filters: name === "filter" ? filters : 0 };
}

/** With several modules the first one owns the file; AppArmor and Smack have one each besides. Without a module the kernel answers EINVAL, and without the directory it has none. */
function readLabel(reads: Reads, pid: number): ProcessStatus["label"] {
	let refused: Unknown | undefined;
	for (const file of ["attr/current", "attr/apparmor/current", "attr/smack/current"]) {
		const label = readProc(reads, `${pid}/${file}`);
		if (typeof label === "string" && label !== "") {
			return label.replace(/[\0\n]+$/, "");
		}
		if (typeof label === "number" && label !== -errno.EINVAL && label !== -errno.ENOENT) {
			refused ??= new Unknown(whyRefused(reads, pid, { call: "read", file }, label));
		}
	}
	return refused;
}

export function readArguments(reads: Reads, pid: number): ProcessStatus["arguments"] {
	return readList(reads, pid, "cmdline");
}

/** Texts that end in a zero byte each. */
export function readList(reads: Reads, pid: number, file: "cmdline" | "environ"): Known<readonly string[]> {
	const text = readProc(reads, `${pid}/${file}`, 1024 * 1024);
	if (typeof text !== "string") {
		return new Unknown(whyRefused(reads, pid, { call: "open", file }, text ?? -errno.ENOENT));
	}
	return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}
