import { matchesAny } from "../../../report/pattern.ts";
import { yamlScalar } from "../../../report/yaml.ts";
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
