import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { toldLines } from "../../harness/told.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

function require(step: unknown, more: Partial<ContainerOptions> = {}, run = runHouse) {
	return run({
		image: busybox,
		config: { user: "app", setup: [{ require: step }] },
		args: ["-v", "--", "echo", "workload"],
		...more,
	});
}

/** The status, and all that was said about what is missing, without the words that come before. */
async function missing(step: unknown, more: Partial<ContainerOptions> = {}, run = runHouse) {
	const { status, stdout, stderr } = await require(step, more, run);
	const lines = stderr.trimEnd().split("\n");
	return [
		status,
		stdout,
		...lines.map((line) => line.replace(/^abdicate: (error\[\w+\]) setup\[0\] require .*?: (?=uid|the|nothing|CAP_|net)/, "$1 ")),
	];
}

const deviceFlags = (path: string) =>
	toldLines(
		`docker run --device ${path} ... | compose: devices: ["${path}"] | kubernetes: a device plugin, or a privileged container`,
		"docker",
	);

describe("require", () => {
	it.each<[string, Partial<ContainerOptions>]>([
		["as root", {}],
		["as the user, without any capability", { user: "1000:1000", caps: { drop: ["ALL"] } }],
	])("is content with all that is there, started %s", async (_, more) => {
		const { status, stdout, stderr } = await require({
			device: ["/dev/null", "/dev/zero"],
			sysctl: { "net.ipv4.ip_forward": 1 },
			mount: "/data",
			writable: ["/data/own", "/data/own/file", "/tmp"],
			env: "NAME",
			env_unset: ["OTHER", "OLD_*"],
			...(more.user === undefined ? { capability: ["chown", "CAP_NET_RAW"] } : {}),
		}, {
			volumes: [`${volume("mkdir own; touch own/file; chown -R 1000:1000 own")}:/data`],
			flags: ["--sysctl=net.ipv4.ip_forward=1"],
			env: { NAME: "value" },
			...more,
		});
		expect([status, stdout, stepLines(stderr).map((line) => line.replace(/ require .*: /, " require: "))]).toEqual([
			0,
			"workload\n",
			["ok       setup[0] require: all there"],
		]);
	});

	it("reports everything that is missing at once, then the message", async () => {
		const lines = await missing(
			{
				device: "/dev/net/tun",
				sysctl: { "net.ipv4.ip_forward": 1 },
				capability: ["SYS_ADMIN"],
				mount: "/data",
				writable: ["/home", "/absent"],
				module: "no-such-module",
				env: ["NAME", "EMPTY"],
				env_unset: "OLD_*",
				message: "see the manual",
			},
			{ env: { EMPTY: "", OLD_ONE: "secret" }, flags: ["--sysctl=net.ipv4.ip_forward=0"] },
		);
		const error = "error[REQUIREMENT_MISSING]";
		expect(lines).toEqual([
			125,
			"",
			`${error} the device "/dev/net/tun": there is no such device`,
			`${error} net.ipv4.ip_forward has to be "1": "0"`,
			`${error} CAP_SYS_ADMIN is not held`,
			`${error} nothing is mounted at "/data": ENOENT: it does not exist, or a directory above it`,
			`${error} uid 1000 cannot write "/home": EACCES: uid 1000 (groups 1000,44) may not write to "/home", which is of 0:0 with mode 0755`,
			"  own: /home, before this step",
			`${error} uid 1000 cannot write "/absent": ENOENT: it does not exist, or a directory above it`,
			"  mount the volume that belongs there:",
			"    docker run --volume NAME:/absent ...",
			'    compose: volumes: ["NAME:/absent"]',
			"  or, without one, make it first: - mkdir: /absent",
			`${error} the kernel module no_such_module is not loaded`,
			"  modprobe no_such_module, on the machine",
			`${error} the variable "NAME" is not set, or empty`,
			`${error} the variable "EMPTY" is not set, or empty`,
			...toldLines(
				'docker run --device /dev/net/tun --sysctl net.ipv4.ip_forward=1 --cap-add SYS_ADMIN --volume NAME:/data --env NAME=... --env EMPTY=... ... | compose: devices: ["/dev/net/tun"], sysctls: ["net.ipv4.ip_forward=1"], cap_add: [SYS_ADMIN], volumes: ["NAME:/data"], environment: ["NAME=...", "EMPTY=..."] | kubernetes: x',
				"docker",
			),
			`${error} the variable "OLD_ONE" is set and must not be`,
			'  start it without "OLD_ONE", or take it away with env.unset where the image sets it',
			"  see the manual",
			"abdicate: 10 errors; abdicate explain REQUIREMENT_MISSING says more",
		]);
	});

	it("tells what refuses a device: its mode, the device cgroup, a mount without devices", async () => {
		expect(await missing({ device: "/dev/fuse" }, { flags: ["--device=/dev/fuse"] }, runContainer)).toEqual([
			125,
			"",
			'error[REQUIREMENT_MISSING] the device "/dev/fuse": mode 0600 of 0:0 does not give the user rw',
			'  groups: {from_path: ["/dev/fuse"]}, when its group may',
		]);
		const node = volume("mknod -m 666 fuse c 10 229; echo > file");
		expect(await missing({ device: "/data/fuse" }, { volumes: [`${node}:/data`] }, runContainer)).toEqual([
			125,
			"",
			'error[REQUIREMENT_MISSING] the device "/data/fuse": the device cgroup refuses rw on c 10:229',
			...deviceFlags("/data/fuse"),
		]);
		const readable = { volumes: [`${node}:/data`], flags: ["--device=/dev/fuse:/dev/fuse:r"] };
		expect((await require({ device: "/data/fuse", access: "r" }, readable, runContainer)).status).toBe(0);
		expect((await missing({ device: "/data/fuse", access: "w" }, readable, runContainer))[2]).toBe(
			'error[REQUIREMENT_MISSING] the device "/data/fuse": the device cgroup refuses w on c 10:229',
		);
		const closed = `${volume("mkdir -m 700 closed; mknod -m 666 closed/zero c 1 5")}:/data`;
		expect((await missing({ device: "/data/closed/zero" }, { volumes: [closed] }, runContainer))[2]).toBe(
			'error[REQUIREMENT_MISSING] the device "/data/closed/zero": a security module (AppArmor, SELinux) or a closed directory refuses it, although its mode allows it',
		);
		expect((await require({ device: "/data/fuse", access: "none" }, { volumes: [`${node}:/data`] }, runContainer)).status).toBe(0);
		expect(await missing({ device: "/data/file" }, { volumes: [`${node}:/data`] }, runContainer)).toEqual([
			125,
			"",
			'error[REQUIREMENT_MISSING] the device "/data/file": it is there, but is not a device',
			...deviceFlags("/data/file"),
		]);
	});

	it("asks for what the user can do, not for what root can", async () => {
		const closed = `${volume("mkdir -m 700 closed; touch closed/file; chmod 666 closed/file")}:/data`;
		expect((await missing({ writable: "/data/closed/file" }, { volumes: [closed] }))[2]).toBe(
			'error[REQUIREMENT_MISSING] uid 1000 cannot write "/data/closed/file": EACCES: uid 1000 (groups 1000,44) may not enter "/data/closed", which is of 0:0 with mode 0700',
		);
		expect(await missing({ writable: "/data" }, { volumes: [`${volume("chmod 777 .")}:/data:ro`] })).toEqual([
			125,
			"",
			'error[REQUIREMENT_MISSING] uid 1000 cannot write "/data": EROFS: the file system is mounted read-only',
			"  mount it writable (no :ro, no readOnly: true)",
		]);
	});

	it("asks in a user namespace with one id, where nobody can become somebody else", async () => {
		const { status, stdout, stderr } = await runHost({
			config: {
				user: "0:0",
				setup: [{ require: { writable: "/tmp", device: "/dev/null" } }, { run: ["id", "-u"] }, { wait_for: { file: "/tmp" } }],
			},
			args: ["-v", "--", "echo", "workload"],
			wrapper: ["unshare", "--user", "--map-root-user"],
		});
		expect([status, stdout, stepLines(stderr).map((line) => line.split(" ")[0])]).toEqual([0, "0\nworkload\n", ["ok", "changed", "ok"]]);
	});

	it("goes on after warnings when told so", async () => {
		const { status, stdout, stderr } = await require(null, {
			config: { user: "app", setup: [{ require: { env: ["A", "B"] }, on_error: "warn" }] },
		});
		expect([status, stdout, stderr.match(/warning\[.*/g)]).toEqual([
			0,
			"workload\n",
			[
				'warning[REQUIREMENT_MISSING] setup[0] require A set, B set: the variable "A" is not set, or empty',
				'warning[REQUIREMENT_MISSING] setup[0] require A set, B set: the variable "B" is not set, or empty',
			],
		]);
	});

	it.each([{}, { message: "x" }, { access: "r" }, { device: "relative" }, { module: "../x" }, { capability: "NO_SUCH" }])(
		"refuses %j",
		async (step) => {
			const { status, stdout } = await require(step);
			expect([status, stdout]).toEqual([125, ""]);
		},
	);
});
