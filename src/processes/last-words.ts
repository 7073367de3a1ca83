import type { Journey } from "../departure/journey.ts";
import { type LogOptions, stderr } from "../report/log.ts";
import type { Problem } from "../report/problem.ts";
import { tell } from "../report/tell.ts";
import { quoted } from "../report/text.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { explainExec, type Whose } from "./explain-exec.ts";

/** Who says why a program was refused, where, and with which status it ends. */
export interface Speaker {
	readonly fd: number;
	readonly status: number;
	say(problem: Problem): string;
}

/** What execve may answer for a program that is there, and is explained. */
const answers = [
	...[errno.EACCES, errno.ENOENT, errno.ENOEXEC, errno.EPERM, errno.E2BIG, errno.ENOMEM, errno.EAGAIN, errno.EINVAL, errno.EIO],
	...[errno.ELIBBAD, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ETXTBSY, errno.ENODEV],
];

/**
 * All there will be to say of a refusal, looked up in front of a filter that lets nothing be looked up behind it: a profile that allows its
 * program and nothing else costs a start some looks at that file.
 */
export function lastWords(reads: Reads, whose: Whose, { fd, status, say }: Speaker): NonNullable<Journey["lastWords"]> {
	return (candidates, given) => ({
		numbers: [fd, status, ...answers],
		texts: candidates.flatMap((path) => [
			...answers.map((code) =>
				say(explainExec(reads, { path, errno: code, given, message: `execve ${quoted(path)}: ${errnoName(code)}` }, whose)),
			),
			say({ message: `execve ${quoted(path)}: the kernel, or the filter, refused the program` }),
		]),
	});
}

const notExecutable = 126;

/** As the command is refused without a filter. */
export function lastWordsOfWorkload(reads: Reads, speech: LogOptions, whose: Whose): NonNullable<Journey["lastWords"]> {
	const say = (problem: Problem): string => {
		const texts: string[] = [];
		const output = { write: (_: number, text: string) => texts.push(text) };
		tell(output, speech, [{ code: "COMMAND_NOT_EXECUTABLE", where: "command", ...problem }]);
		return texts.join("");
	};
	return lastWords(reads, whose, { fd: stderr, status: notExecutable, say });
}
