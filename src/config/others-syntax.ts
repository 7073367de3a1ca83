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
export function joined(value: YamlNode, above: YamlNode): string | undefined {
	const brought = (value.kind === "sequence" ? value.items : [value]).flatMap((each) => (each.kind === "mapping" ? each.entries : []));
	const fresh = brought.filter(
		([{ text }], index) => childOf(above, text) === undefined && brought.findIndex(([other]) => other.text === text) === index,
	);
	return fresh.length === 0 ? undefined : fresh.map(([{ text }, each]) => `${word(text)}: ${flow(each)}`).join(", and ");
}

const template = /\{\{[-~]?\s*(.*?)\s*[-~]?\}\}/g;

export const noTemplate = "{{ }} is for programs that fill in templates, and stays as it is here: a variable is ${NAME}";

export function hasTemplate(text: string): boolean {
	return text.search(template) >= 0;
}

/** `{{ app.user }}` as `"${user}"`: a variable of that name is a guess. Undefined for more than a name. */
export function templateAsVariable(text: string): string | undefined {
	let isPlain = true;
	const written = text.replace(template, (_, inner: string) => {
		const name = /^\$?\.?(?:\w+\.)*([A-Za-z_]\w*)$/.exec(inner)?.[1];
		isPlain &&= name !== undefined;
		return `\${${name}}`;
	});
	return isPlain ? yamlQuoted(written) : undefined;
}
