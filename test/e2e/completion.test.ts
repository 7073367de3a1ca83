import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { capabilityNames } from "../../src/capability/names.ts";
import { nestedKeys } from "../../src/tools/guides/nested-keys.ts";
import { planFormats } from "../../src/tools/plan/plan.ts";
import { binary } from "./harness/paths.ts";

const directory = mkdtempSync(join(tmpdir(), "abdicate-completion-"));
afterAll(() => rmSync(directory, { recursive: true }));

const groups = Object.keys(nestedKeys).filter((key) => key.startsWith("groups."));

/** In the place of the program stands what shows its arguments. `ESC *` writes all that fits, TAB what is unique. */
const show = `abdicate() { printf '<%s>' "$@"; echo; }\n`;
const all = "\u001b*";

const every = "every() { _main_complete; compstate[insert]=all; }\nzle -C every complete-word every\nbindkey '\\e*' every\n";

const shells = {
	bash: { rc: ".bashrc", setUp: `PS1=\n${show}source ./bash\n`, command: "bash --rcfile ./.bashrc -i" },
	zsh: {
		rc: ".zshrc",
		setUp: `PS1=\nautoload -Uz compinit; compinit -D -u\n${show}source ./zsh\n${every}`,
		command: "zsh -d -i",
	},
	"zsh by fpath": {
		rc: ".zshrc",
		setUp: `PS1=\nfpath=(${directory} $fpath); autoload -Uz compinit; compinit -D -u\n${show}${every}`,
		command: "zsh -d -i",
	},
} as const;

function writeScript(shell: string): void {
	writeFileSync(join(directory, shell), execFileSync(binary, ["completion", shell]));
}

/** Types the lines into the shell on a terminal; the arguments that each became. */
function type(shell: keyof typeof shells, lines: readonly string[]): string[] {
	const { rc, setUp, command } = shells[shell];
	if (shell === "zsh by fpath") {
		writeFileSync(join(directory, "_abdicate"), execFileSync(binary, ["completion", "zsh"]));
	} else {
		writeScript(shell);
	}
	writeFileSync(join(directory, rc), setUp);
	const output = execFileSync("script", ["-qec", command, "/dev/null"], {
		cwd: directory,
		input: [...lines, "exit", ""].join("\n"),
		encoding: "utf8",
		timeout: 60_000,
		env: { PATH: process.env["PATH"], HOME: directory, ZDOTDIR: directory, TERM: "dumb", HISTFILE: "/dev/null" },
	});
	return output.split(/[\r\n]+/).filter((line) => /^<.*>$/.test(line));
}

const arguments_ = (...words: readonly string[]) => words.map((word) => `<${word}>`).join("");

describe.each(["bash", "zsh", "zsh by fpath"] as const)("%s", (shell) => {
	it("completes subcommands, options, their values, names, files and the workload's command", () => {
		const cases: readonly (readonly [string, readonly string[]])[] = [
			["abdicate ins\t", ["inspect"]],
			[`abdicate comple\t${all}`, ["completion", "bash", "fish", "zsh"]],
			["abdicate ru\t--log-f\tt\t", ["run", "--log-format", "text"]],
			["abdicate --no-new-p\tf\t", ["--no-new-privileges", "false"]],
			[`abdicate plan --format ${all}`, ["plan", "--format", ...[...planFormats].sort()]],
			["abdicate plan --format=j\t", ["plan", "--format=json"]],
			["abdicate --seccomp dock\t", ["--seccomp", "docker-default"]],
			["abdicate --seccomp /etc/hostn\t", ["--seccomp", "/etc/hostname"]],
			[`abdicate explain groups.${all}`, ["explain", ...[...groups].sort()]],
			[`abdicate enter --keep NET_${all}`, ["enter", "--keep", ...capabilityNames.filter((name) => name.startsWith("NET_")).sort()]],
			["abdicate check /etc/hostn\t", ["check", "/etc/hostname"]],
			["abdicate compi\t/etc/hostn\t", ["compile", "/etc/hostname"]],
			["abdicate explain open_by\t", ["explain", "open_by_handle_at"]],
			["abdicate -c /etc/hostn\t-- gunz\t/etc/hostn\t", ["-c", "/etc/hostname", "--", "gunzip", "/etc/hostname"]],
		];
		expect(
			type(
				shell,
				cases.map(([line]) => line),
			),
		).toEqual(cases.map(([, words]) => arguments_(...words)));
	});
});

describe("fish", () => {
	const candidates = (line: string) =>
		execFileSync("fish", ["--no-config", "-c", `source ./fish; complete -C '${line}'`], {
			cwd: directory,
			encoding: "utf8",
			env: { PATH: process.env["PATH"], HOME: directory },
		})
			.split("\n")
			.filter((each) => each !== "")
			.map((each) => each.split("\t")[0]);

	it.each([
		["abdicate ins", ["inspect"]],
		["abdicate completion ", ["bash", "fish", "zsh"]],
		["abdicate run --log-f", ["--log-format"]],
		["abdicate --no-new-privileges f", ["false"]],
		["abdicate plan --format ", [...planFormats].sort()],
		["abdicate plan --for ", ["any-volume", "this-start"]],
		["abdicate plan --format=j", ["--format=json"]],
		["abdicate explain groups.", [...groups].sort()],
		["abdicate explain open_by", ["open_by_handle_at"]],
		["abdicate --seccomp dock", ["docker-default"]],
		["abdicate --seccomp /etc/hostn", ["/etc/hostname"]],
		["abdicate check /etc/hostn", ["/etc/hostname"]],
		["abdicate -c /etc/hostn", ["/etc/hostname"]],
		["abdicate -c /x -- gunz", ["gunzip"]],
		["abdicate -- gunzip /etc/hostn", ["/etc/hostname"]],
	])("completes %s", (line, expected) => {
		writeScript("fish");
		expect(candidates(line)).toEqual(expected);
	});
});

it("refuses a shell it does not know", () => {
	expect(() => execFileSync(binary, ["completion", "tcsh"], { stdio: "pipe" })).toThrow(
		'error[USAGE]: "tcsh": expected bash or zsh or fish',
	);
});
