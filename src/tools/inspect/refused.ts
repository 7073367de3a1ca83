import type { CapabilityName } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { parseMounts } from "../../files/mountinfo.ts";
import { allows } from "../../files/permissions.ts";
import { observeOther } from "../../identity/other-process.ts";
import { observeUserNamespace } from "../../identity/user-namespace.ts";
import { AT, OVERFLOW_ID } from "../../sys/constants.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { observeProc, readProc } from "../../sys/proc.ts";

/** A file of /proc that is read by who may trace the process: its name below that, and what was done to it. */
export interface Asked {
	readonly call: "open" | "readlink" | "read";
	readonly file: string;
}

/** Why the kernel refused to tell, with the call, the file and the errno: which of its checks it was is looked up, not guessed. */
export function whyRefused(reads: Reads, pid: number, { call, file }: Asked, code: Errno): string {
	const where = `${call} /proc/${pid}/${file}: `;
	if (code !== -errno.EACCES && code !== -errno.EPERM) {
		return where + errnoText(call, code).message;
	}
	// Who has read the names in a directory was let in.
	const closed = call === "open" || (call === "read" && file === "fd") ? whyClosed(reads, `/proc/${pid}/${file}`, pid) : undefined;
	return `${where}${errnoName(code)}: ${closed ?? whyNotTraced(reads, pid)}`;
}

const read = 4;

/** The directory of descriptors and the environment have a mode as well, for who the process belongs to. proc_pid_fd(5), proc_pid_environ(5) */
function whyClosed(reads: Reads, path: string, pid: number): string | undefined {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const viewer = { uid: reads.getresuid()[1], groups: [reads.getresgid()[1], ...mustRead("getgroups", reads.getgroups())] };
	if (typeof stat === "number" || allows(stat, viewer, read)) {
		return undefined;
	}
	if (!(["DAC_READ_SEARCH", "DAC_OVERRIDE"] as const).some((name) => holds(reads, name))) {
		const lacks = whyUntraced(reads, pid) === undefined ? "DAC_READ_SEARCH is" : "DAC_READ_SEARCH and SYS_PTRACE are";
		return `it is for uid ${stat.uid} alone, and ${lacks} not held`;
	}
	const isOfNone = stat.uid === OVERFLOW_ID && observeUserNamespace(reads) !== undefined;
	const whose = inAnother(reads, pid)
		? "it is in another user namespace"
		: isOfNone
			? "its owner is none of this user namespace"
			: undefined;
	return whose && `${whose}, where what is held here counts for nothing`;
}

/**
 * The checks of a reader in the order of the kernel's. Yama's ptrace_scope is none of them: it restricts who attaches.
 * ptrace(2), "Ptrace access mode checking"
 */
function whyNotTraced(reads: Reads, pid: number): string {
	if (holds(reads, "SYS_PTRACE")) {
		return inAnother(reads, pid)
			? "it is in another user namespace, where SYS_PTRACE held here counts for nothing"
			: `${moduleHere(reads)}, although SYS_PTRACE is held`;
	}
	return `${whyUntraced(reads, pid) ?? moduleHere(reads)}, and SYS_PTRACE is not held`;
}

/** The kernel's own check that refuses who does not hold SYS_PTRACE. */
function whyUntraced(reads: Reads, pid: number): string | undefined {
	const other = holds(reads, "SYS_PTRACE") ? undefined : observeOther(reads, pid);
	return typeof other === "number" ? "it is of somebody else" : other && firstCheck(reads, pid, other);
}

function firstCheck(reads: Reads, pid: number, other: Exclude<ReturnType<typeof observeOther>, number>): string | undefined {
	const [[, uid], [, gid]] = [reads.getresuid(), reads.getresgid()];
	const [ids, groups] = [other.uids.slice(0, 3), other.gids.slice(0, 3)];
	if (ids.some((each) => each !== uid) || groups.some((each) => each !== gid)) {
		return `it is uid ${oneOrAll(ids)} gid ${oneOrAll(groups)}, this is ${uid} ${gid}`;
	}
	if (inAnother(reads, pid)) {
		return "it is in another user namespace";
	}
	const own = reads.capget(0);
	const more = other.sets.permitted.minus(CapabilitySet.fromBits(typeof own === "number" ? 0n : own[0]));
	if (!more.isEmpty) {
		return `it is permitted ${more.names().join(", ")}, which is not effective here`;
	}
	const stat = reads.statat(AT.FDCWD, `/proc/${pid}/environ`, 0);
	return typeof stat !== "number" && stat.uid !== uid ? "it lets nobody read its memory (PR_SET_DUMPABLE)" : undefined;
}

function oneOrAll(ids: readonly number[]): string {
	return new Set(ids).size === 1 ? `${ids[0]}` : ids.join("/");
}

/** AppArmor and SELinux may refuse what the kernel's own checks allow; of whom they confine it is known by whom. */
function moduleHere(reads: Reads): string {
	const label = readProc(reads, "self/attr/current");
	const profile = typeof label === "string" ? label.replace(/[\0\n]+$/, "") : "";
	return ["", "unconfined"].includes(profile) ? "a security module or a filter refuses it" : `the security module refuses it to ${profile}`;
}

function holds(reads: Reads, name: CapabilityName): boolean {
	const sets = reads.capget(0);
	return typeof sets !== "number" && CapabilitySet.fromBits(sets[0]).includes(CapabilitySet.of(name));
}

/** The link to a namespace tells nothing to who may not trace; what its ids are mapped to is everybody's to read. user_namespaces(7) */
export function inAnother(reads: Reads, pid: number): boolean {
	const [own, other] = [readProc(reads, "self/uid_map"), readProc(reads, `${pid}/uid_map`)];
	return typeof own === "string" && typeof other === "string" && own !== other;
}

/** Why there is no status of a process that is there. */
export function whyHidden(reads: Reads, pid: number, code: Errno | undefined): string {
	if (code === undefined) {
		return "the kernel's /proc is not mounted";
	}
	const where = `open /proc/${pid}/status: `;
	const option = hidingOption(reads);
	if (option === undefined || (code !== -errno.ENOENT && code !== -errno.EPERM)) {
		return where + errnoText("open", code).message;
	}
	const held = holds(reads, "SYS_PTRACE")
		? "although SYS_PTRACE is held: another user namespace, or a security module"
		: "and SYS_PTRACE is not held";
	return `${where}${errnoName(code)}: /proc is mounted with ${option}, ${held}`;
}

/** Whether the numbers in /proc are those that this process goes by; a pid namespace may have been entered without a /proc of its own. */
export function isOwnProc(reads: Reads): boolean {
	return reads.readlinkat(AT.FDCWD, "/proc/self") === `${reads.getpid()}`;
}

/** `hidepid=2`, `hidepid=invisible`: by which /proc keeps processes of others from us; what the last mount on /proc has is in force. proc(5) */
export function hidingOption(reads: Reads): string | undefined {
	const text = observeProc(reads) === true ? readProc(reads, "self/mountinfo", 16 * 1024 * 1024) : undefined;
	const proc = parseMounts(typeof text === "string" ? text : "").findLast(({ type, point }) => type === "proc" && point === "/proc");
	return proc?.options.split(",").find((option) => option.startsWith("hidepid=") && !/=(0|off)$/.test(option));
}
