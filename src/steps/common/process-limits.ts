import { hierarchies } from "../../confine/cgroup/levels.ts";
import type { Problem } from "../../report/problem.ts";
import { AT, O } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile, withDescriptor } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";

const RLIMIT_NPROC = 6;
const infinity = 0xffff_ffff_ffff_ffffn;

/** Which limit EAGAIN means, with what is seen of it: a program is refused for that of its user alone. `undefined` where it cannot be told. fork(2), execve(2) */
export function processLimit(reads: Reads, call: string): Problem | undefined {
	const isExec = call.startsWith("exec");
	return (isExec ? undefined : ofCgroup(reads)) ?? ofUser(reads, isExec);
}

/** The nearest one that is used up. */
function ofCgroup(reads: Reads): Problem | undefined {
	for (const level of hierarchies(reads, "self")("pids")?.levels ?? []) {
		const [most, now] = ["max", "current"].map((name) => Number(readSmallFile(reads, `${level}/pids.${name}`)));
		// Numbers of errno are negative, and no limit is none.
		if (most !== undefined && now !== undefined && most >= 0 && now >= most) {
			const more = 2 * most;
			return {
				message: `this container has ${now} processes and threads, as many as it may (pids.max ${most} of its cgroup)`,
				remedy: [
					`twice as many, say: docker run --pids-limit ${more} ... | compose: pids_limit: ${more} | kubernetes: podPidsLimit of the kubelet`,
				],
			};
		}
	}
	return undefined;
}

/** Each thread counts. What is hidden, or in other containers, is not seen here and counts as well. getrlimit(2) */
function ofUser(reads: Reads, isExec: boolean): Problem | undefined {
	const limit = reads.getrlimit(RLIMIT_NPROC);
	if (typeof limit === "number" || limit[0] === infinity) {
		return undefined;
	}
	const [uid] = reads.getresuid();
	const seen = threadsOf(reads, uid);
	// The kernel lets root fork however many there are, and others may stand behind what is not seen.
	if (!isExec && (uid === 0 || seen < limit[0])) {
		return undefined;
	}
	const more = 2 * Math.max(seen, Number(limit[0]) + 1);
	return {
		message: `RLIMIT_NPROC lets uid ${uid} have ${limit[0]} processes and threads, of which ${seen} are seen here, and those in other containers count too`,
		remedy: [
			`more of them, where that limit is set: docker run --ulimit nproc=${more} ... | compose: ulimits: {nproc: ${more}} | or here: limits: {nproc: ${more}}`,
		],
	};
}

function threadsOf(reads: Reads, uid: number): number {
	const fd = reads.openRead(AT.FDCWD, "/proc", O.RDONLY | O.DIRECTORY, 0);
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	return (typeof names === "number" ? [] : names)
		.filter((name) => /^\d+$/.test(name))
		.reduce((sum, pid) => {
			const text = readProc(reads, `${pid}/status`);
			const [, owner, threads] = (typeof text === "string" && /^Uid:\t(\d+).*^Threads:\t(\d+)/ms.exec(text)) || [];
			return Number(owner) === uid ? sum + Number(threads) : sum;
		}, 0);
}
