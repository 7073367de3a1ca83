import { isSame } from "../../files/trust.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { AT, LEASE, O } from "../../sys/constants.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { procPath, readProc } from "../../sys/proc.ts";

const OVERLAYFS_SUPER_MAGIC = 0x794c_7630;
const mostLooks = 8;

/** Images that had no writer when they were mounted writable by this start: from then on its own loop device is one. */
const judged: Stat[] = [];

/**
 * Who may write to an image by now says nothing of who has it open for writing since before, which no mode and no owner takes away. A
 * lease for reading is given only where nobody has, be it by a mapping; it is given back at once, since nobody but root can open the image
 * for writing any more. `reading` is a descriptor for reading alone. fcntl(2), F_SETLEASE
 */
export function requireNoWriter(host: Host, reading: number, source: string, stat: Stat, willWrite: boolean): void {
	if (judged.some((each) => isSame(each, stat))) {
		return;
	}
	const leased = host.lease(reading, LEASE.READ);
	if (leased === -errno.EAGAIN) {
		fail(
			"STEP_FAILED",
			`mount: ${quoted(source)} is open for writing by another process, or mounted by another start: it could change under the kernel`,
			{
				remedy: [
					"end what has it open (fuser -v, lsof), or unmount it where it is mounted writable",
					"or mount a copy, one for each start: the step copy before this one",
				],
			},
		);
	}
	if (leased < 0) {
		failUnknown(source, `F_SETLEASE: ${errnoName(leased)}`, "keep it on a local file system, or in the image of the container");
	}
	host.lease(reading, LEASE.NONE);
	const system = host.fstatfs(reading);
	if (typeof system === "number" || system[0] === OVERLAYFS_SUPER_MAGIC) {
		requireRootsProcesses(host, source);
	}
	if (willWrite) {
		judged.push(stat);
	}
}

function failUnknown(source: string, why: string, remedy: string): never {
	fail("STEP_FAILED", `mount: ${quoted(source)}: whether another process has it open for writing is not to be known: ${why}`, {
		remedy: [remedy],
	});
}

/**
 * In an overlay a mapping is one of the file below it, of which the lease does not know once its descriptor is closed. Only processes of this
 * container have the overlay, and those of root are no danger; what another one maps moves under a look at it.
 */
function requireRootsProcesses(reads: Reads, source: string): void {
	if (reads.readlinkat(AT.FDCWD, procPath(reads, "self")) !== `${reads.getpid()}`) {
		failUnknown(
			source,
			"it lies on an overlay, and /proc is that of another pid namespace",
			"mount /proc: - mount: {type: proc, target: /proc}",
		);
	}
	for (let look = 0; look < mostLooks; look++) {
		const found = processesOf(reads).map((pid) => [pid, readProc(reads, `${pid}/status`)] as const);
		const other = found.find(([, status]) => !isGone(status) && !isOfRoot(status));
		if (other !== undefined) {
			failUnknown(
				source,
				`it lies on an overlay, whose files process ${other[0]} may have mapped, which is not root's`,
				"keep it in a volume, whose file system tells, or mount it before the step that starts the process",
			);
		}
		// One that is gone may have left a child that came after the list.
		if (!found.some(([, status]) => isGone(status))) {
			return;
		}
	}
	failUnknown(source, "it lies on an overlay, and processes come and go", "keep it in a volume, whose file system tells");
}

function processesOf(reads: Reads): string[] {
	const proc = mustRead("open", reads.openRead(AT.FDCWD, procPath(reads, ""), O.RDONLY | O.DIRECTORY, 0));
	const names = withDescriptor(reads, proc, () => mustRead<string[]>("getdents", reads.readDirectory(proc)));
	return names.filter((name) => /^\d+$/.test(name));
}

function isGone(read: unknown): boolean {
	return read === -errno.ENOENT || read === -errno.ESRCH;
}

/** proc_pid_status(5) */
function isOfRoot(status: unknown): boolean {
	return typeof status === "string" && /^Uid:(?:\s+0){4}$/m.test(status);
}
