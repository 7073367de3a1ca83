import { type Capability, capabilityAt, capabilityNames } from "../../../capability/names.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import { fail } from "../../../report/failure.ts";
import { suggestion } from "../../../report/suggest.ts";
import { quoted } from "../../../report/text.ts";

/** One word of `-all,+net_raw`. */
export interface SetChange {
	readonly adds: boolean;
	/** Undefined for all. */
	readonly capability: Capability | undefined;
}

const lowerNames = capabilityNames.map((name) => name.toLowerCase());

/** In their order; each begins with + or -. Names are in either case and without a prefix, `all` in lower case, numbers have one: `cap_40`. setpriv(1) */
export function parseSetChanges(text: string, where: string): SetChange[] {
	return text.split(",").map((word): SetChange => {
		const name = word.slice(1);
		if (!/^[+-]/.test(word)) {
			fail("USAGE", `${quoted(word)} begins neither with + nor with -`, { where, remedy: ["as in -all,+net_bind_service"] });
		}
		return { adds: word.startsWith("+"), capability: name === "all" ? undefined : parseName(name, where) };
	});
}

function parseName(name: string, where: string): Capability {
	const index = lowerNames.indexOf(name.toLowerCase());
	const [, digits = ""] = /^cap_(0|[1-9]\d?)$/.exec(name) ?? [];
	const number = index < 0 && digits !== "" ? Number(digits) : index;
	if (number < 0 || number > 63) {
		const bare = name.toLowerCase().replace(/^cap_/, "");
		const meant = lowerNames.includes(bare) || bare === "all" ? `; did you mean "${bare}"?` : suggestion(name, ["all", ...lowerNames]);
		fail("CAPABILITY_UNKNOWN", `${quoted(name)} is no capability${meant}`, { where });
	}
	return capabilityAt(number);
}

/** What becomes of a set, one word after the other. */
export function changedSet(set: CapabilitySet, changes: readonly SetChange[], last: Capability): CapabilitySet {
	return changes.reduce((now, { adds, capability }) => {
		if (capability !== undefined && capability > last) {
			fail("CAPABILITY_UNKNOWN", `cap_${capability} is no capability of this kernel, whose last is cap_${last}`);
		}
		const named = capability === undefined ? CapabilitySet.upTo(last) : CapabilitySet.from([capability]);
		return adds ? now.union(named) : now.minus(named);
	}, set);
}
