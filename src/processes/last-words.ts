import type { Journey } from "../departure/journey.ts";
import { type LogOptions, stderr } from "../report/log.ts";
import type { Problem } from "../report/problem.ts";
import { tell } from "../report/tell.ts";
import { quoted } from "../report/text.ts";
import { errno, errnoName } from "../sys/errno.ts";
import { errnoMeaning } from "../sys/errno-meaning.ts";
import type { Reads } from "../sys/native.ts";
import { spokenHere } from "../sys/runtime.ts";
import { explainExec, type Whose } from "./explain-exec.ts";

/** Who says why a program was refused, where, and with which status it ends. */
export interface Speaker {
	readonly fd: number;
	readonly status: number;
	say(problem: Problem): string;
}

/** What execve answers for what can be looked up beforehand, and then what has a meaning of its own. Anything else is told without its number. */
const lookedUp = [errno.EACCES, errno.ENOENT, errno.ENOEXEC, errno.EPERM, errno.E2BIG];
const known = [errno.ENOMEM, errno.EAGAIN, errno.ETXTBSY];

/**
 * All there will be to say of a refusal, looked up in front of a filter that lets nothing be looked up behind it: a profile that allows its
 * program and nothing else costs a start some looks at that file.
 */
export function lastWords(reads: Reads, whose: Whose, { fd, status, say }: Speaker): NonNullable<Journey["lastWords"]> {
	return (candidates, given) => ({
		numbers: [fd, status, ...lookedUp, ...known],
		texts: candidates.flatMap((path) => {
			const refused = (code: number) => `execve ${quoted(path)}: ${errnoName(code)}`;
			return [
				...lookedUp.map((code) => explainExec(reads, { path, errno: code, given, message: refused(code) }, whose)),
				...known.map((code) => {
					const { message, remedy } = errnoMeaning("execve", code) as Problem;
					return { message: `${refused(code)}: ${message}`, remedy };
				}),
				{ message: `execve ${quoted(path)}: the kernel refused the program` },
			].map(say);
		}),
	});
}

const notExecutable = 126;

/** As the command is refused without a filter. */
export function lastWordsOfWorkload(reads: Reads, speech: LogOptions, whose: Whose): NonNullable<Journey["lastWords"]> {
	const say = (problem: Problem): string => {
		const texts: string[] = [];
		const output = {
			write: (_: number, text: string) => texts.push(text),
			clockGettime: (clock: number) => reads.clockGettime(clock),
			windowColumns: (fd: number) => reads.windowColumns(fd),
			environ: () => reads.environ(),
		};
		tell(output, speech, spokenHere(reads, [{ code: "COMMAND_NOT_EXECUTABLE", where: "command", ...problem }]));
		return texts.join("");
	};
	return lastWords(reads, whose, { fd: stderr, status: notExecutable, say });
}
