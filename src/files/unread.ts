import type { Problem } from "../report/problem.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Errno } from "../sys/native.ts";

const mebibyte = 1_048_576;

/** What the kernel's answer says of a file that was to be read: `ENOENT: there is no such file`. open(2), read(2) */
export function whyUnread(code: Errno, limit: number): Problem {
	if (Math.abs(code) === errno.EFBIG) {
		return { message: `it is larger than ${limit < mebibyte ? `${limit / 1024} KiB` : `${limit / mebibyte} MiB`}` };
	}
	return errnoText("unread", code);
}
