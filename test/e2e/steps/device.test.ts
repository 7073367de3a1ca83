import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { toldLines } from "../../harness/told.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { stage, stateOf, stepLines, volume } from "./volume.ts";

/** Applies the steps, then shows what `stat` says of a path, and three bytes of it if the user can read it. */
function device(steps: readonly unknown[], path = "/dev/null", more: Partial<ContainerOptions> = {}, run = runHouse) {
	return run({
		image: busybox,
		config: { user: "app", setup: steps.map((step) => ({ device: step })) },
		args: ["-v", "--", "sh", "-c", `stat -c '%F %t:%T %a %u:%g' ${path}; head -c 3 ${path} | wc -c`],
		...more,
	});
}

async function errorOf(steps: readonly unknown[], more: Partial<ContainerOptions> = {}, run = runHouse) {
	const { status, stdout, stderr } = await device(steps, "/dev/null", more, run);
	return [status, stdout, ...stderr.slice(stderr.indexOf("abdicate: error")).trimEnd().split("\n")];
}

const zero = { path: "/dev/sub/zero", major: 1, minor: 5 };
const fuse = { path: "/dev/fuse", major: 10, minor: 229 };
const flags = (path: string) =>
	toldLines(
		`docker run --device ${path} ... | compose: devices: ["${path}"] | kubernetes: a device plugin, or a privileged container`,
		"docker",
	);

