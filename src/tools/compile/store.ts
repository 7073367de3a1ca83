import { placeFile, writeWhole } from "../../files/place.ts";
import { fail } from "../../report/failure.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host } from "../../sys/native.ts";
import { mustRead, SyscallError, unlessAbsent, withDescriptor } from "../../sys/observe.ts";

/** A start as another user than root reads it too. */
const mode = 0o644;

/** Puts a file in its place whole or not at all, as this process's own. A link that is there is replaced, not followed. */
export function store(host: Host, path: string, text: string): void {
	inDirectory(host, path, (directory, name) => {
		const wanted = { mode, uid: undefined, gid: undefined };
		if (placeFile(host, { directory, name, path, isPrivate: false }, wanted, (fd) => writeWhole(host, fd, text)) === undefined) {
			throw new SyscallError("open", errno.EEXIST);
		}
	});
}

/** Whether there was one. */
export function removeStored(host: Host, path: string): boolean {
	return inDirectory(host, path, (directory, name) => unlessAbsent("unlinkat", host.unlinkat(directory, name, 0)) !== undefined);
}

function inDirectory<T>(host: Host, path: string, act: (directory: number, name: string) => T): T {
	const slash = path.lastIndexOf("/");
	try {
		const opened = host.openRead(AT.FDCWD, slash < 0 ? "." : path.slice(0, slash + 1), O.RDONLY | O.DIRECTORY, 0);
		return withDescriptor(host, mustRead("open", opened), (directory) => act(directory, path.slice(slash + 1)));
	} catch (error) {
		if (!(error instanceof SyscallError)) {
			throw error;
		}
		const { message, remedy } = errnoText(error.call, error.errno);
		fail("SECCOMP_NOT_STORED", `cannot be stored: ${error.call}: ${message}`, { where: path, remedy });
	}
}
