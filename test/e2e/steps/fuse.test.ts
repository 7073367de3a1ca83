import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

const device = ["--device=/dev/fuse"];
const caps = { add: ["SYS_ADMIN"] };
/** Speaks to sftp-server over its standard input, as sshfs does through ssh. */
const sftp = "printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir remote; echo from afar > remote/f";
const sshfs = ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp"];

function fuse(steps: readonly object[], command: string, more: Partial<ContainerOptions> = {}, run = runHouse) {
	return run({
		image: debian,
		config: { user: "app", setup: steps },
		args: ["-v", "--", "sh", "-c", command],
		volumes: [`${volume(sftp)}:/data`],
		caps,
		flags: device,
		...more,
	});
}

const errorOf = ({ stderr, status }: { readonly stderr: string; readonly status: number }) => [status, /error.*/.exec(stderr)?.[0]];

describe("fuse", () => {
	it("serves the workload through a daemon, and neither holds a capability", async () => {
		const command =
			"cat /mnt/f; grep -h -E '^(Name|Uid|Gid|Groups|NoNewPrivs|Cap)' /proc/[0-9]*/status; grep ' /mnt ' /proc/self/mountinfo";
		const { status, stdout, stderr } = await fuse([{ fuse: { target: "/mnt", command: sshfs } }], command);
		const processes = stdout
			.split(/^Name:\t/m)
			.slice(1)
			.map((text) => text.split("\n"));
		const names = processes.map(([name]) => name).sort();
		const states = new Set(
			processes.map(([, ...lines]) =>
				lines
					.filter((line) => /^[A-Z]\w+:/.test(line))
					.join(" ")
					.replaceAll("\t", " "),
			),
		);
		expect([status, ...stepLines(stderr), stdout.split("\n")[0], names]).toEqual([
			0,
			"changed  setup[0] fuse sshfs at /mnt: served by /usr/bin/sshfs",
			"from afar",
			["sftp-server", "sh", "sshfs"],
		]);
		const empty = ["Inh", "Prm", "Eff", "Bnd", "Amb"].map((set) => `Cap${set}: 0000000000000000`).join(" ");
		expect([...states]).toEqual([`Uid: 1000 1000 1000 1000 Gid: 1000 1000 1000 1000 Groups: 44 1000  ${empty} NoNewPrivs: 1`]);
		expect(stdout).toMatch(/ \/mnt rw,nosuid,nodev,relatime - fuse\.sshfs sshfs rw,user_id=1000,group_id=1000\n/);
	});

	it.each<[string, readonly string[], readonly string[], string]>([
		["squashfuse", ["squashfuse", "-f", "/tmp/image", "{mountpoint}"], ["mksquashfs", "/data/remote", "/tmp/image", "-quiet"], "refused"],
		[
			"fuse-overlayfs",
			["fuse-overlayfs", "-f", "-o", "lowerdir=/data/remote,upperdir=/tmp/upper,workdir=/tmp/work", "{mountpoint}"],
			["mkdir", "/tmp/upper", "/tmp/work"],
			"written",
		],
	])("takes %s as the daemon, without a capability", async (name, command, prepare, writing) => {
		const steps = [{ run: { command: prepare, user: "target", output: "discard" } }, { fuse: { target: "/mnt", command } }];
		const script = `cat /mnt/f; (echo new > /mnt/new) 2>/dev/null && echo written || echo refused; grep -h -E '^(Uid|Cap(Prm|Bnd))' /proc/$(pgrep -f '^[^ ]*${name}')/status`;
		const { status, stdout, stderr } = await fuse(steps, script);
		expect([status, stepLines(stderr)[1], stdout]).toEqual([
			0,
			`changed  setup[1] fuse ${name} at /mnt: served by /usr/bin/${name}`,
			`from afar\n${writing}\nUid:\t1000\t1000\t1000\t1000\nCapPrm:\t0000000000000000\nCapBnd:\t0000000000000000\n`,
		]);
	});

	it("takes gocryptfs as the daemon, with the option that it relies on", async () => {
		const password = "/data/remote/f";
		const init = ["gocryptfs", "-init", "-scryptn", "10", "-passfile", password, "/tmp/cipher"];
		const command = ["gocryptfs", "-fg", "-quiet", "-passfile", password, "/tmp/cipher", "{mountpoint}"];
		const steps = [
			{ mkdir: "/tmp/cipher" },
			{ run: { command: init, user: "target", output: "discard" } },
			{ fuse: { target: "/mnt", command, options: "max_read=131072" } },
		];
		const { status, stdout } = await fuse(steps, "echo new > /mnt/new && cat /mnt/new && ls /tmp/cipher | wc -l");
		expect([status, stdout]).toEqual([0, "new\n3\n"]);
	});

	it("leaves nobody but the user in, root included, unless allow_other", async () => {
		const readAsRoot = { run: { command: ["cat", "/mnt/f"], capabilities: ["DAC_OVERRIDE"] }, on_error: "warn" };
		const step = { target: "/mnt", command: sshfs };
		const alone = await fuse([{ fuse: step }, readAsRoot], "true");
		const shared = await fuse([{ fuse: { ...step, allow_other: true } }, readAsRoot], "true");
		expect([alone.stdout, shared.stdout]).toEqual(["", "from afar\n"]);
	});

	it("can have the daemon run as another user than the workload, and the source and options shown", async () => {
		const step = { target: "/mnt", command: sshfs, user: "nobody", source: "afar", options: "ro,default_permissions" };
		const { stdout, status } = await fuse([{ fuse: step }], "cat /mnt/f; ps -o user= -C sshfs; grep ' /mnt ' /proc/self/mountinfo");
		expect([status, stdout.split("\n").slice(0, 2)]).toEqual([0, ["from afar", "nobody"]]);
		expect(stdout).toMatch(/ \/mnt rw,nosuid,nodev,relatime - fuse\.sshfs afar ro,user_id=1000,group_id=1000,default_permissions\n/);
	});

	it("finds a mount that answers", async () => {
		const step = { fuse: { target: "/mnt", command: sshfs } };
		const { status, stderr } = await fuse([step, step], "true");
		expect([status, stepLines(stderr)[1]]).toEqual([0, "ok       setup[1] fuse sshfs at /mnt: already mounted"]);
	});

	it("replaces one whose daemon is gone", async () => {
		const step = { fuse: { target: "/mnt", command: sshfs } };
		const kill = { run: { command: ["sh", "-c", "pkill -9 sshfs; while test -d /mnt; do sleep 0.1; done"], user: "target" } };
		const { status, stdout, stderr } = await fuse([step, kill, step], "cat /mnt/f; grep -c ' /mnt ' /proc/self/mountinfo");
		expect([status, stdout, stepLines(stderr)[2]]).toEqual([
			0,
			"from afar\n1\n",
			"changed  setup[2] fuse sshfs at /mnt: served by /usr/bin/sshfs",
		]);
	});
});

