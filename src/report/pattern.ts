/**
 * Whether `text` matches a pattern in which `*` is any run of characters and `?` any one, unless a backslash before it makes it
 * that character. Linear, without back-tracking into earlier stars.
 */
export function matches(text: string, pattern: string): boolean {
	let at = 0;
	let star = -1;
	let resume = 0;
	for (let position = 0; position < text.length; ) {
		const isLiteral = pattern[at] === "\\" && at + 1 < pattern.length && "*?\\".includes(pattern[at + 1] as string);
		const character = isLiteral ? pattern[at + 1] : pattern[at];
		if (!isLiteral && character === "*") {
			star = at++;
			resume = position;
		} else if (character === text[position] || (!isLiteral && character === "?")) {
			at += isLiteral ? 2 : 1;
			position++;
		} else if (star >= 0) {
			at = star + 1;
			position = ++resume;
		} else {
			return false;
		}
	}
	while (pattern[at] === "*") {
		at++;
	}
	return at === pattern.length;
}

export function matchesAny(text: string, patterns: readonly string[]): boolean {
	return patterns.some((pattern) => matches(text, pattern));
}
