import { summaryOf } from "../../steps/facts.ts";
import { stepKinds } from "../../steps/index.ts";
import type { Reads, YamlNode } from "../../sys/native.ts";
import { examples } from "../guides/examples.ts";
import { stepNeeds } from "../guides/step-needs.ts";
import { defaultOf } from "../schema/default-of.ts";
import type { KeyText } from "../schema/json-schema.ts";
import { rows, type Told } from "./rows.ts";

export type Parser = Pick<Reads, "parseYaml">;
export type Keys = ReadonlyMap<string, KeyText>;

export function explainStep(parser: Parser, written: string, keys: Keys): Told | undefined {
	const kind = stepKinds.find((each) => each === wholeName(written));
	return kind === undefined
		? undefined
		: rows(`${kind}: a setup step`, {
				does: summaryOf(kind),
				needs: stepNeeds[kind],
				...within("fields", kind, keys),
				example: exampleOf(parser, kind) ?? "",
			});
}

/** The key of that name, or the only one that ends so; of several that do, each with its sentence. */
export function explainKeys(parser: Parser, written: string, keys: Keys): Told | undefined {
	const name = wholeName(written);
	const meant = [...keys].filter(([key]) => key === name || key.endsWith(`.${name}`));
	const found = meant.length === 1 ? meant[0] : meant.find(([key]) => key === name);
	if (found === undefined) {
		return meant.length === 0 ? undefined : rows(`${name}: a key in several places`, bySentence(meant));
	}
	const [key, text] = found;
	const others = meant.flatMap(([other]) => (other === key ? [] : [other]));
	return rows(`${key}: ${whatIs(key)}`, {
		means: text.description ?? "",
		default: defaultOf(key, text) ?? "",
		...within("keys", key, keys),
		example: exampleOf(parser, key) ?? "",
		...(others.length === 0 ? {} : { "also in": others.join(", ") }),
	});
}

/** Each sentence once, below the keys that it is about. */
function bySentence(keys: readonly (readonly [string, KeyText])[]): Record<string, string> {
	const sentences = new Map<string, string[]>();
	for (const [key, { description = "" }] of keys) {
		sentences.set(description, [...(sentences.get(description) ?? []), key]);
	}
	return Object.fromEntries(
		[...sentences].map(([sentence, [first = "", ...others]]) => [
			first,
			others.length === 0 ? sentence : `${sentence}\nlikewise ${others.join(", ")}`,
		]),
	);
}

/** `setup[0].own.policy`, as errors say it, is the field `own.policy`. */
function wholeName(written: string): string {
	const name = written.replaceAll(/\[\d+\]/g, "");
	const [, step = "", field = ""] = /^setup\.(\w+)(.*)$/.exec(name) ?? [];
	return stepKinds.includes(step as never) ? `${step}${field}` : name;
}

function whatIs(key: string): string {
	const [kind = ""] = key.split(".");
	return stepKinds.includes(kind as never) ? `a field of the step ${kind}` : "a key of entrypoint.yaml";
}

/** The keys one level below. */
function within(title: string, name: string, keys: Keys): Record<string, string> {
	const below = [...keys.keys()].filter((key) => key.startsWith(`${name}.`) && !key.slice(name.length + 1).includes("."));
	return below.length === 0 ? {} : { [title]: below.join(", ") };
}

/** The example in which the key, or the step, stands with the fewest others, the shortest of several; the name of a setting, which may be any, stands between a key and that above it. */
export function exampleOf({ parseYaml }: Parser, key: string): string | undefined {
	const word = key.slice(key.lastIndexOf(".") + 1);
	const above = key.slice(0, -word.length);
	const shown = examples
		.filter((text) => text.includes(word))
		.map((text) => ({ text, keys: keysIn(parseYaml(text) as YamlNode) }))
		.sort((left, right) => left.keys.length - right.keys.length || left.text.length - right.text.length);
	const isBelowAny = (each: string) => above !== "" && each.startsWith(above) && each.endsWith(`.${word}`);
	return (shown.find(({ keys }) => keys.includes(key)) ?? shown.find(({ keys }) => keys.some(isBelowAny)))?.text;
}

/** Every key of a file by its whole name; a step, and its fields, go by the step's name alone. */
function keysIn(node: YamlNode, above = ""): string[] {
	switch (node.kind) {
		case "scalar":
			return [];
		case "sequence":
			return node.items.flatMap((item) => keysIn(item, above));
		case "mapping":
			return node.entries.flatMap(([{ text }, value]) => {
				const isTop = above === "" || (above === "setup" && stepKinds.includes(text as never));
				const key = isTop ? text : `${above}.${text}`;
				return [key, ...keysIn(value, key)];
			});
	}
}
