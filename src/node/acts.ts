import { constants, fchmodSync, fchownSync, fsyncSync, openSync, renameSync, unlinkSync } from "node:fs";
import { O } from "../sys/constants.ts";
import type { Acts } from "../sys/native.ts";
import { at, attempt, nativeFlags } from "./files.ts";

/** What it takes to put a file in another's place; nothing else of a machine is changed under Node. */
export const acts: Pick<Acts, "open" | "unlinkat" | "renameat2" | "fchmod" | "fchown" | "fsync"> = {
	// What there is no name for in the native flags is a file that is made, to be written alone.
	open: (dirfd, path, flags, mode) =>
		attempt(() => {
			const making = (flags & O.CREAT) === 0 ? 0 : constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
			return openSync(at(dirfd, path), nativeFlags(flags) | making, mode);
		}),
	unlinkat: (dirfd, path) => done(() => unlinkSync(at(dirfd, path))),
	renameat2: (fromDirectory, from, toDirectory, to) => done(() => renameSync(at(fromDirectory, from), at(toDirectory, to))),
	fchmod: (fd, mode) => done(() => fchmodSync(fd, mode)),
	fchown: (fd, uid, gid) => done(() => fchownSync(fd, uid ?? -1, gid ?? -1)),
	fsync: (fd) => done(() => fsyncSync(fd)),
};

function done(work: () => void): number {
	return attempt(() => {
		work();
		return 0;
	});
}
