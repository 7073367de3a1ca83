import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox, debian, olderFuse } from "../harness/images.ts";
import { binary } from "../harness/paths.ts";
import { type ContainerOptions, nearlyPrivileged } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

interface Daemon {
	readonly image: string;
	readonly command: readonly string[];
	/** Of the mount. */
	readonly options?: readonly string[];
}

const rclone: Daemon = { image: debian, command: ["rclone", "mount", "--config", "/dev/null", "/data/remote", "{mountpoint}"] };
const daemons: Readonly<Record<string, Daemon>> = {
	rclone,
	bindfs: { image: olderFuse, command: ["bindfs", "-f", "/data/remote", "{mountpoint}"], options: ["default_permissions"] },
	mergerfs: { image: olderFuse, command: ["mergerfs", "-f", "/data/remote:/data/other", "{mountpoint}"], options: ["default_permissions"] },
	sshfs: {
		image: debian,
		command: ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp"],
	},
};

const content =
	"printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir remote other; echo from afar > remote/f; chown -R 1000:1000 remote other";

function fuse({ image, command, options }: Daemon, script: string, more: Partial<ContainerOptions> = {}) {
	const step = { fuse: { target: "/mnt", command, hand_over: "fusermount", ...(options === undefined ? {} : { options }) } };
	return runHouse({
		image,
		config: { user: "app", setup: [step] },
		args: ["-v", "--", "sh", "-c", script],
		volumes: [`${volume(content)}:/data`],
		caps: { add: ["SYS_ADMIN"] },
		flags: ["--device=/dev/fuse"],
		...more,
	});
}

