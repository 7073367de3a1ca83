import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { commandOfLine, needsShell } from "./dollars.ts";
import { flow, isMark, listOfWords, wrapped } from "./written.ts";

/** One value in another form: quoted, as a list of one, as a truth value, alone. */

/** Words that only a shell understands. What a variable brings would be read by it as well. */
export function shellIn(value: YamlNode): string | undefined {
	if (value.kind !== "scalar" || !needsShell(value.text)) {
		return undefined;
	}
	const script = value.text.includes("$") || value.text.length > longest / 2 ? "..." : value.text;
	return `there is no shell: [sh, -c, ${yamlQuoted(script)}] starts one`;
}

/** The shell that the words are for. A dollar sign is ours, unless it is doubled. */
export function withShell(label: string, value: YamlNode): string | undefined {
	return value.kind === "scalar" && shellIn(value) !== undefined ? wrapped(label, commandOfLine(value.text)) : undefined;
}

/** `{atleast: 1}`, `{min: 1}`, `">= 1"`. */
export function atLeast(label: string, value: YamlNode): string | undefined {
	const [pair, ...more] = value.kind === "mapping" ? value.entries : [];
	const isMeant = pair !== undefined && more.length === 0 && /^(?:at.?least|min(?:imum)?|gte|>=)$/i.test(pair[0].text);
	return isMeant && pair[1].kind === "scalar" ? `${label}{at_least: ${flow(pair[1])}}` : undefined;
}

/** Text that would be a truth value. */
export function withQuotes(label: string, value: YamlNode): string | undefined {
	const changed = quotedTruths(value);
	return flow(changed) === flow(value) ? undefined : `${label}${flow(changed)}`;
}

export function listOfOne(label: string, value: YamlNode): string | undefined {
	return value.kind === "scalar" && shellIn(value) === undefined ? wrapped(label, listOfWords(value)) : undefined;
}

/** What YAML took for a truth value once, and Docker's labels and systemd still do. */
export function truth(label: string, value: YamlNode): string | undefined {
	const text = value.kind === "scalar" ? value.text : "";
	return /^(?:y|yes|on|1)$/i.test(text) ? `${label}true` : /^(?:n|no|off|0)$/i.test(text) ? `${label}false` : undefined;
}

export function quotedTruths(node: YamlNode): YamlNode {
	switch (node.kind) {
		case "scalar":
			return node.plain && /^(?:true|false)$/i.test(node.text) ? { ...node, plain: false } : node;
		case "sequence":
			return { ...node, items: node.items.map(quotedTruths) };
		case "mapping":
			return { ...node, entries: node.entries.map(([key, each]) => [key, quotedTruths(each)] as const) };
	}
}

export function isNothing(value: YamlNode): boolean {
	return value.kind === "scalar" && value.plain && /^(?:~|null|)$/i.test(value.text);
}

const longest = 120;

/** A directory of this mode has files that nobody executes. */
export function modesOf(value: YamlNode): string | undefined {
	const [mode] = value.kind === "scalar" ? (/^0?[0-7]{3}$/.exec(value.text) ?? []) : [];
	const files = Number.parseInt(mode ?? "", 8) & 0o666;
	return mode === undefined ? undefined : `modes: {dirs: "${mode.padStart(4, "0")}", files: "0${files.toString(8).padStart(3, "0")}"}`;
}

/** Keys that say no more than that there is a value. */
const bare = /^(?:path|name|value|file|dir|directory|is)$/;

/** One word in a list or a mapping of its own, where the word alone is meant. */
export function plainer(label: string, value: YamlNode): string | undefined {
	const only = value.kind === "sequence" && value.items.length === 1 ? value.items[0] : undefined;
	const [pair, ...more] = value.kind === "mapping" ? value.entries : [];
	const ofPair =
		pair === undefined || more.length > 0 ? undefined : isMark(pair[1]) ? pair[0] : bare.test(pair[0].text) ? pair[1] : undefined;
	const inner = only ?? ofPair;
	return inner?.kind === "scalar" ? `${label}${flow(inner)}` : undefined;
}
