import { subcommands } from "../../cli/subcommands.ts";
import { table } from "../../departure/rows.ts";
import { errorCodes } from "../../report/codes.ts";
import { ruleExamples } from "../check/lint/rule-examples.ts";
import { type LintCode, rules } from "../check/lint/rules.ts";
import { dropInGuide } from "../guides/drop-in-guide.ts";
import { type ErrorExample, errorExamples } from "../guides/error-examples.ts";
import { errorRemedies, errorSummaries } from "../guides/error-summaries.ts";
import { factGuide } from "../guides/fact-guide.ts";
import { optionDescriptions } from "../guides/option-descriptions.ts";
import { wordGuide } from "../guides/word-guide.ts";
import { rows, type Told } from "./rows.ts";

/** A word of the field that is no name of anything here. */
export function explainWord(written: string): Told | undefined {
	const plain = (each: string) => each.toLowerCase().replace(/^--/, "");
	const isWritten = (each: string) => plain(each) === plain(written);
	const found = Object.entries(wordGuide).find(([word, { also = [] }]) => [word, ...also].some(isWritten));
	if (found === undefined) {
		return undefined;
	}
	const { is, here, see } = found[1];
	return rows(`${written}: a word of the field`, { is, here, ...(see === undefined ? {} : { see }) });
}

/** `@user.home`, or `${@user.home}` as it is written. */
export function explainFact(written: string): Told | undefined {
	const [, inner] = /^(?:\$\{)?@([\w.]+)(?::[-?].*)?\}?$/s.exec(written) ?? [];
	const found = Object.entries(factGuide).find(([fact]) => fact === inner);
	if (found === undefined) {
		return undefined;
	}
	const [fact, meaning] = found;
	const where = fact.startsWith("user.") ? "in every value of the file but that of user" : "in every value of the file";
	return rows(`@${fact}: a fact`, { is: meaning, written: `\${@${fact}}, ${where}` });
}

export function explainRow(name: string): Told | undefined {
	const found = table.find((each) => each.name === name);
	if (found === undefined) {
		return undefined;
	}
	const { act, reason, after, key } = found;
	return rows(`${name}: a part of the drop, in its act "${act}" (docs/order.md)`, {
		"why there": reason,
		...Object.fromEntries(Object.entries(after).map(([other, why]) => [`after ${other}`, why])),
		...(key === undefined ? {} : { key: key.name }),
	});
}

export function explainError(name: string): Told | undefined {
	const code = Object.keys(errorCodes).find((each) => each === name.toUpperCase()) as keyof typeof errorCodes | undefined;
	if (code === undefined) {
		return undefined;
	}
	const example = errorExamples[code];
	return rows(`${code}: an error code`, {
		means: errorSummaries[code],
		"exit status": `${errorCodes[code]}${code.startsWith("CONFIG_") ? " of a run; abdicate check ends with 1" : ""}`,
		...(errorRemedies[code] === undefined ? {} : { remedy: errorRemedies[code] }),
		...shown(example),
	});
}

function shown(example: ErrorExample): Told["parts"] {
	if (typeof example === "string") {
		return { "comes of": example };
	}
	const [wrong, right, where] = example;
	return { [where === undefined ? "wrong" : `wrong ${where}`]: wrong, right };
}

export function explainRule(name: string): Told | undefined {
	const code = Object.keys(rules).find((each) => each === name.toUpperCase()) as LintCode | undefined;
	return (
		code &&
		rows(`${code}: a rule of check`, {
			finds: rules[code].summary,
			severity: rules[code].severity,
			...shown(ruleExamples[code]),
			"to do": "abdicate check FILE says where, and what to write instead",
		})
	);
}

export function explainCommand(written: string): Told | undefined {
	const command = subcommands.find(({ name }) => name === written);
	return command && rows(`${command.name}: a command of abdicate`, { does: command.description, see: `abdicate ${command.name} --help` });
}

/** Of a start. */
export function explainOption(written: string): Told | undefined {
	const name = written.replace(/^--/, "");
	const found = Object.entries(optionDescriptions).find(([each]) => each === name);
	return found && rows(`--${name}: an option of a start`, { does: found[1], see: "abdicate --help" });
}

export function explainDropIn(name: string): Told | undefined {
	const found = Object.entries(dropInGuide).find(([each]) => each === name);
	if (found === undefined) {
		return undefined;
	}
	const { does, page = name, yaml } = found[1];
	return rows(`${name}: a program that this one can stand in for`, {
		does,
		"how it is called": `by a copy or a link with that name, or abdicate as ${name}; no configuration is looked at`,
		"what differs": `docs/drop-ins/${page}.md`,
		"in its place": yaml,
	});
}
