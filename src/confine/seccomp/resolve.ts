import { type Abi, abisOf, callNumber } from "./calls.ts";
import type { Decision, Situation } from "./decision.ts";
import type { Action, Profile } from "./profile.ts";
import { architectures } from "./profile-words.ts";
import { type Changes, Ruling } from "./ruling.ts";
import type { SeccompSetting } from "./setting.ts";
import { settingArchitectures } from "./setting-words.ts";

export type { Changes } from "./ruling.ts";

/** A profile for one way of calling the kernel. */
export interface Resolved {
	readonly abi: Abi;
	/** By number; what is not here, up to `largest`, gets `otherwise`. */
	readonly decisions: ReadonlyMap<number, Decision>;
	readonly otherwise: Action;
	/** The largest number that the profile names; `undefined` when it names none of this ABI. */
	readonly largest: number | undefined;
	/** What becomes of the numbers above it, which are newer than the profile. */
	readonly beyond: Action;
}

export function resolve(profile: Profile, setting: Changes, { abi, ...situation }: Situation & { readonly abi: Abi }): Resolved {
	const ruling = new Ruling(profile, setting, abisOf(abi).native);
	const decisions = new Map<number, Decision>();
	for (const name of ruling.namesIn(abi)) {
		const number = callNumber(abi, name);
		const decision = ruling.decide(name, abi, situation);
		if (number !== undefined && decision !== undefined) {
			decisions.set(number, decision);
		}
	}
	const largest = ruling.largest(abi, situation);
	return { abi, decisions, otherwise: ruling.otherwise, largest, beyond: largest === undefined ? ruling.otherwise : ruling.beyond };
}

/** The ways of calling the kernel that a filter has rules for, the machine's own first; who calls it in another way dies. */
export function abisFor(profile: Profile, setting: Pick<SeccompSetting, "architectures">, machine: string): Abi[] {
	const { native, others } = abisOf(machine);
	const listed = setting.architectures === undefined ? profileAbis(profile, native) : settingAbis(setting.architectures, native);
	return [native, ...others.filter((each) => listed.includes(each))];
}

function profileAbis({ architectures: listed, archMap }: Profile, native: Abi): (Abi | undefined)[] {
	const mapped = archMap?.find(({ architecture }) => architectures[architecture] === native)?.subArchitectures;
	return (listed ?? mapped ?? []).map((word) => architectures[word]);
}

/** What is no such word has been refused. */
function settingAbis(words: readonly string[], native: Abi): Abi[] {
	return words.flatMap((word) => {
		const known = settingArchitectures.find((each) => each === word) ?? [];
		return known === "native" ? native : known;
	});
}
