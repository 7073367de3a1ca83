import { type Diagnostic, Failure } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import { ExecRefused } from "../../sys/exec-refused.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { closeOnExec, passOn } from "../descriptors.ts";
import type { Exit } from "../exit.ts";
import type { LastWords } from "../journey.ts";
import type { LoadedFilter } from "../request.ts";
import { row } from "../row.ts";

export const descriptors = row<Pick<Exit, "descriptors" | "closesOthers">>({
	act: "leave",
	reason: "nothing of ours is opened any more",
	after: {},
	planExit: ({ descriptors: passed, closesOthers }) =>
		passed.length > 0 || closesOthers ? { descriptors: passed, closesOthers } : undefined,
	apply: ({ host }, { descriptors: passed, closesOthers }) => {
		if (closesOthers) {
			closeOnExec(host);
		}
		passOn(host, passed);
	},
});

export const output = row<true>({
	act: "leave",
	reason: "what this program has to say itself goes where it always went",
	after: {},
	planExit: ({ discardsOutput }) => discardsOutput || undefined,
	apply: ({ host }) => {
		const nowhere = must(host, "open", AT.FDCWD, "/dev/null", O.WRONLY, 0, 0) as number;
		must(host, "dupInherited", nowhere, 1);
		must(host, "dupInherited", nowhere, 2);
		host.close(nowhere);
	},
});

export const signalMask = row<true>({
	act: "leave",
	reason: "a signal that has waited may end this program instead of the next, and rightly so",
	after: { "default-signals": "it would be ignored that had waited, and the mask of the start be back" },
	planExit: ({ keepsSignals }) => (keepsSignals ? undefined : true),
	apply: ({ host, mask }) => must(host, "sigmask", mask),
});

/** Only ends by throwing. There is no fall-back to a shell for a file without `#!`. */
export const exec = row<Pick<Exit, "argv" | "candidates" | "environment">>({
	act: "leave",
	reason: "one call, which loads a filter first, so that nothing of ours stands between the last wall and the program",
	after: {
		"no-new-privileges": "only SYS_ADMIN could load a filter",
		descriptors: "the program would find others",
		"signal-mask": "the program would find another",
		seccomp: "there would be nothing to load",
	},
	planExit: ({ argv, candidates, environment }) => ({ argv, candidates, environment }),
	apply: ({ host, filter, lastWords }, { argv, candidates, environment }) => {
		// Behind a filter it may be too late to look.
		const there = candidates.length === 1 && filter === undefined ? candidates : thoseThere(host, candidates);
		const refusals =
			there.length === 0
				? []
				: filter === undefined
					? [host.execve(there, argv, environment, [errno.EACCES])].flat()
					: executeBehind(host, filter, lastWords?.(there, { argv, environment }), there, { argv, environment });
		throw refusalOf(host, { argv, environment }, there, refusals);
	},
});

/** The refusals, behind a filter that has been loaded. */
function executeBehind(
	host: Host,
	{ program, flags, optionalFlags }: LoadedFilter,
	{ numbers, texts }: Pick<LastWords, "texts"> & { readonly numbers: readonly number[] } = { numbers: [], texts: [] },
	candidates: readonly string[],
	{ argv, environment }: Pick<Exit, "argv" | "environment">,
): readonly number[] {
	const answer = host.execve(candidates, argv, environment, [errno.EACCES], program, [flags, optionalFlags, ...numbers], texts);
	if (typeof answer === "number") {
		return [answer];
	}
	const [loaded = 0, ...refusals] = answer;
	mustRead("seccomp", loaded);
	return refusals;
}

export function thoseThere(reads: Reads, candidates: readonly string[]): readonly string[] {
	return candidates.filter((path) => mayBeThere(reads, path));
}

/** The deciding look, as the user: what cannot be looked at is left for the kernel to judge. */
function mayBeThere(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat !== "number" || !saysAbsent(stat);
}

/** ENOENT may also mean that the interpreter is missing; then the file itself is there. execve(2) */
export function refusalOf(
	host: Reads,
	given: Pick<Exit, "argv" | "environment">,
	tried: readonly string[],
	refusals: readonly number[],
): Error {
	const index = Math.max(
		0,
		refusals.findIndex((code) => code !== -errno.EACCES),
	);
	const [path, code] = [tried[index], refusals[index]];
	const isThere = path !== undefined && code !== undefined && (!saysAbsent(code) || mayBeThere(host, path));
	return isThere ? new ExecRefused(path, code, given) : new Failure(notFound(given.argv[0], tried, refusals));
}

function notFound(name: string, tried: readonly string[], refusals: readonly number[]): Diagnostic {
	const [path, code = 0] = [tried[0], refusals[0]];
	return {
		code: "COMMAND_NOT_FOUND",
		where: "command",
		message: `${quoted(name)} was not found by the user the workload runs as`,
		refused: path === undefined ? undefined : { call: "execve", code: -code, path },
	};
}
