/** What makes a file what a message says that it should be. Lines and columns count from 1, columns in characters, as those of a diagnostic do. */

export interface Edit {
	readonly line: number;
	readonly column: number;
	/** Where what is replaced ends: the first character that stays. The same as the beginning where something is only put in. */
	readonly endLine: number;
	readonly endColumn: number;
	readonly text: string;
}

export interface Correction {
	/** In the order of the file. All of them, or none. */
	readonly edits: readonly Edit[];
	/** Nothing that was written is lost, and nothing is guessed. What is to be done elsewhere, such as publishing a port, is not certain. */
	readonly isCertain: boolean;
}

export interface Corrected {
	readonly text: string;
	/** Those that were made, in their order. One that touches what another has changed waits until the file is read again. */
	readonly made: readonly Correction[];
	/** The text after each of those. */
	readonly steps: () => readonly string[];
	/** From a place in this text to the one that it has in the text as it was. */
	readonly back: Back;
}

interface Point {
	readonly line: number;
	readonly column: number;
}

export type Back = (point: Point) => Point;

interface Span {
	readonly from: number;
	readonly to: number;
	readonly text: string;
}

/** The text with each of the corrections that can be made together, the first ones first. */
export function corrected(text: string, corrections: readonly Correction[]): Corrected {
	const starts = lineStarts(text);
	const taken: Span[][] = [];
	const made = corrections.filter(({ edits }) => {
		const wanted = edits.map(
			(edit): Span => ({ from: offsetOf(edit.line, edit.column), to: offsetOf(edit.endLine, edit.endColumn), text: edit.text }),
		);
		const fits = taken.every((others) => areApart(wanted, others));
		if (fits) {
			taken.push(wanted);
		}
		return fits;
	});
	// Of those at one place the first one stands first.
	const sorted = (number: number) =>
		taken
			.slice(0, number)
			.flat()
			.toSorted((left, right) => left.from - right.from);
	const after = (spans: readonly Span[]) =>
		spans.map(({ from, text: each }, index) => text.slice(spans[index - 1]?.to ?? 0, from) + each).join("") +
		text.slice(spans.at(-1)?.to ?? 0);
	const inOrder = sorted(taken.length);
	const changed = after(inOrder);
	const steps = () => made.map((_, index) => after(sorted(index + 1)));
	return {
		text: changed,
		made,
		steps,
		back: (point) => pointAt(text, starts, before(inOrder, offsetIn(changed, lineStarts(changed), point))),
	};

	function offsetOf(line: number, column: number): number {
		return offsetIn(text, starts, { line, column });
	}
}

function offsetIn(text: string, starts: readonly number[], { line, column }: Point): number {
	const start = starts[line - 1] ?? text.length;
	const characters = Array.from(text.slice(start, starts[line] ?? text.length)).slice(0, column - 1);
	return start + characters.join("").length;
}

function pointAt(text: string, starts: readonly number[], offset: number): Point {
	const line = Math.max(1, starts.findLastIndex((start) => start <= offset) + 1);
	return { line, column: Array.from(text.slice(starts[line - 1] ?? 0, offset)).length + 1 };
}

/** Within what was put in, where that begins. */
function before(spans: readonly Span[], offset: number): number {
	let shift = 0;
	for (const { from, to, text } of spans) {
		if (offset < from + shift) {
			break;
		}
		if (offset < from + shift + text.length) {
			return Math.min(offset - shift, from);
		}
		shift += text.length - (to - from);
	}
	return offset - shift;
}

/** More than this is not compared, and waits. */
const mostCompared = 100_000;

function areApart(wanted: readonly Span[], others: readonly Span[]): boolean {
	const ends = [wanted, others].map((spans) => [spans[0]?.from ?? 0, spans.at(-1)?.to ?? 0] as const);
	const [[from, to] = [0, 0], [first, last] = [0, 0]] = ends;
	return (
		to < first ||
		last < from ||
		(wanted.length * others.length < mostCompared && wanted.every((each) => others.every((other) => isApart(each, other))))
	);
}

/** Two that only put something in may do so at one place. */
function isApart(left: Span, right: Span): boolean {
	const isInside = left.from < right.to && right.from < left.to;
	const puts = (each: Span) => each.from === each.to;
	const [put, other] = puts(left) ? [left, right] : [right, left];
	return puts(put) && !puts(other) ? put.from <= other.from || put.from >= other.to : !isInside;
}

/** A byte order mark takes no column. */
function lineStarts(text: string): number[] {
	const starts = [text.startsWith("\ufeff") ? 1 : 0];
	for (const { index, 0: end } of text.matchAll(/\r\n?|\n/g)) {
		starts.push(index + end.length);
	}
	return starts;
}
