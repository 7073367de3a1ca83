import { describe, expect, it } from "vitest";
import { type ErrnoName, errno } from "../../../src/sys/errno.ts";
import { errnoMeaning, errnoText } from "../../../src/sys/errno-meaning.ts";

/** Each is dealt with where it comes, or says what a connection met, in words of its own. */
const bare: readonly ErrnoName[] = [
	...([
		"ESRCH",
		"EINTR",
		"ENOEXEC",
		"EBADF",
		"EBADFD",
		"ECHILD",
		"ENOTBLK",
		"ERANGE",
		"ENODATA",
		"EPROTO",
		"EOVERFLOW",
		"ELIBBAD",
		"ENOTSOCK",
	] as const),
	...(["EPROTONOSUPPORT", "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETUNREACH", "ECONNABORTED", "ECONNRESET"] as const),
	...(["EISCONN", "ECONNREFUSED", "EHOSTUNREACH", "EINPROGRESS"] as const),
];

describe("what an errno means", () => {
	it("is known of every other one, whatever the call", () => {
		const unknown = Object.entries(errno).filter(([, code]) => errnoMeaning("anything", code) === undefined);
		expect(unknown.map(([name]) => name).sort()).toEqual([...bare].sort());
	});

	it.each<[string, ErrnoName, string, readonly string[]]>([
		[
			"fork",
			"EAGAIN",
			"EAGAIN: there are as many processes as the container's limit allows, or RLIMIT_NPROC",
			["docker run --pids-limit N --ulimit nproc=N ... | kubernetes: podPidsLimit of the kubelet | or here: limits: {nproc: N}"],
		],
		["read", "EAGAIN", "EAGAIN: the kernel has none left to give at the moment", []],
		[
			"setgroups",
			"EINVAL",
			"EINVAL: a group is not mapped in this user namespace, or there are more than 65536",
			["map it (cat /proc/self/gid_map), or name fewer"],
		],
		["write", "EINVAL", "EINVAL: the kernel, or the file system, does not take such a value", []],
		[
			"renameat2",
			"EBUSY",
			"EBUSY: it is mounted by itself, so that nothing can take its place",
			["mount the directory that it lies in instead"],
		],
		["umount", "EBUSY", "EBUSY: a process uses it", []],
		["mkdirat", "EBUSY", "EBUSY: something uses it, or is mounted on it", []],
		["write", "ENOSPC", "ENOSPC: the file system is full", ["make room (df -h, df -i), or give the volume or tmpfs more: size="]],
		["moveMount", "ENOSPC", "ENOSPC: there are as many mounts as the machine allows", ["sysctl fs.mount-max of the machine"]],
		["write", "EDQUOT", "EDQUOT: the quota of its owner, or of the project, is used up", ["make room, or raise the quota"]],
		["keyctl", "EDQUOT", "EDQUOT: the user has as many keys as it may", ["sysctl kernel.keys.maxkeys of the machine"]],
		["write", "EFBIG", "EFBIG: it would be larger than RLIMIT_FSIZE or the file system allows", ["docker run --ulimit fsize=-1"]],
		["open", "EMFILE", "EMFILE: this process has as many files open as RLIMIT_NOFILE allows", ["docker run --ulimit nofile=N"]],
		[
			"execve",
			"ETXTBSY",
			"ETXTBSY: a process has it open for writing",
			["let what writes it end before: a daemon that a step left, or another container"],
		],
		["anything", "ECHILD", "ECHILD", undefined as never],
	])("by %s: %s", (call, name, message, remedy) => {
		expect(errnoText(call, -errno[name])).toEqual({ message, remedy });
	});
});
