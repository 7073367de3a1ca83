import { yamlScalar } from "../report/yaml.ts";
import type { YamlNode, YamlScalar } from "../sys/native.ts";
import { childOf } from "./locate.ts";

/** What is written in a file, once more in one line: as it stands, or as the list or the mapping that it would be. */

/** `A=b`, a list of such, or a list of mappings, as one mapping. */
export function assignments(value: YamlNode, separator: string): string | undefined {
	const all = value.kind === "sequence" ? value.items : value.kind === "scalar" ? severalIn(value) : [value];
	// A name alone is passed on from where the container is started, and is there.
	const given = all.filter((item) => item.kind === "mapping" || (item.kind === "scalar" && new RegExp(separator).test(item.text)));
	const items = given.length > 0 ? given : all;
	const pairs = items.map((item) => {
		if (item.kind === "mapping") {
			const [name, text] = [childOf(item, "name") ?? childOf(item, "key"), childOf(item, "value")];
			if (name?.kind === "scalar" && text !== undefined && item.entries.length === 2) {
				return `${word(name.text)}: ${flow(text)}`;
			}
			return item.entries.map(([key, each]) => `${word(key.text)}: ${flow(each)}`).join(", ");
		}
		const [, name, text] = (item.kind === "scalar" && new RegExp(`^([^=:]+?) *${separator} *(.*)$`, "s").exec(item.text)) || [];
		return item.kind !== "scalar" ? undefined : `${word(name ?? item.text)}: ${name === undefined ? "..." : argument(text ?? "")}`;
	});
	return pairs.length === 0 || pairs.some((each) => each === undefined) ? undefined : `{${pairs.join(", ")}}`;
}

/** `"A=b" "C=d e"`, as units of systemd have it. */
function severalIn(value: YamlScalar): readonly YamlScalar[] {
	// supervisord has commas.
	const words = splitWords(value.text.replace(/(?<=["']),(?=\w+=)/g, " ")) ?? [];
	return words.length > 1 && words.every((each) => /^[A-Za-z_]\w*=/.test(each)) ? words.map((text) => ({ ...value, text })) : [value];
}

/** The keys of a mapping as the list of names that was meant. */
export function keysOf(value: YamlNode): string | undefined {
	return value.kind === "mapping" && value.entries.length > 0 && value.entries.every(([, each]) => isMark(each))
		? `[${value.entries.map(([key]) => word(key.text)).join(", ")}]`
		: undefined;
}

export function several(value: YamlNode): string | undefined {
	return value.kind === "mapping"
		? keysOf(value)
		: value.kind === "scalar" && isSeveralWords(value)
			? `[${value.text.split(/[ ,]+/).map(word).join(", ")}]`
			: flow(value);
}

function isSeveralWords({ text }: { readonly text: string }): boolean {
	return /^[\w/:.-]+(?:[ ,]+[\w/:.-]+)+$/.test(text);
}

export function listOfWords(value: YamlNode): string | undefined {
	const words = wordsOf(value);
	return words.length === 0 ? undefined : `[${words.map(argument).join(", ")}]`;
}

/** Scalars of a list, or the words of one scalar, as somebody who writes a command line means them; none where a quote does not end. */
export function wordsOf(value: YamlNode): string[] {
	if (value.kind === "sequence") {
		return value.items.every((item) => item.kind === "scalar") ? value.items.map((item) => (item as { text: string }).text) : [];
	}
	return value.kind === "scalar" ? (splitWords(value.text) ?? []) : [];
}

/** As a shell does it; undefined where a quote does not end. */
export function splitWords(text: string): string[] | undefined {
	const whole = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;
	return /\S/.test(text.replace(whole, "")) ? undefined : (text.match(whole) ?? []).map(unquoted);
}

function unquoted(text: string): string {
	return text.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double?: string, single?: string, escaped?: string) =>
		double === undefined ? (single ?? escaped ?? "") : double.replace(/\\(["\\$`])/g, "$1"),
	);
}

export function isNumber(value: YamlNode): boolean {
	return value.kind === "scalar" && /^(?:\d+|unlimited)(?::(?:\d+|unlimited))?$/.test(value.text);
}

export function wrapped(before: string, inner: string | undefined): string | undefined {
	return inner === undefined ? undefined : `${before}${inner}${"}".repeat(before.split("{").length - 1)}`;
}

/** A node as it would be written in one line. */
export function flow(node: YamlNode): string {
	switch (node.kind) {
		case "scalar":
			return node.plain ? word(node.text) : yamlScalar(node.text);
		case "sequence":
			return `[${node.items.map(flow).join(", ")}]`;
		case "mapping":
			return `{${node.entries.map(([key, value]) => `${word(key.text)}: ${flow(value)}`).join(", ")}}`;
	}
}

/** Plain where that is one value inside braces: it was plain where it came from, or is one of the words of a command. */
export function word(text: string): string {
	return /^(?:\/|\.{0,2}\/|-{0,2}\w|\w)(?:[\w./@%+=-]|:(?=[^\s:]))*$/.test(text) ? text : yamlScalar(text);
}

/** A word of a command is text, whatever it looks like. */
export function argument(text: string): string {
	return /^(?:true|false|null)$/i.test(text) ? yamlScalar(text) : word(text);
}

/** A value that only says that the key counts. */
export function isMark(value: YamlNode): boolean {
	return value.kind === "scalar" && value.plain && /^(?:true|yes|on|~|null|)$/i.test(value.text);
}

const longestLine = 120;

export function isOneLine(text: string): boolean {
	return text.length <= longestLine;
}

/** An item of a block. */
export function itemText(item: YamlNode): string {
	const [entry, ...others] = item.kind === "mapping" ? item.entries : [];
	return entry === undefined || others.length > 0 ? flow(item) : `${word(entry[0].text)}: ${flow(entry[1])}`;
}

/** An entry of a block: in one line, or, where that would be too long to read, each part on a line of its own. */
export function rendered(key: string, value: YamlNode): string[] {
	const line = `${word(key)}: ${flow(value)}`;
	if (isOneLine(line) || value.kind === "scalar") {
		return [line];
	}
	const below =
		value.kind === "sequence"
			? value.items.map((item) => `- ${itemText(item)}`)
			: value.entries.flatMap(([name, each]) => rendered(name.text, each));
	return [`${word(key)}:`, ...below.map((each) => `  ${each}`)];
}
