/** Whether `text` matches a pattern in which `*` is any run of characters and `?` any one. Linear, without back-tracking into earlier stars. */
export function matches(text: string, pattern: string): boolean {
	let at = 0;
	let star = -1;
	let resume = 0;
	for (let position = 0; position < text.length; ) {
		if (at < pattern.length && (pattern[at] === "?" || (pattern[at] === text[position] && pattern[at] !== "*"))) {
			at++;
			position++;
		} else if (pattern[at] === "*") {
			star = at++;
			resume = position;
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
