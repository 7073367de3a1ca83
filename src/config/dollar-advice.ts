import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { type Advised, type Advising, corrects, forUser, needless, toWrite } from "./advising.ts";
import { conditionOf, isUnsureCondition } from "./condition-words.ts";
import { commandOfLine, dollarsOf, hasBareName } from "./dollars.ts";
import { stepsOf } from "./example-of.ts";
import { factNames } from "./facts.ts";
import type { Advice } from "./foreign-words.ts";
import { keysTo, locate } from "./locate.ts";
import { type Document, proposed, revalued, without } from "./proposal.ts";
import type { Refused } from "./refused.ts";
import { whatToWrite } from "./shapes.ts";
import { lineOf } from "./shell-words.ts";
import { word } from "./written.ts";

/** What to write for `$NAME` and the forms of a shell. */

/** `$NAME` and the forms of a shell that are written otherwise here; a line of a script among the steps. */
export function onDollar(node: YamlNode, document: Document): Advising {
	const keys = keysTo(document.root, (each) => each === node);
	if (keys === undefined || node.kind !== "scalar") {
		return {};
	}
	const isEntry = keys.length === 2 && keys[0] === "setup";
	const text = ofHome(keys, dollarsOf(keys, withFacts(node.text), document.root));
	const label = typeof keys.at(-1) === "number" ? "" : `${word(String(keys.at(-1)))}: `;
	const refused = {
		keys,
		key: String(keys.at(-1)),
		isUnknownKey: false,
		value: node,
		above: locate(document.root, keys.slice(0, -1), false).node as YamlNode,
		free: [],
		message: "",
	};
	const isCondition = keys.length === 3 && /^(?:if|when|only_if)$/.test(refused.key);
	const candidates: readonly Advice[] = isEntry
		? whatToWrite(refused, stepsOf(document.schema), [])
		: isCondition
			? [conditionOf(node)].flatMap((each) => (each === undefined ? [] : [{ text: each, isGuess: isUnsureCondition(node, each) }]))
			: lineAsCommand(keys, node.text);
	const [, variable] = isOfName.test(placeOf(keys)) ? (/^\$(\w+)$/.exec(node.text) ?? []) : [];
	const found =
		candidates.map((each) => proposed(forUser(each, document.root), keys, document)).find((each) => each !== undefined) ??
		(variable === undefined ? undefined : revalued(keys, `${label}${variable}`, { ...node, text: variable }, document, false)) ??
		(isEntry || text === node.text
			? undefined
			: revalued(
					keys,
					`${label}${yamlQuoted(text)}`,
					{ ...node, text, plain: false },
					document,
					!hasBareName(node.text) && !node.text.includes("${@"),
				));
	const left = isEntry && found === undefined ? needless(keys, node) : undefined;
	const message = isEntry ? { message: "expected a step, such as own: /data" } : {};
	const other =
		/\$\{@/.test(node.text) && text === node.text ? [`facts are ${facts.map((each) => `@${each}`).join(", ")}`] : noOtherWord(node.text);
	const remedy = found === undefined ? (left?.told ?? (isEntry ? [noScript] : other)) : toWrite(found);
	return {
		...message,
		...(remedy.length === 0 ? {} : { remedy }),
		...corrects(found?.correction ?? (left && without(keys, document, left.isCertain))),
	};
}

/** A path of a step is below the home of the workload: HOME itself is that of the start. */
function ofHome(keys: Refused["keys"], text: string): string {
	return keys[0] === "workdir" || (keys[0] === "setup" && !/^(?:run|hooks|when)$/.test(String(keys[2])))
		? text.replace(/^\$\{HOME\}(?=\/)/, "${@user.home}")
		: text;
}

/** Where the name of a variable is asked for, of which a dollar sign makes its value. */
const isOfName = /\.(?:unset|env_unset|from_file|vars|(?:when|require|from)\.env)(?:\.-)?$/;

function placeOf(keys: Refused["keys"]): string {
	return keys.map((key) => (typeof key === "number" ? "-" : key)).join(".");
}

/** A whole command in one text. */
function lineAsCommand(keys: Refused["keys"], text: string): { text: string; isGuess: true }[] {
	const at = placeOf(keys);
	const line = at === "command" ? lineOf(text) : undefined;
	if (line?.isOfDocument === true && line.write !== undefined) {
		return [{ text: line.write, isGuess: true }];
	}
	const list = /^(?:setup\.-\.run(?:\.command)?|command(?:\.default)?)$/.test(at) ? commandOfLine(text) : undefined;
	const written = at === "command" ? `command: {default: ${list}}` : `${keys.at(-1)}: ${list}`;
	return list === undefined ? [] : [{ text: written, isGuess: true }];
}

function noOtherWord(text: string): string[] {
	const [, name, word] = /\$\{(\w+):?\+([^}]*)\}/.exec(text) ?? [];
	return name === undefined ? [] : [`what a shell has with :+ is not there: write ${word || '""'}, or \${${name}:-} for the value itself`];
}

const facts: readonly string[] = [...factNames, "user.name", "user.uid", "user.gid", "user.home"];

/** `${@cpu.count}` as the only fact that begins so. */
function withFacts(text: string): string {
	return text.replace(/\$\{@([\w.]+)[^}]*\}/g, (all, name: string) => {
		const [only, ...more] = facts.filter((each) => each.slice(0, 3) === name.slice(0, 3) || each === `user.${name}`);
		return facts.includes(name) && name.includes(".")
			? all
			: facts.includes(name)
				? `\${@${name}}`
				: only && more.length === 0
					? `\${@${only}}`
					: all;
	});
}

const noScript = "there is no shell: each step says what is to be so, and when: {env: NAME} beside it says when";

/** Where keys are joined under another one, with `${NAME}` in what stands at them. */
export function withOurDollars({ code, keys = [] }: Advised, document: Document): Document {
	let isChanged = false;
	const inside = (node: YamlNode, below: Refused["keys"], isIn: boolean): YamlNode => {
		const [next, ...rest] = below;
		const isHere = isIn || next === undefined;
		switch (node.kind) {
			case "scalar":
				if (!isHere || !hasBareName(node.text)) {
					return node;
				}
				isChanged = true;
				return { ...node, text: dollarsOf([], node.text, node), plain: false };
			case "sequence":
				return { ...node, items: node.items.map((each, index) => (isHere || index === next ? inside(each, rest, isHere) : each)) };
			case "mapping":
				return {
					...node,
					entries: node.entries.map(([key, each]) => [key, isHere || key.text === next ? inside(each, rest, isHere) : each] as const),
				};
		}
	};
	if (code !== "CONFIG_UNKNOWN_KEY" || !document.text.includes("$")) {
		return document;
	}
	const root = inside(document.root, keys.length > 1 ? keys.slice(0, -1) : keys, false);
	return isChanged ? { ...document, root } : document;
}
