import { fail } from "../../../report/failure.ts";
import { nearest } from "../../../report/suggest.ts";
import { quoted } from "../../../report/text.ts";

/** An option as getopt_long(3) has it: a letter, a word, or several of either. */
export interface OptionForm<Name extends string = string> {
	readonly name: Name;
	readonly short?: string;
	/** Without the dashes. */
	readonly long?: string | readonly string[];
	/** `optional`: only what is written in one word with it. */
	readonly value?: "required" | "optional";
	/** What it begins with is another's, where that one begins so too. */
	readonly yields?: true;
}

export interface GivenOption<Name extends string = string> {
	readonly name: Name;
	/** `undefined` for one that takes none, or was given none. */
	readonly value: string | undefined;
	/** As the user wrote it, without its value. */
	readonly written: string;
}

export interface ParsedWords<Name extends string> {
	readonly options: readonly GivenOption<Name>[];
	/** From the first word that is no option, or from behind `--`. */
	readonly rest: readonly string[];
}

/** The options up to the first word that is none, in their order: what follows is the command's, whatever it looks like. USAGE */
export function parseWords<Name extends string>(forms: readonly OptionForm<Name>[], words: readonly string[]): ParsedWords<Name> {
	const options: GivenOption<Name>[] = [];
	const read = readWords(forms, words);
	for (let step = read.next(); ; step = read.next()) {
		if (step.done) {
			return { options, rest: step.value };
		}
		options.push(step.value);
	}
}

/** The same one after the other, for who acts on each: one that is wrong is refused when it is its turn. Returns the rest. */
export function* readWords<Name extends string>(
	forms: readonly OptionForm<Name>[],
	words: readonly string[],
): Generator<GivenOption<Name>, readonly string[]> {
	let at = 0;
	const next = (): string | undefined => words[at++];
	while (at < words.length) {
		const word = words[at] as string;
		if (word === "--") {
			return words.slice(at + 1);
		}
		if (!word.startsWith("-") || word === "-") {
			break;
		}
		at++;
		if (word.startsWith("--")) {
			yield longOption(forms, word, next);
		} else {
			yield* bundle(forms, word, next);
		}
	}
	return words.slice(at);
}

type Next = () => string | undefined;

/** `--name`, `--name=VALUE`, `--name VALUE`, and every beginning of the name that no other has. */
function longOption<Name extends string>(forms: readonly OptionForm<Name>[], word: string, next: Next): GivenOption<Name> {
	const equals = word.indexOf("=");
	const written = equals < 0 ? word : word.slice(0, equals);
	const inline = equals < 0 ? undefined : word.slice(equals + 1);
	const form = formOf(forms, written);
	if (form.value === undefined && inline !== undefined) {
		fail("USAGE", `${written} takes no value`);
	}
	return { name: form.name, written, value: form.value === "required" ? (inline ?? valueFor(written, next)) : inline };
}

function formOf<Name extends string>(forms: readonly OptionForm<Name>[], written: string): OptionForm<Name> {
	const asked = written.slice(2);
	const exact = forms.find((form) => longNames(form).includes(asked));
	const all = forms.filter((form) => longNames(form).some((long) => long.startsWith(asked)));
	const first = all.filter((form) => !form.yields);
	const beginning = first.length > 0 ? first : all;
	const form = exact ?? (asked === "" ? undefined : beginning[0]);
	if (form === undefined) {
		const meant = nearest(asked, forms.flatMap(longNames));
		fail("USAGE", `there is no option ${quoted(written)}${meant === undefined ? "" : `; did you mean "--${meant}"?`}`);
	}
	if (exact === undefined && beginning.length > 1) {
		const names = beginning.flatMap((each) => longNames(each).filter((long) => long.startsWith(asked)));
		fail("USAGE", `${quoted(written)} could be ${names.map((long) => `--${long}`).join(" or ")}`);
	}
	return form;
}

function longNames({ long = [] }: OptionForm): readonly string[] {
	return typeof long === "string" ? [long] : long;
}

/** `-a`, `-abc`, `-aVALUE`, `-a VALUE`. */
function* bundle<Name extends string>(forms: readonly OptionForm<Name>[], word: string, next: Next): Generator<GivenOption<Name>> {
	const letters = Array.from(word.slice(1));
	for (const [index, letter] of letters.entries()) {
		const written = `-${letter}`;
		const form = forms.find(({ short }) => short === letter) ?? fail("USAGE", `there is no option ${quoted(written)}`);
		if (form.value === undefined) {
			yield { name: form.name, written, value: undefined };
			continue;
		}
		const attached = letters.slice(index + 1).join("") || undefined;
		yield { name: form.name, written, value: form.value === "required" ? (attached ?? valueFor(written, next)) : attached };
		return;
	}
}

function valueFor(written: string, next: Next): string {
	return next() ?? fail("USAGE", `${written} needs a value`);
}
