import type { CapabilitySet } from "../../../capability/set.ts";
import type { DeviceHere, NeedHere } from "../../../plan/preflight.ts";
import type { Cell } from "../../../report/table.ts";
import { shown } from "./page.ts";

/** What is taken, and whether it is here. */
export type NeedLine = readonly [needs: string, here: Cell];

const missing: Cell = { text: "MISSING", as: "bad" };
/** Without it the step fails, which is told and no more. */
const missed: Cell = { text: "not held, warns", as: "warning" };
const notHeld: Cell = { text: "not held", as: "warning" };

const notThere: Cell = { text: "not there", as: "warning" };

interface Around {
	readonly devices: readonly DeviceHere[];
	/** It is told when it fails, and the start goes on. */
	readonly mayFail: boolean;
	/** Something is known that ends it. */
	readonly isStopped: boolean;
}

const alone: Around = { devices: [], mayFail: false, isStopped: true };

/** A line for each of the answers: what is certainly taken first, then what may be. */
export function needLines(needs: readonly NeedHere[], { devices, mayFail, isStopped }: Around = alone): NeedLine[] {
	const lacking = mayFail ? missed : missing;
	const certain = needs.filter((need) => need.certain);
	const isSaid = ({ anyOf }: NeedHere) => certain.some((need) => need.anyOf.some((name) => anyOf.includes(name)));
	const perhaps = needs.filter((need) => !need.certain && !isSaid(need));
	const line = (words: readonly string[], here: Cell, before = ""): NeedLine[] =>
		words.length === 0 ? [] : [[before + [...new Set(words)].join(", "), here]];
	const names = (all: readonly NeedHere[], isHeld: boolean) =>
		all.filter((need) => need.isHeld === isHeld).map(({ anyOf }) => anyOf.join(" or "));
	const nodes = (isUsable: boolean) =>
		devices.filter((each) => each.isUsable === isUsable).map(({ path, access }) => shown(`${path} ${access}`));
	return [
		...line(isStopped ? [...names(certain, false), ...nodes(false)] : names(certain, false), lacking),
		...line(isStopped ? [] : nodes(false), notThere),
		...line(names(certain, true), "held"),
		...line(nodes(true), "there"),
		...line(names(perhaps, true), "held", "perhaps "),
		...byPurpose(perhaps.filter(({ isHeld }) => !isHeld)).flatMap(([purpose, all]) =>
			line([`${all.join(", ")} ${shown(purpose)}`], notHeld, "perhaps "),
		),
	];
}

/** What is not here and is no problem is told nowhere else. */
function byPurpose(needs: readonly NeedHere[]): [purpose: string, names: string[]][] {
	const found = new Map<string, string[]>();
	for (const { anyOf, purpose } of needs) {
		found.set(purpose, [...new Set([...(found.get(purpose) ?? []), anyOf.join(" or ")])]);
	}
	return [...found];
}

/** `CHOWN FOWNER`, or `nothing`. */
export function unusedText(unused: CapabilitySet): string {
	return unused.isEmpty ? "nothing" : unused.names().join(" ");
}
