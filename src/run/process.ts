import { type CapabilityName, capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import type { ProcessPlan } from "../plan/plan.ts";
import { must } from "../sys/act.ts";
import { AT, O, S } from "../sys/constants.ts";
import { errnoName } from "../sys/errno.ts";
import type { Host, Stat } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { procPath } from "../sys/proc.ts";
import type { Authority } from "./authority.ts";

/** Limits, nice value and the rest while the ids are still those of the start: the files of /proc/self become root's later. */
export function applyProcess(host: Host, plan: ProcessPlan, authority: Authority, note: (message: string) => void): void {
	authority.with(only("SYS_RESOURCE"), () => {
		for (const { resource, soft, hard } of plan.limits) {
			must(host, "setrlimit", resource, soft, hard);
		}
		if (plan.oomScoreAdj !== undefined) {
			writeOomScore(host, plan.oomScoreAdj);
		}
	});
	if (plan.nice !== undefined) {
		const { nice } = plan;
		authority.with(only("SYS_NICE"), () => must(host, "setpriority", nice));
	}
	if (plan.stdioOwner !== undefined) {
		const { stdioOwner } = plan;
		authority.with(only("CHOWN"), () => ownStdio(host, stdioOwner, note));
	}
	if (plan.umask !== undefined) {
		host.umask(plan.umask);
	}
}

/**
 * Opening /dev/stdout again checks the owner of the pipe or terminal behind it, so the workload must own it. What goes on beyond
 * this container stays as it is; a refusal is only a note.
 */
function ownStdio(host: Host, uid: number, note: (message: string) => void): void {
	for (const fd of [0, 1, 2]) {
		const stat = host.fstat(fd);
		if (typeof stat === "number" || stat.uid === uid || !isReownable(host, fd, stat)) {
			continue;
		}
		const result = host.fchown(fd, uid, undefined);
		if (result < 0) {
			note(`descriptor ${fd} keeps its owner: fchown: ${errnoName(result)}`);
		}
	}
}

const root = 0;
/** The file systems of pipes without a name and of pseudo-terminals. statfs(2) */
const pipes = 0x5049_5045;
const terminals = 0x1cd1;

/**
 * A pipe without a name, or root's end of a pseudo-terminal: they go with the container. Anything with a name of its own would be
 * given away for good, and a real terminal is the machine's: a FIFO, /dev/zero, /dev/kmsg, /dev/console, /dev/ptmx. pts(4)
 */
function isReownable(host: Host, fd: number, { mode, uid, nlink, rdev }: Stat): boolean {
	const type = mode & S.IFMT;
	if (type !== S.IFIFO && type !== S.IFCHR) {
		return false;
	}
	const system = host.fstatfs(fd);
	const magic = typeof system === "number" ? undefined : system[0];
	const major = Number(rdev.split(":")[0]);
	return type === S.IFIFO ? magic === pipes : magic === terminals && major >= 136 && major <= 143 && uid === root && nlink === 1;
}

function writeOomScore(host: Host, score: number): void {
	const fd = must(host, "open", AT.FDCWD, procPath(host, "self/oom_score_adj"), O.WRONLY, 0, 0) as number;
	withDescriptor(host, fd, () => must(host, "write", fd, score.toString()));
}

function only(name: CapabilityName): CapabilitySet {
	return CapabilitySet.from([capability(name)]);
}
