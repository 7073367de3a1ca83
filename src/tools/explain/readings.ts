import { capabilityNames } from "../../capability/names.ts";
import { errnoName } from "../../sys/errno.ts";
import { symptoms } from "../guides/symptoms.ts";
import type { Kind } from "./sources.ts";

export interface Reading {
	readonly text: string;
	/** There is more to what was asked than this. */
	readonly isPart: boolean;
}

/** What may be meant by a text that is no name as it stands, the likeliest first: `--sysctl`, `exit codes`, `own.policy.always`, `why 126`. */
export function readings(written: string, phrases: readonly string[] = []): Reading[] {
	const bare = written.replace(/^[-\s]+|[?\s]+$/g, "");
	const all = bare.split(/:?[\s,;]+/).filter((word) => word !== "");
	const telling = all.filter((word) => !filling.includes(word.toLowerCase()));
	const words = telling.length === 0 ? all : telling;
	const whole = [...likeIt(bare), `@${bare}`, words.join(" ")];
	const small = written.toLowerCase();
	const symptom = symptoms.find(([each]) => new RegExp(each).test(small))?.[1];
	return [
		// A line of this program's own has its code in brackets.
		...[/\b(?:error|warning)\[(\w+)\]/.exec(written)?.[1] ?? bare, ...whole].map((text) => ({ text, isPart: false })),
		...(symptom === undefined ? [] : [{ text: symptom, isPart: true }]),
		...phrasesIn(written, phrases),
		...ofPhrase(words),
		...shortened(bare).map((text) => ({ text, isPart: true })),
	];
}

/** What consists of several words itself, or is an option, and stands in a message or a command line; the longest first. */
function phrasesIn(text: string, phrases: readonly string[]): Reading[] {
	const small = text.toLowerCase();
	const isIn = (phrase: string) => {
		const at = phrase.includes(" ") || phrase.startsWith("--") ? small.indexOf(phrase.toLowerCase()) : -1;
		return at >= 0 && !/[\w-]/.test(small[at + phrase.length] ?? "");
	};
	return phrases
		.filter(isIn)
		.sort((left, right) => right.length - left.length)
		.map((phrase) => ({ text: phrase, isPart: true }));
}

/** In small letters, in another number, with other marks, by the kernel's name of a constant, or a mask without its 0x. */
function likeIt(text: string): string[] {
	const small = text.toLowerCase();
	const constant = /^(?:pr_set|pr|rlimit|secbit)_(\w+)$/.exec(small)?.[1];
	return [
		small,
		...(small.endsWith("s") ? [small.slice(0, -1)] : [`${small}s`]),
		...spelled(small),
		...(text.startsWith("$") && !text.startsWith("${@") ? ["${NAME}"] : []),
		...(constant === undefined ? [] : [constant]),
		...(/^(?=.*[a-f])[0-9a-f]{6,}$/.test(small) ? [`0x${small}`] : []),
	];
}

const filling =
	"a an and are as at be by can device do does effective error for from group has how i in init is it key may my name not of on or run set still that the this to what when which why will with".split(
		" ",
	);

/** With another mark between the same words. */
function spelled(text: string): string[] {
	const parts = text.split(/[\s_.-]+/);
	return parts.length > 1 ? ["_", "-", "."].map((mark) => parts.join(mark)) : [];
}

/** Words that say of what kind the others are. */
const kindWords = new Map<string, Kind>([
	["exit", "exit"],
	["status", "exit"],
	["code", "exit"],
	["signal", "signal"],
	["call", "call"],
	["syscall", "call"],
	["errno", "errno"],
	["cap", "capability"],
	["capability", "capability"],
	["securebit", "securebit"],
	["securebits", "securebit"],
	["step", "step"],
]);

function kindOf(word: string): Kind | undefined {
	return kindWords.get(word.toLowerCase().replace(/[:=]$/, ""));
}

function ofPhrase(words: readonly string[]): Reading[] {
	const said = new Set(words.flatMap((word) => kindOf(word) ?? []));
	const others = words.filter((each) => kindOf(each) === undefined);
	const ofKind = [...said].flatMap((kind) => others.map((each) => `${kind}:${named(kind, each)}`));
	const [numbers, names] = [others.filter(isNumber), others.filter((each) => !isNumber(each))];
	// In a sentence "create" is no slip for a key "creates".
	const written = names.flatMap((each) => [each, ...likeIt(each).filter((other) => other !== `${each.toLowerCase()}s`)]);
	const found = [...ofKind, ...written, ...numbers, ...words];
	return found.map((text) => ({ text, isPart: names.length > 1 }));
}

function isNumber(word: string): boolean {
	return /^\d+$/.test(word);
}

/** Of what messages call by its number. */
function named(kind: Kind, word: string): string {
	if (!isNumber(word)) {
		return word;
	}
	return kind === "errno" ? errnoName(Number(word)) : kind === "capability" ? (capabilityNames[Number(word)] ?? word) : word;
}

/** A key before the value that is written behind it. */
function shortened(text: string): string[] {
	const ends = [...text.matchAll(/[.:=+]\s*/g)].map(({ index }) => index).filter((index) => index > 0);
	return ends.reverse().map((index) => text.slice(0, index));
}

/** The shortest name with this in it, or the longest that is in this: `net_bind` for NET_BIND_SERVICE. */
export function within(written: string, names: readonly string[]): string | undefined {
	const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
	const asked = plain(written);
	const byLength = names.toSorted((left, right) => left.length - right.length);
	return asked.length < 3
		? undefined
		: (byLength.find((name) => plain(name).includes(asked)) ??
				byLength.findLast((name) => plain(name).length > 4 && asked.includes(plain(name))));
}
