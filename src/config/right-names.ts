import { type Back, type Correction, corrected, type Edit } from "../report/correction.ts";
import type { Diagnostic } from "../report/failure.ts";
import type { YamlNode } from "../sys/native.ts";

/**
 * What stands below a key of a wrong name is looked at under the right one, so that it is told at once: the file is read again with
 * the names that are told, and what is found then is told at the places that the file has.
 */

export interface Told extends Pick<Diagnostic, "code" | "message" | "remedy" | "correction"> {
	readonly node: ReturnType<Back>;
	readonly words: string;
	/** The correction is another name for a key, and nothing else. */
	readonly isRename?: boolean;
	/** Which keys there are, where nothing better is to be told: once. */
	readonly known?: string;
}

/** Names in names. */
const deepest = 4;

export async function underRightNames<T extends { readonly text: string; readonly root: YamlNode }>(
	document: T,
	look: (document: T, back: Back) => readonly Told[],
	readAgain: (text: string) => Promise<T | undefined>,
): Promise<readonly Told[]> {
	const renamed: Told[] = [];
	let [now, back]: [T, Back] = [document, (point) => point];
	for (let depth = 0; ; depth++) {
		const found = look(now, back);
		const names = found.filter(({ isRename, correction }) => isRename === true && correction !== undefined);
		const {
			text,
			made,
			back: toNow,
		} = corrected(
			now.text,
			names.map(({ correction }) => correction as Correction),
		);
		const next = names.length === 0 || made.length < names.length || depth === deepest ? undefined : await readAgain(text);
		if (next === undefined) {
			const others = found.map(placedBy(back));
			return [...renamed.map(unlessWithin(others)), ...others].toSorted(inFileOrder);
		}
		renamed.push(...names.map(placedBy(back)));
		const before = back;
		[now, back] = [next, (point) => before(toNow(point))];
	}
}

function placedBy(back: Back): (told: Told) => Told {
	return ({ node, correction, ...told }) => ({ ...told, node: back(node), correction: correction && correctionAt(correction, back) });
}

export function correctionAt({ edits, isCertain }: Correction, back: Back): Correction {
	return { edits: edits.map((edit) => editAt(edit, back)), isCertain };
}

/** What writes the whole entry anew writes its name as well. */
function unlessWithin(others: readonly Told[]): (told: Told) => Told {
	const edits = others.flatMap(({ correction }) => correction?.edits ?? []);
	const isWithin = ({ line, column, endColumn }: Edit) =>
		edits.some((each) => each.line === line && each.column === column && (each.endLine > line || each.endColumn >= endColumn));
	return (told) => (told.correction?.edits.some(isWithin) ? { ...told, correction: undefined } : told);
}

function editAt(edit: Edit, back: Back): Edit {
	const [start, end] = [back(edit), back({ line: edit.endLine, column: edit.endColumn })];
	return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column, text: edit.text };
}

function inFileOrder({ node: left }: Told, { node: right }: Told): number {
	return left.line - right.line || left.column - right.column;
}