describe("fuse when something is wrong", () => {
	const step = { target: "/mnt", command: sshfs };

	it("tells a missing device, a forbidden device and a missing capability apart", async () => {
		const noDevice = await fuse([{ fuse: step }], "true", { flags: [] }, runContainer);
		const mknod = { run: { command: ["mknod", "-m", "666", "/dev/fuse", "c", "10", "229"], capabilities: ["MKNOD"] } };
		const forbidden = await fuse([mknod, { fuse: step }], "true", { flags: [] }, runContainer);
		const chmod = { run: ["chmod", "0", "/dev/fuse"] };
		const closed = await fuse([chmod, { fuse: step }], "true", { caps: { add: ["SYS_ADMIN"], drop: ["DAC_OVERRIDE"] } }, runContainer);
		const noCapability = await fuse([{ fuse: step }], "true", { caps: {} }, runContainer);
		const grant = "  compose: devices: [/dev/fuse]";
		expect([noDevice, forbidden, closed].map(({ stderr }) => stderr.trimEnd().split("\n").at(-1))).toEqual([
			grant,
			grant,
			"  or before this step: - chmod: {path: /dev/fuse, mode: u+rw}",
		]);
		expect([noDevice, forbidden, closed, noCapability].map(errorOf)).toEqual([
			[125, "error[STEP_FAILED] setup[0] fuse sshfs at /mnt: open /dev/fuse: ENOENT: there is no such device in this container"],
			[125, "error[STEP_FAILED] setup[1] fuse sshfs at /mnt: open /dev/fuse: EPERM: the device cgroup of the container forbids it"],
			[125, "error[STEP_FAILED] setup[1] fuse sshfs at /mnt: open /dev/fuse: EACCES: its mode or a security module refuses it"],
			[125, "error[CAPABILITY_MISSING] setup[0] fuse sshfs at /mnt: SYS_ADMIN is not held, needed to mount at /mnt"],
		]);
	});

	it.each([
		["ends", ["false", "{mountpoint}"], '"false" does not serve "/mnt": it exited 1'],
		["says nothing", ["sh", "-c", "exec sleep 100", "{mountpoint}"], '"/mnt" does not answer after 300 ms'],
		["is missing", ["absent", "{mountpoint}"], '"absent" is not in '],
		["cannot be executed", ["/etc/passwd", "{mountpoint}"], "EACCES"],
	])("leaves no mount and no daemon behind when the daemon %s", async (_, command, message) => {
		const failing = { fuse: { target: "/mnt", command, ready_timeout: "300ms" }, on_error: "warn" };
		const { status, stdout, stderr } = await fuse([failing], "grep -c ' /mnt ' /proc/self/mountinfo; pgrep -c sleep");
		expect([status, stdout, stderr.includes(message)]).toEqual([1, "0\n0\n", true]);
	});

	it("does not mount over what a link of the workload leads to", async () => {
		const hostile = volume("ln -s /mnt link; chown -h 1000:1000 . link");
		const result = await fuse([{ fuse: { ...step, target: "/hostile/link" } }], "true", { volumes: [`${hostile}:/hostile`] });
		expect(errorOf(result)).toEqual([
			125,
			"error[STEP_FAILED] setup[0] fuse sshfs at /hostile/link: /hostile/link is a symbolic link that is not root's alone; it is not followed",
		]);
	});

	it("does not serve as root what the workload can write", async () => {
		const mine = volume("printf '#!/bin/sh' > p; chmod 755 p; chown 1000 p");
		const result = await fuse([{ fuse: { target: "/mnt", user: "root", command: ["/mine/p", "{mountpoint}"] } }], "true", {
			volumes: [`${mine}:/mine`],
		});
		expect(errorOf(result)).toEqual([
			125,
			'error[STEP_FAILED] setup[0] fuse /mine/p at /mnt as uid 0: "/mine/p" is not run with more than the workload has: the workload can write to "/mine/p"',
		]);
	});

	it("refuses options that the step sets itself, and a command without a mount point", async () => {
		const option = await fuse([{ fuse: { ...step, options: ["user_id=0"] } }], "true");
		const command = await fuse([{ fuse: { target: "/mnt", command: ["sshfs"] } }], "true");
		expect([option, command].map(({ status, stderr }) => [status, /error\[(\w+)\]/.exec(stderr)?.[1]])).toEqual([
			[125, "CONFIG_INVALID_VALUE"],
			[125, "CONFIG_INVALID_VALUE"],
		]);
	});
});
