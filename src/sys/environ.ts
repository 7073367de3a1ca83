/** Entries of an environment, `NAME=value`. environ(7) */

export function splitEntry(entry: string): readonly [name: string, value: string] {
	const equals = entry.indexOf("=");
	return [entry.slice(0, equals), entry.slice(equals + 1)];
}

export function nameOfEntry(entry: string): string {
	return splitEntry(entry)[0];
}
