import { lookTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import type { Problem } from "../../report/problem.ts";
import { O } from "../../sys/constants.ts";
import { refusedCall } from "../../sys/filter.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { type SyscallError, withDescriptor } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";
import { mayBeUnmapped } from "./unmapped.ts";

/** What was to be changed or opened, as far as it is known. */
export interface RefusedEntry {
	readonly reads: Reads;
	/** For a message; the entry's own path unless `fd` or `stat` tell more. */
	readonly path: string;
	/** A descriptor on the file system concerned, if one is open. */
	readonly fd?: number;
	/** What the entry was. */
	readonly stat?: Stat | undefined;
}

const onServer = ["give the files their owner where they really are, on the server or the host (NFS: or export with no_root_squash)"];
const byOptions = ["mount it with the options uid= and gid= of the user: it keeps no owners"];

/** File systems in which root is nobody special, or nothing has an owner, by their number in statfs(2). */
const deciding: ReadonlyMap<number, readonly [name: string, remedy: readonly string[]]> = new Map([
	[0x6969, ["nfs", onServer]],
	[0xff534d42, ["cifs", byOptions]],
	[0xfe534d42, ["smb3", byOptions]],
	[0x65735546, ["fuse", [...onServer, "or mount it with allow_other, where it lets nobody in but its user"]]],
	[0x01021997, ["9p", onServer]],
	[0x00c36400, ["ceph", onServer]],
	[0x4d44, ["vfat", byOptions]],
	[0x2011bab0, ["exfat", byOptions]],
	[0x0bd00bd0, ["lustre", onServer]],
	[0x47504653, ["gpfs", onServer]],
	[0x19830326, ["beegfs", onServer]],
	[0x5346414f, ["afs", onServer]],
	[0x6b414653, ["afs", onServer]],
	[0x20030528, ["orangefs", onServer]],
	[0x786f4256, ["vboxsf", onServer]],
]);

/** Who may stand behind EPERM or EACCES when no capability is missing. What can be ruled out is not named. */
export function refuserOf(error: SyscallError, entry: RefusedEntry, overridesModes: boolean): Problem {
	const { reads } = entry;
	const [stat, above] = [statOf(entry), entry.path.startsWith("/") ? statOf({ reads, path: splitPath(entry.path).parent }) : undefined];
	const isAbove = !mayBeUnmapped(reads, stat?.uid, stat?.gid);
	if (!isAbove || mayBeUnmapped(reads, above?.uid, above?.gid)) {
		return {
			message: `its ${isAbove ? "directory's owner" : "owner"} does not exist in this user namespace, so that no capability counts for it`,
			remedy: [
				"chown it on the host to an id that is mapped: /proc/self/uid_map and gid_map here show which",
				"or map its owner: podman --userns=keep-id or --uidmap, subuid and subgid of the runtime, an idmapped mount",
			],
		};
	}
	const [name, remedy] = decidingSystem(entry) ?? [];
	if (name !== undefined) {
		return { message: `the file system (${name}) refused it: there capabilities do not count`, remedy: remedy ?? [] };
	}
	if (error.is("EACCES")) {
		return overridesModes
			? { message: "a security module (AppArmor, SELinux, Landlock) refused it: CAP_DAC_OVERRIDE is held" }
			: { message: "a file permission or a security module (AppArmor, SELinux, Landlock) refused it" };
	}
	const refusers = [
		...(entry.path.startsWith("/") ? ["a file attribute (lsattr)"] : []),
		...(reads.getSeccomp() === 0 ? [] : ["a seccomp filter"]),
		...(isConfined(reads) ? ["a security module"] : []),
	];
	const letItPass = reads.getSeccomp() === 0 ? undefined : refusedCall(error).remedy;
	return { message: `${refusers.join(" or ") || "the kernel"} refused it, although no capability is missing`, remedy: letItPass };
}

/** Of what is not there yet, or lies where root is not let in, that of the nearest directory above that can be opened. */
export function decidingSystem(entry: RefusedEntry): readonly [name: string, remedy: readonly string[]] | undefined {
	const { reads, path, fd } = entry;
	const system = onEntry(entry, (opened) => reads.fstatfs(opened));
	if (system === undefined && fd === undefined && path.startsWith("/") && path !== "/") {
		return decidingSystem({ reads, path: splitPath(path).parent });
	}
	return deciding.get(typeof system === "object" ? system[0] : 0);
}

/** What was to be changed; `undefined` when it is not there or cannot be reached. */
export function statOf(entry: RefusedEntry): Stat | undefined {
	const stat = entry.stat ?? onEntry(entry, (fd) => entry.reads.fstat(fd));
	return typeof stat === "object" ? stat : undefined;
}

/** Modules that take capabilities away give their processes a label. */
function isConfined(reads: Reads): boolean {
	const label = readProc(reads, "self/attr/current");
	return typeof label === "string" && !/^unconfined\b/.test(label);
}

function onEntry<T>({ reads, path, fd }: RefusedEntry, use: (fd: number) => T | number): T | number | undefined {
	if (fd !== undefined || !path.startsWith("/")) {
		return fd === undefined ? undefined : use(fd);
	}
	const opened = lookTrusted(reads, path, O.PATH);
	return opened < 0 ? undefined : withDescriptor(reads, opened, use);
}
