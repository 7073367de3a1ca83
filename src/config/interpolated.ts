/** What a variable brought into a text. A default that stands in the file is none. */
interface Piece {
	readonly name: string;
	readonly value: string;
	readonly place: "whole" | "start" | "inside";
}

/** Those that a plan gives a value because nobody else did. */
let assumed: readonly string[] = [];

/** As long as this process is there. */
export function assumeVariables(names: readonly string[]): void {
	assumed = names;
}

export function isAssumed(name: string): boolean {
	return assumed.includes(name);
}

/** By the completed text: readers of values see nothing else of how it was written. */
const pieces = new Map<string, readonly Piece[]>();

/** A document begins. */
export function forgetInterpolated(): void {
	pieces.clear();
}

export function rememberInterpolated(text: string, brought: readonly Piece[]): void {
	pieces.set(text, [...(pieces.get(text) ?? []), ...brought]);
}

/** The variables by their names, longest value first. */
export function interpolatedValues(): [name: string, value: string][] {
	const all = [...pieces.values()].flat().map(({ name, value }): [string, string] => [name, value]);
	return [...new Map(all)].sort(([, left], [, right]) => right.length - left.length);
}

/**
 * The variable whose value has in it what its place in the text gives a meaning: a value stays one value. `within` leaves alone what is the
 * whole text, which is then the reader's to write.
 */
export function brings(text: string, meaning: RegExp, within: "any" | "parts"): string | undefined {
	return pieces.get(text)?.find(({ value, place }) => (within === "any" || place !== "whole") && meaning.test(value))?.name;
}

/** A path that a variable led elsewhere: another component, except where it begins the path; one up; a pattern. */
export function leadsElsewhere(path: string): string | undefined {
	return pieces.get(path)?.find(({ value, place }) => {
		const more = place === "start" ? /(?:^|\/)\.\.(?:\/|$)|[*?]/ : /\/|^\.{1,2}$|[*?]/;
		return place !== "whole" && more.test(value);
	})?.name;
}
