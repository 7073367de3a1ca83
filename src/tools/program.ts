import { Argument, Command, Option } from "commander";
import { type OptionRow, runOptions } from "../cli/option-table.ts";
import { dropInNames } from "../cli/other-names.ts";
import { subcommands } from "../cli/subcommands.ts";
import { takeApart } from "../cli/words.ts";
import { namedStarts } from "../plan/imagined/named-starts.ts";
import { outlooks } from "../plan/surroundings.ts";
import { type Diagnostic, fail } from "../report/failure.ts";
import type { LogOptions } from "../report/log.ts";
import { shellWord } from "../report/shell.ts";
import { suggestion } from "../report/suggest.ts";
import { tell } from "../report/tell.ts";
import { terminalOf } from "../report/terminal.ts";
import { quoted } from "../report/text.ts";
import type { Host } from "../sys/native.ts";
import { check, checkFormats } from "./check/check.ts";
import { compile } from "./compile/compile.ts";
import { completionHelp, completionScript, type Shell, shells } from "./completion/completion.ts";
import { completionModel } from "./completion/completion-model.ts";
import { dependencies } from "./dependencies.ts";
import { decode } from "./explain/decode.ts";
import { explain, explainable } from "./explain/explain.ts";
import { type FmtOptions, fmt } from "./fmt/fmt.ts";
import { optionDescriptions } from "./guides/option-descriptions.ts";
import { type InitOptions, init } from "./init/init.ts";
import { type InspectOptions, inspect } from "./inspect/inspect.ts";
import { type NamedPlan, planNamed } from "./plan/named-plan.ts";
import { planFormats } from "./plan/plan.ts";
import { schema, writeSchema } from "./schema/schema.ts";

declare const __VERSION__: string;

const defaultFile = "/etc/entrypoint.yaml";

/** Of help that goes to no terminal. */
const usualWidth = 80;
export const findings = 1;

interface CheckWords {
	readonly format: string;
	readonly image?: boolean;
	readonly imageUser?: string;
	readonly fix?: true;
	readonly diff?: true;
}

