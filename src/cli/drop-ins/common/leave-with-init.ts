import { carryOut } from "../../../departure/depart.ts";
import type { Journey } from "../../../departure/journey.ts";
import { rowsOf } from "../../../departure/order.ts";
import { partAndLeave } from "../../../departure/part-and-leave.ts";
import { type PlacementPart, pidVariable, type Resident, type ResidentWork } from "../../../departure/resident.ts";
import { candidatesOf } from "../../../plan/command.ts";
import { isWatched, placementOf } from "../../../plan/placement.ts";
import { quoted } from "../../../report/text.ts";
import type { Host } from "../../../sys/native.ts";
import { commandName, explained } from "./command.ts";
import { type Ends, endOf } from "./ends.ts";
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
 * Of the one departure the acts in which nothing is given up: arrive, part, leave. What the start holds is not even read. Ends in the init, or
 * in the status of a program that could not be started, which is like any other.
 */
export async function leaveWithInit(host: Host, ends: Ends, leaving: LeavingWithInit): Promise<number> {
	const { name, command, resident, workloadDeathSignal = 0, tellsOfStart } = leaving;
	const environment = environmentOf(host);
	const placement = placementOf(resident.place, host);
	const journey: Journey = { host, mask: 0n, note: () => {} };
	carryOut(journey, { rows: { normalise: { pass: "all" } } }, rowsOf("arrive"));
	const path = variableIn(environment, "PATH");
	const started = (pid: number): void => {
		if (tellsOfStart) {
			host.write(2, lineOf(name, "", `${quoted(command[0])} is process ${pid}`));
		}
	};
	try {
		const exit = { argv: command, candidates: candidatesOf(commandName(command), path), environment };
		return partAndLeave(partOf(host, leaving, placement), placement, exit, workloadDeathSignal, journey, started);
	} catch (error) {
		const status = await endOf(host, name, ends, await explained(host, error, { command, path }));
		return resident.exitStatuses[status] ?? status;
	}
}

function partOf(host: Host, { resident, parentDeathSignal = 0 }: LeavingWithInit, { place, terminal }: PlacementPart): ResidentWork {
	const { place: _, endsWithDaemons: __, ...does } = resident;
	return {
		...does,
		daemons: "warn",
		stopsToo: terminal !== undefined && place !== "session" && isWatched(host),
		keepsKill: false,
		needsFilter: false,
		parentDeathSignal,
		parent: host.getppid(),
		path: host.executedAs(),
	};
}

/** Of LISTEN_PID=N, where N is this process: who is meant is the program. sd_listen_fds(3) */
function environmentOf(host: Host): readonly string[] {
	const own = `LISTEN_PID=${host.getpid()}`;
	return host.environ().map((entry) => (entry === own ? pidVariable : entry));
}
