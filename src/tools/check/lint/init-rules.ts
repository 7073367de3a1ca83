import { capability } from "../../../capability/names.ts";
import type { InitSetting } from "../../../departure/resident.ts";
import { baseName } from "../../../files/path-text.ts";
import { isInitProgram } from "../../../plan/init-programs.ts";
import { leavesRunning } from "../../../steps/facts.ts";
import { wordsOfInit } from "./replaced-rules.ts";
import { keptBy } from "./root-rules.ts";
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

function graceOf({ config: { rows } }: Pick<Subject, "config">): number | undefined {
	return (rows["init"] as InitSetting | undefined)?.graceMs;
}

/** What docker stop and Compose wait before they kill; a Pod thirty seconds. */
const runtimesMs = 10_000;

export const longGrace: Rule = {
	severity: "note",
	summary: "init.grace is as long as docker stop waits before it kills everything, ten seconds, so that the container ends with 137.",
	find: (subject) =>
		(graceOf(subject) ?? 0) < runtimesMs
			? []
			: [
					{
						at: ["init", "grace"],
						message:
							"docker stop kills everything after 10 seconds, which are the workload's and the grace together, unless it is told otherwise",
						remedy: [
							"a shorter one, such as 5s; or more time of the runtime: docker run --stop-timeout SECONDS ... | compose: stop_grace_period: TIME | kubernetes: terminationGracePeriodSeconds: SECONDS",
						],
					},
				],
};

/** By the user alone, as it is written: a name and a number may be the same. */
function isOther(user: string, target: string): boolean {
	const [one = "", other = ""] = [user, target].map((each) => each.replace(/:.*$/, "").replace(/^0$/, "root"));
	const isNumber = (each: string) => each === "root" || /^[0-9]/.test(each);
	const isSameKind = isNumber(one) === isNumber(other) || one === "root" || other === "root";
	return one !== "target" && one !== other && isSameKind;
}

export const graceOfOther: Rule = {
	severity: "warning",
	summary: "init.grace does nothing for a step's daemon of another user, which the init may not signal without KILL.",
	find: (subject) => {
		const { setup, user, capabilities } = subject.config;
		const { permitted } = keptBy(capabilities);
		const keepsKill = permitted.has(capability("KILL")) && permitted.has(capability("SETUID"));
		return graceOf(subject) === undefined || keepsKill || user === undefined
			? []
			: setup.flatMap((entry, index) => {
					const other = leavesRunning(entry);
					return other === undefined || !isOther(other, user)
						? []
						: [
								{
									at: ["setup", index, entry.kind],
									message:
										"what it leaves running has another user than the workload, so that the init can neither tell it to end nor wait for it: init.grace is not for it",
									remedy: ["user: target, where it can be the workload's; else it is killed with the container, without a word"],
								},
							];
				});
	},
};