/** Every subcommand with its options, what it does and how it ends. */
export function program(host: Host, args: readonly string[], speech: LogOptions): Command {
	const describe = Object.fromEntries(subcommands.map(({ name, description }) => [name, description]));
	const root = new Command("abdicate")
		.description(
			"The entrypoint of a container image: privileged setup from entrypoint.yaml, then every privilege is given up, proved, and the workload runs.",
		)
		.usage("[run] [OPTIONS] -- COMMAND [ARG...]")
		.version(versionText(args), "--version", "print the version; with --verbose also what is inside, with licences")
		.helpCommand(false)
		// An option of a run is none of a tool's, which would do without what it says.
		.enablePositionalOptions()
		.configureOutput({ outputError: () => {}, getOutHelpWidth: () => terminalOf(host, 1).columns ?? usualWidth })
		.exitOverride();
	const run = new Command("run")
		.copyInheritedSettings(root)
		.description(describe["run"] ?? "")
		.usage("[OPTIONS] -- COMMAND [ARG...]")
		.exitOverride();
	root.addCommand(run);
	const enter = root
		.command("enter")
		.description(describe["enter"] ?? "")
		.usage("[OPTIONS] -- COMMAND [ARG...]")
		.exitOverride();
	for (const row of runOptions) {
		// Only a run can be planned.
		for (const command of row.long === "dry-run" ? [root, run] : [root, run, enter]) {
			command.addOption(toOption(row));
		}
	}
	root
		.command("as")
		.description(describe["as"] ?? "")
		.addArgument(new Argument("<PROGRAM>", "which one").choices(dropInNames))
		.argument("[ARG...]", "its own options and arguments")
		.exitOverride();
	root
		.command("check")
		.description(describe["check"] ?? "")
		.usage("[OPTIONS] [FILE] [-- COMMAND [ARG...]]")
		.argument("[FILE]", "the configuration file", defaultFile)
		.argument("[COMMAND...]", "after --, the command that the container is started with, as CMD of the Dockerfile")
		.addOption(oneOf("--format <FORMAT>", "how to print what is found", checkFormats).default("text"))
		.option("--image", "look at users, programs and paths here as well; the default for /etc/entrypoint.yaml")
		.option("--no-image", "look at the file alone")
		.option("--image-user <USER>", "whom the image starts as; by default, who checks")
		.option("--fix", "mend what is certain, print each change, and then what is left")
		.option("--diff", "with --fix: change nothing, and print what would change")
		.exitOverride()
		.action(async (_file: string, _words: string[], options: CheckWords, own: Command) => {
			const [file = defaultFile, command] = fileAndCommand(host, own);
			const { format, image = file === defaultFile, imageUser } = options;
			const fix = options.fix ? (options.diff ? "show" : "write") : undefined;
			if (options.diff && fix === undefined) {
				fail("USAGE", "--diff shows what --fix would change, and is nothing alone", { remedy: ["abdicate check --fix --diff [FILE]"] });
			}
			if (await check(host, file, { format, image, imageUser, command, version: __VERSION__, fix })) {
				host.exit(findings);
			}
		});
	root
		.command("fmt")
		.description(describe["fmt"] ?? "")
		.argument("[FILE...]", "configuration files, or - for standard input to standard output", [defaultFile])
		.option("--check", "change nothing, and end with 1 where a file is not in form")
		.option("--diff", "the same, and print what would change")
		.exitOverride()
		.action(async (files: string[], options: FmtOptions) => {
			if (await fmt(host, files, options)) {
				host.exit(findings);
			}
		});
	root
		.command("init")
		.description(describe["init"] ?? "")
		.argument(
			"[IMAGE]",
			"what docker inspect or skopeo inspect --config prints, or the config of an image, as a file or - for standard input",
		)
		.option("--root <DIR>", "an image that is unpacked: whose accounts to choose from; / without IMAGE")
		.option("-o, --output <FILE>", "write it to a file that is not there yet")
		.exitOverride()
		.allowExcessArguments()
		.action((image: string | undefined, options: InitOptions, own: Command) => {
			const { command } = takeApart(host.argv().slice(2));
			const [, another = command[0]] = own.args;
			if (another !== undefined) {
				fail("USAGE", `unexpected argument ${quoted(another)}: init prints a first file, and starts nothing`, {
					remedy: command.length === 0 ? [] : [`for an init beside the workload: abdicate --init -- ${command.map(shellWord).join(" ")}`],
				});
			}
			init(host, image, options);
		});
	root
		.command("compile")
		.description(describe["compile"] ?? "")
		.argument("[FILE]", "the configuration file", defaultFile)
		.exitOverride()
		.action((file: string) => compile(host, file, speech));
	root
		.command("plan")
		.description(describe["plan"] ?? "")
		.usage("[OPTIONS] [FILE] [-- COMMAND [ARG...]]")
		.argument("[FILE]", "the configuration file, as it is named here; by default /etc/entrypoint.yaml, below DIR with --root, if it exists")
		.argument("[COMMAND...]", "the command to plan for, after --")
		.addOption(oneOf("--format <FORMAT>", "how to print it", planFormats).default("text"))
		.addOption(
			oneOf(
				"--for <OUTLOOK>",
				"what a runtime has to grant: whatever the volumes hold, whoever owns them (any-volume, the default), or with the trees as they are now (this-start)",
				outlooks,
			),
		)
		.option("--root <DIR>", "plan for the image that is unpacked in DIR, started as docker does unless --as says how")
		.option(
			"--as <START>",
			`plan for another start than this one: ${Object.keys(namedStarts).join(", ")}, and after it or alone, with commas between, user=1000:1000, groups=44+100, caps=docker+NET_ADMIN-NET_RAW, device=/dev/fuse, volume=/data, read-only, nnp`,
		)
		.option("--score", "rate from 0 to 10 what the workload will hold, with a reason for every point")
		.option("--threshold <N>", "rate it, and end with 1 where it is more than N")
		.option("--env <NAME[=VALUE]>", "with --root or --as: a variable of that start, or one of here; may be given again", collected)
		.exitOverride()
		.action(async (_file: string | undefined, _words: string[], options: NamedPlan, own: Command) => {
			const { problems, isAbove } = await planNamed(host, options, ...fileAndCommand(host, own));
			// As data they are in what is printed.
			endWith(host, speech, problems, options.format !== "json");
			if (isAbove) {
				host.exit(findings);
			}
		});
	root
		.command("inspect")
		.description(describe["inspect"] ?? "")
		.argument("[PID]", "a process, or self", "self")
		.option("--all", "one line for every process")
		.option("--tree", "one line for the process and each of its parents")
		.option(
			"--namespaces",
			"list the namespaces, and which are the machine's initial ones or shared with PID 1; with --all every namespace, as lsns does",
		)
		.option("--score", "rate the exposure from 0 to 10, with a reason for every point")
		.option("--threshold <N>", "rate it, and end with 1 where it is more than N")
		.option("--watch", "print only what changes, until the process ends")
		.option("--json", "as JSON")
		.exitOverride()
		.action((pid: string, options: InspectOptions) => {
			if (inspect(host, pid, options)) {
				host.exit(findings);
			}
		});
	root
		.command("explain")
		.description(describe["explain"] ?? "")
		.argument("[NAME...]", "without one: what there is")
		// --privileged is a name as well.
		.allowUnknownOption()
		.option("-c, --config <FILE>", `of a system call: what this file makes of it (default ${defaultFile}, if it exists)`)
		.exitOverride()
		.action((words: string[], { config }: { config?: string }) => explain(host, words.join(" ") || undefined, config, defaultFile));
	root
		.command("schema")
		.description(describe["schema"] ?? "")
		.exitOverride()
		.action(() => schema(host));
	root
		.command("decode")
		.description(describe["decode"] ?? "")
		.argument("<TEXT...>", "a hexadecimal mask, names, cap_net_raw+ep, or !cap_chown,^cap_net_raw")
		.exitOverride()
		.action((words: string[]) => decode(host, words));
	root
		.command("completion")
		.description(describe["completion"] ?? "")
		.addArgument(oneShell())
		.addHelpText("after", completionHelp)
		.exitOverride()
		.action(async (shell: Shell) => {
			const names = { NAME: explainable((await writeSchema()).keys) };
			host.write(1, completionScript(shell, completionModel(root, names)));
		});
	return root;
}

