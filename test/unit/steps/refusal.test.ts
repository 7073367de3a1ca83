import { describe, expect, it } from "vitest";
import { type CapabilityName, capability } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { UntrustedLink } from "../../../src/files/walk.ts";
import { mountMeanings } from "../../../src/steps/common/mount-refusal.ts";
import { type Refused, RefusedBySystem, refusal } from "../../../src/steps/common/refusal.ts";
import { S, ST } from "../../../src/sys/constants.ts";
import { type ErrnoName, errno } from "../../../src/sys/errno.ts";
import type { Reads, Stat } from "../../../src/sys/native.ts";
import { SyscallError } from "../../../src/sys/observe.ts";

interface Machine {
	readonly readOnly?: boolean;
	/** Of the file system, as statfs(2) numbers it. */
	readonly system?: number;
	/** Of what was refused. */
	readonly entry?: { readonly mode?: number; readonly uid?: number };
	/** Of the directory it lies in. */
	readonly above?: number;
	readonly seccomp?: number;
	/** Contents of files below /proc/self. */
	readonly proc?: Readonly<Record<string, string>>;
	readonly meanings?: Refused["meanings"];
	readonly readsOnly?: boolean;
}

const handles = { root: 2, entry: 3, above: 4, proc: 5 };

function readsWith(effective: readonly CapabilityName[], machine: Machine = {}): Reads {
	const { readOnly = false, system = 0xef53, entry = {}, above = 0o755, seccomp = 0, proc = {} } = machine;
	const bits = CapabilitySet.from(effective.map(capability)).bits;
	const names = Object.keys(proc).map((name) => `/proc/self/${name}`);
	return {
		capget: () => [bits, bits, 0n],
		capbsetReadAll: () => [bits, 40],
		getSecurebits: () => 0,
		fstatfs: (fd: number) => (fd === handles.root ? [0x9fa0, 0] : [system, readOnly ? ST.RDONLY : 0]),
		getSeccomp: () => seccomp,
		getresuid: () => [0, 0, 0],
		openRead: (_: number, path: string) =>
			path === "/proc"
				? handles.root
				: path === "/"
					? handles.above
					: names.includes(path)
						? handles.proc + names.indexOf(path)
						: -errno.ENOENT,
		readAll: (fd: number) => Object.values(proc)[fd - handles.proc],
		fstat: (fd: number) =>
			fd === handles.above ? { mode: S.IFDIR | above, uid: 0, gid: 0 } : { mode: S.IFREG | 0o644, uid: 0, gid: 0, ...entry },
		close: () => 0,
		readDirectory: () => [],
	} as unknown as Reads;
}

function words(call: string, name: ErrnoName, held: readonly CapabilityName[], machine: Machine = {}): string {
	const reads = readsWith(held, machine);
	const { meanings = {}, readsOnly = false } = machine;
	const refused: Refused = { readsOnly, reads, path: "/data", fd: handles.entry, stat: reads.fstat(handles.entry) as Stat, meanings };
	return refusal(new SyscallError(call, -errno[name]), refused).message;
}

const ext4 = 0xef53;
const attribute = "a file attribute (lsattr)";
const userNamespace = { uid_map: "0 100000 1000\n", gid_map: "0 100000 1000\n", setgroups: "allow\n" };
const mount = { meanings: mountMeanings("nfs", { message: "" }) };

