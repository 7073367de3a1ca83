import type { Diagnostic } from "./failure.ts";

/** A text by its lines, and what is wrong where in it. */
export interface Source {
	readonly file: string;
	readonly lines: readonly string[];
}

/** A document by the lines that its nodes count. */
export function sourceOf(file: string, text: string): Source {
	return { file, lines: text.replace(/^\ufeff/, "").split(/\r\n?|\n/) };
}

/** Where something stands, both counted from 1, and the words for it. */
export interface Spot {
	readonly node: { readonly line: number; readonly column: number };
	/** `setup[1].own.policy` */
	readonly words: string;
}

export function diagnosticAt({ file, lines }: Source, { node, words }: Spot, code: Diagnostic["code"], message: string): Diagnostic {
	const line = lines[node.line - 1];
	return {
		code,
		where: `${file}:${node.line}:${node.column}${words === "" ? "" : ` ${words}`}`,
		message,
		source: line === undefined ? undefined : { line, column: node.column },
	};
}
