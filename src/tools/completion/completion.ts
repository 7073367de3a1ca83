import type { CompletedCommand, CompletedOption, Place } from "./completion-model.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** Where the scripts go. */
export const completionHelp = `
  source <(abdicate completion bash)
  abdicate completion zsh > "\${fpath[1]}/_abdicate"
  abdicate completion fish > ~/.config/fish/completions/abdicate.fish`;

/** The script that teaches a shell to complete the command line. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
	switch (shell) {
		case "bash":
			return bash(commands);
		case "zsh":
			return zsh(commands);
		case "fish":
			return fish(commands);
	}
}

/** A word as the three shells all read it. */
function word(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Beside the files that may be one. */
const profiles = "docker-default none";

/** One line for each option that takes a value, as the arm of a `case` over `subcommand option`. */
function arms(commands: readonly CompletedCommand[], offer: (place: Place) => string): string {
	return commands
		.flatMap(({ name, options }) =>
			options
				.filter(({ value }) => value !== undefined)
				.map(({ names, value }) => `\t${names.map((each) => word(`${name} ${each}`)).join(" | ")}) ${offer(value as Place)}; return ;;\n`),
		)
		.join("");
}

const subcommandsOf = (commands: readonly CompletedCommand[]) => commands.filter(({ name }) => name !== "");

/** Without the package bash-completion. `=` is a word of its own to bash. */
function bash(commands: readonly CompletedCommand[]): string {
	const offer = (place: Place): string => {
		const listed = { files: "-f", directories: "-d", users: "-u", groups: "-g", profiles: `-f -W ${word(profiles)}`, anything: undefined };
		if (typeof place !== "string") {
			return place.length === 0 ? ":" : `_abdicate_offer -W ${word(place.join(" "))}`;
		}
		return listed[place] === undefined ? ":" : `_abdicate_offer ${listed[place]}`;
	};
	const words = ({ name, options }: CompletedCommand) =>
		[...options.flatMap(({ names }) => names), ...(name === "" ? ["--"] : [])].join(" ");
	const first = subcommandsOf(commands).map(({ name }) => name);
	return `# bash completion of abdicate; to be sourced
_abdicate_offer() {
	local IFS=$'\\n'
	[[ $1 == -[fd] ]] && compopt -o filenames
	COMPREPLY+=($(IFS=$' \\n' compgen "$@" -- "$cur"))
}

_abdicate() {
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} sub= i
	COMPREPLY=()
	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=\${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ \${COMP_WORDS[i]} == -- ]]; then
			if ((i + 1 == COMP_CWORD)); then _abdicate_offer -c; else _abdicate_offer -f; fi
			return
		fi
	done
	((COMP_CWORD > 1)) && [[ \${COMP_WORDS[1]} != -* ]] && sub=\${COMP_WORDS[1]}
	case "$sub $prev" in
${arms(commands, offer)}	esac
	case "$sub" in
${commands
	.map(
		(each) => `\t${word(each.name)})
		if [[ $cur == -* ]]; then _abdicate_offer -W ${word(words(each))}; else ${each.name === "" ? `((COMP_CWORD == 1)) && _abdicate_offer -W ${word(first.join(" "))}` : offer(each.argument)}; fi ;;\n`,
	)
	.join("")}	esac
}

complete -F _abdicate abdicate
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
	const listed = {
		files: "_files",
		directories: "_files -/",
		users: "_users",
		groups: "_groups",
		profiles: `compadd -- ${profiles}; _files`,
		anything: ":",
	};
	const offer = (place: Place): string =>
		typeof place === "string" ? listed[place] : place.length === 0 ? ":" : `compadd -- ${place.map(word).join(" ")}`;
	const described = (rows: readonly (readonly [string, string])[]) =>
		rows.map(([name, description]) => `\t\t\t${word(`${name.replaceAll(":", "\\:")}:${description}`)}\n`).join("");
	const options = (each: CompletedCommand) =>
		each.options.flatMap(({ names, description }) => names.map((name) => [name, description] as const));
	return `#compdef abdicate
_abdicate() {
	local sub= prev=\${words[CURRENT - 1]} i
	local -a rows
	for ((i = 2; i < CURRENT; i++)); do
		if [[ \${words[i]} == -- ]]; then
			shift i words
			((CURRENT -= i))
			_normal
			return
		fi
	done
	if [[ \${words[CURRENT]} == --*=* ]]; then
		prev=\${words[CURRENT]%%=*}
		compset -P '*='
	fi
	((CURRENT > 2)) && [[ \${words[2]} != -* ]] && sub=\${words[2]}
	case "$sub $prev" in
${arms(commands, offer)}	esac
	case "$sub" in
${commands
	.map(
		(each) => `\t${word(each.name)})
		if [[ \${words[CURRENT]} == -* ]]; then
			rows=(
${described(options(each))}\t\t\t)
			_describe option rows
		${
			each.name === ""
				? `elif ((CURRENT == 2)); then
			rows=(
${described(subcommandsOf(commands).map(({ name, description }) => [name, description]))}\t\t\t)
			_describe subcommand rows`
				: `else
			${offer(each.argument)}`
		}
		fi ;;\n`,
	)
	.join("")}	esac
}

if [[ $funcstack[1] == _abdicate ]]; then
	_abdicate "$@"
else
	compdef _abdicate abdicate
fi
`;
}

function fish(commands: readonly CompletedCommand[]): string {
	const listed = {
		files: "-r -F",
		directories: "-x -a '(__fish_complete_directories)'",
		users: "-x -a '(__fish_complete_users)'",
		groups: "-x -a '(__fish_complete_groups)'",
		profiles: `-r -F -a ${word(profiles)}`,
		anything: "-x",
	};
	const value = (place: Place) => (typeof place === "string" ? listed[place] : `-x -a ${word(place.join(" "))}`);
	const at = (name: string) => `complete -c abdicate -n ${word(`__abdicate_at ${word(name)}`)}`;
	const optionLine = (name: string, { names, description, value: place }: CompletedOption) =>
		`${at(name)} ${names.map((each) => (each.startsWith("--") ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`)).join(" ")} ${place === undefined ? "" : `${value(place)} `}-d ${word(description)}\n`;
	const argumentLine = ({ name, argument }: CompletedCommand) =>
		argument.length === 0 || argument === "anything" ? "" : `${at(name)} ${value(argument)}\n`;
	return `# fish completion of abdicate
function __abdicate_at
	set -l words (commandline -opc)
	contains -- -- $words; and return 1
	set -l sub ''
	set -q words[2]; and not string match -q -- '-*' $words[2]; and set sub $words[2]
	test "$sub" = "$argv[1]"
end

function __abdicate_first
	test (count (commandline -opc)) = 1
end

function __abdicate_workload
	set -l words (commandline -opc)
	set -l at (contains -i -- -- $words); or return 1
	set -e words[1..$at]
	complete -C (string join -- ' ' (string escape -- $words) (commandline -ct))
end

complete -c abdicate -f
complete -c abdicate -n 'contains -- -- (commandline -opc)' -x -a '(__abdicate_workload)'
${subcommandsOf(commands)
	.map(({ name, description }) => `complete -c abdicate -n __abdicate_first -a ${name} -d ${word(description)}\n`)
	.join("")}${commands.map((each) => each.options.map((option) => optionLine(each.name, option)).join("") + argumentLine(each)).join("")}`;
}
