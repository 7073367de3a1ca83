import type { Problem } from "../../report/problem.ts";
import { type ErrnoName, errno } from "../../sys/errno.ts";
import { errnoMeaning, wordsOfItsOwn } from "../../sys/errno-meaning.ts";
import { errnoTexts, ofPrograms } from "../guides/errno-guide.ts";
import { rows, type Told } from "./rows.ts";

/** An errno by its name, or as programs print it: `permission denied`. */
export function explainErrno(written: string): Told | undefined {
	const name = explainableErrnos.find((each) => each === written.toUpperCase() || errnoTexts[each] === written.toLowerCase());
	if (name === undefined) {
		return undefined;
	}
	const { message, remedy = [] } = meaningOf(name);
	return rows(`${name}: an errno, number ${errno[name]}, which programs print as "${errnoTexts[name]}"`, {
		means: message,
		...(remedy.length === 0 ? {} : { "to do": remedy.join("\n") }),
		...byCalls(name, message),
		...(ofFilters.includes(name)
			? { seccomp: "explain CALL says whether docker-default, or the filter that is configured, refuses a call, and why" }
			: {}),
	});
}

/** What filters answer with. */
const ofFilters: readonly ErrnoName[] = ["EPERM", "ENOSYS"];

function meaningOf(name: ErrnoName): Problem {
	return ofPrograms[name] ?? errnoMeaning("", errno[name]) ?? errnoMeaning("execve", errno[name]) ?? { message: errnoTexts[name] };
}

/** Those of programs that mean something else by it. */
const calls = ["execve", "fork", "setresuid", "setgroups", "fchown", "chdir", "mount", "umount", "socket", "keyctl", "sendfile"] as const;

function byCalls(name: ErrnoName, usual: string): Record<string, string> {
	const found = calls.flatMap((call): [string, string][] => {
		const { message = usual, remedy = [] } = wordsOfItsOwn(call, errno[name]) ?? {};
		return message === usual ? [] : [[`of ${call}`, [message, ...remedy].join("\n")]];
	});
	return Object.fromEntries(found.filter(([, text], index) => found.findIndex(([, other]) => other === text) === index));
}

export const explainableErrnos: readonly ErrnoName[] = Object.keys(errno) as ErrnoName[];
