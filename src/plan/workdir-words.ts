import { makeIt } from "../departure/rows/workdir.ts";
import { deadEnd } from "../files/dead-end.ts";
import type { Viewer } from "../files/permissions.ts";
import { whoMayNotEnter } from "../files/who-met-what.ts";
import type { Problem } from "../report/problem.ts";
import { quoted } from "../report/text.ts";
import { yamlScalar } from "../report/yaml.ts";
import { isReadByRoot } from "../steps/common/believed.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Reads } from "../sys/native.ts";

/** Why the user cannot be where it is to work: which part of the path it is, and whose that is. */
export function workdirRefusal(reads: Reads, path: string, code: number, viewer: Viewer): Problem {
	const { message, remedy } = errnoText("chdir", code);
	const told = (found: string | undefined) => `workdir ${quoted(path)}: ${found ?? message}`;
	if (code === errno.EACCES) {
		const shut = whoMayNotEnter(reads, path, viewer);
		return { message: told(shut?.words), remedy: shut === undefined ? remedy : [toEnter(shut.closed)] };
	}
	const end = deadEnd(reads, path);
	return { message: told(end?.words), remedy: end?.isPlain === false ? remedy : makeIt(remedy, path) };
}

function toEnter(closed: string): string {
	if (isReadByRoot(closed)) {
		return "another one: workdir: / here, docker run --workdir /, compose working_dir";
	}
	return `let the user enter it, in the image or by a step: chmod: {path: ${yamlScalar(closed)}, mode: o+x}`;
}
