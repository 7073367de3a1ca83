import { wrap } from "../../report/terminal.ts";

/** A title, and below it what there is to say, each part under its name. */
export interface Told {
	readonly title: string;
	readonly parts: Readonly<Record<string, string>>;
	/** What anything else of that name goes before. */
	readonly isLast?: true;
}

export function rows(title: string, parts: Told["parts"]): Told {
	return { title, parts };
}

/** A text of several lines goes on below itself, and one that is too long for the terminal. */
export function renderTold({ title, parts }: Told, columns: number | undefined): string {
	const width = Math.max(11, ...Object.keys(parts).map((name) => name.length));
	const lines = Object.entries(parts).flatMap(([name, text]) =>
		text.split("\n").map((line, index) => wrap(`  ${(index === 0 ? name : "").padEnd(width)} ${line}`, columns, width + 3).trimEnd()),
	);
	return `${[wrap(title, columns), ...lines].join("\n")}\n`;
}
