import { makeIt } from "../departure/rows/workdir.ts";
import { deadEnd } from "../files/dead-end.ts";
import type { Viewer } from "../files/permissions.ts";
import { whoMayNotEnter } from "../files/who-met-what.ts";
import type { Problem } from "../report/problem.ts";
import { quoted } from "../report/text.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Reads } from "../sys/native.ts";

/** Why the user cannot be where it is to work: which part of the path it is, and whose that is. */
export function workdirRefusal(reads: Reads, path: string, code: number, viewer: Viewer): Problem {
	const { message, remedy } = errnoText("chdir", code);
	const end = code === errno.EACCES ? undefined : deadEnd(reads, path);
	const found = code === errno.EACCES ? whoMayNotEnter(reads, path, viewer) : end?.words;
	return { message: `workdir ${quoted(path)}: ${found ?? message}`, remedy: end?.isPlain === false ? remedy : makeIt(remedy, path) };
}
