import { keepOnly } from "../departure/descriptors.ts";
import { fail } from "../report/failure.ts";
import { must } from "../sys/act.ts";
import { POLL } from "../sys/constants.ts";
import { errnoName } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import type { Charge } from "./charge.ts";
import { childrenOf, namesOf, reapAll } from "./children.ts";
import { endAll } from "./ending.ts";
import { forkChild } from "./fork.ts";
import { sendSignal } from "./look-as.ts";
import { readCommands, reasonOf, say } from "./messages.ts";
import { runProgram } from "./program.ts";

const everySignal = (1n << 64n) - 1n;
const lookMs = 1000;
const lookOftenMs = 10;
/** For what ends by itself when the program has, such as the `tee` that writes its last lines. */
const quietMs = 1000;

/**
 * The life of a keeper: the process between the run and the program of a step. Whatever the program starts stays below it, in
 * whatever session, because orphans become its children; so it can end all of them, and knows when nobody is left. It holds what the
 * step does and no descriptor but its two pipes. PR_SET_CHILD_SUBREAPER(2const)
 */
export function keep(charge: Charge): number {
	const { context, report, control, others } = charge;
	const { host } = context;
	let program: number | undefined;
	try {
		// What is pressed at a terminal is for the program; the run says what is to be done about it.
		must(host, "sigmask", everySignal);
		for (const fd of others) {
			host.close(fd);
		}
		requireOrphans(host);
		program = forkChild(host, () => runProgram(charge));
		keepOnly(host, report, control);
		watch(charge, program);
	} catch (error) {
		if (program !== undefined) {
			finish(charge, program);
		}
		say(host, report, { failed: reasonOf(host, error) });
	}
	return 0;
}

/** Without them nobody could end what a program leaves behind. */
function requireOrphans(host: Host): void {
	const result = host.setChildSubreaper(true);
	if (result < 0) {
		fail("STEP_FAILED", `prctl(PR_SET_CHILD_SUBREAPER): ${errnoName(result)}: what it leaves behind could not be ended`, {
			remedy: ["run it when the image is built, or the container on Linux itself: older gVisor has no subreapers"],
		});
	}
}

/** Until the program has ended by itself and nobody is left, or the run says what becomes of them. */
function watch(charge: Charge, program: number): void {
	const { context, request, report } = charge;
	const { host } = context;
	// Where it is missing or refused, the program is looked for. pidfd_open(2)
	const pidfd = host.pidfdOpen(program);
	let status: number | undefined;
	let quietUntil: number | undefined;
	for (;;) {
		const isRunning = status === undefined;
		const isAnyLeft = reapAll(host, (pid, how) => {
			status = pid === program ? how : status;
		});
		if (isRunning && status !== undefined) {
			say(host, report, { ended: status });
			// What a program leaves behind that was said to do so is for the run to judge.
			quietUntil = request.background === true && status === 0 ? undefined : host.clock() + quietMs;
		}
		if (quietUntil !== undefined && !isAnyLeft) {
			return;
		}
		if (quietUntil !== undefined && host.clock() >= quietUntil) {
			say(host, report, { left: namesOf(host, childrenOf(host, program)) });
			finish(charge, program);
			return;
		}
		const isPatient = quietUntil === undefined && (pidfd >= 0 || status !== undefined);
		if (obey(charge, { pid: program, pidfd, isRunning: status === undefined }, isPatient ? lookMs : lookOftenMs)) {
			return;
		}
	}
}

/** Whoever cannot be ended is named. */
function finish({ context, child, report }: Charge, program: number): void {
	const stuck = endAll(context, child, program);
	if (stuck.length > 0) {
		say(context.host, report, { stuck });
	}
}

interface Program {
	readonly pid: number;
	/** Negative where there is none. */
	readonly pidfd: number;
	/** False when its pid may be another's. */
	readonly isRunning: boolean;
}

/** Waits for a command, or for the program to end. True when the last thing is done. */
function obey(charge: Charge, { pid, pidfd, isRunning }: Program, patienceMs: number): boolean {
	const { context, child, control } = charge;
	const { host } = context;
	const watched = isRunning && pidfd >= 0 ? [control, pidfd] : [control];
	const ready = host.poll(
		watched.map((fd) => [fd, POLL.IN]),
		patienceMs,
	);
	if (typeof ready === "number" || (ready[0] ?? 0) === 0) {
		return false;
	}
	for (const each of readCommands(host, control)) {
		if (each === "go") {
			return true;
		}
		if (each === "end") {
			finish(charge, pid);
			return true;
		}
		if (isRunning) {
			sendSignal(context, child, pid, each.signal);
		}
	}
	return false;
}
