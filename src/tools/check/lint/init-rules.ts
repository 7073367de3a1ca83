import { baseName } from "../../../files/path-text.ts";
import { wordsOfInit } from "./replaced-rules.ts";
import { placeOfWord, type Rule, type Subject, wordsOfCommand } from "./rule.ts";

function isWritten({ root }: Pick<Subject, "root">, key: string): boolean {
	return (
		root.kind === "mapping" &&
		root.entries.some(([name, value]) => name.text === key && !(value.kind === "scalar" && value.text === "false"))
	);
}

export const secondInit: Rule = {
	severity: "warning",
	summary: "The command begins with an init, and init: starts one already.",
	find: (subject) => {
		const words = wordsOfCommand(subject);
		return wordsOfInit(words) === 0 || !isWritten(subject, "init")
			? []
			: [
					{
						at: placeOfWord(subject, 0, "init"),
						message: `${baseName(words[0] ?? "")} would be a second init below the first, which passes signals on and reaps already`,
						remedy: ["leave it out of the command; its options are keys of init: signals, exit_codes, group, subreaper"],
					},
				];
	},
};

export const initProgram: Rule = {
	severity: "note",
	summary: "The command begins with an init, which init: true would be without a second program.",
	find: (subject) => {
		const words = wordsOfCommand(subject);
		return wordsOfInit(words) === 0 || isWritten(subject, "init")
			? []
			: [
					{
						at: placeOfWord(subject, 0, "user"),
						message: `${baseName(words[0] ?? "")} passes signals on and reaps; this program can, and holds nothing while it does`,
						remedy: ["init: true, and the command without it"],
					},
				];
	},
};

