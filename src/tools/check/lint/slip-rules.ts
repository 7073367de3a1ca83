import { formOf } from "../../../config/form.ts";
import { childOf } from "../../../config/locate.ts";
import { behindPath } from "../../../config/shell-words.ts";
import { quoted } from "../../../report/text.ts";
import { yamlScalar } from "../../../report/yaml.ts";
import { document } from "../../../steps/index.ts";
import type { YamlNode } from "../../../sys/native.ts";
import { pathsAsText, patternFields, patternKeys, settingFields, variableFields } from "../../guides/plain-paths.ts";
import type { Found, Rule, Subject } from "./rule.ts";
import { scalarsAt, scalarsOf } from "./scalars.ts";

/** What is taken as it is written, and was hardly meant so. */

type At = Found["at"];

/** What stands at a key of the steps that have it: `when.env`, `own.path`; the name of a step alone is its short form. */
function inSteps({ root, config: { setup } }: Subject, fields: readonly string[]): [string, At][] {
	return setup.flatMap(({ kind }, index) =>
		fields
			.map((field) => field.split("."))
			.filter(([first]) => first === kind || first === "when")
			.flatMap((keys) => scalarsAt(root, ["setup", index, ...keys])),
	);
}

function isFromVariable(text: string): boolean {
	return text.includes("${");
}

export const fileVariable: Rule = {
	severity: "warning",
	summary: "env.from_file names NAME_FILE and not NAME, the variable that gets the content of the file: it would look for NAME_FILE_FILE.",
	find: ({ root }) =>
		scalarsAt(root, ["env", "from_file"]).flatMap(([text, at]): Found[] => {
			const name = /^(.+)_FILE$/.exec(text)?.[1];
			return name === undefined
				? []
				: [
						{
							at,
							message: `${quoted(text)} would get the content of the file that ${quoted(`${text}_FILE`)} names`,
							remedy: [`write ${yamlScalar(name)}, which gets the content of the file that ${yamlScalar(text)} names`],
						},
					];
		}),
};

export const comparedSetting: Rule = {
	severity: "warning",
	summary: "The value of a kernel setting begins as a comparison or ends in a unit, and is taken as the text that it is.",
	find: ({ root, config: { setup } }) =>
		setup.flatMap((_, index) =>
			settingFields.flatMap((field) =>
				valuesAt(root, ["setup", index, ...field.split(".")]).flatMap(([text, at]): Found[] => {
					const remedy = asNumber(text);
					return remedy === undefined ? [] : [{ at, message: `${quoted(text)} is no number to the kernel`, remedy: [remedy] }];
				}),
			),
		),
};

function asNumber(text: string): string | undefined {
	const [, sign = "", number = ""] = /^\s*([<>]=?|==?|at.?least)\s*(-?\d*)/i.exec(text) ?? [];
	const [, count = "", unit = ""] = /^(\d+) ?(?:([kmgt])(?:i?b)?|%|m?s|min|h)$/i.exec(text) ?? [];
	return sign !== ""
		? sign.startsWith("<") || sign.startsWith("=")
			? "write the value alone; {at_least: NUMBER} for no less than that"
			: `write {at_least: ${number || "NUMBER"}}`
		: count === ""
			? undefined
			: unit === ""
				? "write the number alone"
				: `write ${BigInt(count) << (10n * BigInt("kmgt".indexOf(unit.toLowerCase()) + 1))}`;
}

export const variableName: Rule = {
	severity: "warning",
	summary: "What is asked for as a variable has a name that no variable has, such as !NAME or $NAME.",
	find: (subject) =>
		[
			...inSteps(subject, variableFields),
			...namesOf(subject.root, subject.config.setup.length),
			...scalarsAt(subject.root, ["env", "from_file"]),
		].flatMap(([text, at]): Found[] => {
			if (isFromVariable(text) || /^[A-Za-z_][\w.-]*$/.test(text) || !/^[!$\-~]|\s/.test(text)) {
				return [];
			}
			const name = text.replace(/^(?:not\b|[!$\-~\s])+/i, "").trim();
			const negated = /^(?:[!~-]|not\s)/i.test(text);
			const shown = name === "" ? "NAME" : yamlScalar(name);
			const opposite = at[2] !== "when" ? `env_unset: ${shown}` : `when: {unset: ${shown}}`;
			return [
				{
					at,
					message: `no variable is called ${quoted(text)}`,
					remedy: [negated && at.at(-1) !== "unset" ? `${opposite} asks for one that is not set` : `write ${shown}`],
				},
			];
		}),
};

export const severalPaths: Rule = {
	severity: "warning",
	summary: "Several paths, or a path and something else, stand in one text, which is taken as the name of one.",
	find: ({ root }) =>
		pathsIn(root).flatMap(({ text, at, isPlain }): Found[] => {
			const remedy = isFromVariable(text) ? undefined : (asShell(text, at, isPlain) ?? asOnePath(text));
			return remedy === undefined ? [] : [{ at, message: `${quoted(text)} is one path`, remedy: [remedy] }];
		}),
};

