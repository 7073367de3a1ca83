import { capability } from "../capability/names.ts";
import { signalName } from "../config/signal-number.ts";
import { awaitResident, defaultSignals, part, place } from "../departure/part.ts";
import type { InitSetting, PlacementPart, Resident, ResidentPart, ResidentWork } from "../departure/resident.ts";
import type { ResidentAsk, Walls } from "../departure/walls.ts";
import { absolutePath } from "../files/path-text.ts";
import type { Reads } from "../sys/native.ts";
import { isWatched, placementOf } from "./placement.ts";
import { refuseInit, refuseUnexecutable } from "./resident-refusals.ts";
import { daemonTexts, residentTexts } from "./resident-texts.ts";

/** An init as the key of the configuration has it. */
function residentOf({ signals, exitCodes, group, subreaper, graceMs, daemons }: InitSetting, reads: Reads): Resident {
	return {
		signals,
		exitStatuses: exitCodes,
		toGroup: group,
		subreaper: subreaper === "auto" ? reads.getpid() !== 1 : subreaper,
		place: "auto",
		graceMs,
		atEnd: undefined,
		resetsSignals: true,
		keepsPrivilege: false,
		endsWithDaemons: daemons === "terminate",
		texts: {},
	};
}

function wanted({ request: { ofWorkload }, reads }: ResidentAsk): Resident {
	return ofWorkload?.resident ?? residentOf(ofWorkload?.settings["init"] as InitSetting, reads);
}

function planPlacement(ask: ResidentAsk): PlacementPart {
	return placementOf(wanted(ask).place, ask.reads);
}

function planResident(ask: ResidentAsk, { place, terminal }: PlacementPart = planPlacement(ask)): ResidentPart {
	const { request, start, reads, later } = ask;
	const { place: _, endsWithDaemons, ...resident } = wanted(ask);
	const { ofWorkload, sets } = request;
	if (ofWorkload?.resident === undefined) {
		refuseInit(ask);
	}
	refuseUnexecutable(ask);
	const may = (name: "KILL" | "SETUID") => sets.permitted.has(capability(name));
	if (!resident.keepsPrivilege && may("SETUID") && !may("KILL")) {
		ofWorkload?.warn(
			"init: the workload keeps SETUID, so that it may become another user, whom the init cannot signal without KILL: capabilities: {keep: [SETUID, KILL]}",
		);
	}
	const planned = {
		...resident,
		daemons: endsWithDaemons ? ("terminate" as const) : ("warn" as const),
		stopsToo: terminal !== undefined && place !== "session" && isWatched(reads),
		keepsKill: may("KILL") && may("SETUID"),
		needsFilter: later("seccomp") !== undefined || later("apparmor") !== undefined || later("selinux") !== undefined,
		parentDeathSignal: (ofWorkload?.settings["parent_death_signal"] as number | undefined) ?? start.parentDeathSignal,
		parent: reads.getppid(),
		path: absolutePath(reads.executedAs(), start.workdir),
	};
	return { ...planned, summary: describe(planned) };
}

/** In a few words, for who reads a plan. */
function describe(part: ResidentWork): string {
	const pairs = (of: Readonly<Record<number, number>>, name: (number: number) => string) =>
		Object.entries(of).map(([from, to]) => `${name(Number(from))} as ${to === 0 && name === signalName ? "nothing" : name(to)}`);
	const parts = [
		part.keepsPrivilege ? "keeps what it was given" : part.keepsKill ? "keeps KILL" : "keeps nothing",
		...pairs(part.signals, signalName),
		...pairs(part.exitStatuses, String),
		...(part.toGroup ? ["signals to the group"] : []),
		...(part.subreaper ? ["adopts orphans"] : []),
		...(part.graceMs === undefined
			? []
			: [`${part.graceMs % 1000 === 0 ? `${part.graceMs / 1000} s` : `${part.graceMs} ms`} for the rest`]),
		...(part.daemons === "terminate" ? ["ends with a daemon"] : []),
	];
	return parts.join(", ");
}

/** Part of the prepared engine: to load it would cost a start with an init more than all that it does. */
export const residentWall = {
	planResident,
	planPlacement,
	residentTexts,
	daemonTexts,
	part,
	place,
	awaitResident,
	defaultSignals,
} as const satisfies Walls["resident"];
