/** The same entries with this variable, and no other value of it: each other stays where it was, whatever it is. */
export function withVariable(entries: readonly string[], name: string, value: string): readonly string[] {
	return [...entries.filter((entry) => !entry.startsWith(`${name}=`)), `${name}=${value}`];
}
