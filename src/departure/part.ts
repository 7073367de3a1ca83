import { fail } from "../report/failure.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import { saysAbsent } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { mustRead, SyscallError } from "../sys/observe.ts";
import { type Parting, type PlacementPart, pidVariable, type ResidentWork } from "./resident.ts";
import { settingsText } from "./resident-settings.ts";
import { loaded, type PartingJourney } from "./walls.ts";

const failed = 125;
export const everySignal = (1n << 64n) - 1n;
/** By which name native/src/main.rs knows what it is to be, and where it finds its descriptors then. */
export const residentName = "abdicate-init";
export const [settingsAt, readyAt] = [3, 4];
const listAt = 5;
/** Above those. */
export const firstOther = 6;
/** What the init says when it is ready, and when it has told why not. A process that could not become it says why, which is below 0. */
const isReady = "1";
const isTold = "0";
const longestAnswer = 8;

/**
 * The child goes on as the workload. This process executes itself once more, in the mode in which there is no engine and no configuration, and
 * so it becomes dumpable again, as the workload's parent may be: there is nothing in it to be read.
 */
export function part(plan: ResidentWork, placement: PlacementPart, { host, parting }: PartingJourney): void {
	const { environment, texts, daemons } = loaded(parting) as Parting;
	// Nothing that comes from here on is lost: in the end it reaches the workload.
	must(host, "sigmask", everySignal);
	const above = (fd: number) => aboveOthers(host, fd);
	const pipe = () => (must(host, "pipe") as [number, number]).map(above) as [number, number];
	const program = above(openItself(host, plan.path));
	const [[settings, settingsEnd], [ready, readyEnd]] = [pipe(), pipe()];
	leaveTerminal(host, placement);
	const list = plan.graceMs === undefined ? none : openList(host);
	const text = settingsText({ plan, placement, hasList: list !== none, texts: texts ?? plan.texts, daemons: daemons ?? [] });
	const becoming = [program, [residentName], environment, environment.indexOf(pidVariable)] as const;
	const filter = plan.keepsPrivilege ? 0 : plan.needsFilter ? 2 : 1;
	mustRead("fork", host.part(...becoming, settingsEnd, text, settings, settingsAt, readyEnd, readyAt, list, listAt, filter));
	for (const fd of [program, settings, settingsEnd, readyEnd, ...(list === none ? [] : [list])]) {
		host.close(fd);
	}
	(parting as Parting).ready = ready;
}

/** No descriptor. */
const none = -1;

/** Who may be left in the end: everybody for a first process, and children for any other. The numbers in a /proc of another namespace are of others. */
function openList(host: Host): number {
	const isOwn = host.readlinkat(AT.FDCWD, "/proc/self") === `${host.getpid()}`;
	const fd = isOwn ? host.openRead(AT.FDCWD, host.getpid() === 1 ? "/proc" : "/proc/thread-self/children", 0, 0) : none;
	return fd < 0 ? none : aboveOthers(host, fd);
}

/** The lowest numbers are those by which the init finds its descriptors, and may be some that the workload is given. */
function aboveOthers(host: Host, fd: number): number {
	if (fd >= firstOther) {
		return fd;
	}
	const moved = must(host, "dupAbove", fd, firstOther) as number;
	host.close(fd);
	return moved;
}

export function leaveTerminal(host: Host, { place: where, terminal }: PlacementPart): void {
	if (where === "session" && terminal !== undefined && host.getsid() === host.getpid()) {
		must(host, "leaveTerminal", terminal);
	}
}

/** By the link of /proc, which leads to the very file whatever has become of its name. proc_pid_exe(5) */
export function openItself(host: Host, path: string): number {
	const fd = host.openRead(AT.FDCWD, "/proc/self/exe", O.PATH, 0);
	return mustRead("open", saysAbsent(fd) ? host.openRead(AT.FDCWD, path, O.PATH, 0) : fd);
}

export function place({ place: where, terminal, isForeground }: PlacementPart, host: Host): void {
	if (where === "session") {
		must(host, "setsid");
		if (terminal !== undefined) {
			// Another session's terminal stays with that one.
			host.takeTerminal(terminal);
		}
	}
	if (where === "group") {
		must(host, "setpgid", 0, 0);
		if (terminal !== undefined && isForeground) {
			must(host, "setForeground", terminal, host.getpid());
		}
	}
}

export function awaitResident({ host, parting }: PartingJourney): void {
	const ready = parting?.ready;
	const said = ready === undefined ? undefined : host.read(ready, longestAnswer);
	if (ready !== undefined) {
		host.close(ready);
	}
	if (said === isTold) {
		host.exit(failed);
	}
	if (typeof said === "string" && said.startsWith("-")) {
		throw new SyscallError("execveat", Number(said));
	}
	if (said !== isReady) {
		fail("INIT_FAILED", "the init has ended before it was ready, and the workload does not run without it", { where: "init" });
	}
}

export function defaultSignals(journey: PartingJourney): void {
	must(journey.host, "sigDefaultAll");
	journey.mask = 0n;
}
