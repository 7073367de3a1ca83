import { AT } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { SyscallError } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";
import { forkChild } from "./fork.ts";

const WNOHANG = 1;
/** Also those whose parent asked for another signal than SIGCHLD, or none. clone(2) */
const WALL = 0x4000_0000;
/** PID_MAX_LIMIT. proc_sys_kernel(5) pid_max */
const lastPid = 4_194_304;
const longestList = 1_048_576;
const mostNames = 8;

/** Takes in whoever has ended. False when no child is left at all. waitpid(2) */
export function reapAll(host: Host, ended: (pid: number, status: number) => void): boolean {
	for (;;) {
		const result = host.waitpid(-1, WNOHANG | WALL);
		if (typeof result === "number") {
			return result !== -errno.ECHILD;
		}
		const [pid, status] = result;
		if (pid === 0) {
			return true;
		}
		ended(pid, status);
	}
}

/**
 * The children of this process, of which `first` was the first. The kernel's own list may leave out somebody while others end, so
 * whoever wants them all gone asks again until there are none. proc_pid_task(5) children
 */
export function childrenOf(host: Host, first: number): readonly number[] {
	return listedChildren(host) ?? foundChildren(host, first);
}

/** Who is left of what steps have started, with what is said of each. None where there is no list to read. */
export function leftRunning(host: Host): readonly (readonly [pid: number, name: string])[] {
	return (listedChildren(host) ?? []).map((pid) => [pid, nameOf(host, pid)]);
}

/** `undefined` where there is no such list, or one with the numbers of another namespace. Nobody is believed to be a child unasked. */
function listedChildren(host: Host): readonly number[] | undefined {
	const text = isOwnProc(host) ? readProc(host, "thread-self/children", longestList) : undefined;
	const pids = typeof text === "number" ? undefined : text?.split(" ").filter((each) => each !== "");
	return pids?.map(Number).filter((pid) => isLiveChild(host, pid));
}

/** What is no child of this process cannot be waited for, so that they are found without /proc. */
function foundChildren(host: Host, first: number): readonly number[] {
	const newest = newestPid(host);
	const ranges = [newest > first ? [first, newest] : [2, newest], [2, lastPid]] as const;
	for (const [from, to] of ranges) {
		const found = triedChildren(host, from, to);
		if (found.length > 0 || !reapAll(host, () => {})) {
			return found;
		}
	}
	return [];
}

/** 0 where there may be no more processes. */
function newestPid(host: Host): number {
	try {
		const pid = forkChild(host, () => 0);
		host.waitpid(pid, WALL);
		return pid;
	} catch (error) {
		if (error instanceof SyscallError) {
			return 0;
		}
		throw error;
	}
}

function triedChildren(host: Host, from: number, to: number): readonly number[] {
	const found: number[] = [];
	for (let pid = from; pid <= to; pid++) {
		if (isLiveChild(host, pid)) {
			found.push(pid);
		}
	}
	return found;
}

/** Whoever has ended is taken in by the question. */
function isLiveChild(host: Host, pid: number): boolean {
	const result = host.waitpid(pid, WNOHANG | WALL);
	return typeof result !== "number" && result[0] === 0;
}

/** `redis-server (12)`, or the pid alone, of the first few. proc_pid_comm(5) */
export function namesOf(host: Host, pids: readonly number[]): readonly string[] {
	return pids.slice(0, mostNames).map((pid) => nameOf(host, pid));
}

function nameOf(host: Host, pid: number): string {
	const comm = isOwnProc(host) ? readProc(host, `${pid}/comm`) : undefined;
	return typeof comm === "string" ? `${comm.trimEnd()} (${pid})` : `process ${pid}`;
}

function isOwnProc(host: Host): boolean {
	return host.readlinkat(AT.FDCWD, "/proc/self") === `${host.getpid()}`;
}
