import type { Edit } from "../report/correction.ts";
import { shownAtOnce } from "./scan.ts";
import { type Seen, type Slip, slip } from "./slip.ts";

/** Lines that stand at no column that there is. */

interface Level {
	readonly indent: number;
	readonly isDash: boolean;
}

/** Lines of a block that stand at no column that there is. */
export function indents(seen: readonly Seen[]): Slip[] {
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
			if (ofFile.test(shown)) {
				at = 0;
				found.push(moved(number, text, indent, at, "this key stands at the edge"));
			} else if (!isDash && levels.some((each) => each.indent === indent && each.isDash)) {
				found.push(withoutDash(seen.slice(place)));
				levels = [...levels.filter((each) => each.indent <= indent), { indent: indent + 2, isDash: false }];
				opens = true;
				continue;
			}
			const near = (ofFile.test(shown) ? [] : levels)
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

/** No step and no field of one. */
const ofFile = /^ +(?:user|command|capabilities|env|workdir|groups|limits|umask):/;

function columns(number: number): string {
	return number === 1 ? "one column" : number === 2 ? "two columns" : `${number} columns`;
}

function moved(number: number, text: string, from: number, to: number, message: string): Slip {
	return slip(number, 1, [from, " ".repeat(to)], message, `write ${to === 0 ? "" : `${to} spaces before `}${text.trim().slice(0, 40)}`);
}
