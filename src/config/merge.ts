import type { YamlNode } from "../sys/native.ts";
import type { Change } from "./edits.ts";
import { childOf } from "./locate.ts";
import { flow } from "./written.ts";

/** What is to be written where something of the same key is there already: both. */

type Keys = readonly (string | number)[];

interface Merged {
	readonly value: YamlNode;
	readonly changes: readonly Change[];
}

/** Undefined where one would take the place of the other. */
export function merged(present: YamlNode, added: YamlNode, keys: Keys): Merged | undefined {
	if (present.kind === "mapping" && added.kind === "mapping") {
		return mergedMappings(present, added, keys);
	}
	if (present.kind === "mapping" || added.kind === "mapping") {
		return undefined;
	}
	if (isOrdered(keys) && flow(present) !== flow(added)) {
		return undefined;
	}
	const written = itemsOf(present);
	const items = itemsOf(added).filter((each) => !written.some((other) => flow(other) === flow(each)));
	const value: YamlNode = { ...present, kind: "sequence", items: [...written, ...items] };
	return items.length === 0
		? { value: present, changes: [] }
		: { value, changes: [present.kind === "sequence" ? { kind: "put", into: keys, items } : { kind: "value", keys, value }] };
}

/** The words of a program: those of two make no third. */
function isOrdered(keys: Keys): boolean {
	return /^(?:command|default|run)$/.test(String(keys.at(-1)));
}

function itemsOf(node: Exclude<YamlNode, { kind: "mapping" }>): readonly YamlNode[] {
	return node.kind === "sequence" ? node.items : [node];
}

function mergedMappings(present: YamlNode & { kind: "mapping" }, added: YamlNode & { kind: "mapping" }, keys: Keys): Merged | undefined {
	const fresh = added.entries.filter(([{ text }]) => childOf(present, text) === undefined);
	const both = present.entries.map(([key, value]) => {
		const other = childOf(added, key.text);
		return [key, other === undefined ? { value, changes: [] } : merged(value, other, [...keys, key.text])] as const;
	});
	if (both.some(([, each]) => each === undefined)) {
		return undefined;
	}
	const put: Change = { kind: "put", into: keys, entries: fresh.map(([{ text }, value]) => [text, value] as const) };
	return {
		value: { ...present, entries: [...both.map(([key, each]) => [key, (each as Merged).value] as const), ...fresh] },
		changes: [...both.flatMap(([, each]) => each?.changes ?? []), ...(fresh.length === 0 ? [] : [put])],
	};
}
