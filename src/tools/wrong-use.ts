import type { Command, CommanderError } from "commander";
import { optionsIn, takeApart } from "../cli/words.ts";
import type { Diagnostic } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";

/** What commander finds wrong, told as everything else that is wrong with a command line. */
export function wrongUse({ message, code }: CommanderError, args: readonly string[], root: Command): Diagnostic {
	const own = root.commands.find((each) => each.name() === args[0]) ?? root;
	const isUnknown = code === "commander.unknownOption";
	return {
		code: "USAGE",
		message: sentence(message.replace(/^error: /, ""), code, own),
		remedy: [...(isUnknown ? [...ofRun(message), ...beforeCommand(args)] : []), helpFor(own, root)],
	};
}

function helpFor(own: Command, root: Command): string {
	return own === root
		? "abdicate --help lists the subcommands, and abdicate SUBCOMMAND --help its options"
		: `abdicate ${own.name()} --help says what ${own.name()} takes`;
}

/** In our words, whatever the parser's are: it has a code for each case, and names between quotes. */
function sentence(said: string, code: string, own: Command): string {
	const [, named = ""] = /'(.*?)'(?:$|[\s.])/s.exec(said) ?? [];
	switch (code) {
		case "commander.unknownOption": {
			const [, written = ""] = /^unknown option '(.*?)'(?:\n|$)/s.exec(said) ?? [];
			const option = written.replace(/=.*$/s, "");
			const known = option.startsWith("--") ? own.options.flatMap(({ long }) => long ?? []) : [];
			return `unknown option ${quoted(option)}${suggestion(option, known)}`;
		}
		case "commander.optionMissingArgument": {
			const [, flag = "", value = ""] = /(--?[\w-]+) <(.*)>$/.exec(named) ?? [];
			return `${flag} needs a value: ${value}`;
		}
		case "commander.missingArgument":
			return `${own.name()} needs ${named}`;
		case "commander.excessArguments": {
			const [, most = "0", found = "0"] = /Expected (\d+) .* got (\d+)/.exec(said) ?? [];
			return `${own.name()} takes ${most === "0" ? "no argument" : most === "1" ? "one argument" : `${most} arguments`}, and here ${found === "1" ? "is one" : `are ${found}`}`;
		}
		case "commander.invalidArgument": {
			const [, value = "", choices = ""] = /value '(.*)' is invalid .* choices are (.*)\.$/s.exec(said) ?? [];
			return `${quoted(value)}: expected ${choices.replace(/, (?=[^,]*$)/, " or ")}${suggestion(value, choices.split(", "))}`;
		}
		default:
			return said;
	}
}

function ofRun(message: string): string[] {
	const [, written = ""] = /'(-[^'=]*)/.exec(message) ?? [];
	return optionsIn([written]).some(({ row }) => row !== undefined)
		? [`${written} is an option of run: abdicate --dry-run [OPTIONS] -- COMMAND plans a run with its options`]
		: [];
}

/** An option behind a word that is no option's value may be one of the command that is planned for. */
function beforeCommand(args: readonly string[]): string[] {
	const [name, ...own] = takeApart(args).own;
	const index = own.findIndex(
		(word, at) => !word.startsWith("-") && !["--format", "--for", "--root", "--as", "--env", "--threshold"].includes(own[at - 1] ?? ""),
	);
	return name === "plan" && index >= 0 && own.slice(index + 1).some((word) => word.startsWith("-"))
		? ["where it is one of the command's, write -- before the command: abdicate plan [FILE] [OPTIONS] -- COMMAND [ARG...]"]
		: [];
}
