import { type CapabilityState, parseIab, parseLibcapText, parseMask, parseNames } from "../../capability/libcap-text.ts";
import { capabilityAt, capabilityNames } from "../../capability/names.ts";
import { securebits, securebitText } from "../../capability/securebits.ts";
import { CapabilitySet, maskAndNames } from "../../capability/set.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Host } from "../../sys/native.ts";

const all = CapabilitySet.upTo(capabilityAt(capabilityNames.length - 1));

/** Prints a mask as names, names as a mask, also of securebits, and libcap's text and IAB forms as their sets. */
export function decode(host: Host, words: readonly string[]): void {
	host.write(1, render(words.join(" ")));
}

export function render(text: string): string {
	const mask = parseMask(text);
	if (mask !== undefined) {
		return `${maskAndNames(mask)}\n`;
	}
	const bits = decodeSecurebits(text);
	if (bits !== undefined) {
		return `${securebitText(bits)} = 0x${bits.toString(16)}\n`;
	}
	const names = parseNames(text, all);
	if (names !== undefined) {
		return `${names} = 0x${names.hex()}\n`;
	}
	// IAB has marks in front of names, the older form has them behind.
	const state = text === "" ? undefined : /[!^%]/.test(text) ? parseIab(text, all) : parseLibcapText(text, all);
	if (state === undefined) {
		fail("USAGE", `${quoted(text)} is no mask, list of names of capabilities or securebits, libcap text or IAB`, {
			remedy: ["00000000a80425fb | net_raw,chown | cap_net_raw+ep | !cap_chown,^cap_net_raw | noroot,noroot_locked | securebits 0xc3"],
		});
	}
	return renderState(state);
}

const named: Readonly<Record<string, number>> = securebits;

/** Their names, or a mask that says what it is. */
function decodeSecurebits(text: string): number | undefined {
	const mask = /^securebits[\s:=]+(?:0x)?([0-9a-f]{1,7})$/i.exec(text)?.[1];
	const words = text.toLowerCase().split(/[\s,]+/);
	return mask === undefined
		? words.every((each) => Object.hasOwn(named, each))
			? words.reduce((sum, each) => sum | (named[each] ?? 0), 0)
			: undefined
		: Number.parseInt(mask, 16);
}

function renderState(state: CapabilityState): string {
	return Object.entries(state)
		.map(([name, set]: [string, CapabilitySet]) => `${name.padEnd(11)} ${maskAndNames(set)}\n`)
		.join("");
}
