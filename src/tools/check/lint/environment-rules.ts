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

/** A variable of the start that tells of an account, and the fact that tells the same of the workload's. `$$` is no variable's. */
const ofStart = /(?<!\$)(?:\$\$)*\$\{(HOME|USER|LOGNAME)(?=[:}])/g;

export const accountOfStart: Rule = {
	severity: "warning",
	summary: "${HOME}, ${USER} and ${LOGNAME} in the file are those of the start, which is root's, not those of the workload.",
	find: ({ root }) => findIn(root, []),
};

function findIn(node: YamlNode, at: readonly (string | number)[]): Found[] {
	switch (node.kind) {
		case "scalar":
			return [...new Set([...node.text.matchAll(ofStart)].map(([, name = ""]) => name))].map((name) => foundOf(name, at));
		case "sequence":
			return node.items.flatMap((item, index) => findIn(item, [...at, index]));
		case "mapping":
			return node.entries.flatMap(([{ text }, value]) => findIn(value, [...at, text]));
	}
}

function foundOf(name: string, at: readonly (string | number)[]): Found {
	const fact = name === "HOME" ? "home" : "name";
	return {
		at,
		message: `\${${name}} is the start's, which is root's as a rule, and not the workload's`,
		remedy: [at[0] === "user" ? "name the user" : `write \${@user.${fact}} for that of the workload`],
	};
}
