import type { Command, Option } from "commander";
import { capabilityNames } from "../../capability/names.ts";

/** What may stand at a place of the command line: words, or what the shell itself can list. */
export type Place = readonly string[] | "files" | "directories" | "users" | "groups" | "profiles" | "anything";

export interface CompletedOption {
	/** `--config`, `-c` */
	readonly names: readonly string[];
	readonly description: string;
	/** `undefined` for a switch. */
	readonly value: Place | undefined;
}

/** A subcommand, or with the empty name what may stand in the place of one. */
export interface CompletedCommand {
	readonly name: string;
	readonly description: string;
	readonly options: readonly CompletedOption[];
	readonly argument: Place;
}

/** What a value is by its name in the help text. */
const places: Readonly<Record<string, Place>> = {
	FILE: "files",
	IMAGE: "files",
	DIR: "directories",
	USER: "users",
	GROUP: "groups",
	CAP: capabilityNames,
	PROFILE: "profiles",
	PID: ["self"],
};

/** All that can be completed, from the program that parses it. `names` stand for arguments by their name. */
export function completionModel(root: Command, names: Readonly<Record<string, Place>>): readonly CompletedCommand[] {
	const toCommand = (command: Command): CompletedCommand => {
		const [argument] = command.registeredArguments;
		return {
			name: command === root ? "" : command.name(),
			description: command.description(),
			options: [...command.options.filter(({ hidden }) => !hidden).map(toOption), help],
			argument: argument === undefined ? [] : (argument.argChoices ?? { ...places, ...names }[argument.name()] ?? "anything"),
		};
	};
	return [root, ...root.commands].map(toCommand);
}

const help: CompletedOption = { names: ["--help", "-h"], description: "print the help", value: undefined };

function toOption(option: Option): CompletedOption {
	const word = /<(.*)>/.exec(option.flags)?.[1];
	return {
		names: [option.long, option.short].filter((name) => name !== undefined && name !== null),
		description: option.description,
		value: word === undefined ? undefined : (option.argChoices ?? places[word] ?? "anything"),
	};
}
