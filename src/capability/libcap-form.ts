import { libcapName } from "./libcap-text.ts";
import type { Capability } from "./names.ts";
import { CapabilitySet, type CapabilitySets } from "./set.ts";

/** Which of the three sets hold a capability: a bit for each. */
const bits = { effective: 1, permitted: 2, inheritable: 4 } as const;

/** In the order in which their letters are written. */
const letters = [
	["e", bits.effective],
	["i", bits.inheritable],
	["p", bits.permitted],
] as const;

type ThreeSets = Pick<CapabilitySets, keyof typeof bits>;

/**
 * The three sets as cap_to_text(3) has them: what most capabilities of this kernel share stands first and is meant for all, `=` when it is
 * nothing; then what differs, in lists. Where nothing is meant for all, the first list takes the `=`.
 */
export function libcapText(sets: ThreeSets, last: Capability): string {
	const groups = groupsOf(sets, last);
	let shared: State = 7;
	for (const state of states) {
		shared = groups[state].length >= groups[shared].length ? state : shared;
	}
	const lists: string[] = [];
	for (const state of states) {
		if (state !== shared && groups[state].length > 0) {
			const [raised, lowered] = [lettersOf(state & ~shared), lettersOf(shared & ~state)];
			const sign = shared === 0 && lists.length === 0 ? "=" : "+";
			const changes = `${raised === "" ? "" : sign + raised}${lowered === "" ? "" : `-${lowered}`}`;
			lists.push(`${groups[state].map(libcapName).join(",")}${changes}`);
		}
	}
	return shared === 0 && lists.length > 0 ? lists.join(" ") : [`=${lettersOf(shared)}`, ...lists].join(" ");
}

const states = [7, 6, 5, 4, 3, 2, 1, 0] as const;
type State = (typeof states)[number];
type Groups = Readonly<Record<State, Capability[]>>;

/** The capabilities of this kernel by the sets that they are in. */
function groupsOf(sets: ThreeSets, last: Capability): Groups {
	const groups: Capability[][] = Array.from({ length: 8 }, () => []);
	for (const each of CapabilitySet.upTo(last).list()) {
		const state = Object.entries(bits).reduce((sum, [name, bit]) => sum | (sets[name as keyof ThreeSets].has(each) ? bit : 0), 0);
		groups[state]?.push(each);
	}
	return groups as unknown as Groups;
}

function lettersOf(state: number): string {
	return letters.map(([letter, bit]) => ((state & bit) === 0 ? "" : letter)).join("");
}

/** Inheritable, ambient and what the bounding set lacks, as cap_iab_to_text(3) has them. */
export function iabText(
	{ inheritable, ambient, bounding }: Pick<CapabilitySets, "inheritable" | "ambient" | "bounding">,
	last: Capability,
): string {
	const blocked = CapabilitySet.upTo(last).minus(bounding);
	return CapabilitySet.upTo(last)
		.list()
		.filter((each) => blocked.union(ambient).union(inheritable).has(each))
		.map((each) => {
			const mark = ambient.has(each) ? "^" : blocked.has(each) && inheritable.has(each) ? "%" : "";
			return `${blocked.has(each) ? "!" : ""}${mark}${libcapName(each)}`;
		})
		.join(",");
}