describe("a refusal", () => {
	it.each<[string, ErrnoName, readonly CapabilityName[], Machine, string]>([
		["fchownat", "EPERM", [], {}, "fchownat: EPERM: CAP_CHOWN is not held"],
		["fchownat", "EPERM", ["CHOWN"], {}, `fchownat: EPERM: ${attribute} refused it, although no capability is missing`],
		[
			"fchownat",
			"EPERM",
			["CHOWN"],
			{ seccomp: 2 },
			`fchownat: EPERM: ${attribute} or a seccomp filter refused it, although no capability is missing`,
		],
		[
			"fchownat",
			"EPERM",
			["CHOWN", "FOWNER"],
			{ proc: { "attr/current": "docker-default (enforce)\n" } },
			`fchownat: EPERM: ${attribute} or a security module refused it, although no capability is missing`,
		],
		[
			"fchownat",
			"EPERM",
			["CHOWN"],
			{ proc: { "attr/current": "unconfined\n" } },
			`fchownat: EPERM: ${attribute} refused it, although no capability is missing`,
		],
		["fchownat", "EPERM", ["CHOWN"], { entry: { mode: S.IFREG | 0o4755 } }, "fchownat: EPERM: CAP_FOWNER is not held"],
		[
			"fchownat",
			"EPERM",
			["CHOWN"],
			{ entry: { mode: S.IFDIR | 0o2755 } },
			`fchownat: EPERM: ${attribute} refused it, although no capability is missing`,
		],
		[
			"fchownat",
			"EPERM",
			["CHOWN"],
			{ system: 0x6969 },
			"fchownat: EPERM: the file system (nfs) refused it: there capabilities do not count",
		],
		[
			"fchownat",
			"EACCES",
			["CHOWN"],
			{ system: 0x65735546 },
			"fchownat: EACCES: the file system (fuse) refused it: there capabilities do not count",
		],
		[
			"fchmod",
			"EPERM",
			["FOWNER"],
			{ system: 0x4d44, seccomp: 2 },
			"fchmod: EPERM: the file system (vfat) refused it: there capabilities do not count",
		],
		[
			"fchownat",
			"EPERM",
			["CHOWN"],
			{ entry: { uid: 65_534 }, proc: userNamespace },
			"fchownat: EPERM: its owner does not exist in this user namespace, so that no capability counts for it",
		],
		[
			"fchownat",
			"EPERM",
			["CHOWN"],
			{ entry: { uid: 65_534 } },
			`fchownat: EPERM: ${attribute} refused it, although no capability is missing`,
		],
		[
			"mkdirat",
			"EACCES",
			["DAC_OVERRIDE"],
			{ entry: { uid: 65_534 }, proc: userNamespace },
			"mkdirat: EACCES: its owner does not exist in this user namespace, so that no capability counts for it",
		],
		["fchownat", "EPERM", [], { readOnly: true }, "fchownat: EPERM: the file system is mounted read-only"],
		["mkdirat", "EROFS", ["DAC_OVERRIDE"], {}, "mkdirat: EROFS: the file system is mounted read-only"],
		["mkdirat", "EACCES", ["DAC_READ_SEARCH"], {}, "mkdirat: EACCES: CAP_DAC_OVERRIDE is not held"],
		["mount", "EACCES", [], mount, "mount: EACCES: CAP_SYS_ADMIN is not held"],
		["mknodat", "EACCES", [], {}, "mknodat: EACCES: CAP_DAC_OVERRIDE is not held"],
		["mknodat", "EPERM", [], {}, "mknodat: EPERM: CAP_MKNOD is not held"],
		[
			"fchownat",
			"EACCES",
			[],
			{ system: 0x65735546 },
			"fchownat: EACCES: the file system (fuse) refused it: there capabilities do not count",
		],
		["unlinkat", "EACCES", [], {}, "unlinkat: EACCES: CAP_DAC_OVERRIDE is not held"],
		["unlinkat", "EPERM", ["DAC_OVERRIDE"], { above: 0o1777 }, "unlinkat: EPERM: CAP_FOWNER is not held"],
		["renameat2", "EPERM", ["DAC_OVERRIDE"], {}, `renameat2: EPERM: ${attribute} refused it, although no capability is missing`],
		["openat", "EACCES", [], {}, "openat: EACCES: CAP_DAC_OVERRIDE is not held"],
		["openat", "EACCES", [], { readsOnly: true }, "openat: EACCES: CAP_DAC_READ_SEARCH (or CAP_DAC_OVERRIDE) is not held"],
		["statx", "EACCES", ["CHOWN"], { readsOnly: true }, "statx: EACCES: CAP_DAC_READ_SEARCH (or CAP_DAC_OVERRIDE) is not held"],
		["mkdirat", "EACCES", [], { readsOnly: true }, "mkdirat: EACCES: CAP_DAC_OVERRIDE is not held"],
		[
			"openat",
			"EACCES",
			["DAC_READ_SEARCH"],
			{},
			"openat: EACCES: a file permission or a security module (AppArmor, SELinux, Landlock) refused it",
		],
		[
			"openat",
			"EACCES",
			["DAC_OVERRIDE"],
			{},
			"openat: EACCES: a security module (AppArmor, SELinux, Landlock) refused it: CAP_DAC_OVERRIDE is held",
		],
		["bindInet", "EACCES", [], {}, "bind: EACCES: CAP_NET_BIND_SERVICE is not held"],
		["fchmod", "EPERM", ["CHOWN"], { entry: { uid: 7 } }, "fchmod: EPERM: CAP_FOWNER is not held"],
		["fchmod", "EPERM", [], {}, `fchmod: EPERM: ${attribute} refused it, although no capability is missing`],
		["mkdirat", "EPERM", [], {}, `mkdirat: EPERM: ${attribute} refused it, although no capability is missing`],
		["fsopen", "EPERM", [], mount, "fsopen: EPERM: CAP_SYS_ADMIN is not held"],
		["moveMount", "EACCES", ["SYS_ADMIN"], mount, "move_mount: EACCES: CAP_SYS_ADMIN is held, so AppArmor or SELinux refused it"],
		[
			"mount",
			"EPERM",
			["SYS_ADMIN"],
			mount,
			"mount: EPERM: CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the mount is locked by an outer namespace",
		],
		[
			"fsopen",
			"ENODEV",
			["SYS_ADMIN"],
			mount,
			"fsopen: ENODEV: this kernel has no nfs: it is not in /proc/filesystems, and there is no module to load",
		],
		["fchmod", "ENOSYS", ["FOWNER"], {}, "fchmod: ENOSYS: a kernel before 6.6 changes modes by way of /proc, which is not mounted"],
		["fchownat", "EIO", [], {}, "fchownat: EIO: the disk, or the server behind the file system, failed"],
		["fchownat", "ENOSYS", [], {}, "fchownat: ENOSYS: this kernel does not have the call, or a seccomp filter hides it"],
		["sendfile", "ENOSPC", [], {}, "sendfile: ENOSPC: the file system is full"],
		["renameat2", "EBUSY", [], {}, "renameat2: EBUSY: it is mounted by itself, so that nothing can take its place"],
	])("of %s with %s while %j is effective, %j", (call, name, held, machine, expected) => {
		const [, callAndErrno, reason = ""] = /^(\w+: \w+)(.*)$/.exec(expected) ?? [];
		expect(words(call, name, held, machine)).toBe(`${callAndErrno} on "/data"${reason}`);
	});

	it("says what would help where capabilities do not count", () => {
		const remedyOf = (machine: Machine) =>
			refusal(new SyscallError("fchownat", -errno.EPERM), { reads: readsWith(["CHOWN"], machine), path: "/data", fd: handles.entry })
				.diagnostics[0]?.remedy;
		const unmapped = { entry: { uid: 65_534 }, proc: userNamespace };
		expect([remedyOf({ system: 0x6969 }), remedyOf({ system: 0x4d44 }), remedyOf({ system: ext4 }), remedyOf(unmapped)]).toEqual([
			["give the files their owner where they really are, on the server or the host (NFS: or export with no_root_squash)"],
			["mount it with the options uid= and gid= of the user: it keeps no owners"],
			undefined,
			[
				"chown it on the host to an id that is mapped: /proc/self/uid_map and gid_map here show which",
				"or map its owner: podman --userns=keep-id or --uidmap, subuid and subgid of the runtime, an idmapped mount",
			],
		]);
	});

	it("names the file system of the nearest directory that is there, where something was to be made", () => {
		const reads = readsWith(["DAC_OVERRIDE"], { system: 0x65735546 });
		const failure = refusal(new SyscallError("mkdirat", -errno.EACCES), { reads, path: "/data/new/directory" });
		expect([failure.message, failure instanceof RefusedBySystem && failure.what]).toEqual([
			'mkdirat: EACCES on "/data/new/directory": the file system (fuse) refused it: there capabilities do not count',
			'mkdirat: EACCES on "/data/new/directory"',
		]);
	});

	it("says how to grant what is missing", () => {
		const { diagnostics } = refusal(new SyscallError("fchownat", -errno.EPERM), { reads: readsWith([]), path: "/data" });
		expect(diagnostics).toEqual([
			{
				code: "STEP_FAILED",
				message: 'fchownat: EPERM on "/data": CAP_CHOWN is not held',
				refused: { call: "fchownat", code: errno.EPERM, path: "/data" },
				remedy: [
					'docker run --cap-add CHOWN ... | compose: cap_add: [CHOWN] | kubernetes: securityContext.capabilities.add: ["CHOWN"] | systemd: CapabilityBoundingSet=CAP_CHOWN',
				],
			},
		]);
	});

	it("names the link, and the path when that is another", () => {
		const message = (path: string) => refusal(new UntrustedLink("/data/link"), { reads: readsWith([]), path }).message;
		expect([message("/data/link"), message("/data/link/x")]).toEqual([
			"/data/link is a symbolic link that is not root's alone; it is not followed",
			'"/data/link/x": /data/link is a symbolic link that is not root\'s alone; it is not followed',
		]);
	});

	it("lets a defect of ours pass as what it is", () => {
		expect(() => refusal(new TypeError("x"), { reads: readsWith([]), path: "/" })).toThrow(TypeError);
	});
});