const held = "grep -h -E '^(Uid|NoNewPrivs|Cap)'";
const nothing = ["Inh", "Prm", "Eff", "Bnd", "Amb"].map((set) => `Cap${set}:\t0000000000000000\n`).join("");
const errorsOf = (stderr: string) => stderr.split("\n").flatMap((line) => /error\[.*/.exec(line)?.[0] ?? []);
const asApp = `Uid:\t1000\t1000\t1000\t1000\n${nothing}NoNewPrivs:\t1\n`;

describe("fuse with a daemon that calls fusermount", () => {
	it.each(Object.entries(daemons))("serves through %s, which holds no capability at any time", async (name, daemon) => {
		const writes = "echo new > /mnt/new && cat /mnt/new";
		const script = `${writes}; ${held} $(grep -l '^Name:.${name}$' /proc/[0-9]*/status)`;
		const { status, stdout, stderr } = await fuse(daemon, script);

		expect([stdout, stepLines(stderr).at(-1), status]).toEqual([
			`new\n${asApp}`,
			`changed  setup[0] fuse ${name} at /mnt: served by /usr/bin/${name}`,
			0,
		]);
	});

	it.each(Object.entries(daemons))("serves through %s behind docker-default, as the workload is", async (name, daemon) => {
		const script = `cat /mnt/f; grep -h Seccomp: /proc/self/status $(grep -l '^Name:.${name}$' /proc/[0-9]*/status)`;
		const { command, options } = daemon;
		const step = { fuse: { target: "/mnt", command, hand_over: "fusermount", ...(options === undefined ? {} : { options }) } };
		const { status, stdout } = await fuse(daemon, script, { config: { user: "app", seccomp: "docker-default", setup: [step] } });
		expect([status, stdout]).toEqual([0, "from afar\nSeccomp:\t2\nSeccomp:\t2\n"]);
	});

	it("leaves the image's own fusermount and device to the workload, and another view of the mounts to the daemon alone", async () => {
		const look = "stat -c %t:%T /dev/fuse; cmp -s /usr/bin/fusermount3 /abdicate && echo ours || echo theirs";
		const { stdout, stderr } = await fuse(
			{
				...rclone,
				command: ["sh", "-c", `(${look}; grep -c ' /mnt ' /proc/self/mountinfo) >/tmp/seen 2>&1; exec "$@"`, "sh", ...rclone.command],
			},
			`cat /tmp/seen; ${look}; grep -c ' /mnt fuse' /proc/mounts`,
		);
		expect([stepLines(stderr).at(-1), stdout]).toEqual([
			"changed  setup[0] fuse sh at /mnt: served by /usr/bin/sh",
			"1:3\nours\n0\na:e5\ntheirs\n1\n",
		]);
	});

	it.each([
		["of the image", {}],
		["that is bound", { binary }],
		["in a volume", { volumes: [`${volume(content)}:/data`, `${dirname(binary)}:/tools:ro`], entrypoint: "/tools/abdicate" }],
	])("serves behind docker-default in mount namespaces of its own, by a binary %s", async (_, more) => {
		const step = { fuse: { target: "/mnt", command: rclone.command, hand_over: "fusermount" } };
		const config = { user: "app", confine: "docker-default", setup: [step] };
		const { status, stdout, stderr } = await fuse(rclone, "cat /mnt/f; cat /proc/timer_list", {
			config,
			caps: {},
			flags: nearlyPrivileged,
			...more,
		});
		expect([status, stdout, stepLines(stderr)]).toEqual([
			0,
			"from afar\n",
			["changed  setup[0] fuse rclone at /mnt: served by /usr/bin/rclone"],
		]);
	});

	it("replaces a mount whose daemon is gone", async () => {
		const step = { fuse: { target: "/mnt", command: rclone.command, hand_over: "fusermount" } };
		const kill = { run: { command: ["sh", "-c", "pkill -9 rclone; while test -d /mnt; do sleep 0.1; done"], user: "target" } };
		const config = { user: "app", setup: [step, kill, step, step] };
		const { status, stdout, stderr } = await fuse(rclone, "cat /mnt/f; grep -c ' /mnt ' /proc/self/mountinfo", { config });
		expect([status, stdout, stepLines(stderr).slice(2)]).toEqual([
			0,
			"from afar\n1\n",
			["changed  setup[2] fuse rclone at /mnt: served by /usr/bin/rclone", "ok       setup[3] fuse rclone at /mnt: already mounted"],
		]);
	});
});

describe("fuse with a daemon that calls fusermount, when something is wrong", () => {
	it.each([
		["--read-only", "ro"],
		["--default-permissions", "default_permissions"],
	])("does not mount otherwise than the daemon relies on: %s", async (flag, option) => {
		const strict = { ...rclone, command: [...rclone.command, flag] };
		const refused = await fuse(strict, "true");
		const agreed = await fuse({ ...strict, options: [option] }, "cat /mnt/f");
		expect([refused.status, errorsOf(refused.stderr), agreed.status, agreed.stdout]).toEqual([
			125,
			[
				`error[CONFIG_CONFLICT] fusermount: the daemon mounts with "${option}", and the fuse step did not`,
				'error[STEP_FAILED] setup[0] fuse rclone at /mnt: "rclone" does not serve "/mnt": it exited 1',
			],
			0,
			"from afar\n",
		]);
	});

	it("says before anything changes that the image has no fusermount", async () => {
		const setup = [{ mkdir: "/new" }, { fuse: { target: "/mnt", command: ["sh", "{mountpoint}"], hand_over: "fusermount" } }];
		const { status, stderr } = await fuse({ ...rclone, image: busybox }, "true", { config: { user: "app", setup } });
		expect([status, errorsOf(stderr)]).toEqual([
			125,
			[
				'error[STEP_FAILED] setup[1] fuse sh at /mnt: "sh" mounts by fusermount, and the image has none',
				'error[STEP_FAILED] setup[1] fuse sh at /mnt: open: ENOENT on "/mnt": the mount point does not exist',
			],
		]);
	});

	it("answers to the name fusermount for nobody else, and unmounts nothing", async () => {
		const script =
			"ln -s /abdicate /tmp/fusermount3; cd /tmp; for a in '-o ro -- /mnt' '-u /mnt' '-u -q -z -- /mnt' '--bad'; do ./fusermount3 $a; echo $?; done";
		const { stdout, stderr } = await fuse(rclone, `exec 2>&1; ${script}; cat /mnt/f`);
		expect([stepLines(stderr).at(-1), stdout]).toEqual([
			"changed  setup[0] fuse rclone at /mnt: served by /usr/bin/rclone",
			[
				"abdicate: error[USAGE] fusermount3: this program answers to that name only when the daemon of a fuse step mounts by it",
				"125",
				"abdicate: error[CAPABILITY_MISSING] fusermount3: SYS_ADMIN is gone, so nothing is unmounted",
				"125",
				"1",
				'abdicate: error[USAGE] fusermount3: "--bad" is not known',
				"125",
				"from afar\n",
			].join("\n"),
		]);
	});
});

describe("a daemon that mounts by itself", () => {
	it("is started by run with SYS_ADMIN, and keeps that for life", async () => {
		const image = "/tmp/disk";
		const make = `truncate -s 4M ${image} && /usr/sbin/mkntfs -q -F ${image}`;
		const setup = [
			{ run: { command: ["sh", "-c", make], user: "target", output: "discard" } },
			{ chmod: { path: "/dev/fuse", mode: "0666" } },
			{ mkdir: "/disk" },
			{ run: { command: ["ntfs-3g", image, "/disk"], user: "target", capabilities: ["SYS_ADMIN"], background: true } },
		];
		const script = "echo new > /disk/new && cat /disk/new; grep -h -E '^(Uid|CapPrm)' $(grep -l '^Name:.ntfs-3g$' /proc/[0-9]*/status)";
		const { status, stdout } = await fuse(rclone, script, { config: { user: "app", setup } });
		expect([status, stdout]).toEqual([0, "new\nUid:\t1000\t1000\t1000\t1000\nCapPrm:\t0000000000200000\n"]);
	});
});
