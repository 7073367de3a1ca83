import { runsOf } from "../../config/shell-runs.ts";
import { baseName } from "../../files/path-text.ts";
import { isOwnable, value } from "./value.ts";

/** What a shell script does as root, as far as a line tells it by itself. */
export interface Script {
	/** Whom it changes to. */
	readonly user?: string;
	/** What it does for that one, as steps. */
	readonly steps: readonly string[];
	/** What those give away. */
	readonly owned: readonly string[];
	/** Its lines that change files, and became no step. */
	readonly left: readonly string[];
	/** There is nothing else in it, so that a file does all of it. */
	readonly isAll: boolean;
}

/** What the words of a script are looked up in. */
export interface Around {
	readonly environment: readonly string[];
	isThere(path: string): boolean;
	/** Whether the group is the user's own. */
	isLogin(user: string, group: string): boolean;
}

/** The test for root, and the exec of who is not. */
const idle = ["", "fi", "exec $@", "if [ $(id -u) = 0 ]", "if [ $(id -u) -eq 0 ]"];
const changers = ["gosu", "su-exec"];
const changing = ["chown", "chmod", "mkdir", "chgrp", "install", "find"];

export function readScript(
	text: string,
	{ environment, isThere, isLogin }: Around = { environment: [], isThere: () => true, isLogin: () => false },
): Script {
	const filled = (word: string) =>
		word.replace(/\$\{?(\w+)\}?/g, (all, name: string) => {
			const given = environment.find((each) => each.startsWith(`${name}=`));
			return given === undefined || text.includes(`${name}=`) ? all : given.slice(name.length + 1);
		});
	const parts = text.split(/\n|;|(?=&&)/);
	const runs = runsOf(parts);
	const lines = parts.map((part, index) => {
		const written = part.replace(/^&&/, "").trim();
		return { written, words: wordsOf(written).map(filled), isRun: runs[index] };
	});
	const change = lines.find(({ words: [first, by = "", , ...rest] }) => first === "exec" && changers.includes(by) && rest.at(-1) === "$@");
	const [, , spec = ""] = change?.words ?? [];
	const [user = "", group] = spec.split(":");
	// What a directory that is made anew gets.
	const modeOf = (path: string) =>
		lines.find(({ words: [first, mode = "", ...paths] }) => first === "chmod" && paths.includes(path) && isOctal(mode))?.words[1];
	const [owned, made]: [string[], string[]] = [[], []];
	const stepsOf = ([first, ...words]: readonly string[]): readonly string[] | undefined => {
		const options = words.filter((word) => word.startsWith("-")).join(" ");
		const [head = "", ...tail] = words.filter((word) => !word.startsWith("-"));
		if (first === "chmod" && isOctal(head) && tail.every((path) => made.includes(path))) {
			return [];
		}
		if (first === "mkdir" && ["", "-p"].includes(options) && [head, ...tail].every(isOwnable)) {
			const missing = [head, ...tail].filter((path) => !isThere(path));
			made.push(...missing);
			return missing.map((path) => {
				const mode = modeOf(path);
				return `mkdir: { path: ${value(path)}, ${mode === undefined ? "" : `mode: "${mode}", `}owner: keep, group: keep }`;
			});
		}
		const [owner, its] = head.split(":");
		if (
			first !== "chown" ||
			owner !== user ||
			user === "" ||
			!["", "-R"].includes(options) ||
			!tail.every((path) => isOwnable(path) && (made.includes(path) || isThere(path)))
		) {
			return undefined;
		}
		const isOwn = its === group || (its === "" ? group === undefined : its !== undefined && group === undefined && isLogin(user, its));
		const fields = [
			...(options === "" ? ["policy: top-only"] : []),
			...(its === undefined ? ["group: keep"] : isOwn ? [] : [`group: ${its === "" ? "login" : value(its)}`]),
		];
		owned.push(...tail);
		return tail.map((path) => `own: ${fields.length === 0 ? value(path) : `{ ${[`path: ${value(path)}`, ...fields].join(", ")} }`}`);
	};
	const given = lines.map(({ words, isRun }) => (isRun ? stepsOf(words) : undefined));
	const rest = lines.filter(
		(line, index) =>
			line !== change &&
			given[index] === undefined &&
			line.words[0]?.[0] !== "#" &&
			line.words[0] !== "set" &&
			!idle.includes(line.words.join(" ")),
	);
	return {
		...(spec && { user: spec }),
		steps: given.flatMap((each) => each ?? []),
		owned,
		left: rest.filter(({ words }) => changing.includes(words[0] ?? "")).map(({ written }) => written),
		isAll: spec !== "" && rest.length === 0,
	};
}

function isOctal(mode: string): boolean {
	return Number.parseInt(mode, 8).toString(8) === mode;
}

function wordsOf(line: string): string[] {
	return line
		.replace(/["']|\bthen\b/g, "")
		.trim()
		.split(/\s+/);
}

/** The text that a shell is given, of `[sh, -c, TEXT]`. */
export function shellText([program = "", option = "", text]: readonly string[]): string | undefined {
	return ["sh", "bash", "dash", "ash"].includes(baseName(program)) && option.startsWith("-") && option.endsWith("c") ? text : undefined;
}

/** The words that a shell would only split and execute. */
export function wordsToExecute(text = ""): readonly string[] | undefined {
	const [first, ...words] = text.trim().split(/\s+/);
	return first === "exec" && words.length > 0 && words.every((word) => /^[\w%+=:,./@-]+$/.test(word)) ? words : undefined;
}
