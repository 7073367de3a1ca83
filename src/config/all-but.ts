import type { YamlNode } from "../sys/native.ts";
import { childOf } from "./locate.ts";
import { synonymOf } from "./synonyms.ts";
import { several } from "./written.ts";

/** Whoever adds ALL and drops a few says what is to be gone: without the second half nothing would be. */

interface AllBut {
	readonly text: string;
	readonly instead: readonly string[];
	readonly isGuess: true;
}

const drops = /^(?:cap[-_]?drop|drop_capabilities|drop|remove)$/i;

function namesIn(node: YamlNode | undefined): readonly string[] {
	const items = node?.kind === "sequence" ? node.items : [node];
	return items.flatMap((each) => (each?.kind === "scalar" ? each.text.split(/[ ,]+/) : []));
}

function hasAll(node: YamlNode | undefined): boolean {
	return namesIn(node).some((each) => /^(?:cap_)?all$/i.test(each));
}

/** Whether what a key drops is dropped from everything. */
export function isFromAll(key: string, above: YamlNode): boolean {
	const isAdding = (text: string) => ["capabilities", "keep"].includes(text) || [addedAtTop(text), addedWithin(text)].includes(true);
	return (
		drops.test(key) &&
		above.kind === "mapping" &&
		above.entries.some(
			([{ text }, value]) => (hasAll(value) || hasAll(childOf(value, "keep")) || hasAll(childOf(value, "add"))) && isAdding(text),
		)
	);
}

/** `cap_add: [ALL]` and `cap_drop: [NET_RAW]`, and the second one beside `capabilities: {keep: ALL}`. */
export function allBut(name: string, above: YamlNode): AllBut | undefined {
	const entries = above.kind === "mapping" ? above.entries : [];
	const [kept, own] = [childOf(childOf(above, "capabilities"), "keep"), childOf(above, name)];
	if (hasAll(kept) && drops.test(name) && own !== undefined && !hasAll(own)) {
		return { text: `capabilities: {drop: ${several(own)}}`, instead: [], isGuess: true };
	}
	if (!drops.test(name) && !addedAtTop(name)) {
		return undefined;
	}
	const add = entries.find(([{ text }, value]) => hasAll(value) && addedAtTop(text));
	const drop = entries.find(([{ text }]) => drops.test(text));
	const text = add && drop && keepAllBut(add[1], drop[1]);
	return text === undefined || ![add?.[0].text, drop?.[0].text].includes(name)
		? undefined
		: { text: `capabilities: ${text}`, instead: [add, drop].flatMap((each) => each?.[0].text ?? []), isGuess: true };
}

/** `{keep: [ALL], drop: [NET_RAW]}` */
export function keepAllBut(add: YamlNode | undefined, drop: YamlNode | undefined): string | undefined {
	return drop === undefined || !hasAll(add) || hasAll(drop) || namesIn(drop).length === 0
		? undefined
		: `{keep: [ALL], drop: ${several(drop)}}`;
}

function addedAtTop(text: string): boolean {
	return text !== "capabilities" && synonymOf("", text) === "capabilities";
}

function addedWithin(text: string): boolean {
	return synonymOf("capabilities", text) === "keep";
}
