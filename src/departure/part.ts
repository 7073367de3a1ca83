import { fail } from "../report/failure.ts";
import { must } from "../sys/act.ts";
import { AT, O, SIG } from "../sys/constants.ts";
import { errno, saysAbsent } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { mustRead, SyscallError } from "../sys/observe.ts";
import type { Exit } from "./exit.ts";
import { type Parting, type PlacementPart, pidVariable, type ResidentWork, withPid } from "./resident.ts";
import { settingsText } from "./resident-settings.ts";
import { refusalOf, thoseThere } from "./rows/leave.ts";
import { loaded, type PartingJourney } from "./walls.ts";

const failed = 125;
const everySignal = (1n << 64n) - 1n;
/** By which name native/src/main.rs knows what it is to be, and where it finds its descriptors then. */
const residentName = "abdicate-init";
const [settingsAt, readyAt] = [3, 4];
/** Above those. */
const firstOther = 5;
/** What the init says when it is ready; anything else has been told already. */
const isReady = "1";
const isTold = "0";

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
	const [[settings, settingsEnd], [ready, readyEnd], [gone, goneEnd]] = [pipe(), pipe(), pipe()];
	leaveTerminal(host, placement);
	const text = settingsText({ plan, placement, texts: texts ?? plan.texts, daemons: daemons ?? [] });
	const becoming = [program, [residentName], environment, environment.indexOf(pidVariable)] as const;
	const moved = [settings, settingsAt, readyEnd, readyAt] as const;
	const [child, refusal] = must(host, "part", gone, goneEnd, ...becoming, settingsEnd, text, ...moved) as [number, number];
	if (child === 0) {
		for (const fd of [program, settings, settingsEnd, readyEnd]) {
			host.close(fd);
		}
		(parting as Parting).ready = ready;
		return;
	}
	// Nothing is left behind: the workload has not begun, and will not.
	host.write(readyEnd, isTold);
	host.close(goneEnd);
	host.waitpid(child, 0);
	throw new SyscallError("execveat", refusal);
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

/** This program, what it reads its settings from, and what it says to that it is ready. */
function becomeResident(host: Host, descriptors: readonly [number, number, number], environment: readonly string[]): never {
	const [self, from, to] = descriptors.map((fd) => must(host, "dupAbove", fd, firstOther) as number) as [number, number, number];
	must(host, "dupInherited", from, settingsAt);
	must(host, "dupInherited", to, readyAt);
	throw new SyscallError("execveat", host.execveat(self, "", [residentName], environment));
}

/** As `spawn` in native.ts has them. */
const places = { shared: 0, group: 1, session: 2 } as const;

/**
 * The same, and the leave with it, for an init that keeps what it has: there is nothing that it would have to be rid of before the workload
 * runs, so that this executes at once, and the init after that. `deathSignal` is the workload's own.
 */
export function partAndLeave(
	plan: ResidentWork,
	placement: PlacementPart,
	{ argv, candidates, environment }: Pick<Exit, "argv" | "candidates" | "environment">,
	deathSignal: number,
	{ host, mask }: { readonly host: Host; readonly mask: bigint },
	started: (pid: number) => void,
): never {
	must(host, "sigmask", everySignal);
	const program = openItself(host, plan.path);
	const [settings, settingsEnd] = must(host, "pipe") as [number, number];
	leaveTerminal(host, placement);
	if (plan.subreaper) {
		// Before there can be an orphan.
		host.setChildSubreaper(true);
	}
	const there = candidates.length === 1 ? candidates : thoseThere(host, candidates);
	const { place: where, terminal = -1, isForeground } = placement;
	const numbers = [places[where], terminal, +isForeground, +plan.resetsSignals, deathSignal, environment.indexOf(pidVariable)];
	const [child = 0, ...others] = must(
		host,
		"spawn",
		there,
		argv,
		environment,
		[errno.EACCES],
		numbers,
		plan.resetsSignals ? 0n : mask,
	) as number[];
	if (child <= 0) {
		throw refusalOf(host, { argv, environment }, there, there.length === 0 ? [] : [child, ...others]);
	}
	started(child);
	try {
		must(host, "write", settingsEnd, `${child}${settingsText({ plan, placement, texts: plan.texts, daemons: [] })}`);
		// Nobody waits for it to be ready: what is open without a right to write takes no answer, and no SIGPIPE comes of it.
		return becomeResident(host, [program, settings, program], withPid(environment, child));
	} catch (error) {
		host.kill(child, SIG.KILL);
		host.waitpid(child, 0);
		throw error;
	}
}

function leaveTerminal(host: Host, { place: where, terminal }: PlacementPart): void {
	if (where === "session" && terminal !== undefined && host.getsid() === host.getpid()) {
		must(host, "leaveTerminal", terminal);
	}
}

/** By the link of /proc, which leads to the very file whatever has become of its name. proc_pid_exe(5) */
function openItself(host: Host, path: string): number {
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
	const said = ready === undefined ? undefined : host.read(ready, 1);
	if (ready !== undefined) {
		host.close(ready);
	}
	if (said === isTold) {
		host.exit(failed);
	}
	if (said !== isReady) {
		fail("INIT_FAILED", "the init has ended before it was ready, and the workload does not run without it", { where: "init" });
	}
}

export function defaultSignals(journey: PartingJourney): void {
	must(journey.host, "sigDefaultAll");
	journey.mask = 0n;
}
