import { Failure } from "../../report/failure.ts";
import { diagnosticAt, sourceOf } from "../../report/source.ts";
import type { Reads, YamlNode } from "../../sys/native.ts";
import { isSameTree } from "../rewrite/same-tree.ts";
import { Unformatted } from "./cursor.ts";
import { format } from "./format.ts";
import { withNewlines } from "./written.ts";

/**
 * The text in form, once it is known to be the same: read again it is the same tree, in its values and their types, and apart from blanks and
 * quotes nothing has come or gone, comments included. Throws a Failure for what cannot be brought into form so.
 */
export function formatted(reads: Pick<Reads, "parseYaml">, text: string, file: string): string {
	const before = reads.parseYaml(text);
	if (before?.kind === "fault") {
		throw refused(text, file, before.line);
	}
	const made = attempt(text, file);
	const after = reads.parseYaml(made);
	if (!isSameTree(before, after) || essence(text) !== essence(made)) {
		throw refused(text, file, 1);
	}
	return made;
}

function attempt(text: string, file: string): string {
	try {
		return format(text);
	} catch (error) {
		throw error instanceof Unformatted ? refused(text, file, withNewlines(text).slice(0, error.at).split("\n").length) : error;
	}
}

function refused(text: string, file: string, line: number): Failure {
	const node: YamlNode = { kind: "scalar", line, column: 1, text: "", plain: true };
	return new Failure({
		...diagnosticAt(sourceOf(file, text), { node, words: "" }, "NOT_FORMATTED", "cannot be brought into form; it is left as it is"),
		remedy: ["write what stands there in a plainer way: KEY: VALUE, and - for each of a list"],
	});
}

function essence(text: string): string {
	return text.replace(/[ \t\r\n"'\ufeff]/g, "");
}
