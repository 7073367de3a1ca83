import { describe, expect, it } from "vitest";
import { type CapabilityName, capability } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { mountMeanings } from "../../../src/steps/mount-refusal.ts";
import { refusal } from "../../../src/steps/refusal.ts";
import { ST } from "../../../src/sys/constants.ts";
import { type ErrnoName, errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { SyscallError } from "../../../src/sys/observe.ts";
import { UntrustedLink } from "../../../src/sys/paths.ts";

function readsWith(effective: readonly CapabilityName[], readOnly = false): Reads {
	const bits = CapabilitySet.from(effective.map(capability)).bits;
	return { capget: () => [bits, bits, 0n], fstatfs: () => [0, readOnly ? ST.RDONLY : 0] } as unknown as Reads;
}

function words(
	call: string,
	name: ErrnoName,
	held: readonly CapabilityName[],
	more: { readonly readOnly?: boolean; readonly mount?: boolean } = {},
): string {
	const { readOnly = false, mount = false } = more;
	return refusal(new SyscallError(call, -errno[name]), {
		reads: readsWith(held, readOnly),
		path: "/data",
		fd: 3,
		...(mount ? { meanings: mountMeanings } : {}),
	}).message;
}

describe("a refusal", () => {
	it.each<[string, ErrnoName, readonly CapabilityName[], object, string]>([
		["fchownat", "EPERM", [], {}, 'fchownat: EPERM on "/data": CAP_CHOWN is not held'],
		[
			"fchownat",
			"EPERM",
			["CHOWN", "FOWNER"],
			{},
			'fchownat: EPERM on "/data": the file system, a seccomp filter or a security module refused it, although the capability is held',
		],
		["fchownat", "EPERM", ["CHOWN"], {}, 'fchownat: EPERM on "/data": CAP_FOWNER is not held'],
		["fchownat", "EPERM", [], { readOnly: true }, 'fchownat: EPERM on "/data": the file system is mounted read-only'],
		["mkdirat", "EROFS", ["DAC_OVERRIDE"], {}, 'mkdirat: EROFS on "/data": the file system is mounted read-only'],
		["mkdirat", "EACCES", ["DAC_READ_SEARCH"], {}, 'mkdirat: EACCES on "/data": CAP_DAC_OVERRIDE is not held'],
		["openat", "EACCES", [], {}, 'openat: EACCES on "/data": CAP_DAC_OVERRIDE is not held'],
		[
			"openat",
			"EACCES",
			["DAC_READ_SEARCH"],
			{},
			'openat: EACCES on "/data": a file permission or a security module (AppArmor, SELinux) refused it',
		],
		["bindInet", "EACCES", [], {}, 'bind: EACCES on "/data": CAP_NET_BIND_SERVICE is not held'],
		["fchmod", "EPERM", ["CHOWN"], {}, 'fchmod: EPERM on "/data": CAP_FOWNER is not held'],
		["fsopen", "EPERM", [], { mount: true }, 'fsopen: EPERM on "/data": CAP_SYS_ADMIN is not held'],
		[
			"moveMount",
			"EACCES",
			["SYS_ADMIN"],
			{ mount: true },
			'move_mount: EACCES on "/data": CAP_SYS_ADMIN is held, so AppArmor or SELinux refused it',
		],
		[
			"mount",
			"EPERM",
			["SYS_ADMIN"],
			{ mount: true },
			'mount: EPERM on "/data": CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the mount is locked by an outer namespace',
		],
		["fchownat", "EIO", [], {}, 'fchownat: EIO on "/data"'],
	])("of %s with %s while %j is effective, %j", (call, name, held, more, expected) => {
		expect(words(call, name, held, more)).toBe(expected);
	});

	it("says how to grant what is missing", () => {
		const { diagnostics } = refusal(new SyscallError("fchownat", -errno.EPERM), { reads: readsWith([]), path: "/data" });
		expect(diagnostics).toEqual([
			{
				code: "STEP_FAILED",
				message: 'fchownat: EPERM on "/data": CAP_CHOWN is not held',
				remedy: ['docker run --cap-add CHOWN ... | compose: cap_add: [CHOWN] | kubernetes: securityContext.capabilities.add: ["CHOWN"]'],
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
