import { isLink } from "../files/kind.ts";
import { directoriesTo } from "../files/path-text.ts";
import { fromRoot } from "../files/walk.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import type { Source } from "../report/source.ts";
import { AT } from "../sys/constants.ts";
import type { Reads, YamlFault, YamlNode } from "../sys/native.ts";
import { ifItCan } from "./advice.ts";
import { isWithinConfine } from "./confine-shapes.ts";
import { isElsewhere } from "./elsewhere.ts";
import { isForeignWord } from "./foreign-words.ts";
import { sentenceFor, synonymOf } from "./synonyms.ts";

/** The first word of a line, `user:` also in quotes or in a list, and what comes after it. */
const firstWord = /^\ufeff?[\s-]*["']?(\w+)["']?(\s*:(?=\s|$)|\s|$)/;

/**
 * Whether a text is a configuration of this program as far as can be told, so that its lines may be shown: a file under review may be a link to what its
 * author may not read. `ofAnybody` are keys and steps.
 */
export function isOurs(
	parsed: YamlNode | YamlFault,
	{ lines, file }: Pick<Source, "lines" | "file">,
	ofAnybody: readonly string[],
	reads: Reads,
): boolean {
	const isLed = isLedTo(file, reads);
	const words = isLed ? surelyOurs : ofAnybody;
	switch (parsed.kind) {
		case "mapping": {
			// A comment of JSON's is a part of the key behind it.
			const keys = parsed.entries.map(([{ text }]) => /^\/[/*].*?"(\w+)"$/s.exec(text)?.[1] ?? text);
			const isMeant = parsed.entries.some(([, value], index) => words.includes(keys[index] ?? "") || isNear(keys[index] ?? "", value));
			return isMeant || (!isLed && keys.every(isOfContainers));
		}
		case "sequence":
			return parsed.items.some((each) => each.kind === "mapping" && each.entries.some(([{ text }]) => words.includes(text)));
		default: {
			const found = lines.flatMap((line) => (/^\s*(?:#|$)/.test(line) ? [] : [firstWord.exec(line) ?? []]));
			const isKnown = ([, word = ""]: readonly string[]) => words.includes(word);
			// Without colons more than one line has to look like it.
			return found.some((each) => isKnown(each) && each[2]?.includes(":")) || (found.length > 1 && found.every(isKnown));
		}
	}
}

/** By a link, whose author may mean a file of others that has a word of ours, such as `network` or `secret`. */
function isLedTo(file: string, reads: Reads): boolean {
	const isLedAt = (path: string) => {
		const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
		return typeof stat !== "number" && isLink(stat);
	};
	return ifItCan(() => [...directoriesTo(fromRoot(reads, file)), file].some(isLedAt)) === true;
}

/** No file of others begins with one of these. */
const surelyOurs: readonly string[] = ["user", "setup", "command", "capabilities", "env"];

/** What others call a key of ours, where it is not what secrets stand below. */
function isOfContainers(key: string): boolean {
	const isKnown =
		(synonymOf("", key) ?? sentenceFor("", key)) !== undefined || isElsewhere(key) || isWithinConfine(key) || isForeignWord(key);
	return isKnown && !/secret|<</i.test(key);
}

/** One letter away from a key that nearly every file has, with a value such as that has. */
function isNear(text: string, value: YamlNode): boolean {
	const key = text.toLowerCase();
	return (value.kind === "scalar" && isAlmost(key, "user")) || (value.kind === "sequence" && isAlmost(key, "setup"));
}

function isAlmost(key: string, word: string): boolean {
	const without = (text: string) => Array.from(text, (_, at) => text.slice(0, at) + text.slice(at + 1));
	return (
		key === word ||
		(Math.abs(key.length - word.length) < 2 &&
			(without(word).includes(key) || without(key).some((each) => each === word || without(word).includes(each))))
	);
}

/** The place, and the kind of the fault; nothing of the text. */
export function notOurs({ file }: Source, { line, column }: YamlNode | YamlFault, { code, message }: Pick<Diagnostic, "code" | "message">) {
	return new Failure({ code, where: `${file}:${line}:${column}`, message, remedy: [whyHidden] });
}

const whyHidden = "nothing in it is a key of abdicate's, such as user: app, so that its text is not shown";

export function withoutText({ source: _, correction: __, ...diagnostic }: Diagnostic): Diagnostic {
	return diagnostic;
}
