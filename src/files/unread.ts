import type { Problem } from "../report/problem.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Errno } from "../sys/native.ts";

const mebibyte = 1_048_576;

const meanings: Readonly<Record<number, Problem>> = {
	[errno.ENOENT]: {
		message: "there is no such file",
		remedy: ["mount it there (docker run --volume, compose: secrets, kubernetes: a Secret), or write the path that it has"],
	},
	[errno.ENOTDIR]: { message: "a part of its path is no directory" },
	[errno.ELOOP]: { message: "its links lead in a circle" },
	[errno.EACCES]: {
		message: "its mode, or that of a directory above it, is closed to who reads it here",
		remedy: ["chmod (kubernetes: defaultMode of the volume), or docker run --cap-add DAC_READ_SEARCH"],
	},
};

/** What the kernel's answer says of a file that was to be read: `ENOENT: there is no such file`. open(2), read(2) */
export function whyUnread(code: Errno, limit: number): Problem {
	if (Math.abs(code) === errno.EFBIG) {
		return { message: `it is larger than ${limit < mebibyte ? `${limit / 1024} KiB` : `${limit / mebibyte} MiB`}` };
	}
	const meaning = meanings[Math.abs(code)];
	const name = errnoName(code);
	return meaning === undefined ? { message: name } : { ...meaning, message: `${name}: ${meaning.message}` };
}
