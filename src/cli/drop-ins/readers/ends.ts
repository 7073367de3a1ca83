import type { ErrorCode } from "../../../report/codes.ts";
import { tell } from "../../../report/tell.ts";
import type { Host } from "../../../sys/native.ts";
import { spokenHere } from "../../../sys/runtime.ts";
import { alwaysEndingWith } from "../common/ends.ts";

/** As both programs end when something is wrong, whatever it is. */
export const failed = 1;
export const ends = alwaysEndingWith(failed);

/** Says what is wrong with one of several things that are asked for, and goes on. */
export function complain(host: Host, code: ErrorCode, where: string, message: string, remedy?: readonly string[]): typeof failed {
	tell(host, { format: "text" }, spokenHere(host, [{ code, where, message, remedy }]));
	return failed;
}
