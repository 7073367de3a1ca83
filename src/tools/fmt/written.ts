import { hasUnsafe } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";

export const trailing = /[ \t]+$/;

/** Line ends as newlines, without a byte order mark. */
export function withNewlines(text: string): string {
	return text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
}

/** Quotes are for what is something else without them, to any reader of YAML. */
export function requoted(written: string): string {
	const inner = written.slice(1, -1);
	if (/["'\\\n]/.test(inner) || hasUnsafe(inner)) {
		return written;
	}
	return yamlScalar(inner) === inner ? inner : `"${inner}"`;
}

export function indentOf(line: string): number {
	return line.search(/[^ ]|$/);
}

export function isMarker(indent: string, rest: string): boolean {
	return indent === "" && /^(?:---|\.\.\.)(?:[ \t]|$)/.test(rest);
}

/** Text over several lines, whose indents and blanks at the ends say nothing. */
export function folded(text: string, indent: number): string {
	const [first, ...others] = text.split("\n");
	const moved = others.map((line) => line.replace(/^[ \t]+/, "")).map((line) => (line === "" ? "" : " ".repeat(indent) + line));
	return [first, ...moved].join("\n").replace(/(?<!\\)[ \t]+(?=\n)/g, "");
}

/** Whether a colon behind it would be part of the name of an anchor or an alias. */
export function isMark(line: string): boolean {
	return /(?:^|[ [{,])[&*!][^ ]*$/.test(line);
}

/** Whether there is a blank between two marks or texts in brackets. */
export function isApart(left: string, right: string): boolean {
	switch (right) {
		case ":":
			return false;
		case ",":
		case "]":
			return left === ":";
		case "}":
			return left !== "{" && left !== "\n";
		default:
			return !["", "\n", "["].includes(left);
	}
}
