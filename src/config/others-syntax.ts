import type { YamlNode } from "../sys/native.ts";
import { childOf } from "./locate.ts";
import { flow, word } from "./written.ts";

/** Keys that other readers of such files join. */

const mergeKey = "<<";

export const noMerge = "<< joins nothing here: a mapping has its keys themselves";

export function isMergeKey(key: string | number | undefined): boolean {
	return key === mergeKey;
}

/** The keys that a merge would bring, but those that are there already. */
export function joined(value: YamlNode, above: YamlNode): string[] {
	const brought = (value.kind === "sequence" ? value.items : [value]).flatMap((each) => (each.kind === "mapping" ? each.entries : []));
	const fresh = new Map(brought.toReversed().map(([{ text }, each]) => [text, each]));
	return [...fresh].flatMap(([name, each]) => (childOf(above, name) === undefined ? [`${word(name)}: ${flow(each)}`] : [])).toReversed();
}
