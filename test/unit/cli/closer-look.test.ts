import { expect, it } from "vitest";
import { closer } from "../../../src/cli/closer-look.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

it("a command that is missing may have been dropped by whoever names the first program", () => {
	const { host } = new FakeKernel({ process: dockerRoot(), files: {} });
	const remedyOf = (code: "COMMAND_MISSING" | "USAGE") => closer({ code, message: "m", remedy: ["write it"] }, host).remedy;
	expect(remedyOf("COMMAND_MISSING")).toEqual([
		"write it",
		expect.stringMatching(/^the CMD of an image is dropped by an ENTRYPOINT above it/),
	]);
	expect(remedyOf("USAGE")).toEqual(["write it"]);
});

it("an option in the place of a command has replaced the CMD of an image", () => {
	const { host } = new FakeKernel({ process: dockerRoot(), files: {} });
	const remedyOf = (message: string) => closer({ code: "COMMAND_NOT_FOUND", message, remedy: ["install it"] }, host).remedy;
	expect(remedyOf('"--port" is not in PATH (/bin)')).toEqual([
		expect.stringMatching(/^what stands behind the name of an image replaces its CMD/),
	]);
	expect(remedyOf('"serve" is not in PATH (/bin)')).toEqual(["install it"]);
});

const refusedAs = (host: ReturnType<typeof hostWith>, call: string, code: number, path: string) =>
	closer({ code: "STEP_FAILED", message: "m", remedy: ["r"], refused: { call, code, path } }, host);

function hostWith(files: object, overrides: Partial<Host> = {}) {
	return new FakeKernel({ process: dockerRoot(), files: { ...files }, overrides }).host;
}

it("a file that is immutable, or lies in a directory that is, is told by what writing there would be answered", () => {
	const immutable = (at: string) =>
		hostWith({ "/data/f": {} }, { faccessat: (_, path, mode) => (path === at && mode === 2 ? -errno.EPERM : 0) });
	expect(refusedAs(immutable("/data/f"), "fchownat", errno.EPERM, "/data/f")).toEqual({
		code: "STEP_FAILED",
		message: 'm: "/data/f" is immutable (chattr +i), which binds root too',
		remedy: ["where it lies, on the machine: chattr -i /data/f"],
	});
	expect(refusedAs(immutable("/data"), "mkdirat", errno.EPERM, "/data/f").message).toContain('"/data" is immutable');
	expect(refusedAs(immutable("/other"), "fchownat", errno.EPERM, "/data/f").remedy).toEqual(["r"]);
	const filtered = hostWith({ "/data/f": {} }, { faccessat: () => -errno.EPERM });
	expect(refusedAs(filtered, "fchownat", errno.EPERM, "/data/f").message).toBe("m");
});

it("what cannot get another owner because it is mounted read-only may be copied for the workload, where it is a small file", () => {
	const mountinfo = { content: "36 35 8:1 / /run/secrets/db ro - ext4 /dev/sda1 ro\n37 35 8:1 / /data ro - ext4 /dev/sda1 ro\n" };
	const host = hostWith({ "/run/secrets/db": { content: "x" }, "/data/f": { content: "x" }, "/proc/self/mountinfo": mountinfo });
	expect(refusedAs(host, "fchownat", errno.EROFS, "/run/secrets/db").remedy).toEqual([
		"a copy for the workload alone, in place of this step: - secret: {from: {file: /run/secrets/db}, path: /run/db}",
		"or open it where it is mounted from: chmod on the machine (kubernetes: defaultMode of the volume)",
		"or, where the step names a directory above it, leave it out: exclude: [db]",
	]);
	expect(refusedAs(host, "fchownat", errno.EROFS, "/run/secrets").remedy).toEqual(["r"]);
	expect(refusedAs(host, "open", errno.EROFS, "/run/secrets/db").remedy).toEqual(["r"]);
	// A volume is mounted writable.
	expect(refusedAs(host, "fchownat", errno.EROFS, "/data/f").remedy).toEqual(["r"]);
});

it("a process that was refused is told which limit it met", () => {
	const host = hostWith({}, { getrlimit: () => [0n, 0n], getresuid: () => [7, 7, 7] });
	expect(refusedAs(host, "fork", errno.EAGAIN, "").message).toMatch(/^m: RLIMIT_NPROC lets uid 7 have 0 processes and threads/);
});

it("any uid of root's group is told what images for OpenShift do, where the mode alone is in the way", () => {
	const told = (process: object, mode = 0o755) => {
		const { host } = new FakeKernel({ process: { ...dockerRoot(), ...process }, files: { "/data": { kind: "directory", mode } } });
		return refusedAs(host, "mkdirat", errno.EACCES, "/data/sub").remedy;
	};
	const ids = (uid: number, gid: number) => ({ uids: [uid, uid, uid, uid], gids: [gid, gid, gid, gid], groups: [] });
	expect(told(ids(1_000_650_000, 0))).toEqual([
		"r",
		"or open it to any uid of group 0, as images for OpenShift do: RUN chgrp -R 0 /data && chmod -R g=u /data in the Dockerfile",
	]);
	expect(told(ids(1_000_650_000, 7))).toEqual(["r"]);
	expect(told(ids(1_000_650_000, 0), 0o775)).toEqual(["r"]);
});

it("an error that has no remedy of its own gets the usual one of its code", () => {
	const { host } = new FakeKernel({ process: dockerRoot(), files: {} });
	const of = (code: "LIMIT_REFUSED" | "PASSWD_MALFORMED" | "VERIFY_FAILED", remedy?: string[]) =>
		closer({ code, message: "m", remedy }, host).remedy;
	expect(of("PASSWD_MALFORMED")).toEqual(["mend the file in the image, or what is mounted over it"]);
	expect(of("LIMIT_REFUSED", [])?.[0]).toContain("write no more than that");
	expect(of("LIMIT_REFUSED", ["own"])).toEqual(["own"]);
	expect(of("VERIFY_FAILED")).toBeUndefined();
});
