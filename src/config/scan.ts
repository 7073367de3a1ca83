import { corrected } from "../report/correction.ts";
import { columnOf, type Seen, type Slip, slip } from "./slip.ts";

/** A text that is no YAML by its lines, and what does not end in it. */

/** Lines with what is quoted or said blanked, and the quotes and brackets that do not end. Text of a block is left out. */
export function scan(lines: readonly string[]): { readonly seen: Seen[]; readonly open: Slip[] } {
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

/** More than these are one mistake made often. */
export const shownAtOnce = 20;