/** What to write instead of `/a /b`, `/a;`, `/a:/b`, `/a:ro` and `/a:app`. Devices have colons in their names. */
function asOnePath(text: string): string | undefined {
	const [, path = "", tail = ""] = /^(?!\/(?:dev|sys|proc)\/)(\.{0,2}\/[^\s:]*):(\/\S*|[a-z_][\w-]*|\d+:\d+)$/.exec(text) ?? [];
	const [, before] = /^(\.{0,2}\/\S*?)[;,]+$/.exec(text) ?? [];
	if (before !== undefined) {
		return `write ${yamlScalar(before)}`;
	}
	if (/^\.{0,2}\/\S*(?:\s*,\s*|\s+)\.{0,2}\/\S*/.test(text) || tail.startsWith("/")) {
		const each = (tail === "" ? text.split(/[\s,]+/) : [path, tail]).filter((one) => one !== "");
		return `write a list, where several are taken: [${each.map(yamlScalar).join(", ")}]`;
	}
	return path === ""
		? undefined
		: /^(?:r[ow]|z)$/.test(tail)
			? `write ${yamlScalar(path)}`
			: `write {path: ${yamlScalar(path)}, owner: ${yamlScalar(tail.replace(/:.*/, ""))}}, where an owner is taken`;
}

/** `/a || true`, `/a 2>/dev/null`, `/a; true`, and without quotes `/a app:app`, `/a 0750`, `/a -p`. */
function asShell(text: string, at: At, isPlain: boolean): string | undefined {
	const [, path = "", tail = ""] = /^(\.{0,2}\/[^\s;]*)(?:\s+|(?=;))(\S.*)$/.exec(text) ?? [];
	const isOperator = /^(?:&&|\|\|?|;\s|&|\d?[<>])/.test(tail);
	if (!isOperator && !(isPlain && /^-{0,2}\w[\w-]*(?::[\w-]*)?$/.test(tail))) {
		return undefined;
	}
	const [step, key] = [at[0] === "setup" ? `${at[2]}` : "", at.at(-1)];
	const written = (...more: readonly string[]) => {
		const fields = [yamlScalar(path), ...more].join(", ");
		return `write ${typeof key === "number" ? "" : `${key}: `}${key === step && more.length > 0 ? `{path: ${fields}}` : fields}`;
	};
	return /^\|\| *(?:true|:)$/.test(tail)
		? `${written()}, and on_error: warn beside the step`
		: isOperator
			? `${written()}: what follows are words of a shell, which is not there`
			: written(...(typeof key === "number" ? [] : behindPath(step, tail)));
}

function pathsIn(root: YamlNode): ReturnType<typeof scalarsOf> {
	return scalarsOf(document, root).filter(
		({ schema, key }) => ["path", "pathPattern"].includes(`${formOf(schema)}`) || pathsAsText.includes(key),
	);
}

export const braces: Rule = {
	severity: "warning",
	summary: "A pattern has braces or brackets, which mean themselves: only * and ? stand for something else.",
	find: (subject) =>
		[...inSteps(subject, patternFields), ...patternKeys.flatMap((key) => scalarsAt(subject.root, key.split(".")))].flatMap(
			([text, at]): Found[] =>
				/\{[^{}]*,[^{}]*\}|\[[^[\]]+\]/.test(text.replaceAll(/\$\{[^{}]*\}/g, ""))
					? [
							{
								at,
								message: `${quoted(text)} has braces or brackets, and patterns have * and ? alone`,
								remedy: [
									at.includes("pattern")
										? "write a step for each ending, or one pattern that has them all"
										: "write each pattern by itself, in a list",
								],
							},
						]
					: [],
		),
};

export const idlePrepend: Rule = {
	severity: "warning",
	summary: "command.prepend_if has no command.default that it could put before the arguments.",
	find: ({ root, config: { command } }) =>
		command.prependIf.length > 0 && command.default.length === 0 && scalarsAt(root, ["command", "default"]).length === 0
			? [
					{
						at: ["command", "prepend_if"],
						message: "there is no command.default to put before such arguments",
						remedy: ["write default: [PROGRAM], the program that they are for, or leave prepend_if out"],
					},
				]
			: [],
};

/** The keys of `when: {env: {NAME: value}}`. */
function namesOf(root: YamlNode, steps: number): [string, At][] {
	return Array.from({ length: steps }, (_, index) => ["setup", index, "when", "env"]).flatMap((at) =>
		entriesAt(root, at).map(([name]): [string, At] => [name, [...at, name]]),
	);
}

function valuesAt(root: YamlNode, at: At): [string, At][] {
	return entriesAt(root, at).flatMap(([name, value]): [string, At][] => (value.kind === "scalar" ? [[value.text, [...at, name]]] : []));
}

function entriesAt(root: YamlNode, at: At): [string, YamlNode][] {
	const node = at.reduce<YamlNode | undefined>(childOf, root);
	return node?.kind === "mapping" ? node.entries.map(([name, value]) => [name.text, value]) : [];
}
