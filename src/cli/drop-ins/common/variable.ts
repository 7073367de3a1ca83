/** The value of a variable that is set, were it to nothing: the first of several, as getenv(3) finds it. */
export function variableIn(entries: readonly string[], name: string): string | undefined {
	return entries.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}
