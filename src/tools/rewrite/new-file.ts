import { writeWhole } from "../../files/place.ts";
import { fail } from "../../report/failure.ts";
import { must } from "../../sys/act.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";

/** Where nothing is, not even a link. FILE_NOT_WRITTEN */
export function writeNewFile(host: Host, path: string, text: string): void {
	try {
		const fd = must(host, "open", AT.FDCWD, path, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o644, 0) as number;
		withDescriptor(host, fd, () => writeWhole(host, fd, text));
	} catch (error) {
		if (!(error instanceof SyscallError)) {
			throw error;
		}
		const { message, remedy } = errnoText(error.call, error.errno);
		const isThere = error.errno === errno.EEXIST;
		fail("FILE_NOT_WRITTEN", `cannot be written: ${error.call}: ${message}`, {
			where: path,
			remedy: isThere ? ["write it to another file, or remove this one first"] : remedy,
		});
	}
}
