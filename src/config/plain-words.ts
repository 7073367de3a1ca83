import type { Edit } from "../report/correction.ts";
import type { Diagnostic } from "../report/failure.ts";
import { diagnosticAt, type Source } from "../report/source.ts";
import { yamlQuoted } from "../report/yaml.ts";
import { anchors, bracketedDashes, broughtAlong, commas } from "./brought-along.ts";
import { indents } from "./indents.ts";
import { scan, shownAtOnce } from "./scan.ts";
import { columnOf, type Seen, type Slip, slip } from "./slip.ts";
import { isField } from "./synonyms.ts";

export function tellSlip(source: Source, { message, remedy, correction, line, column }: Slip): Diagnostic {
	return {
		...diagnosticAt(source, { node: { line, column }, words: "" }, "CONFIG_SYNTAX", message),
		...(remedy === undefined ? {} : { remedy: remedy.split("\n") }),
		...(correction === undefined ? {} : { correction }),
	};
}

const indicator = /^(\s*(?:- +)*(?:[\w."'-]+: +)?)([%@`*][^#]*?)\s*(?:#.*)?$/;

/** What is longer is hardly written by hand, and a pattern may take its time with it. */
const longest = 500;

/** The first ones. `keys` are words that a line may begin with. */
export function slipsIn(lines: readonly string[], keys: readonly string[], isMeant: (slip: Slip) => boolean = () => true): Slip[] {
	const { seen, open: unsure } = scan(lines);
	// Where it was meant to end nobody can tell.
	const open = unsure.map((each): Slip => ({ ...each, ...(each.correction && { correction: { ...each.correction, isCertain: false } }) }));
	const isJson = /^\ufeff?\s*(?:\{|\/[/*])/.test(lines.find((line) => line.trim() !== "") ?? "");
	const short = seen.filter(({ text }) => text.length <= longest);
	const ofLines: Slip[] = [...anchors(short), ...commas(short), ...bracketedDashes(short)].filter(isMeant);
	for (const [place, line] of short.entries()) {
		if (ofLines.length < shownAtOnce) {
			ofLines.push(...[...(isJson ? comments(line) : []), ...ofLine(line, keys, short[place + 1])].filter(isMeant));
		}
	}
	const others = ofLines.length === 0 && open.length === 0 ? indents(seen) : open;
	return [...ofLines, ...others.filter(isMeant)]
		.sort((left, right) => left.line - right.line || left.column - right.column)
		.slice(0, shownAtOnce);
}

/** Those that a parser makes something of, but not what was meant. */
export function silentSlips(lines: readonly string[], keys: readonly string[]): Slip[] {
	return slipsIn(lines, keys, ({ message }) => /^(?:a blank|a comment|quotes|a dash of|no comma|templates|paths)/.test(message));
}

/** As editors of JSON take them. */
function comments({ shown, number }: Seen): Slip[] {
	const [, before = "", sign = "", inner = "", end = ""] = /^((?:.*[\s,{}[\]])?)(\/\/|\/\*)(.*?)(\*\/)?\s*$/.exec(shown) ?? [];
	if (sign === "" || (sign === "/*") !== (end !== "")) {
		return [];
	}
	const made = slip(
		number,
		columnOf(shown, before.length),
		[2, "#"],
		`a comment that begins with ${sign}, and YAML's begin with #`,
		"put # in its place",
	);
	const column = columnOf(shown, before.length + 2 + inner.length);
	const closing: Edit[] = end === "" ? [] : [{ line: number, column, endLine: number, endColumn: column + 2, text: "" }];
	return [{ ...made, correction: { edits: [...(made.correction?.edits ?? []), ...closing], isCertain: true } }];
}

function ofLine(line: Seen, keys: readonly string[], next: Seen | undefined): Slip[] {
	const { text, shown, number } = line;
	const along = broughtAlong(line, next);
	const found = [...along];
	const add = (index: number, replaced: readonly [length: number, text: string], message: string, remedy: string) =>
		void found.push(slip(number, columnOf(shown, index), replaced, message, remedy));
	const [, spaces = "", tabs = ""] = /^( *)(\t[\t ]*)/.exec(text) ?? [];
	if (tabs !== "") {
		add(spaces.length, [tabs.length, tabs.replaceAll("\t", "  ")], "a tab where YAML wants spaces", "write two spaces for each");
	}
	for (const { index, 0: character } of shown.matchAll(/[\u00a0\u2000-\u200b\u202f\u3000]/g)) {
		add(
			index,
			[1, character === "\u200b" ? "" : " "],
			"a blank that is none to YAML, such as editors and web pages leave",
			"write a space in its place",
		);
	}
	const quotes = /^(.*?)[\u201c\u201d\u201e\u2018\u2019]([^\u201c\u201d\u2018\u2019]*)[\u201c\u201d\u2018\u2019]/.exec(shown);
	if (quotes !== null) {
		const [whole, before = "", inner = ""] = quotes;
		add(
			before.length,
			[Array.from(whole).length - Array.from(before).length, yamlQuoted(inner)],
			"quotes of a text processor, which are letters to YAML",
			`write ${yamlQuoted(inner)}`,
		);
	}
	// Outside of brackets such lines are a text of their own.
	if (
		next !== undefined &&
		next.indent < 0 &&
		/[\w\]}]\s*$/.test(shown) &&
		/^\s*x+\s*:(?:\s|$)/.test(next.shown) &&
		next.text.trim().startsWith('"')
	) {
		add(shown.trimEnd().length, [0, ","], "a comma is missing", `write ${text.trim()},`);
	}
	const [, owner = "", gap = ""] = /^(\s*(?:- +)?[\w.-]+:)( +)- \S/.exec(shown) ?? [];
	if (owner !== "") {
		const column = owner.search(/[\w.]/) + 2;
		add(
			owner.length,
			[gap.length, `\n${" ".repeat(column)}`],
			"a list begins below its key",
			`write ${text.slice(owner.length).trim()} on the next line`,
		);
		return found;
	}
	const [, beforeDash = ""] = /^(\s*-)(?=[A-Za-z_]\w*:(?: |$))/.exec(shown) ?? [];
	if (beforeDash !== "") {
		add(beforeDash.length, [0, " "], "a blank is missing behind the dash", `write ${text.trim().replace(/^-/, "- ")}`);
	}
	const [, key = "", value = ""] = /^(\s*(?:- +)?[a-z_]+:)([^\s:/,\]}].*|\/[^/].*)$/.exec(shown) ?? [];
	const name = key.replace(/^[\s-]*|:$/g, "");
	if (key !== "" && (keys.includes(name) || !/:\d/.test(key + value))) {
		add(key.length, [0, " "], "a blank is missing behind the colon", `write ${text.trim().replace(":", ": ")}`);
	}
	found.push(...colonsInBraces(line, keys));
	const [, lead = "", word = "", sign = "", rest = ""] =
		/^(\s*(?:- +)?)([a-z_]+)(\s*=\s*| +)([^\s:=#].*)$/.exec(shown.replace(/\s+$/, "")) ?? [];
	if (keys.includes(word) && !/^-|[&|;<>]/.test(rest) && !/^[^"']*:(?: |$)/.test(shown)) {
		add(
			lead.length + word.length,
			[sign.length, ": "],
			"a colon and a blank are missing",
			`write ${word}: ${text.slice(lead.length + word.length + sign.length).trim() || rest}`,
		);
	}
	if (along.some(({ isAlone }) => isAlone)) {
		return found;
	}
	const [, before = "", odd = ""] = indicator.exec(shown) ?? [];
	if (odd !== "" && !/^\*(?:[\w-]+$| )/.test(odd)) {
		const written = text.slice(before.length, before.length + odd.length);
		add(before.length, [written.length, yamlQuoted(written)], `a value that begins with ${odd[0]} has to be quoted`, toQuote(written));
	}
	for (const { index, 1: lead = "", 2: odds } of shown.matchAll(/([:,] +|[[{] *)([%@`][^,\]}]*|\*(?![\w-]+\s*[,\]}])[^,\]}]*)/g)) {
		const inside = odds?.trimEnd() ?? "";
		const isWhole = odd !== "" || !/[[{]/.test(shown.slice(0, index + 1));
		const written = text.slice(index + lead.length, index + lead.length + inside.length);
		if (!isWhole) {
			add(
				index + lead.length,
				[inside.length, yamlQuoted(written)],
				`a value that begins with ${inside[0]} has to be quoted`,
				toQuote(written),
			);
		}
	}
	const [, ahead = "", whole = ""] =
		/^(\s*(?:- +)?(?:[\w.-]+: +)?)(\{\{.*\}\}|\[[^\]]*\] *[^\s,\]}#:].*|("|')(?:(?!\3).)*\3 +["'\w].*)$/.exec(text.trimEnd()) ?? [];
	if (whole !== "" && ahead !== "" && odd === "" && !/ #/.test(whole)) {
		const quoted = yamlQuoted(whole);
		add(
			ahead.length,
			[Array.from(whole).length, quoted],
			`a value that begins with ${whole[0]} ends where that is closed, unless it is quoted as a whole`,
			`write ${quoted}`,
		);
	}
	for (const { index, 1: lead = "", 2: pair } of shown.matchAll(/([,{] *[\w-]+: +)([^"'\s[{,}|>&*!%@`][^,}\]]*?: [^,}\]]*)/g)) {
		const inside = pair?.trimEnd() ?? "";
		const start = index + lead.length;
		const apart = pairsIn(shown, text, start, inside);
		const written = text.slice(start, start + inside.length);
		if (apart === undefined) {
			found.push(slip(number, columnOf(shown, start), [written.length, yamlQuoted(written)], ...secondKey(written)));
			continue;
		}
		const ahead = text.slice(shown.lastIndexOf("{", index), start);
		const behind = /^[^{}[\]]*\}/.exec(text.slice(start + inside.length))?.[0] ?? "";
		const names = [...`${lead}${inside}`.matchAll(/([\w-]+): /g)];
		const isSure = names.every(([, name = ""]) => keys.includes(name) || isField(name));
		const told = `write ${ahead}${apart}${behind}${isSure ? "" : `, or ${yamlQuoted(written)} where it is one text`}`;
		found.push(slip(number, columnOf(shown, start), [written.length, apart], "a comma is missing between two keys", told, isSure));
	}
	const [, outer = "", second = ""] = /^(\s*(?:- +)?[\w.]+: +)([^\s"'[{#|>&*!][^#]*?: [^#]*?)\s*(?:#.*)?$/.exec(shown) ?? [];
	if (second !== "" && odd === "") {
		const written = text.slice(outer.length, outer.length + second.length);
		const told = fieldsBehindPath(outer, pairsIn(shown, text, outer.length, second)) ?? secondKey(written);
		found.push(slip(number, columnOf(shown, outer.length), [written.length, told[1].slice("write ".length)], ...told));
	}
	return found;
}

/** `{path:/a,mode:0750}`, where each is one key without a value. */
function colonsInBraces({ text, shown, number }: Seen, keys: readonly string[]): Slip[] {
	return [...shown.matchAll(/\{[^{}[\]]*\}/g)].flatMap(({ index, 0: whole }) => {
		const written = text.slice(index, index + whole.length);
		const isMeant = (name: string) => keys.includes(name) || isField(name);
		const places = [...whole.matchAll(/(?<=[{,]\s*)([a-z_]+):(?=[^\s:,}])(?!\/\/)/g)].filter(([, name = ""]) => isMeant(name));
		const apart = places.reduceRight(
			(all, { index: at, 0: key }) => `${all.slice(0, at + key.length)} ${all.slice(at + key.length)}`,
			written,
		);
		const told = apart.replace(/,(?=[a-z_]+: )/g, ", ");
		return places.length === 0
			? []
			: [slip(number, columnOf(shown, index), [Array.from(written).length, told], "a blank is missing behind the colon", `write ${told}`)];
	});
}

const isSecondKey = "a colon and a blank within a value make a second key of it";

function toQuote(written: string): string {
	const quoted = yamlQuoted(written);
	return written.startsWith("*") ? `write ${quoted} in quotes: a value that begins with * names an anchor` : `write ${quoted}`;
}

/** `/data user: app` as `/data, user: app`, where each value is one word. */
function pairsIn(shown: string, text: string, start: number, { length }: string): string | undefined {
	const end = start + length;
	const gaps = [...shown.slice(start, end).matchAll(/(?<=[^:]) +(?=[a-z_]\w*: )/g)];
	const ends = gaps.map(({ index }) => start + index);
	const parts = ends.concat(end).map((each, index) => text.slice(ends[index - 1] ?? start, each).trim());
	return gaps.length > 0 && parts.every((part) => /^(?:\w+: +)?(?:"[^"]*"|'[^']*'|[^\s:"']+)$/.test(part)) ? parts.join(", ") : undefined;
}

/** `own: /data owner: app`, where the path is the key that may stand alone. */
function fieldsBehindPath(outer: string, pairs = ""): ReturnType<typeof secondKey> | undefined {
	const names = [...pairs.matchAll(/, (\w+): /g)];
	return /- (?:own|mkdir|chmod|remove|file|link|device): +$/.test(outer) &&
		pairs.startsWith("/") &&
		names.every(([, name = ""]) => isField(name))
		? [isSecondKey, `write {path: ${pairs}}`, true]
		: undefined;
}

/** What is quoted may as well be a key that is lost then. */
function secondKey(written: string): readonly [message: string, remedy: string, isCertain: boolean] {
	const isText = [...written.matchAll(/ ([a-z_]+):(?= )/g)].every(([, word = ""]) => !isField(word));
	return [isSecondKey, `write ${yamlQuoted(written)}`, isText];
}
