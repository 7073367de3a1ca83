import { type CapabilityName, capability } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { cloneTree } from "../../files/mounting.ts";
import { observeUserNamespace, type UserNamespace } from "../../identity/user-namespace.ts";
import type { Problem } from "../../report/problem.ts";
import { must } from "../../sys/act.ts";
import { AT, O, SIG } from "../../sys/constants.ts";
import { errno, errnoName, mayBeAbsent } from "../../sys/errno.ts";
import { forkChild } from "../../sys/fork.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { procPath } from "../../sys/proc.ts";
import type { Need } from "../step.ts";

/** Mounts that show what belongs to one owner as another's, without a change on disk. mount_setattr(2) MOUNT_ATTR_IDMAP */

export interface Ids {
	readonly uid: number;
	readonly gid: number;
}

export interface MappedTree {
	/** Who owns it on disk, and as whose it is shown. */
	readonly from: Ids;
	readonly to: Ids;
	/** MOUNT_ATTR_ bits of the uppermost mount. */
	readonly attributes: number;
	/** Those of what is mounted below, which is shown as it is. */
	readonly attributesBelow: number;
	/** Whether what is mounted below is shown at all. */
	readonly recursive: boolean;
}

const MOUNT_ATTR_IDMAP = 0x10_0000;
const CLONE_NEWUSER = 0x1000_0000;

/** The map holds every id, root's as well, so that nothing there is nobody's: that takes SETFCAP. user_namespaces(7) */
export function needsToMap(path: string): Need[] {
	return (["SYS_ADMIN", "SETUID", "SETGID", "SETFCAP"] as const).map((name) => ({
		anyOf: [name],
		certain: true,
		purpose: name === "SYS_ADMIN" ? `to mount at ${path}` : `to map the ids of ${path}`,
	}));
}

/** Shows the tree that is open as `from` on the directory that is open as `target`. Where a call fails, nothing is mounted. */
export function mountMapped(host: Host, from: number, target: number, tree: MappedTree): void {
	const { attributes, attributesBelow, recursive } = tree;
	const maps = mapsOf(host, tree);
	withDescriptor(host, mustRead<number>("openTree", cloneTree(host, from, recursive)), (clone) => {
		withDescriptor(host, openNamespace(host, maps), (namespace) =>
			must(host, "mountSetattr", clone, BigInt(MOUNT_ATTR_IDMAP | attributes), 0n, 0n, false, namespace),
		);
		const shown = mustRead("fstat", host.fstat(clone));
		if (shown.uid !== tree.to.uid || shown.gid !== tree.to.gid) {
			throw new SyscallError("mountSetattr", errno.EINVAL);
		}
		if (attributesBelow !== 0) {
			must(host, "mountSetattr", clone, BigInt(attributesBelow), 0n, 0n, true);
		}
		must(host, "moveMount", clone, target);
	});
}

/** What a refusal says of the file system, the kernel or what is held. */
export function whyUnmapped({ call, errno: code, words }: SyscallError, reads: Reads): Problem {
	const name = names[call] ?? call;
	if (mayBeAbsent(-code) && code !== errno.EPERM) {
		return { message: "this kernel is older than Linux 5.12, or a sandbox without such mounts" };
	}
	const lacking = code === errno.EPERM ? lackingFor(reads, name) : [];
	if (lacking.length > 0) {
		return { message: `${lacking.join(" and ")} ${lacking.length === 1 ? "is" : "are"} not held` };
	}
	const meaning = words ?? meanings[`${name} ${errnoName(code)}`];
	return { message: meaning ?? `${name}: ${errnoName(code)}${code === errno.EACCES ? ", as AppArmor or SELinux says" : ""}` };
}

/** What the kernel asks of who writes a map. */
function lackingFor(reads: Reads, name: string): CapabilityName[] {
	const asked: readonly CapabilityName[] = name === "uid_map" ? ["SETUID", "SETFCAP"] : name === "gid_map" ? ["SETGID", "SETFCAP"] : [];
	const sets = reads.capget(0);
	return typeof sets === "number" ? [] : asked.filter((each) => !CapabilitySet.fromBits(sets[0]).has(capability(each)));
}

const names: Readonly<Record<string, string>> = { openTree: "open_tree", moveMount: "move_mount", mountSetattr: "mount_setattr" };

