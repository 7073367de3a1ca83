import { must } from "../sys/act.ts";
import { SIG } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { SyscallError } from "../sys/observe.ts";
import type { Exit } from "./exit.ts";
import { everySignal, firstOther, leaveTerminal, openItself, readyAt, residentName, settingsAt } from "./part.ts";
import { type PlacementPart, pidVariable, type ResidentWork, withPid } from "./resident.ts";
import { settingsText } from "./resident-settings.ts";
import { refusalOf, thoseThere } from "./rows/leave.ts";

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
