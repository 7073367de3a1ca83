import { everyCapability, saySets } from "../../../capability/said.ts";
import type { CapabilitySet, CapabilitySets } from "../../../capability/set.ts";
import { dangers } from "./dangers.ts";
import type { Page, Row } from "./page.ts";

/** Of more, those that are worst. */
const mostTold = 3;

/** What the workload holds, in which sets, and what that is good for in wrong hands. */
export function capabilityRow({ plan, reads }: Page): Row {
	const { sets } = plan.departure.expected;
	const titled = saySets(sets, everyCapability(reads));
	const said = titled.map(([title, names]) => (titled.length === 1 ? `${names}, ${title}` : `${title}: ${names}`));
	const told = dangers(heldIn(sets));
	const [first, ...others] = told.map(({ name, means, abuse }) => `${name}, ${means}: ${abuse}`);
	return told.length === 1 && said.length === 1
		? ["capabilities", `${said} (${told[0]?.means}: ${told[0]?.abuse})`]
		: [
				"capabilities",
				...said,
				...(first === undefined ? [] : [first, ...others.slice(0, mostTold - 1), ...more(others.length + 1 - mostTold)]),
			];
}

export function heldIn({ permitted, effective, ambient, inheritable }: CapabilitySets): CapabilitySet {
	return permitted.union(effective).union(ambient).union(inheritable);
}

function more(count: number): string[] {
	return count <= 0 ? [] : [`and ${count} more: abdicate explain NAME says of each what it is good for`];
}
