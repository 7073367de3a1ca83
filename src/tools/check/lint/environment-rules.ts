import { givenBeside } from "../../../config/given-beside.ts";
import { childOf } from "../../../config/locate.ts";
import { matchesAny } from "../../../report/pattern.ts";
import { yamlScalar } from "../../../report/yaml.ts";
import type { YamlNode } from "../../../sys/native.ts";
import type { Found, Rule } from "./rule.ts";

export const takenAwayBefore: Rule = {
	severity: "warning",
	summary:
		"env.clear or env.unset takes NAME_FILE away before env.from_file looks for it, so that NAME never gets the content of its file.",
	find: ({ config: { env } }) =>
		env.fromFile.flatMap((name, index): Found[] => {
			const file = `${name}_FILE`;
			const isTaken = env.clear || matchesAny(file, env.unset);
			return isTaken && !(file in env.set) && !(file in env.default)
				? [
						{
							at: ["env", "from_file", index],
							message: `${file} is taken away by env.${env.clear ? "clear" : "unset"}, which comes first: ${name} does not get the content of its file`,
							remedy: [`env.unset with names instead of a pattern, without ${yamlScalar(file)}, which from_file removes by itself`],
						},
					]
				: [];
		}),
};

/** A variable of the start. `$$` is no variable's. */
const variable = /(?<!\$)(?:\$\$)*(\$\{([A-Za-z_][A-Za-z0-9_]*)(?::(?:-([^{}]*)|\?[^{}]*))?\})/g;

/** Variables that tell of an account, and the fact that tells the same of the workload's. */
const accountFacts: ReadonlyMap<string, string> = new Map([
	["HOME", "home"],
	["USER", "name"],
	["LOGNAME", "name"],
]);

export const accountOfStart: Rule = {
	severity: "warning",
	summary: "${HOME}, ${USER} and ${LOGNAME} in the file are those of the start, which is root's, not those of the workload.",
	find: ({ root }) =>
		variablesIn(root, []).flatMap(({ name, at }) => {
			const fact = accountFacts.get(name);
			return fact === undefined
				? []
				: [
						{
							at,
							message: `\${${name}} is the start's, which is root's as a rule, and not the workload's`,
							remedy: [at[0] === "user" ? "name the user" : `write \${@user.${fact}} for that of the workload`],
						},
					];
		}),
};

export const givenLater: Rule = {
	severity: "warning",
	summary:
		"A ${NAME} in the file is the variable of the start, not what env.default, env.set, env.from_file or the step's own env make of it.",
	find: ({ root, config: { env } }) =>
		variablesIn(root, []).flatMap(({ name, at, written, fallback }): Found[] => {
			const [document, ofStep] = [givenBeside(root, name), ownEnv(root, name, at)];
			const [given] = [...(ofStep === undefined ? [] : [{ key: "the step's env", value: ofStep }]), ...document];
			const isItsOwn = at.at(-1) === name && ["set", "default", "env"].includes(String(at.at(-2)));
			if (given === undefined || isItsOwn || accountFacts.has(name)) {
				return [];
			}
			const text = given.value?.kind === "scalar" ? given.value.text : undefined;
			const isTakenBefore = env.clear || matchesAny(name, env.unset);
			// The same words come to the same value; so does a default that is the same, unless the start's variable is taken away before.
			if (text === written || (given.key === "env.default" && text === fallback && !isTakenBefore)) {
				return [];
			}
			const here =
				given.value === undefined ? [] : [`write the value here too${given.key === "env.default" ? `: \${${name}:-VALUE}` : ""}`];
			return [
				{
					at,
					message: `\${${name}} is the start's; here ${name} gets its value by ${given.key}, which this does not see`,
					remedy: [
						...here,
						`a program reads it as a variable: command: [sh, -c, 'exec PROGRAM "$$${name}"'], file: {template: ..., vars: [${yamlScalar(name)}]}`,
					],
				},
			];
		}),
};

/** What the step that the text is part of gives to its program. */
function ownEnv(root: YamlNode, name: string, [first, index, kind]: readonly (string | number)[]): YamlNode | undefined {
	const steps = first === "setup" ? childOf(root, "setup") : undefined;
	const entry = steps?.kind === "sequence" ? steps.items[index as number] : undefined;
	return childOf(childOf(childOf(entry, String(kind)), "env"), name);
}

interface Variable {
	readonly name: string;
	readonly at: readonly (string | number)[];
	/** `${NAME:-x}`, and `x`. */
	readonly written: string;
	readonly fallback: string | undefined;
}

/** Each form once in each text. */
function variablesIn(node: YamlNode, at: readonly (string | number)[]): Variable[] {
	switch (node.kind) {
		case "scalar": {
			const found = [...node.text.matchAll(variable)].map(([, written = "", name = "", fallback]): [string, Variable] => [
				written,
				{ name, at, written, fallback },
			]);
			return [...new Map(found).values()];
		}
		case "sequence":
			return node.items.flatMap((item, index) => variablesIn(item, [...at, index]));
		case "mapping":
			return node.entries.flatMap(([{ text }, value]) => variablesIn(value, [...at, text]));
	}
}
