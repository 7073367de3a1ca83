import { describe, expect, it } from "vitest";
import { applyStep } from "../../../src/steps/index.ts";
import type { ApplyContext } from "../../../src/steps/step.ts";
import { AT, S } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { plan, refusalOf } from "./context.ts";

const capabilities = { MKNOD: 1n << 27n };

/** Makes /dev/x as 10:200 on a kernel that answers mknodat(2) so, and says what is wrong. */
function refusedMknod(mknodat: (mode: number, major: number) => number, uidMap: [number, number, number] = [0, 0, 4_294_967_295]) {
	const unlinked: string[] = [];
	// The directory that it is made in.
	let stage = -1;
	const kernel: FakeKernel = new FakeKernel({
		process: dockerRoot({ effective: capabilities.MKNOD }),
		machine: { uidMap: [uidMap] },
		files: { "/dev": { kind: "directory" }, "/stage": { kind: "directory", mode: 0o700 } },
		overrides: {
			mkdirat: () => 0,
			open: (_, path) => {
				stage = path === "." ? -errno.ENOENT : kernel.host.openRead(AT.FDCWD, "/stage", 0, 0);
				return stage;
			},
			flock: () => 0,
			statat: () => kernel.host.fstat(stage),
			mknodat: (_, __, mode, major) => mknodat(mode, major),
			unlinkat: (_, path) => {
				unlinked.push(path);
				return 0;
			},
		},
	});
	const action = plan("device", { path: "/dev/x", major: 10, minor: 200, mode: "0666" }, kernel);
	const context = { host: kernel.host, tryAs: () => 0 } as unknown as ApplyContext;
	return { message: refusalOf(() => applyStep(action, context)), unlinked, umask: kernel.host.umask(0) };
}

describe("a device that cannot be made", () => {
	it("is refused by the device cgroup where a whiteout can be made, which goes away again", () => {
		const { message, unlinked, umask } = refusedMknod((mode, major) => (mode === S.IFCHR && major === 0 ? 0 : -errno.EPERM));
		expect(message).toBe('STEP_FAILED: mknodat: EPERM on "/dev/x": CAP_MKNOD is held, so the device cgroup refuses m on c 10:200');
		expect([unlinked, umask]).toEqual([[".abdicate-new-stage", expect.stringMatching(/^\.abdicate-new-\d/)], 0o022]);
	});

	it("is refused by a filter where not even that can be made", () => {
		expect(refusedMknod(() => -errno.EPERM).message).toBe(
			'STEP_FAILED: mknodat: EPERM on "/dev/x": CAP_MKNOD is held, so a seccomp filter or a security module refuses mknod',
		);
	});

	it("is refused to everybody in a user namespace", () => {
		expect(refusedMknod(() => -errno.EPERM, [0, 1000, 1]).message).toBe(
			'STEP_FAILED: mknodat: EPERM on "/dev/x": in a user namespace nobody can make a device, whatever is held',
		);
	});
});
