import { quoted } from "../../../report/text.ts";
import type { YamlNode } from "../../../sys/native.ts";
import { patternRemedies, plainPaths } from "../../guides/plain-paths.ts";
import type { Found, Rule } from "./rule.ts";

const ofTop: readonly string[] = ["workdir", "home", "groups.from_path"];

export const plainPath: Rule = {
	severity: "warning",
	summary: "A path with * or ? stands where no pattern is looked up: there is hardly anything of that name.",
	find: ({ root, config: { setup } }) => [
		...ofTop.flatMap((key) => patternsAt(root, key.split("."), key)),
		...setup.flatMap(({ kind }, index) =>
			plainPaths
				.filter((field) => field.split(".")[0] === kind)
				.flatMap((field) => patternsAt(root, ["setup", index, ...field.split(".")], field)),
		),
	],
};

function patternsAt(root: YamlNode, at: readonly (string | number)[], words: string): Found[] {
	return scalarsAt(root, at).flatMap(([text, place]): Found[] =>
		/[*?]/.test(text.replaceAll(/\$\{[^{}]*\}/g, ""))
			? [
					{
						at: place,
						message: `${quoted(text)} is no pattern here: ${words} takes paths as they are`,
						remedy: [patternRemedies[words] ?? "name each path; own, chmod and remove take patterns"],
					},
				]
			: [],
	);
}

/** What is written there: one, or several in a list. */
function scalarsAt(
	node: YamlNode | undefined,
	at: readonly (string | number)[],
	before: readonly (string | number)[] = [],
): [string, Found["at"]][] {
	const [key, ...rest] = at;
	if (node === undefined) {
		return [];
	}
	if (key !== undefined) {
		return scalarsAt(childOf(node, key), rest, [...before, key]);
	}
	if (node.kind === "sequence") {
		return node.items.flatMap((item, index) => scalarsAt(item, [], [...before, index]));
	}
	return node.kind === "scalar" ? [[node.text, before]] : [];
}

function childOf(node: YamlNode, key: string | number): YamlNode | undefined {
	if (typeof key === "number") {
		return node.kind === "sequence" ? node.items[key] : undefined;
	}
	return node.kind === "mapping" ? node.entries.find(([name]) => name.text === key)?.[1] : undefined;
}
