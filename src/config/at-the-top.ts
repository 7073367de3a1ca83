import type { Edit } from "../report/correction.ts";
import type { Source } from "../report/source.ts";
import type { YamlMapping, YamlNode } from "../sys/native.ts";
import { type Slip, slip } from "./slip.ts";

/** Files that are ours but for what all of it stands below: a list of steps or of keys, or a key with the name of the program. */

/** More of a line is no help. */
const longest = 100;

/** `- own: /data` at the edge, and `- user: app`. */
export function listAtTop(root: YamlNode, { lines }: Source, steps: readonly string[]): Slip | undefined {
	if (root.kind !== "sequence") {
		return undefined;
	}
	const { line, column } = root;
	const first = lines[line - 1] ?? "";
	const isBlock = first.startsWith("- ", column - 1);
	if (root.items.some((each) => each.kind === "mapping" && each.entries.some(([{ text }]) => steps.includes(text)))) {
		const shown = first.trim().slice(0, longest);
		const told = isBlock ? `write\n  setup:\n  ${shown}` : `write setup: ${shown}`;
		return slip(line, column, [0, isBlock ? `setup:\n${" ".repeat(column - 1)}` : "setup: "], "a list of steps stands below setup:", told);
	}
	const edits = isBlock && column === 1 ? outdented(lines, line, /^(?:- | {2})/) : [];
	const begun = first
		.replace(/^\s*- +/, "")
		.trim()
		.slice(0, longest);
	return {
		line,
		column,
		message: "the keys of the file stand without dashes",
		remedy: `write ${begun}, and so for each`,
		...(edits.length === 0 ? {} : { correction: { edits, isCertain: true } }),
	};
}

/** Words below which others have all of a file; what stands below another than our own name may be anybody's. */
const wrapping = /^(?:abdicate|config|configuration|entrypoint|container|settings|app)$/;

/** Whether a key of ours stands below another. */
export function isWrapping(key: string, value: YamlNode, keys: readonly string[]): value is YamlMapping {
	return wrapping.test(key) && value.kind === "mapping" && value.entries.some(([{ text }]) => keys.includes(text));
}

export const eachAtTheEdge = "leave that line out, and begin each key at the edge, such as user: app";

export function notBelow(key: string): string {
	return `the keys of abdicate stand at the top of the file, not below ${key}:`;
}

/** `abdicate: {user: app}`, alone; beside others it is told so where nothing else of the file is. */
export function belowOneKey(root: YamlNode, { lines }: Source, keys: readonly string[], isKnown: boolean): Slip | undefined {
	const entries = root.kind === "mapping" ? root.entries : [];
	const [key, value] = entries.find(([{ text }, each]) => isWrapping(text, each, keys)) ?? [];
	const others = entries.length - 1;
	if (key === undefined || value === undefined || (others > 0 && isKnown)) {
		return undefined;
	}
	const { line, column } = key;
	const isOwn = key.text === "abdicate";
	const shown = (lines[value.line - 1] ?? "").trim().slice(0, longest);
	const isBlock = value.line > line && column === 1 && !/^\s*[[{]/.test(lines[value.line - 1] ?? "");
	const edits = isBlock
		? [...outdented(lines, line, /^.*/, line), ...outdented(lines, line + 1, new RegExp(`^ {${value.column - 1}}`))]
		: [];
	return {
		line,
		column,
		message: notBelow(key.text),
		remedy: isBlock && isOwn ? `write\n  ${shown}` : eachAtTheEdge,
		...(isOwn && edits.length > 0 ? { correction: { edits, isCertain: true } } : {}),
	};
}

function outdented(lines: readonly string[], from: number, pattern: RegExp, to = lines.length): Edit[] {
	return lines.slice(from - 1, to).flatMap((text, index): Edit[] => {
		const length = Array.from(pattern.exec(text)?.[0] ?? "").length;
		return length === 0 ? [] : [{ line: from + index, column: 1, endLine: from + index, endColumn: length + 1, text: "" }];
	});
}
