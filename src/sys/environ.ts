/** Entries of an environment, `NAME=value`. environ(7) */

export function splitEntry(entry: string): readonly [name: string, value: string] {
	const equals = entry.indexOf("=");
	return [entry.slice(0, equals), entry.slice(equals + 1)];
}

export function nameOfEntry(entry: string): string {
	return splitEntry(entry)[0];
}

/**
 * The value of a variable that is given: set, and not empty. Whoever asks whether there is a variable asks here: `docker run --env NAME=`, a
 * value that was left out of a compose file, and no variable at all are one thing. Only who takes a value as it is tells them apart.
 */
export function givenVariable(environment: ReadonlyMap<string, string>, name: string): string | undefined {
	return environment.get(name) || undefined;
}

/** The same among entries, of which the last of several wins. */
export function givenIn(entries: readonly string[], name: string): string | undefined {
	return entries.findLast((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
}

/** Why a variable is not given, as the rest of a sentence that begins with its name. */
export function lackOfVariable(environment: ReadonlyMap<string, string>, name: string): string {
	return environment.get(name) === undefined ? "is not set" : "is empty, which counts as not given";
}
