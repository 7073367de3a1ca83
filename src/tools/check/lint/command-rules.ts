import type { Found, Rule } from "./rule.ts";

/** What programs take for a question: `-?`, and how it is written elsewhere. */
const helpOption = /^(?:-{0,2}|\/)\?$/;

export const helpPattern: Rule = {
	severity: "warning",
	summary: "A pattern looks like the option -? and matches every option of one letter.",
	find: ({ config: { command } }) => {
		const patterns = { prepend_if: command.prependIf, setup_only_for: command.setupOnlyFor ?? [], skip_setup_if: command.skipSetupIf };
		return Object.entries(patterns).flatMap(([key, written]) =>
			written.flatMap((pattern, index): Found[] =>
				helpOption.test(pattern)
					? [
							{
								at: ["command", key, index],
								message: `${pattern} is a pattern: ${pattern.replace("?", "v")} matches it as well`,
								remedy: [`write '${pattern.replace("?", "\\?")}', in single quotes, for ${pattern} alone`],
							},
						]
					: [],
			),
		);
	},
};
