import { isOfRoot, isOfRootAlone } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import { UntrustedLink, type WalkPolicy, walk } from "../../files/walk.ts";
import { Failure } from "../../report/failure.ts";
import { AT } from "../../sys/constants.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { errnoOf, SyscallError } from "../../sys/observe.ts";
import type { Obstacle } from "../step.ts";
import { type Refused, readOnlyObstacle, refusal } from "./refusal.ts";

/** Each of these is one system call as long as nothing is wrong: a start that goes well pays for no more. */

interface Words extends Pick<Refused, "meanings"> {
	/** Whoever asks goes by anybody's links. */
	readonly byAnyLink?: boolean;
}

/** What is asked for and is not there, as the call would say it that asks for it. */
export function absent(reads: Reads, path: string, call: string, words: Words = {}): Obstacle[] {
	const code = errnoOf(reads.statat(AT.FDCWD, path, 0));
	return saysAbsent(code) ? [absentAt(reads, path, new SyscallError(call, code), words)] : [];
}

/** A link that is not gone by: a directory behind it would not be missing by being made. */
export function untrustedOnTheWay(reads: Reads, path: string, opened = path): Obstacle[] {
	const link = untrustedLinkOn(reads, opened, isOfRootAlone);
	return link === undefined ? [] : [refusedAt(reads, path, link)];
}

const toWrite = 2;

/** Where something is to be made: whether its directory is missing, or nobody writes there, or who started us does not. */
export function unplaceable(reads: Reads, path: string, call: string, words: Words = {}): Obstacle[] {
	const { parent } = splitPath(path);
	// What is no directory has nothing behind a slash.
	const code = errnoOf(reads.faccessat(AT.FDCWD, parent === "/" ? parent : `${parent}/`, toWrite));
	// Root may do without, or do it as the user.
	const isClosed = code === errno.EACCES && reads.getresuid()[1] !== 0;
	if (code === errno.EROFS) {
		return [...readOnlyObstacle(reads, path, call)];
	}
	const error = new SyscallError(call, code);
	if (!isClosed && !saysAbsent(code)) {
		return [];
	}
	const said = isClosed ? refusedAt(reads, path, error, words) : absentAt(reads, path, error, words);
	// A link that is not gone by has been told already.
	return [{ ...said, refused: said.refused && { ...said.refused, call: "faccessat", code, path: parent }, at: [parent] }];
}

/** Whether there is anything behind a link that is not gone by is nobody's business. */
function absentAt(reads: Reads, path: string, error: SyscallError, words: Words): Obstacle {
	const link = words.byAnyLink === true || !path.startsWith("/") ? undefined : untrustedLinkOn(reads, path, isOfRoot);
	return refusedAt(reads, path, link ?? error, words);
}

function untrustedLinkOn(reads: Reads, path: string, mayFollow: WalkPolicy["mayFollow"]): UntrustedLink | undefined {
	try {
		walk(reads, path, { mayFollow }, () => 0);
		return undefined;
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return error;
		}
		throw error;
	}
}

/** What the step would say of it in its turn. */
export function refusedAt(reads: Reads, path: string, error: SyscallError | UntrustedLink, words: Words = {}): Obstacle {
	const [{ message, remedy, refused }] = refusal(error, { reads, path, ...words }).diagnostics;
	return { message, remedy, refused, at: [path] };
}

/** What a look that fails says. */
export function toldBy(error: unknown, ...at: readonly string[]): Obstacle[] {
	if (!(error instanceof Failure)) {
		throw error;
	}
	const [{ code, message, remedy, refused }] = error.diagnostics;
	return [{ message, remedy, refused, at, ...(code !== "STEP_FAILED" && { code }) }];
}
