import { libcapSpelling } from "../../../capability/libcap-text.ts";
import { type Capability, capabilityNames } from "../../../capability/names.ts";
import { type Gid, parseId, toGid, toUid, type Uid } from "../../../identity/ids.ts";
import { fail } from "../../../report/failure.ts";
import { suggestion } from "../../../report/suggest.ts";
import { quoted } from "../../../report/text.ts";

/** A capability as libcap's cap_from_name(3) has it, but for what follows the name, which that passes over. */
export function capabilityOf(word: string): Capability {
	return (
		libcapSpelling(word) ??
		fail("CAPABILITY_UNKNOWN", `${quoted(word)} is not the name or number of a capability${likelyIn(word)}`, {
			remedy: ["names begin with cap_ and stand in a list with commas and without blanks: cap_net_raw,cap_kill"],
		})
	);
}

const names = capabilityNames.map((name) => `cap_${name.toLowerCase()}`);

/** What the first word that is no capability was to be. */
export function likelyIn(text: string): string {
	const unknown = text.split(/\W+/).find((word) => /[a-z]{3}/i.test(word) && word !== "all" && libcapSpelling(word) === undefined) ?? "";
	const whole = names.find((name) => name === `cap_${unknown.toLowerCase()}`);
	return whole === undefined ? suggestion(unknown, names) : `; did you mean "${whole}"?`;
}

/** Words between commas; what is empty is no word. */
export function wordsOf(list: string): string[] {
	return list.split(",").filter((word) => word !== "");
}

/** One, or a list; letters of sets behind it change nothing about what is asked. */
export function capabilitiesOf(list: string): readonly Capability[] {
	return list
		.replace(/[=+-]+[eip]*$/, "")
		.split(",")
		.map(capabilityOf);
}

const greatest = 0xffff_ffff;

/** Bits, seconds, a signal: decimal, 0x and hexadecimal, or 0 and octal. */
export function numberOf(text: string): number {
	const isNumber = /^(?:0x[0-9a-f]{1,16}|0[0-7]{0,12}|[1-9][0-9]{0,15})$/i.test(text);
	const value = isNumber ? Number(/^0[0-7]+$/.test(text) ? `0o${text}` : text) : Number.NaN;
	return value <= greatest ? value : fail("CONFIG_INVALID_VALUE", `${quoted(text)} is not a number from 0 to ${greatest}`);
}

export function uidOf(text: string): Uid {
	return toUid(idOf(text));
}

export function gidOf(text: string): Gid {
	return toGid(idOf(text));
}

/** Decimal alone: what is octal to one program and decimal to the next is somebody else to one of them. */
export function idOf(text: string): number {
	const id = parseId(text);
	return typeof id === "number"
		? id
		: fail("CONFIG_INVALID_VALUE", `${quoted(text)} is not an id: digits from 0 to 4294967294, without sign, blank or leading zero`);
}

export function groupOf(text: string): Gid | string {
	return /^[0-9]+$/.test(text) ? gidOf(text) : text;
}

/** As strtoull(3) has it, with blanks around; nothing is 0. Of what is no mask nothing is made. */
export function maskOf(text: string): bigint {
	const [, digits] = /^\s*(?:0x)?([0-9a-f]{0,16})\s*$/i.exec(text) ?? [];
	return digits === undefined
		? fail("CONFIG_INVALID_VALUE", `${quoted(text)} is not a mask of up to 16 hexadecimal digits`)
		: BigInt(`0x${digits || "0"}`);
}
