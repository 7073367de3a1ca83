import { baseName } from "../../../files/path-text.ts";
import { isInitProgram } from "../../../plan/init-programs.ts";
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

export const initWorkload: Rule = {
	severity: "error",
	summary:
		"The command is an init that has to be the first process (s6-overlay, systemd), which it cannot be below init:; a start is refused.",
	find: (subject) => {
		const [first = ""] = wordsOfCommand(subject);
		return !isInitProgram(first) || !isWritten(subject, "init")
			? []
			: [
					{
						at: placeOfWord(subject, 0, "init"),
						message: `${baseName(first)} is an init itself and has to be the first process, which it cannot be beside another`,
						remedy: ["leave out init: it does all that is asked for here"],
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
