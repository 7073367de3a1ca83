import { CapabilitySet } from "../capability/set.ts";
import { byteLength } from "../report/bytes.ts";
import type { PlacementPart, ResidentDaemon, ResidentTexts, ResidentWork } from "./resident.ts";

/** What native/src/resident/settings.rs reads: its limits are the same. */
const [longest, mostDaemons] = [4096, 16];
/** Of a unit of text. */
const mostBytes = 3;

export interface Settings {
	readonly plan: ResidentWork;
	readonly placement: PlacementPart;
	readonly texts: ResidentTexts;
	readonly daemons: readonly ResidentDaemon[];
	/** Whether it is given a descriptor of who may be left. */
	readonly hasList?: boolean;
}

/** What stands behind the pid of the workload: numbers up to the end of a line, then the texts. More daemons than there is room for are not told of. */
export function settingsText(settings: Settings): string {
	for (let count = Math.min(mostDaemons, settings.daemons.length); ; count--) {
		const text = written({ ...settings, daemons: settings.daemons.slice(0, count) });
		if (count === 0 || text.length * mostBytes <= longest || byteLength(text) <= longest) {
			return text;
		}
	}
}

function written({ plan, placement, texts, daemons, hasList = false }: Settings): string {
	const { failed = "", refused = "", reaped = "", ended = "", killed = "", forwarded = "", left = "", unfiltered = "" } = texts;
	const name = plan.name === undefined ? "" : `${plan.name}\0`;
	const said = [failed, refused, reaped, ended, killed, forwarded, left, unfiltered, name];
	const pairs = (of: Readonly<Record<number, number>>) => [Object.keys(of).length, ...Object.entries(of).flat()];
	const numbers = [
		plan.toGroup,
		plan.subreaper,
		plan.keepsPrivilege,
		plan.keepsKill ? CapabilitySet.of("KILL").bits : 0,
		plan.stopsToo,
		placement.place === "group",
		placement.place === "shared",
		plan.needsFilter,
		placement.terminal ?? -1,
		plan.parentDeathSignal,
		plan.parent,
		plan.atEnd ?? 0,
		(plan.stopsItself ?? []).reduce((bits, signal) => bits | (1 << (signal - 1)), 0),
		hasList,
		plan.graceMs ?? -1,
		...pairs(plan.signals),
		...pairs(plan.exitStatuses),
		daemons.length,
		...daemons.flatMap(({ pid, text }) => [pid, plan.daemons === "terminate", byteLength(text)]),
		...said.map(byteLength),
	];
	return ` ${numbers.map(Number).join(" ")}\n${[...daemons.map(({ text }) => text), ...said].join("")}`;
}
