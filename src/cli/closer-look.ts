import { deadEnd } from "../files/dead-end.ts";
import { whatIsFull } from "../files/what-is-full.ts";
import { whoMetWhat } from "../files/who-met-what.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";

/** Of what a call was refused, what the call does not say: which part of the path it is, whose that is, which file system is full. */
export function withCloserLook(failure: Failure, reads: Reads): Failure {
	const [first, ...others] = failure.diagnostics.map((each) => closer(each, reads)) as [Diagnostic];
	return new Failure(first, ...others);
}

export function closer({ refused, ...told }: Diagnostic, reads: Reads): Diagnostic {
	const seen = refused === undefined || !refused.path.startsWith("/") ? undefined : look(reads, refused);
	return seen === undefined ? told : { ...told, message: `${told.message}: ${seen}` };
}

function look(reads: Reads, { call, code, path }: NonNullable<Diagnostic["refused"]>): string | undefined {
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
