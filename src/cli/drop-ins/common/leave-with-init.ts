import { carryOut } from "../../../departure/depart.ts";
import type { Departure } from "../../../departure/departure.ts";
import type { Journey } from "../../../departure/journey.ts";
import { rowsOf } from "../../../departure/order.ts";
import { awaitResident, defaultSignals, part, place } from "../../../departure/part.ts";
import { pidVariable, type Resident, withPid } from "../../../departure/resident.ts";
import { candidatesOf } from "../../../plan/command.ts";
import { isWatched, placementOf } from "../../../plan/placement.ts";
import { quoted } from "../../../report/text.ts";
import type { Host } from "../../../sys/native.ts";
import { commandName, explained } from "./command.ts";
import { lineOf } from "./init-resident.ts";
import { variableIn } from "./variable.ts";

/** An init and its program. */
export interface LeavingWithInit {
	/** Of the drop-in, as its messages say it. */
	readonly name: string;
	readonly command: readonly [string, ...string[]];
	readonly resident: Resident;
	/** What the init asks for when its own parent ends, and hands on. */
	readonly parentDeathSignal?: number | undefined;
	/** What the program asks for when the init ends. */
	readonly workloadDeathSignal?: number | undefined;
	readonly tellsOfStart: boolean;
}

/**
 * The acts of the one departure in which nothing is given up: arrive, part, leave. What the start holds is not even read. Goes on as the
 * program alone.
 */
export async function leaveWithInit(host: Host, leaving: LeavingWithInit): Promise<never> {
	const { name, command, tellsOfStart } = leaving;
	const environment = environmentOf(host);
	const journey: Journey = {
		host,
		mask: 0n,
		walls: { resident: { part, place, awaitResident, defaultSignals } },
		parting: { environment },
		note: () => {},
	};
	const rows = rowsFor(host, leaving);
	for (const act of ["arrive", "part", "walls"] as const) {
		carryOut(journey, { rows }, rowsOf(act));
	}
	if (tellsOfStart) {
		host.write(2, lineOf(name, "", `${quoted(command[0])} is process ${host.getpid()}`));
	}
	try {
		const candidates = candidatesOf(commandName(command), variableIn(environment, "PATH"));
		const exec = { argv: command, candidates, environment: withPid(environment, host.getpid()) };
		carryOut(journey, { rows: { ...rows, exec } }, rowsOf("leave"));
	} catch (error) {
		throw await explained(host, error);
	}
	throw new Error("the program was left for and is not there");
}

function rowsFor(host: Host, { resident, parentDeathSignal = 0, workloadDeathSignal }: LeavingWithInit): Departure["rows"] {
	const { place: wanted, endsWithDaemons: _, ...does } = resident;
	const placement = placementOf(wanted, host);
	return {
		normalise: { pass: "all" },
		resident: {
			...does,
			placement,
			daemons: "warn",
			stopsToo: placement.terminal !== undefined && placement.place !== "session" && isWatched(host),
			keepsKill: false,
			needsFilter: false,
			parentDeathSignal,
			parent: host.getppid(),
			path: host.executedAs(),
		},
		placement,
		...(workloadDeathSignal !== undefined && { "parent-death-signal": workloadDeathSignal }),
		"resident-ready": true,
		...(resident.resetsSignals && { "default-signals": true }),
		"signal-mask": true,
	};
}

/** Of LISTEN_PID=N, where N is this process: who is meant is the program. sd_listen_fds(3) */
function environmentOf(host: Host): readonly string[] {
	const own = `LISTEN_PID=${host.getpid()}`;
	return host.environ().map((entry) => (entry === own ? pidVariable : entry));
}
