import { securebits as bits, type Securebit } from "../../../capability/securebits.ts";
import { fail } from "../../../report/failure.ts";
import { suggestion } from "../../../report/suggest.ts";
import { quoted } from "../../../report/text.ts";

/** What `+noroot,-no_setuid_fixup` makes of the bits that are on. */
export interface SecurebitChanges {
	readonly clearsAll: boolean;
	readonly set: number;
	readonly clear: number;
}

const option = "--securebits";

/** A bit that is both set and cleared is a slip, of which nobody knows what was meant. */
export function parseSecurebits(text: string): SecurebitChanges {
	let [set, clear, clearsAll] = [0, 0, false];
	for (const word of text.split(",")) {
		const name = word.slice(1);
		if (!/^[+-]/.test(word)) {
			refuse(`${quoted(word)} begins neither with + nor with -`);
		}
		if (name === "all") {
			if (word === "+all" || set !== 0) {
				refuse(word === "+all" ? "all of them at once cannot be set" : "-all takes back what stands before it");
			}
			clearsAll = true;
		} else if (word.startsWith("+")) {
			set |= parseBit(name);
		} else {
			clear |= parseBit(name);
		}
	}
	const contradiction = Object.entries(bits).find(([, bit]) => (set & clear & bit) !== 0);
	if (contradiction !== undefined) {
		refuse(`${contradiction[0]} is both set and cleared`);
	}
	return { clearsAll, set, clear };
}

export function changedSecurebits(now: number, { clearsAll, set, clear }: SecurebitChanges): number {
	return ((clearsAll ? 0 : now) & ~clear) | set;
}

function parseBit(name: string): number {
	if (name === "keep_caps") {
		refuse("keep_caps is cleared by every exec, so that it cannot be handed on");
	}
	return Object.hasOwn(bits, name)
		? bits[name as Securebit]
		: refuse(`${quoted(name)} is no securebit${suggestion(name, Object.keys(bits))}`);
}

function refuse(message: string): never {
	return fail("CONFIG_INVALID_VALUE", message, { where: option });
}
