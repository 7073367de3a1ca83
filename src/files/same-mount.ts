import { O, RESOLVE } from "../sys/constants.ts";
import { errno, mayBeAbsent } from "../sys/errno.ts";
import type { Errno, Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { mountIdOf, tableOf } from "./mount-facts.ts";

/**
 * Opens the directory of that name where it lies on the same mount as the one above; EXDEV where it does not, and links are not followed.
 * openat2(2) tells, and without it the ids of mounts; ENOSYS where there are none either and the device is mounted twice.
 */
export function openDirectoryHere(reads: Reads, above: number, name: string): number | Errno {
	const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;
	const here = reads.openRead(above, name, flags, RESOLVE.NO_XDEV);
	if (!mayBeAbsent(here)) {
		return here;
	}
	const fd = reads.openRead(above, name, flags, 0);
	const refused = fd < 0 ? undefined : whyElsewhere(reads, above, fd);
	if (refused === undefined) {
		return fd;
	}
	reads.close(fd);
	return refused;
}

/**
 * An entry itself; EXDEV where another mount begins, whose server is not asked anything. Without openat2(2) it is opened all the same, and only a
 * look at it would tell.
 */
export function openEntryHere(reads: Reads, directory: number, name: string): number | Errno {
	const flags = O.PATH | O.NOFOLLOW;
	const here = reads.openRead(directory, name, flags, RESOLVE.NO_XDEV);
	return mayBeAbsent(here) ? reads.openRead(directory, name, flags, 0) : here;
}

function whyElsewhere(reads: Reads, above: number, fd: number): Errno | undefined {
	const [outer, inner] = [mountIdOf(reads, above), mountIdOf(reads, fd)];
	if (outer !== undefined && inner !== undefined) {
		return outer === inner ? undefined : -errno.EXDEV;
	}
	const [over, under] = [reads.fstat(above), reads.fstat(fd)];
	if (typeof over === "number" || typeof under === "number" || over.dev !== under.dev) {
		return -errno.EXDEV;
	}
	return tableOf(reads).filter(({ device }) => device === under.dev).length === 1 ? undefined : -errno.ENOSYS;
}

/** Opens an entry some directories below, none of which may be a link. The last may be one, and is itself opened. */
export function openBelow(reads: Reads, top: number, path: string): number | Errno {
	const flags = O.PATH | O.NOFOLLOW;
	const direct = reads.openRead(top, path, flags, RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS);
	if (!mayBeAbsent(direct)) {
		return direct;
	}
	const names = path.split("/").filter((name) => name !== "" && name !== ".");
	return names
		.slice(1)
		.reduce(
			(above, name) => (above < 0 ? above : withDescriptor(reads, above, () => reads.openRead(above, name, flags, 0))),
			reads.openRead(top, names[0] ?? ".", flags, 0),
		);
}
