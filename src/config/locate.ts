import type { BaseIssue } from "valibot";
import { errorCodes } from "../report/codes.ts";
import type { Diagnostic } from "../report/failure.ts";
import type { YamlNode, YamlScalar } from "../sys/native.ts";
import { isOfConfine } from "./confine.ts";

type Key = string | number;

/** Where something stands: the node, and the words for it. */
export interface Place {
	readonly node: YamlNode | YamlScalar;
	/** `setup[1].own.policy` */
	readonly words: string;
	readonly keys: readonly Key[];
	/** The path ends at a key that is there, not at its value. */
	readonly atKey: boolean;
}

/** `setup[1].own.owner`, apart. */
export function keysIn(words: string): Key[] {
	const keys = words.split(/[.[\]]+/).filter((key) => key !== "");
	return keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

/** What stands there, of a mapping by its key and of a list by its place. */
export function childOf(node: YamlNode | undefined, key: Key): YamlNode | undefined {
	if (typeof key === "number") {
		return node?.kind === "sequence" ? node.items[key] : undefined;
	}
	return node?.kind === "mapping" ? node.entries.find(([name]) => name.text === key)?.[1] : undefined;
}

/** The way to the first that is meant: a value, with the key that it stands at in a mapping. */
export function keysTo(node: YamlNode, isMeant: (value: YamlNode, key?: YamlScalar) => boolean): Key[] | undefined {
	const below: (readonly [Key, YamlNode, YamlScalar?])[] =
		node.kind === "sequence"
			? node.items.map((item, index) => [index, item] as const)
			: node.kind === "mapping"
				? node.entries.map(([key, value]) => [key.text, value, key] as const)
				: [];
	for (const [name, value, key] of below) {
		const found = isMeant(value, key) ? [] : keysTo(value, isMeant);
		if (found !== undefined) {
			return [name, ...found];
		}
	}
	return undefined;
}

/** Of what is not written itself, the word that stands for it. */
export function locateWritten(root: YamlNode, keys: readonly Key[]): Place {
	const place = locate(root, keys, false);
	return place.node === root && keys.length > 0 && isOfConfine(String(keys[0])) ? locate(root, ["confine"], false) : place;
}

/** Follows the keys as far as there are nodes. A list that was written as its only value is that value. */
export function locate(root: YamlNode, keys: readonly Key[], atKey: boolean): Place {
	let node: YamlNode | YamlScalar = root;
	let words = "";
	for (const [index, key] of keys.entries()) {
		if (typeof key === "number") {
			if (node.kind === "sequence") {
				words += `[${key}]`;
				node = node.items[key] ?? node;
			}
			continue;
		}
		words += words === "" ? key : `.${key}`;
		if (node.kind === "mapping") {
			const entry: readonly [YamlScalar, YamlNode] | undefined = node.entries.find(([name]) => name.text === key);
			node = entry === undefined ? node : atKey && index === keys.length - 1 ? entry[0] : entry[1];
		}
	}
	return { node, words, keys, atKey };
}

/** A schema's complaint in our words, at its place in the tree. */
export function placeOfIssue(root: YamlNode, issue: BaseIssue<unknown>): Place & Pick<Diagnostic, "code" | "message"> {
	const keys = (issue.path ?? []).map(({ key }) => key as Key);
	const code = codeOf(issue);
	return { ...locate(root, keys, code === "CONFIG_UNKNOWN_KEY"), code, message: messageOf(issue) };
}

/** Our own schemas put the code where the library has what it expected. */
function codeOf({ expected }: BaseIssue<unknown>): Diagnostic["code"] {
	return expected !== null && expected in errorCodes ? (expected as Diagnostic["code"]) : "CONFIG_INVALID_VALUE";
}

/** The library's own sentences begin with a capital; ours do not. */
function messageOf({ message, expected, received }: BaseIssue<unknown>): string {
	return message.startsWith("Invalid ")
		? `expected ${expectedWords[expected ?? ""] ?? expected}, not ${expectedWords[received] ?? received}`
		: message;
}

const expectedWords: Readonly<Record<string, string>> = { Object: "a mapping", Array: "a list", string: "text", number: "a number" };
