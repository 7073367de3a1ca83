import { baseName } from "../../files/path-text.ts";

/** What a shell script does as root, as far as a line tells it by itself. */
export interface Script {
	/** Whom it changes to. */
	readonly user?: string;
	/** What it gives to that one. */
	readonly owned: readonly string[];
	/** There is nothing else in it, so that a file does all of it. */
	readonly isAll: boolean;
}

/** The test for root, and the exec of who is not. */
const idle = ["", "fi", "exec $@", "if [ $(id -u) = 0 ]", "if [ $(id -u) -eq 0 ]"];
const changers = ["gosu", "su-exec"];

export function readScript(text: string): Script {
	const lines = text
		.replace(/["']|then/g, "")
		.split(/\n|;|&&/)
		.map((line) => line.trim().split(/\s+/));
	const change = lines.find(([first, changer = "", , ...rest]) => first === "exec" && changers.includes(changer) && rest.at(-1) === "$@");
	const [, , user] = change ?? [];
	const given = lines.map((line) => ownedBy(user?.split(":")[0], line));
	const isRest = (line: readonly string[], index: number) =>
		line !== change && given[index]?.length === 0 && line[0]?.[0] !== "#" && line[0] !== "set" && !idle.includes(line.join(" "));
	return { ...(user && { user }), owned: given.flat(), isAll: user !== undefined && !lines.some(isRest) };
}

function ownedBy(user: string | undefined, [first, ...words]: readonly string[]): readonly string[] {
	const [owner = "", ...paths] = words.filter((word) => !word.startsWith("-"));
	return first === "chown" && owner.split(":")[0] === user && paths.every((path) => /^\/[\w./-]+$/.test(path)) ? paths : [];
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
