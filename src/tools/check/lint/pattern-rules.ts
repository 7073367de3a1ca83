import { formOf } from "../../../config/form.ts";
import { isPattern } from "../../../files/glob.ts";
import { quoted } from "../../../report/text.ts";
import { yamlQuoted, yamlScalar } from "../../../report/yaml.ts";
import { document } from "../../../steps/index.ts";
import { pathsAsText, patternRemedies } from "../../guides/plain-paths.ts";
import type { Found, Rule } from "./rule.ts";
import { scalarsOf } from "./scalars.ts";

/** `/docker-entrypoint.d/*.sh`, in short or at its key. */
function ofHooks(key: string, text: string, depth: number): string | undefined {
	const [, directory = "", pattern = ""] = (key.endsWith(".directory") && /^(\/[^*?[]*[^*?[/])\/+([^/]+)$/.exec(text)) || [];
	const both = `directory: ${yamlScalar(directory)}, pattern: ${yamlQuoted(pattern)}`;
	return directory === "" ? undefined : depth === 3 ? `write ${key.split(".")[0]}: {${both}}` : `write ${both}`;
}

/** `/data/**` in a list of trees. */
function ofTree(key: string, text: string): string | undefined {
	const [, tree] = (key.startsWith("landlock.") && /^(\/[^*?[]*[^*?[/])\/\*{1,2}$/.exec(text)) || [];
	return tree && `write ${yamlScalar(tree)}: all below it is meant too`;
}

export const plainPath: Rule = {
	severity: "warning",
	summary: "A path with * or ? stands where no pattern is looked up: there is hardly anything of that name.",
	find: ({ root }) =>
		scalarsOf(document, root)
			.filter(({ schema, key }) => formOf(schema) === "path" || pathsAsText.includes(key))
			.filter(({ text }) => isPattern(text.replaceAll(/\$\{[^{}]*\}/g, "")))
			.map(({ text, key, at }) => ({ text, at, key: key.replace(/^setup\./, "") }))
			.map(
				({ text, key, at }): Found => ({
					at,
					message: `${quoted(text)} is no pattern here: ${key} takes paths as they are`,
					remedy: [
						ofTree(key, text) ??
							ofHooks(key, text, at.length) ??
							patternRemedies[key] ??
							"name each path; own, chmod and remove take patterns",
					],
				}),
			),
};
