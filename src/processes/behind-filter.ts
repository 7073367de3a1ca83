import type { Exit } from "../departure/exit.ts";
import type { ExecuteBehind } from "../departure/journey.ts";
import { fail } from "../report/failure.ts";
import { type LogOptions, stderr } from "../report/log.ts";
import type { Problem } from "../report/problem.ts";
import { tell } from "../report/tell.ts";
import { quoted } from "../report/text.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import type { Errno, Host } from "../sys/native.ts";
import { explainExec, type Whose } from "./explain-exec.ts";

/** Who says why a program was refused, where, and with which status it ends. */
export interface Speaker {
	readonly fd: number;
	readonly status: number;
	say(problem: Problem): string;
}

/**
 * Loads a filter and executes, in one call. Where the filter lets this program go on, the answer comes back and is explained as any other.
 * Where it does not, all there would be to say is looked up before: a profile that allows its program and nothing else costs a start
 * some looks at that file.
 */
export function executorBehind(host: Host, whose: Whose, speaker: Speaker): ExecuteBehind {
	return ({ program, flags, optionalFlags, explains }, candidates, { argv, environment }) => {
		const [numbers, texts] = explains ? [[], []] : lastWords(host, whose, speaker, candidates, { argv, environment });
		const answer = host.execve(candidates, argv, environment, [errno.EACCES], program, [flags, optionalFlags, ...numbers], texts);
		return typeof answer === "number" ? [answer] : whenLoaded(answer);
	};
}

const notExecutable = 126;

/** As the command is refused without a filter. */
export function executorOfWorkload(host: Host, speech: LogOptions, whose: Whose): ExecuteBehind {
	const say = (problem: Problem): string => {
		const texts: string[] = [];
		const output = { write: (_: number, text: string) => texts.push(text) };
		tell(output, speech, [{ code: "COMMAND_NOT_EXECUTABLE", where: "command", ...problem }]);
		return texts.join("");
	};
	return executorBehind(host, whose, { fd: stderr, status: notExecutable, say });
}

/** What execve may answer for a program that is there, and is explained. */
const answers = [
	...[errno.EACCES, errno.ENOENT, errno.ENOEXEC, errno.EPERM, errno.E2BIG, errno.ENOMEM, errno.EAGAIN, errno.EINVAL, errno.EIO],
	...[errno.ELIBBAD, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ETXTBSY, errno.ENODEV],
];

/** In the form of `execve` in sys/native.ts. */
function lastWords(
	host: Host,
	whose: Whose,
	{ fd, status, say }: Speaker,
	candidates: readonly string[],
	given: Pick<Exit, "argv" | "environment">,
): [numbers: number[], texts: string[]] {
	const texts = candidates.flatMap((path) => [
		...answers.map((code) => say(explainExec(host, new ExecRefused(path, -code, given), whose))),
		say({ message: `execve ${quoted(path)}: the kernel, or the filter, refused the program` }),
	]);
	return [[fd, status, ...answers], texts];
}

/** What comes behind the result of the load. */
function whenLoaded([loaded = 0, ...refusals]: readonly Errno[]): readonly Errno[] {
	if (loaded < 0) {
		const { message, remedy } = loaded === -errno.EINVAL ? refusedFilter : errnoText("seccomp", loaded);
		fail("DROP_FAILED", `seccomp: ${message}`, { where: "drop seccomp", remedy });
	}
	return refusals;
}

const refusedFilter: Problem = {
	message: "EINVAL: the kernel does not take the program, its flags, or any more instructions",
	remedy: ["a filter of the runtime counts as well: all of a process have 32768 instructions together"],
};
