import { ownedByKernel } from "../../files/file-systems.ts";
import { mountAt } from "../../files/mountinfo.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import { quoted } from "../../report/text.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno } from "../../sys/native.ts";
import type { SyscallError } from "../../sys/observe.ts";
import type { RefusedEntry } from "./refuser.ts";

/** What every look at a file system may be answered with when its server or daemon is gone. */
export function isDead(code: Errno): boolean {
	return [errno.ENOTCONN, errno.ESTALE, errno.EIO, errno.EHOSTDOWN, errno.ETIMEDOUT, errno.ECONNABORTED].includes(-code as never);
}

/** What stands behind the answers of a file system whose server or daemon is gone. Which mount that is, the kernel's own table tells. */
export function deadMount(error: SyscallError, { reads, path }: RefusedEntry): Problem | undefined {
	const mount = isDead(-error.errno) && path.startsWith("/") ? mountAt(reads, path) : undefined;
	if (mount === undefined || ownedByKernel(mount.type) || mount.type === "overlay") {
		return undefined;
	}
	const is = error.is("EIO", "EHOSTDOWN", "ETIMEDOUT")
		? "its server does not answer as it should"
		: "it is dead, because its server or daemon is gone";
	return {
		message: `${quoted(mount.point)} is a mount (${mount.type}), and ${is}`,
		remedy: [
			`umount --lazy ${shellWord(mount.point)}, or let a mount or fuse step replace it there (stale: replace), before this step`,
			"where it lies within a tree, exclude: [name] passes over it",
		],
	};
}
