import { deadEnd } from "../files/dead-end.ts";
import { whatIsFull } from "../files/what-is-full.ts";
import { whoMetWhat } from "../files/who-met-what.ts";
import { type Diagnostic, Failure, type Refused } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { readOnlyObstacle, toMakeFirst } from "../steps/common/refusal.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";

/** Of what a call was refused, what the call does not say: which part of the path it is, whose that is, which file system is full. */
export function withCloserLook(failure: Failure, reads: Reads): Failure {
	const [first, ...others] = failure.diagnostics.map((each) => closer(each, reads)) as [Diagnostic];
	return new Failure(first, ...others);
}

export function closer({ refused, ...told }: Diagnostic, reads: Reads): Diagnostic {
	const seen = refused === undefined || !refused.path.startsWith("/") ? undefined : look(reads, refused);
	const message = seen === undefined ? told.message : `${told.message}: ${seen}`;
	return { ...told, message, ...(refused?.toMake !== undefined && making(reads, refused.toMake, message)) };
}

/** The directory that is missing may be another than the one that is written, and one that cannot be made. */
function making(reads: Reads, missing: string, message: string): Problem {
	const at = deadEnd(reads, missing)?.at ?? missing;
	const [barred] = readOnlyObstacle(reads, at, "mkdirat");
	return barred === undefined
		? { message, remedy: [toMakeFirst(at)] }
		: { message: `${message}, and ${barred.message}`, remedy: barred.remedy };
}

function look(reads: Reads, { call, code, path }: Refused): string | undefined {
	switch (code) {
		case errno.ENOENT:
		case errno.ENOTDIR:
		case errno.ELOOP: {
			const end = deadEnd(reads, path);
			return end?.isPlain === false ? end.words : undefined;
		}
		case errno.ENOSPC:
		case errno.EDQUOT:
			return whatIsFull(reads, path);
		case errno.EACCES:
			return whoMetWhat(reads, call, path);
		default:
			return undefined;
	}
}
