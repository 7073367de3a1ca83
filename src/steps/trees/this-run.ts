import { fail } from "../../report/failure.ts";
import { AT, CLOCK, O } from "../../sys/constants.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";

/** From the start of this container until now, in seconds since the epoch by the clock as it is set now. */
export interface ThisRun {
	readonly start: number;
	readonly now: number;
}

const ticksPerSecond = 100;

/**
 * Began with the oldest process of this container. PID 1 may be another's: the pause container's where containers of a pod share their processes,
 * the machine's with --pid=host. What belongs to this container is in its control group; a container that is started anew has a new first
 * process, and one that enters later, as by `docker exec`, finds the first.
 */
export function observeThisRun(reads: Reads): ThisRun {
	const own = groupsOf(reads, "self");
	const starts = [
		startOf(reads, "self"),
		...others(reads).flatMap((pid) => (isBelow(groupsOf(reads, pid), own) ? [startOf(reads, pid)] : [])),
	];
	const ticks = Math.min(...starts.filter((each) => each !== undefined));
	if (!Number.isFinite(ticks)) {
		fail("STEP_FAILED", "older_than_boot needs /proc, to know when this container was started");
	}
	const [now, sinceBoot] = [CLOCK.REALTIME, CLOCK.BOOTTIME].map((each) => mustRead("clock_gettime", reads.clockGettime(each)) / 1000) as [
		number,
		number,
	];
	// A file's time is from a clock that ticks too, and up to one tick behind.
	return { start: now - sinceBoot + (ticks - 1) / ticksPerSecond, now };
}

/**
 * Whether this run has left it alone. The time of its content can be set at will, that of its inode cannot: either tells when it lies before the
 * start, so that neither a content dated ahead nor a new owner hides what is old. An inode's time that is still to come is from before the clock was set back.
 */
export function isOlder({ mtime, ctime }: Stat, { start, now }: ThisRun): boolean {
	return Math.min(mtime, ctime) < start || ctime > now;
}

function others(reads: Reads): string[] {
	const fd = reads.openRead(AT.FDCWD, "/proc", O.RDONLY | O.DIRECTORY, 0);
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	return typeof names === "number" ? [] : names.filter((name) => /^[0-9]+$/.test(name));
}

/** In ticks since the machine was booted; `undefined` for a process that has ended meanwhile. proc_pid_stat(5) */
function startOf(reads: Reads, pid: string): number | undefined {
	const text = readProc(reads, `${pid}/stat`);
	// The name of a program may hold anything, and stands in parentheses before the other fields; the 22nd is the start.
	const ticks = typeof text === "string" ? Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[19]) : Number.NaN;
	return Number.isNaN(ticks) ? undefined : ticks;
}

type Groups = ReadonlyMap<string, string>;

/** The control group in each hierarchy, as this process sees it; none in a kernel without. cgroups(7) */
function groupsOf(reads: Reads, pid: string): Groups | undefined {
	const text = readProc(reads, `${pid}/cgroup`);
	return typeof text === "string"
		? new Map([...text.matchAll(/^([0-9]+:[^:\n]*):(.*)$/gm)].map(([, hierarchy = "", path = ""]) => [hierarchy, path]))
		: undefined;
}

/** The same in every hierarchy, or further down: what is outside a namespace's root begins with `/..`. cgroup_namespaces(7) */
function isBelow(groups: Groups | undefined, own: Groups | undefined): boolean {
	return [...(own ?? [])].every(([hierarchy, top]) => {
		const path = groups?.get(hierarchy);
		return path === top || (path?.startsWith(top === "/" ? "/" : `${top}/`) === true && !path.startsWith("/.."));
	});
}
