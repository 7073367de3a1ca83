/** A command line as a shell takes it apart: quotes and variables that are set in front of it, and nothing else that a shell does. */
export function splitLine(line: string): { readonly given: Readonly<Record<string, string>>; readonly words: readonly string[] } {
	const words: string[] = [];
	let word: string | undefined;
	for (let at = 0; at < line.length; at++) {
		const character = line[at] ?? "";
		if (character === "'" || character === '"') {
			const end = closing(line, at + 1, character);
			const inside = line.slice(at + 1, end);
			word = (word ?? "") + (character === '"' ? inside.replace(/\\(["\\$`])/g, "$1") : inside);
			at = end;
		} else if (character === "\\") {
			word = (word ?? "") + (line[++at] ?? "");
		} else if (character !== " ") {
			word = (word ?? "") + character;
		} else if (word !== undefined) {
			words.push(word);
			word = undefined;
		}
	}
	words.push(...(word === undefined ? [] : [word]));
	const count = words.findIndex((each) => !/^[A-Z_]+=/.test(each));
	const given = words.slice(0, count).map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]);
	return { given: Object.fromEntries(given), words: words.slice(count) };
}

function closing(line: string, from: number, quote: string): number {
	for (let at = from; at < line.length; at++) {
		if (quote === '"' && line[at] === "\\") {
			at++;
		} else if (line[at] === quote) {
			return at;
		}
	}
	throw new Error(`no closing ${quote} in ${line}`);
}
