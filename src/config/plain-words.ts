import { corrected, type Edit } from "../report/correction.ts";
import type { Diagnostic } from "../report/failure.ts";
import { diagnosticAt, type Source } from "../report/source.ts";
import { yamlQuoted } from "../report/yaml.ts";
import { anchors, bracketedDashes, broughtAlong, commas } from "./brought-along.ts";
import { columnOf, type Seen, type Slip, slip } from "./slip.ts";

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

/** More than these are one mistake made often. */
const shownAtOnce = 20;

/** The first ones. `keys` are words that a line may begin with. */
export function slipsIn(lines: readonly string[], keys: readonly string[], isMeant: (slip: Slip) => boolean = () => true): Slip[] {
	const { seen, open: unsure } = scan(lines);
	// Where it was meant to end nobody can tell.
	const open = unsure.map((each): Slip => ({ ...each, ...(each.correction && { correction: { ...each.correction, isCertain: false } }) }));
	const isJson = /^\ufeff?\s*\{/.test(lines.find((line) => line.trim() !== "") ?? "");
	const short = seen.filter(({ text }) => text.length <= longest);
	const ofLines: Slip[] = [...anchors(short), ...commas(short), ...bracketedDashes(short)].filter(isMeant);
	for (const line of short) {
		if (ofLines.length < shownAtOnce) {
			ofLines.push(...[...(isJson ? comments(line) : []), ...ofLine(line, keys)].filter(isMeant));
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

function ofLine(line: Seen, keys: readonly string[]): Slip[] {
	const { text, shown, number } = line;
	const along = broughtAlong(line);
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
	for (const { index, 1: lead = "", 2: inside = "" } of shown.matchAll(/([:,] +|[[{] *)([%@`][^,\]}]*|\*(?![\w-]+\s*[,\]}])[^,\]}]*)/g)) {
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
	for (const { index, 1: lead = "", 2: inside = "" } of shown.matchAll(/([,{] *[\w-]+: +)([^"'\s[{,}|>&*!%@`][^,}\]]*?: [^,}\]]*)/g)) {
		const written = text.slice(index + lead.length, index + lead.length + inside.length);
		add(index + lead.length, [written.length, yamlQuoted(written)], aSecondKey, `write ${yamlQuoted(written)}`);
	}
	const [, outer = "", second = ""] = /^(\s*(?:- +)?[\w.]+: +)([^\s"'[{#|>&*!][^#]*?: [^#]*?)\s*(?:#.*)?$/.exec(shown) ?? [];
	if (second !== "" && odd === "") {
		const written = text.slice(outer.length, outer.length + second.length);
		add(outer.length, [written.length, yamlQuoted(written)], aSecondKey, `write ${yamlQuoted(written)}`);
	}
	return found;
}

function toQuote(written: string): string {
	const quoted = yamlQuoted(written);
	return written.startsWith("*") ? `write ${quoted} in quotes: a value that begins with * names an anchor` : `write ${quoted}`;
}

const aSecondKey = "a colon and a blank within a value make a second key of it";

/** Lines with what is quoted or said blanked, and the quotes and brackets that do not end. Text of a block is left out. */
function scan(lines: readonly string[]): { readonly seen: Seen[]; readonly open: Slip[] } {
	const seen: Seen[] = [];
	const brackets: { readonly mark: string; readonly line: number; readonly column: number }[] = [];
	const open: Slip[] = [];
	const last = new Map<string, number>();
	/** Where a text that goes on over several lines may end. */
	const lastText = (mark: string): number => {
		const line = last.get(mark) ?? lines.findLastIndex((each) => each.includes(mark) && !/^[a-z_]+:/.test(each));
		last.set(mark, line);
		return line;
	};
	let block: number | undefined;
	for (const [index, text] of lines.entries()) {
		if (open.length >= shownAtOnce) {
			break;
		}
		const indent = text.search(/\S/);
		if (block !== undefined && (indent < 0 || indent > block)) {
			continue;
		}
		block = undefined;
		// What begins a line at the edge and has a key is outside of any bracket.
		const isTop = /^[a-z_]+:(?: |$)/.test(text);
		if (isTop) {
			open.push(
				...brackets
					.splice(0)
					.toReversed()
					.slice(0, shownAtOnce)
					.map((each) => unclosed(each, lines)),
			);
		}
		const isWithin = brackets.length > 0;
		const characters = Array.from(text);
		let shown = "";
		let before = " ";
		for (let at = 0; at < characters.length; at++) {
			const character = characters[at] as string;
			const isStart = /[\s[{,:]/.test(before);
			before = character;
			if (character === "#" && (at === 0 || /\s/.test(characters[at - 1] ?? ""))) {
				shown += " ".repeat(characters.length - at);
				break;
			}
			if (/["']/.test(character) && isStart) {
				const end = endOfQuote(characters, at);
				if (end === undefined) {
					const [closing = ""] = brackets.some((each) => each.line === index + 1) ? (/[\]}]+\s*$/.exec(text) ?? []) : [];
					const column = characters.length + 1 - closing.length;
					if (lastText(character) <= index) {
						open.push(
							slip(
								index + 1,
								column,
								[0, character],
								`the quote ${character} that begins at column ${at + 1} does not end`,
								`write ${characters
									.slice(0, column - 1)
									.join("")
									.trim()}${character}${closing}`,
							),
						);
					}
					shown += "x".repeat(column - 1 - at);
					at = column - 2;
					continue;
				}
				shown += "x".repeat(end - at + 1);
				at = end;
				continue;
			}
			if (/[[{]/.test(character) && (isStart || brackets.length > 0)) {
				brackets.push({ mark: character, line: index + 1, column: at + 1 });
			} else if (/[\]}]/.test(character) && brackets.length > 0) {
				const { mark } = brackets.pop() as { mark: string };
				const close = mark === "[" ? "]" : "}";
				if (close !== character) {
					// One that is further out may be meant.
					const isFurther = brackets.at(-1)?.mark === (character === "]" ? "[" : "{");
					brackets.splice(isFurther ? -1 : brackets.length);
					open.push(slip(index + 1, at + 1, [isFurther ? 0 : 1, close], `${mark} is closed by ${character}`, `write ${close} here`));
				}
			}
			shown += character;
		}
		if (/(?::|^\s*-|- )\s*[|>][-+\d]*\s*$/.test(shown)) {
			block = indent;
		}
		if (shown.trim() !== "") {
			seen.push({ text, shown, number: index + 1, indent: isWithin ? -1 : indent, isOutside: brackets.length === 0 });
		}
	}
	return {
		seen,
		open: byLine(
			[
				...open,
				...brackets
					.slice(-shownAtOnce)
					.toReversed()
					.map((each) => unclosed(each, lines)),
			],
			lines,
		),
	};
}

/** What is to be written is the line with all that it lacks. */
function byLine(open: readonly Slip[], lines: readonly string[]): Slip[] {
	return [...new Set(open.map(({ line }) => line))].map((line) => {
		const slips = open.filter((each) => each.line === line);
		const edits = slips.flatMap(({ correction }) => correction?.edits ?? []).toSorted((left, right) => left.column - right.column);
		const { text } = corrected(lines[line - 1] ?? "", [
			{ edits: edits.map((each) => ({ ...each, line: 1, endLine: 1 })), isCertain: true },
		]);
		return {
			...(slips[0] as Slip),
			message: slips.map(({ message }) => message).join(", and "),
			remedy: `write ${text.replace(/\s+#.*$/, "").trim()}`,
			correction: { edits, isCertain: true },
		};
	});
}

function endOfQuote(characters: readonly string[], start: number): number | undefined {
	const mark = characters[start];
	for (let at = start + 1; at < characters.length; at++) {
		if (mark === '"' && characters[at] === "\\") {
			at++;
		} else if (characters[at] === mark) {
			if (mark === "'" && characters[at + 1] === "'") {
				at++;
			} else {
				return at;
			}
		}
	}
	return undefined;
}

function unclosed(
	{ mark, line, column }: { readonly mark: string; readonly line: number; readonly column: number },
	lines: readonly string[],
): Slip {
	const text = (lines[line - 1] ?? "").replace(/\s+#.*$/, "").trimEnd();
	const close = mark === "[" ? "]" : "}";
	return slip(
		line,
		columnOf(text, text.length),
		[0, close],
		`the ${mark} at column ${column} is not closed`,
		`write ${text.trim()}${close}`,
	);
}

interface Level {
	readonly indent: number;
	readonly isDash: boolean;
}

/** Lines of a block that stand at no column that there is. */
function indents(seen: readonly Seen[]): Slip[] {
	let levels: Level[] = [{ indent: 0, isDash: false }];
	const found: Slip[] = [];
	let opens = true;
	for (const [place, { text, shown, number, indent }] of seen.entries()) {
		if (found.length >= shownAtOnce) {
			break;
		}
		if (indent < 0 || /^(?:---|\.\.\.|%)/.test(text)) {
			opens = false;
			continue;
		}
		const [, dash = ""] = /^\s*((?:- +)*)/.exec(shown) ?? [];
		const isDash = dash !== "";
		const top = levels.at(-1)?.indent ?? 0;
		let at = indent;
		if (!(indent > top && opens) && !levels.some((each) => each.indent === indent && (each.isDash === isDash || (isDash && opens)))) {
			if (!isDash && levels.some((each) => each.indent === indent && each.isDash)) {
				found.push(withoutDash(seen.slice(place)));
				levels = [...levels.filter((each) => each.indent <= indent), { indent: indent + 2, isDash: false }];
				opens = true;
				continue;
			}
			const near = levels
				.filter((each) => each.isDash === isDash)
				.toSorted((left, right) => Math.abs(left.indent - indent) - Math.abs(right.indent - indent))[0];
			if (near !== undefined && near.indent !== indent) {
				at = near.indent;
				const words = `${columns(Math.abs(at - indent))} ${at > indent ? "further out" : "further in"}`;
				found.push(moved(number, text, indent, at, `this line stands ${words} than its siblings`));
			}
		}
		levels = levels.filter((each) => each.indent < at || (each.indent === at && (each.isDash === isDash || isDash)));
		levels = levels.some((each) => each.indent === at && each.isDash === isDash) ? levels : [...levels, { indent: at, isDash }];
		levels = isDash ? [...levels, { indent: at + dash.length, isDash: false }] : levels;
		opens = /(?::|^\s*-|: +[&!]\S+)\s*$/.test(shown.replace(/\s+$/, "")) || !/:(?: |$)/.test(shown);
	}
	return found;
}

/** An item of a list, with what belongs to it. */
function withoutDash([first, ...others]: readonly Seen[]): Slip {
	const { text = "", number = 1, indent = 0 } = first ?? {};
	const end = others.findIndex((each) => each.indent >= 0 && each.indent <= indent);
	const below = others.slice(0, end < 0 ? others.length : end);
	const made = slip(number, indent + 1, [0, "- "], "a dash is missing before this item", `write - ${text.trim().slice(0, 40)}`);
	const edits = below.map(({ number: line }): Edit => ({ line, column: 1, endLine: line, endColumn: 1, text: "  " }));
	return { ...made, correction: { edits: [...(made.correction?.edits ?? []), ...edits], isCertain: true } };
}

function columns(number: number): string {
	return number === 1 ? "one column" : number === 2 ? "two columns" : `${number} columns`;
}

function moved(number: number, text: string, from: number, to: number, message: string): Slip {
	return slip(number, 1, [from, " ".repeat(to)], message, `write ${to === 0 ? "" : `${to} spaces before `}${text.trim().slice(0, 40)}`);
}
