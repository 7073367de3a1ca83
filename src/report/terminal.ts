/** How wide what is printed may be, and whether it may be coloured. */
export interface Terminal {
	/** Undefined where nothing is wrapped: a log is searched by lines. */
	readonly columns: number | undefined;
	readonly colours: boolean;
}

/** What of a host it takes to know. */
export interface Screen {
	/** Of the terminal that it is, 0 where that does not know; a negative errno of anything else. */
	windowColumns(fd: number): number;
	environ(): string[];
}

/** As of what is no terminal, and says nothing of a width. */
export const plain: Terminal = { columns: undefined, colours: false };

const usual = 80;
const [least, most] = [20, 500];

/** COLUMNS is for who asks for a page by a pipe, on standard output: on standard error, lines of a log stay whole. https://no-color.org */
export function terminalOf(screen: Screen, fd: 1 | 2): Terminal {
	const columns = screen.windowColumns(fd);
	const variable = (name: string) => {
		const entry = screen.environ().find((each) => each.startsWith(`${name}=`));
		return entry?.slice(name.length + 1) ?? "";
	};
	if (columns >= 0) {
		return {
			columns: columns === 0 ? usual : Math.max(least, columns),
			colours: variable("NO_COLOR") === "" && variable("TERM") !== "dumb",
		};
	}
	const asked = fd === 1 && /^\d{2,3}$/.test(variable("COLUMNS")) ? Number(variable("COLUMNS")) : 0;
	return { columns: asked >= least && asked <= most ? asked : undefined, colours: false };
}

/** Select Graphic Rendition. ECMA-48, 8.3.117 */
const codes = { bad: 31, good: 32, warning: 33, dim: 2, bold: 1 } as const;
export type Paint = keyof typeof codes;

/** For text that is `printable` already: nothing else may bring a terminal a sequence. */
export function paint({ colours }: Pick<Terminal, "colours">, how: Paint | undefined, text: string): string {
	return colours && how !== undefined && text !== "" ? `\x1b[${codes[how]}m${text}\x1b[0m` : text;
}

/** In lines of at most so many characters, all but the first behind `indent` blanks. A word that is longer stays whole. */
export function wrap(text: string, columns: number | undefined, indent = 0): string {
	return columns === undefined ? text : lines(text, columns, indent).join(`\n${" ".repeat(indent)}`);
}

function lines(text: string, columns: number, indent: number): string[] {
	const [, margin = "", rest = ""] = /^( *)(.*)$/s.exec(text) ?? [];
	const found: string[] = [];
	let line = margin;
	for (const word of rest.split(" ")) {
		const room = columns - (found.length === 0 ? 0 : indent);
		if (line.trim() !== "" && lengthOf(line) + 1 + lengthOf(word) > room) {
			found.push(line);
			line = word;
		} else {
			line = line === margin && found.length === 0 ? margin + word : `${line} ${word}`;
		}
	}
	return [...found, line];
}

/** In characters, as far as a terminal gives each of them one cell. */
export function lengthOf(text: string): number {
	return Array.from(text).length;
}
