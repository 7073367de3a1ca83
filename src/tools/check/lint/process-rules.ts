import { securebits } from "../../../capability/securebits.ts";
import { locate } from "../../../config/locate.ts";
import { secretName } from "../../../config/secret-name.ts";
import { yamlScalar } from "../../../report/yaml.ts";
import type { Rule } from "./rule.ts";

export const newPrivileges: Rule = {
	severity: "warning",
	summary: "Without no_new_privs a set-user-ID program of the image makes the workload root again.",
	find: ({ config: { noNewPrivileges } }) =>
		noNewPrivileges
			? []
			: [
					{
						at: ["no_new_privileges"],
						message: "no_new_privs stays off: set-user-ID programs and file capabilities work for the workload",
						remedy: ["leave no_new_privileges out, unless the workload has to run such a program (sudo, ping with a capability)"],
					},
				],
};

export const looseSecurebits: Rule = {
	severity: "warning",
	summary: "With noroot off or unlocked, a process that becomes uid 0 gets the capabilities of the bounding set.",
	find: ({ config: { securebits: bits, capabilities } }) => {
		if (
			capabilities.form === "sets" &&
			capabilities.sets.bounding.minus(capabilities.sets.permitted).isEmpty &&
			!capabilities.sets.permitted.isEmpty
		) {
			// Exec gives root what it has.
			return [];
		}
		const isOff = (bits & securebits.noroot) === 0;
		const isOpen = (bits & (securebits.noroot << 1)) === 0;
		return isOff || isOpen
			? [
					{
						at: ["securebits"],
						message: `noroot is ${isOff ? "off" : "not locked"}: uid 0 would be special again`,
						remedy: ["leave securebits out, which locks them"],
					},
				]
			: [];
	},
};

/** Such names point to a secret and hold none. */
const pointer = /_(?:FILE|PATH|DIR|URL|NAME|ID)$/i;

export const secretInFile: Rule = {
	severity: "warning",
	summary: "A secret stands in the file, and with it in every layer and copy of the image.",
	find: ({ config: { env }, root }) => {
		const isLiteral = (keys: readonly string[]) => {
			const { node } = locate(root, keys, false);
			return node.kind !== "scalar" || !node.text.includes("$");
		};
		return (["set", "default"] as const).flatMap((part) =>
			Object.entries(env[part])
				.filter(([name, value]) => value !== "" && secretName.test(name) && !pointer.test(name) && isLiteral(["env", part, name]))
				.map(([name]) => ({
					at: ["env", part, name],
					isSecret: true as const,
					message: `the value of ${name} is written in the file`,
					remedy: [
						`env.from_file: [${yamlScalar(name)}] reads it from the file that ${name}_FILE names; the secret step keeps it out of the environment`,
					],
				})),
		);
	},
};