function collected(value: string, former: readonly string[] = []): readonly string[] {
	return [...former, value];
}

/** commander does not tell a file before `--` from the first word of the command after it. */
function fileAndCommand(host: Host, own: Command): [file: string | undefined, command: readonly string[]] {
	const { command } = takeApart(host.argv().slice(2));
	const [file, another] = own.args.slice(0, own.args.length - command.length);
	if (another !== undefined) {
		fail("USAGE", `unexpected argument ${quoted(another)}`, {
			remedy: [`write -- before the command: abdicate ${shellWord(own.name())} ${shellWord(file ?? "")} -- ${shellWord(another)}`],
		});
	}
	return [file, command];
}

function versionText(args: readonly string[]): string {
	const isVerbose = takeApart(args).own.some((word) => word === "--verbose" || word === "-v");
	const width = Math.max(...dependencies.map(([name]) => name.length));
	const rows = dependencies.map(([name, version, licence]) => `\n${name.padEnd(width)}  ${version.padEnd(8)} ${licence}`);
	return `abdicate ${__VERSION__}${isVerbose ? rows.join("") : ""}`;
}

/** What is none of them is told as everything else that is wrong with a command line, with its code. */
function oneOf(flags: string, description: string, values: readonly string[]): Option {
	const option = new Option(flags, description).choices(values);
	return option.argParser((value) => expectOneOf(`${option.long} ${quoted(value)}`, value, values));
}

function oneShell(): Argument {
	return new Argument("<SHELL>", "the shell").choices(shells).argParser((value) => expectOneOf(quoted(value), value, shells));
}

function expectOneOf(what: string, value: string, values: readonly string[]): string {
	return values.includes(value) ? value : fail("USAGE", `${what}: expected ${values.join(" or ")}${suggestion(value, values)}`);
}

function toOption(row: (typeof runOptions)[number]): Option {
	const option = new Option(flags(row), optionDescriptions[row.long]);
	return "values" in row ? option.choices(row.values) : option;
}

function flags(option: OptionRow): string {
	return `${option.short === undefined ? "" : `-${option.short}, `}--${option.long}${option.value === undefined ? "" : ` <${option.value}>`}`;
}

/** A plan whose run would not start is a finding. */
export function endWith(host: Host, speech: LogOptions, problems: readonly Diagnostic[], areTold = true): void {
	if (areTold) {
		tell(host, speech, problems);
	}
	if (problems.length > 0) {
		host.exit(findings);
	}
}