describe("device", () => {
	it("makes a node for the user with the directory above, once", async () => {
		const { status, stdout, stderr } = await device([zero, { ...zero, access: "r" }], zero.path);
		expect([status, stdout, ...stepLines(stderr)]).toEqual([
			0,
			"character special file 1:5 600 1000:1000\n3\n",
			"changed  setup[0] device /dev/sub/zero rw as c 1:5 mode 0600 owner 1000:1000: made",
			"ok       setup[1] device /dev/sub/zero r as c 1:5 mode 0600 owner 1000:1000: already there",
		]);
	});

	it("gives exactly the mode and owner asked for, whatever the umask", async () => {
		const step = { ...zero, type: "c", mode: "0664", owner: "root", group: "video" };
		const { status, stdout } = await device([step], zero.path);
		expect([status, stdout]).toEqual([0, "character special file 1:5 664 0:44\n3\n"]);
	});

	it("lets nobody open it before it has its owner", async () => {
		const data = volume("chown 0:44 .; chmod 2775 .");
		const strace = ["-e", "trace=mkdirat,mknodat,fchownat,renameat"];
		const step = { path: `${data}/zero`, major: 1, minor: 5, mode: "0660", owner: 7, group: 9, access: "none" };
		const { status, trace } = await runHost({ config: { user: "8:8", setup: [{ device: step }] }, args: ["--", "/bin/true"], strace });
		const calls = trace.split("\n").flatMap((line) => /^(\w+)\(\d+, ("[^"]*"), (.*)\) += 0/.exec(line)?.slice(1) ?? []);
		const stageName = expect.stringMatching(/^"\.abdicate-new-/);
		expect([status, ...calls, stateOf(data, "zero"), readdirSync(data)]).toEqual([
			0,
			...["mkdirat", stageName, "0700", "mkdirat", '".abdicate-new-stage"', "0700", "mknodat", '"zero"', "S_IFCHR|0660, makedev(0x1, 0x5)"],
			...["fchownat", '""', "7, 9, AT_EMPTY_PATH", "renameat", '"zero"', expect.stringMatching(/^\d+, "zero"$/)],
			"7:9 0660",
			["zero"],
		]);
	});

	it("leaves a node that the user can use as it is, and needs no capability for it", async () => {
		const { status, stdout, stderr } = await device([{ path: "/dev/zero", major: 1, minor: 5, mode: "0600" }, "/dev/null"], "/dev/zero", {
			caps: { drop: ["ALL"] },
			user: "1000:1000",
		});
		expect([status, stdout, ...stepLines(stderr)]).toEqual([
			0,
			"character special file 1:5 666 0:0\n3\n",
			"ok       setup[0] device /dev/zero rw as c 1:5 mode 0600 owner 1000:1000: already there",
			"ok       setup[1] device /dev/null rw: already there",
		]);
	});

	it("makes a node anew whose mode keeps the user out, as an interrupted run may have left it", async () => {
		const data = volume(`mknod -m 600 zero c 1 5; ${stage(".abdicate-new-1-1-0")}; mknod .abdicate-new-1-1-0/zero c 1 5`);
		const { status, stdout, stderr } = await device([{ ...zero, path: "/data/zero" }], "/data/zero", {
			volumes: [`${data}:/data`],
		});
		expect([readdirSync(data), status, stdout, ...stepLines(stderr)]).toEqual([
			["zero"],
			0,
			"character special file 1:5 600 1000:1000\n3\n",
			"changed  setup[0] device /data/zero rw as c 1:5 mode 0600 owner 1000:1000: made anew, because its mode kept the user out",
		]);
	});

	it("is for another user than the workload's, who owns what is made", async () => {
		const forDaemon = { ...zero, user: "redis" };
		const { status, stdout, stderr } = await device(
			[forDaemon, forDaemon, { ...zero, path: "/dev/z", user: "root", mode: "0400", access: "r" }],
			zero.path,
		);
		expect([status, stdout, ...stepLines(stderr)]).toEqual([
			0,
			"character special file 1:5 600 999:999\n0\n",
			"changed  setup[0] device /dev/sub/zero rw as c 1:5 mode 0600 owner 999:999: made",
			"ok       setup[1] device /dev/sub/zero rw as c 1:5 mode 0600 owner 999:999: already there",
			"changed  setup[2] device /dev/z r as c 1:5 mode 0400 owner 0:0: made",
		]);
		// Nobody is let in by root's capabilities, root neither.
		const closed = volume("mknod -m 000 zero c 1 5");
		expect(await errorOf([{ path: "/data/zero", user: "root" }], { volumes: [`${closed}:/data`] })).toEqual([
			125,
			"",
			'abdicate: error[STEP_FAILED] setup[0] device /data/zero rw: "/data/zero": mode 0000 of 0:0 does not give the user rw',
		]);
	});

	it("only looks at a device that must not be opened", async () => {
		expect((await device([{ ...fuse, access: "none" }], fuse.path)).stdout).toContain("character special file a:e5 600 1000:1000\n");
	});
});

describe("device when it is refused", () => {
	it("tells mknod from the device cgroup, which may let a device be made and not be opened", async () => {
		expect(await errorOf([fuse], { caps: { drop: ["MKNOD"] } }, runContainer)).toEqual([
			125,
			"",
			"abdicate: error[CAPABILITY_MISSING] setup[0] device /dev/fuse rw as c 10:229 mode 0600 owner 1000:1000: MKNOD is not held, needed to make /dev/fuse",
			...toldLines(
				'docker run --cap-add MKNOD ... | compose: cap_add: [MKNOD] | kubernetes: securityContext.capabilities.add: ["MKNOD"]',
				"docker",
			),
			...flags("/dev/fuse"),
		]);
		expect(await errorOf([fuse], {}, runContainer)).toEqual([
			125,
			"",
			'abdicate: error[STEP_FAILED] setup[0] device /dev/fuse rw as c 10:229 mode 0600 owner 1000:1000: "/dev/fuse": the device cgroup refuses rw on c 10:229',
			...flags("/dev/fuse"),
		]);
		expect((await device([fuse], "/dev/null", { flags: ["--device-cgroup-rule=c 10:229 rw"] }, runContainer)).status).toBe(0);
	});

	it("tells a filter from the device cgroup", async () => {
		const profile = join(volume("true"), "seccomp.json");
		const rule = { names: ["mknod", "mknodat"], action: "SCMP_ACT_ERRNO", errnoRet: 1 };
		writeFileSync(profile, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }));
		const [status, , message] = await errorOf([zero], { flags: [`--security-opt=seccomp=${profile}`] }, runContainer);
		expect([status, String(message).split("1000:1000: ")[1]]).toEqual([
			125,
			'mknodat: EPERM on "/dev/sub/zero": CAP_MKNOD is held, so a seccomp filter or a security module refuses mknod',
		]);
	});

	it("says that a user namespace makes no devices", async () => {
		const directory = mkdtempSync(join(tmpdir(), "abdicate-device-"));
		try {
			const { status, stderr } = await runHost({
				config: { user: "0:0", setup: [{ device: { path: `${directory}/zero`, major: 1, minor: 5 } }] },
				args: ["--", "/bin/true"],
				wrapper: ["unshare", "--user", "--map-root-user"],
			});
			expect([status, /zero": .*/.exec(stderr)?.[0]]).toEqual([
				125,
				'zero": in a user namespace nobody can make a device, whatever is held',
			]);
		} finally {
			rmSync(directory, { recursive: true });
		}
	});

	it("names the mode that keeps the user out where it only checks", async () => {
		expect((await errorOf(["/dev/fuse"], { flags: ["--device=/dev/fuse"] }))[2]).toBe(
			'abdicate: error[STEP_FAILED] setup[0] device /dev/fuse rw: "/dev/fuse": mode 0600 of 0:0 does not give the user rw',
		);
		expect((await errorOf(["/dev/absent"]))[2]).toBe(
			'abdicate: error[STEP_FAILED] setup[0] device /dev/absent rw: "/dev/absent": there is no such device',
		);
	});

	it("does not replace what is something else", async () => {
		const message = async (path: string) => /"\/dev.*/.exec(String((await errorOf([{ ...zero, path }]))[2]))?.[0];
		expect(await message("/dev/null")).toBe('"/dev/null" is there, and is c 1:3, not c 1:5');
		expect(await message("/dev/shm")).toBe('"/dev/shm" is there, and is no device, not c 1:5');
	});

	it("says that devices do not work on a mount", async () => {
		const [status, , message] = await errorOf([{ ...zero, path: "/mnt/zero" }], { flags: ["--tmpfs=/mnt"] });
		expect([status, message]).toEqual([
			125,
			expect.stringMatching(/the file system of "\/mnt" is mounted nodev: a device there cannot be opened$/),
		]);
		const readOnly = await errorOf([zero], {
			flags: ["--read-only", "--tmpfs=/dev/shm"],
			config: { user: "app", setup: [{ device: { ...zero, path: "/home/zero" } }] },
		});
		expect([readOnly[0], readOnly[2]]).toEqual([
			125,
			expect.stringMatching(/: \w+: EROFS on "\/home\/zero": the file system is mounted read-only$/),
		]);
	});

	it("does not make devices where a link of the workload leads", async () => {
		const data = volume("ln -s /dev link; chown -h 1000:1000 . link");
		const [status, , message] = await errorOf([{ ...zero, path: "/data/link/new" }], { volumes: [`${data}:/data`] });
		expect([status, message]).toEqual([
			125,
			expect.stringMatching(/\/data\/link is a symbolic link that is not root's alone; it is not followed$/),
		]);
	});

	it.each([
		{ path: "/dev/x", major: 1 },
		{ path: "/dev/x", mode: "0600" },
		{ path: "/dev/x", major: 4096, minor: 0 },
		{ major: 1, minor: 5 },
	])("refuses %j", async (step) => {
		const [status, stdout] = await errorOf([step]);
		expect([status, stdout]).toEqual([125, ""]);
	});
});
