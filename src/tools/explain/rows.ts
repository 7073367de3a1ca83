/** A title, and below it what there is to say, each part under its name. A text of several lines goes on below itself. */
export function rows(title: string, parts: Readonly<Record<string, string>>): string {
	const width = Math.max(11, ...Object.keys(parts).map((name) => name.length));
	const indented = (text: string) => text.replaceAll("\n", `\n${" ".repeat(width + 3)}`);
	return `${title}\n${Object.entries(parts)
		.map(([name, text]) => `  ${name.padEnd(width)} ${indented(text)}\n`)
		.join("")}`;
}
