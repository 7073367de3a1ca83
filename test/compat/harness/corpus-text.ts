import { createHash } from "node:crypto";

/** All that is compared of a case. */
export interface Result {
	readonly status: string;
	/** Of what was started in the end; `-` when nothing was. */
	readonly state: string;
	/** The rest of the output, escaped. */
	readonly stdout: string;
	/** What the error output is about. */
	readonly stderr: string;
}

export const parts = ["status", "state", "stdout", "stderr"] as const satisfies readonly (keyof Result)[];

/** A line of a corpus: what is run, from which start, and what it comes to. */
export interface Row {
	readonly id: string;
	readonly line: string;
	readonly start: string;
	/** Of the program that is replaced. */
	readonly there: Result;
	/** The key of an intended difference, and then what ours comes to. */
	readonly differs: string | undefined;
	readonly here: Result;
}

const columns = ["id", "line", "start", ...parts, "differs", ...parts.map((part) => `${part} here`)];

export function parseCorpus(name: string, text: string): readonly Row[] {
	const [header, ...lines] = text.trimEnd().split("\n");
	if (header !== columns.join("\t")) {
		throw new Error(`${name}.tsv: the columns are ${columns.join(", ")}`);
	}
	return lines.map((line) => rowOf(name, line.split("\t")));
}

function rowOf(name: string, fields: readonly string[]): Row {
	if (fields.length !== columns.length) {
		throw new Error(`${name}.tsv: ${fields.length} columns instead of ${columns.length}: ${fields.join("\t")}`);
	}
	const [id = "", line = "", start = ""] = fields;
	const [there, here] = [fields.slice(3, 7), fields.slice(8)].map(([status = "", state = "", stdout = "", stderr = ""]) => ({
		status,
		state,
		stdout,
		stderr,
	}));
	if (there === undefined || here === undefined) {
		throw new Error("unreachable");
	}
	const differs = fields[7] === "-" ? undefined : fields[7];
	const same = Object.fromEntries(parts.map((part) => [part, here[part] === "=" ? there[part] : here[part]])) as unknown as Result;
	return { id, line, start, there, differs, here: same };
}

/** What is the same is written `=`. */
export function rowText({ id, line, start, there, differs, here }: Row): string {
	const ours = parts.map((part) => (here[part] === there[part] ? "=" : here[part]));
	const theirs = { ...there, stdout: differs !== undefined && here.stdout !== there.stdout ? digested(there.stdout) : there.stdout };
	return [id, line, start, ...parts.map((part) => theirs[part]), differs ?? "-", ...ours].join("\t");
}

const longest = 150;

/** A long text that is not ours is another's help or explanation, whose words are theirs: as much of it as it takes to know it again. */
function digested(text: string): string {
	return text.length > longest ? `sha256:${createHash("sha256").update(text).digest("hex")}` : text;
}

export function corpusText(rows: readonly Row[]): string {
	return `${[columns.join("\t"), ...rows.map(rowText)].join("\n")}\n`;
}

export const suites = ["gosu", "su-exec", "tini", "dumb-init", "setpriv", "capsh"] as const;
export type Suite = (typeof suites)[number];

/** The first column of the table of what differs. */
export function keysOf(page: string): readonly string[] {
	const [, section = ""] = /^## What differs$(.*?)(?=^## |$(?![\s\S]))/ms.exec(page) ?? [];
	const rows = section.split("\n").filter((line) => line.startsWith("|"));
	return rows.slice(2).map((row) => (row.split("|")[1] ?? "").trim().replaceAll("`", ""));
}
