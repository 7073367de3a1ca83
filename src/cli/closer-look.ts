import { withNamedSecrets } from "../config/named-values.ts";
import { type DeadEnd, deadEnd } from "../files/dead-end.ts";
import { splitPath } from "../files/path-text.ts";
import { whatIsFull } from "../files/what-is-full.ts";
import { whatIsImmutable } from "../files/what-is-immutable.ts";
import { waysOfRootGroup, whoMetWhat } from "../files/who-met-what.ts";
import type { ErrorCode } from "../report/codes.ts";
import { type Diagnostic, Failure, type Refused } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { nearest } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { processLimit } from "../steps/common/process-limits.ts";
import { namesIn, readOnlyObstacle } from "../steps/common/refusal.ts";
import { waysToHave, wayToMake } from "../steps/common/ways-to-have.ts";
import { waysToRead } from "../steps/common/ways-to-read.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";

/** Of what a call was refused, what the call does not say: which part of the path it is, whose that is, which file system is full. */
export function withCloserLook(failure: Failure, reads: Reads): Failure {
	const [first, ...others] = failure.diagnostics.map((each) => withNamedSecrets(closer(each, reads))) as [Diagnostic];
	return new Failure(first, ...others);
}

const dropsCommand = "the CMD of an image is dropped by an ENTRYPOINT above it, by --entrypoint, and by command: of a Pod: repeat it there";

const replacesCommand = "what stands behind the name of an image replaces its CMD: docker run IMAGE PROGRAM OPTIONS";

/** Of what has no other. */
const usualRemedies: Partial<Record<ErrorCode, string>> = {
	LIMIT_REFUSED: "write no more than that, or leave it out, or raise the hard limit of whoever starts the container",
	PASSWD_MALFORMED: "mend the file in the image, or what is mounted over it",
	PASSWD_UNREADABLE: "mend the file in the image, or what is mounted over it",
	USER_NO_GROUP: "name the group by itself, group: 1000",
};

export function closer({ refused, ...told }: Diagnostic, reads: Reads): Diagnostic {
	const seen = refused === undefined ? undefined : look(reads, refused);
	if (told.code === "COMMAND_MISSING") {
		return { ...told, remedy: [...(told.remedy ?? []), dropsCommand] };
	}
	if (told.code === "COMMAND_NOT_FOUND" && told.message.startsWith('"-')) {
		return { ...told, remedy: [replacesCommand] };
	}
	const message = seen?.message === undefined ? told.message : `${told.message}: ${seen.message}`;
	const further = refused?.code === errno.EACCES && refused.path?.startsWith("/") === true ? waysOfRootGroup(reads, refused.path) : [];
	const usual = usualRemedies[told.code];
	return {
		...told,
		message,
		...(usual !== undefined && (told.remedy ?? []).length === 0 && { remedy: [usual] }),
		...(further.length > 0 && { remedy: [...(told.remedy ?? []), ...further] }),
		...(seen?.remedy !== undefined && { remedy: seen.remedy }),
		...(refused?.toMake !== undefined && making(reads, refused, refused.toMake, message)),
	};
}

/** The directory that is missing may be another than the one that is written, and one that cannot be made. */
function making(reads: Reads, { isOfAnyKind = false }: Refused, missing: string, message: string): Problem {
	const at = deadEnd(reads, missing)?.at ?? missing;
	const [barred] = readOnlyObstacle(reads, at, "mkdirat");
	return barred === undefined
		? { message, remedy: isOfAnyKind ? waysToHave(reads, at) : [wayToMake(reads, at)] }
		: { message: `${message}, and ${barred.message}`, remedy: barred.remedy };
}

/** What to do about it takes the place of what is known without looking, where that is told too. */
function look(reads: Reads, { call, code, path, toMake, bytes }: Refused): Partial<Problem> | undefined {
	if (code === errno.EAGAIN) {
		return processLimit(reads, call);
	}
	if (path?.startsWith("/") !== true) {
		return undefined;
	}
	switch (code) {
		case errno.ENOENT:
		case errno.ENOTDIR:
		case errno.ELOOP: {
			const end = deadEnd(reads, path);
			return end === undefined || (end.isPlain && toMake !== undefined) ? undefined : whereItEnds(reads, path, end);
		}
		case errno.ENOSPC:
			return whatIsFull(reads, path, bytes);
		case errno.EDQUOT:
			return withoutRemedy(whatIsFull(reads, path)?.message);
		case errno.EPERM:
			return whatIsImmutable(reads, path);
		case errno.EROFS: {
			const remedy = waysToRead(reads, call, path);
			return remedy && { remedy };
		}
		case errno.EACCES:
			return withoutRemedy(whoMetWhat(reads, call, path));
		default:
			return undefined;
	}
}

function withoutRemedy(message: string | undefined): Problem | undefined {
	return message === undefined ? undefined : { message };
}

/** Any other is near to a shorter one. */
const shortest = 3;

/** Of what is simply not there: the directory that is missing above it, or what has nearly its name. */
function whereItEnds(reads: Reads, path: string, { words, isPlain, missing }: DeadEnd): Problem | undefined {
	if (!isPlain || missing !== path) {
		return { message: words };
	}
	const { parent, name } = splitPath(path);
	const near = name.length < shortest ? undefined : nearest(name, namesIn(reads, parent) ?? []);
	return withoutRemedy(near === undefined ? undefined : `${quoted(parent)} has ${quoted(near)}`);
}
