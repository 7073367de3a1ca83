import { splitPath } from "../../files/path-text.ts";
import { writeWhole } from "../../files/place.ts";
import { fromRoot, UntrustedLink, walk } from "../../files/walk.ts";
import { fail } from "../../report/failure.ts";
import { must } from "../../sys/act.ts";
import { O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import { linksToFollow } from "./replace.ts";

/** Where nothing is, not even a link, and in a directory that is reached by no link of another. FILE_NOT_WRITTEN */
export function writeNewFile(host: Host, path: string, text: string): void {
	try {
		const { parent, name } = splitPath(fromRoot(host, path));
		const result = walk(host, parent, { mayFollow: linksToFollow(host) }, ({ place }) => {
			const fd = must(host, "open", place.fd, name, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o644, 0) as number;
			withDescriptor(host, fd, () => writeWhole(host, fd, text));
			return 0;
		});
		if (result < 0) {
			throw new SyscallError("open", result);
		}
	} catch (error) {
		if (error instanceof UntrustedLink) {
			fail("FILE_NOT_WRITTEN", `cannot be written: ${error.message}`, { where: path, remedy: ["name the directory that is meant itself"] });
		}
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