const meanings: Readonly<Record<string, string>> = {
	"open_tree EPERM": "SYS_ADMIN is not held, or a filter refuses open_tree",
	"mount_setattr EINVAL": "its file system cannot map ids, as an overlay, NFS and most of FUSE cannot",
	"mount_setattr EPERM": "its ids are mapped already, or its file system belongs to another user namespace",
	"unshare EPERM": "user namespaces are refused here, as they are in a chroot and by filters",
	"unshare ENOSPC": "no user namespace can be made here (user.max_user_namespaces)",
	"uid_map EPERM": "a filter or a security module refuses it",
	"gid_map EPERM": "a filter or a security module refuses it",
};

interface Maps {
	readonly uid_map: string;
	readonly gid_map: string;
}

/** In a user namespace apart, maps are the runtime's and believed (src/files/mount-facts.ts): none may be ours. The kernel would let us map a tmpfs. */
function mapsOf(reads: Reads, { from, to }: MappedTree): Maps {
	if (observeUserNamespace(reads) !== undefined) {
		throw new SyscallError("mountSetattr", -errno.EPERM);
	}
	return { uid_map: exchange(everyId, from.uid, to.uid), gid_map: exchange(everyId, from.gid, to.gid) };
}

type Ranges = UserNamespace["uids"];
const everyId: Ranges = [{ first: 0, length: 4_294_967_295 }];

/**
 * Everybody is who they are on disk, but for the two, who are each other. Were the second one left out, what it owns on disk would be nobody's,
 * whom not even root can take an entry from, and were root left out, root could make nothing there: EOVERFLOW. Lines of id on disk, id that
 * is shown, length.
 */
export function exchange(ranges: Ranges, one: number, other: number): string {
	const cuts = one === other ? [] : [one, other].sort((left, right) => left - right);
	const kept = cuts.reduce((pieces, id) => pieces.flatMap((piece) => without(piece, id)), ranges);
	const lines = kept.map(({ first, length }) => `${first} ${first} ${length}\n`);
	return [...lines, ...(one === other ? [] : [`${one} ${other} 1\n`, `${other} ${one} 1\n`])].join("");
}

function without({ first, length }: Ranges[number], id: number): Ranges {
	const end = first + length;
	if (id < first || id >= end) {
		return [{ first, length }];
	}
	return [
		{ first, length: id - first },
		{ first: id + 1, length: end - id - 1 },
	].filter((piece) => piece.length > 0);
}

/** A user namespace is made by whoever enters it: by a child, which is gone before this returns. The namespace stays open. user_namespaces(7) */
function openNamespace(host: Host, maps: Maps): number {
	const open = new Set<number>();
	const pipe = () => {
		const ends = must(host, "pipe") as [number, number];
		for (const end of ends) {
			open.add(end);
		}
		return ends;
	};
	const close = (end: number) => {
		open.delete(end);
		host.close(end);
	};
	try {
		const [entered, enter] = pipe();
		const [end, hold] = pipe();
		const child = forkChild(host, () => {
			host.close(hold);
			const result = host.unshare(CLONE_NEWUSER);
			host.write(enter, `${result}`);
			// Until it is closed, or we are gone.
			host.read(end, 1);
			return 0;
		});
		try {
			close(enter);
			const result = mustRead<string>("read", host.read(entered, 16));
			if (result !== "0") {
				throw new SyscallError("unshare", Number(result) || -errno.ECHILD);
			}
			return mapped(host, child, maps);
		} finally {
			close(hold);
			host.kill(child, SIG.KILL);
			must(host, "waitpid", child, 0);
		}
	} finally {
		for (const end of open) {
			host.close(end);
		}
	}
}

function mapped(host: Host, child: number, maps: Maps): number {
	if (host.readlinkat(AT.FDCWD, procPath(host, "self")) !== `${host.getpid()}`) {
		// Another namespace's, where the child has another number.
		throw new SyscallError("readlinkat", errno.ESRCH, "/proc is that of another pid namespace");
	}
	for (const [name, text] of Object.entries(maps)) {
		const fd = mustRead("open", host.open(AT.FDCWD, procPath(host, `${child}/${name}`), O.WRONLY, 0, 0));
		withDescriptor(host, fd, () => mustRead(name, host.write(fd, text)));
	}
	return mustRead("open", host.openRead(AT.FDCWD, procPath(host, `${child}/ns/user`), O.RDONLY, 0));
}
