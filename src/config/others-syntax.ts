import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { childOf } from "./locate.ts";
import { flow, word } from "./written.ts";

/** Signs that other readers of such files replace: keys that are joined, and templates. */

const mergeKey = "<<";

export const noMerge = "<< joins nothing here: a mapping has its keys themselves";

export function isMergeKey(key: string | number | undefined): boolean {
	return key === mergeKey;
}

/** The keys that a merge would bring, but those that are there already. */
export function joined(value: YamlNode, above: YamlNode): string {
	const brought = (value.kind === "sequence" ? value.items : [value]).flatMap((each) => (each.kind === "mapping" ? each.entries : []));
	const fresh = new Map(brought.toReversed().map(([{ text }, each]) => [text, each]));
	return [...fresh]
		.flatMap(([name, each]) => (childOf(above, name) === undefined ? [`${word(name)}: ${flow(each)}`] : []))
		.toReversed()
		.join(", and ");
}

export const noTemplate = "{{ }} is a template's, which nothing fills in here: a variable is ${NAME}";

export function hasTemplate(text: string): boolean {
	return /\{\{.*\}\}/.test(text);
}

/** `{{ app.user }}` as `"${user}"`: a variable of that name is a guess. Undefined for more than a name. */
export function templateAsVariable(text: string): string | undefined {
	const written = text.replace(/\{\{\W*(?:\w+\.)*([A-Za-z_]\w*)\W*?\}\}/g, "${$1}");
	return hasTemplate(written) ? undefined : yamlQuoted(written);
}
