import { quoted } from "../../../report/text.ts";
import type { YamlNode } from "../../../sys/native.ts";
import type { Found, Rule } from "./rule.ts";

/** Of the top and of each step, the keys that hold paths and no patterns; the empty one is the short form. */
const plainPaths: Readonly<Record<string, readonly string[]>> = {
	mkdir: ["", "path"],
	copy: ["from", "to"],
	file: ["path", "from", "template"],
	secret: ["path", "from.file"],
	link: ["path", "to"],
	mount: ["source", "target"],
	fuse: ["target"],
	device: ["", "path"],
	hooks: ["", "directory"],
	run: ["workdir", "creates"],
	wait_for: ["file"],
	ca_certificates: ["extra", "bundle", "system"],
};
const ofTop: readonly string[] = ["workdir", "home", "groups.from_path"];

const remedies: Readonly<Record<string, string>> = {
	"copy.from": "from: the directory itself, which copies all that is in it; exclude leaves names out",
	"hooks.directory": "directory: the directory itself; pattern says which names run",
	hooks: "directory: the directory itself; pattern says which names run",
};

export const plainPath: Rule = {
	severity: "warning",
	summary: "A path with * or ? stands where no pattern is looked up: there is hardly anything of that name.",
	find: ({ root, config: { setup } }) => [
		...ofTop.flatMap((key) => patternsAt(root, key.split("."), key)),
		...setup.flatMap(({ kind }, index) =>
			(plainPaths[kind] ?? []).flatMap((field) => {
				const keys = field === "" ? [] : field.split(".");
				return patternsAt(root, ["setup", index, kind, ...keys], [kind, ...keys].join("."));
			}),
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
						remedy: [remedies[words] ?? "name each path; own, chmod and remove take patterns"],
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
