import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { extended, gpt, mbr, sector } from "../../harness/partition-tables.ts";
import { toldLines } from "../../harness/told.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, nearlyPrivileged, runContainer, startContainer } from "../harness/run.ts";
import { disk, diskImages, hello } from "./disk-images.ts";
import { stepLines } from "./volume.ts";

const types = ["ext4", "ext2", "btrfs", "xfs", "squashfs", "erofs"] as const;
const images = diskImages(...types);
afterEach(() => images.freed());

const caps = { add: ["SYS_ADMIN", "MKNOD"] };
const control = ["--device=/dev/loop-control"];
const rules = [...nearlyPrivileged, ...control, "--device-cgroup-rule=b 7:* rwm"];
const read = "cat /home/hello; grep -h -E '^Cap(Prm|Bnd)' /proc/self/status";
const none = "CapPrm:\t0000000000000000\nCapBnd:\t0000000000000000\n";

interface More extends Partial<ContainerOptions> {
	readonly command?: string;
}

function options(steps: readonly object[], { command = read, ...more }: More = {}): ContainerOptions {
	return {
		image: busybox,
		config: { user: "app", setup: steps.map((step) => ({ mount: step })) },
		args: ["-v", "--", "sh", "-c", command],
		caps,
		flags: control,
		volumes: [`${images.directory}:/data`],
		...more,
	};
}

const at = (type: string, more: object = {}) => ({ type, source: `/data/${type}`, target: "/home", loop: true, ...more });

async function mount(steps: readonly object[], more: More = {}, run = runHouse) {
	const { status, stdout, stderr } = await run(options(steps, more));
	return [status, stdout, ...stepLines(stderr)];
}

async function refused(step: object, more: More = {}, run = runHouse) {
	const { status, stdout, stderr } = await run(options([step], more));
	return [status, stdout, ...stderr.slice(stderr.indexOf("abdicate: error")).trimEnd().split("\n")];
}

describe("mount of an image", () => {
	it.each(types)("%s is read by the workload, which holds nothing, and is mounted once", async (type) => {
		expect(await mount([at(type), at(type)])).toEqual([
			0,
			hello + none,
			`changed  setup[0] mount ${type} /data/${type} at /home: mounted`,
			`ok       setup[1] mount ${type} /data/${type} at /home: already mounted`,
		]);
	});

	it("is without devices and set-user-ID programs, and read-only where nothing can be written, unless it is said", async () => {
		const command = "grep ' /home ' /proc/self/mountinfo | cut -d ' ' -f 6,8-";
		const shown = async (step: object) => (await mount([step], { command }))[1];
		expect([await shown(at("ext2")), await shown(at("ext2", { options: "ro,dev,suid" })), await shown(at("erofs"))]).toEqual([
			expect.stringMatching(/^rw,nosuid,nodev,relatime ext2 \/proc\/self\/fd\/\d+\/loop\d+ rw/),
			expect.stringMatching(/^ro,relatime ext2 \/proc\/self\/fd\/\d+\/loop\d+ ro/),
			expect.stringMatching(/^ro,nosuid,nodev,relatime erofs \/proc\/self\/fd\/\d+\/loop\d+ ro/),
		]);
	});

	it("keeps what the workload has written for the next start", async () => {
		copyFileSync(join(images.directory, "ext4"), join(images.directory, "written"));
		const step = at("ext4", { source: "/data/written" });
		const command = "cat /home/before; echo kept > /home/before";
		expect((await mount([step], { command }))[0]).toBe(0);
		await images.freed();
		expect((await mount([step], { command }))[1]).toBe("kept\n");
	});

	it("is a part of it: at an offset, or a partition by its number in an MBR, a chain of logical ones, a GPT", async () => {
		const size = statSync(join(images.directory, "squashfs")).size / sector;
		const count = Math.ceil(size);
		const first = { type: 0x83, start: 2048, count };
		disk(images, "mbr", 2, [[0, mbr([{ type: 0x83, start: 4, count: 8 }, first])]], 2048 * sector, "squashfs");
		disk(
			images,
			"logical",
			6,
			extended(first, 4096, [
				{ type: 0x83, count: 8 },
				{ type: 0x83, count },
			]),
			(4096 + 2048 + 8 + 2048) * sector,
			"squashfs",
		);
		disk(images, "gpt", 4, gpt(8192, [undefined, undefined, { first: 4096, last: 4096 + count - 1 }]), 4096 * sector, "squashfs");
		const of = (source: string, more: object) => at("squashfs", { source: `/data/${source}`, ...more });
		for (const step of [
			of("mbr", { offset: "1M" }),
			of("mbr", { offset: "1M", size: `${count * sector}` }),
			of("mbr", { partition: 2 }),
			of("logical", { partition: 6 }),
			of("gpt", { partition: 3 }),
		]) {
			expect(await mount([step, step])).toEqual([
				0,
				hello + none,
				expect.stringMatching(/^changed {2}.*: mounted$/),
				expect.stringMatching(/^ok {7}.*: already mounted$/),
			]);
		}
		expect(await mount([of("mbr", { partition: 2 }), of("gpt", { partition: 3 })])).toEqual([
			0,
			hello + none,
			"changed  setup[0] mount squashfs partition 2 of /data/mbr at /home: mounted",
			"changed  setup[1] mount squashfs partition 3 of /data/gpt at /home: mounted",
		]);
	});

	it("is never mounted twice where one can write, and as often as wanted where none can", async () => {
		const copied = (name: string) => {
			copyFileSync(join(images.directory, "ext4"), join(images.directory, name));
			return (more: object = {}) => at("ext4", { source: `/data/${name}`, ...more });
		};
		const readOnly = { options: "ro" };
		const twice = async (name: string, one: object, other: object) => {
			const image = copied(name);
			const steps = [image(one), image({ target: "/var", ...other })];
			const [status, stdout, ...lines] = await mount(steps, { command: "cat /var/hello" });
			return [status, stdout, lines.length];
		};
		expect(
			await Promise.all([twice("a", {}, {}), twice("b", {}, readOnly), twice("c", readOnly, {}), twice("d", readOnly, readOnly)]),
		).toEqual([
			[125, "", 2],
			[125, "", 2],
			[125, "", 2],
			[0, hello, 2],
		]);
		const once = copied("once");
		const ready = "echo ready; exec sleep 60";
		const first = await startContainer(options([once()], { command: ready, caps: {}, flags: rules }));
		await first.waitForOutput("ready");
		expect(await refused(once(), { caps: {}, flags: rules }, runContainer)).toEqual([
			125,
			"",
			'abdicate: error[STEP_FAILED] setup[0] mount ext4 /data/once at /home: mount: "/data/once" is open for writing by another process, or mounted by another start: it could change under the kernel',
			"  end what has it open (fuser -v, lsof), or unmount it where it is mounted writable",
			"  or mount a copy, one for each start: the step copy before this one",
		]);
		first.remove();
		expect((await mount([once()], { caps: {}, flags: rules }, runContainer))[0]).toBe(0);
	});

	it("begins anywhere, as behind the program of an AppImage", async () => {
		const behind = Buffer.concat([Buffer.alloc(188_392, "x"), readFileSync(join(images.directory, "squashfs"))]);
		writeFileSync(join(images.directory, "behind"), behind);
		const step = at("squashfs", { source: "/data/behind", offset: 188_392 });
		expect(await mount([step, step])).toEqual([
			0,
			hello + none,
			"changed  setup[0] mount squashfs at 188392 of /data/behind at /home: mounted",
			"ok       setup[1] mount squashfs at 188392 of /data/behind at /home: already mounted",
		]);
	});

	it("is for each of many starts at the same time one of its own", async () => {
		const all = await Promise.all(Array.from({ length: 8 }, () => mount([at("squashfs")])));
		expect(all.map(([status, stdout]) => [status, stdout])).toEqual(Array(8).fill([0, hello + none]));
	});
});

describe("mount of an image in a container", () => {
	const privileged = { caps: {}, flags: rules };

	it("works in a privileged one and again when that is started again, and frees its device each time", async () => {
		const container = await startContainer(options([at("ext4"), at("ext4")], privileged));
		const outcomes = [await container.wait()];
		expect(images.attached()).toEqual([]);
		container.start();
		outcomes.push(await container.wait());
		container.remove();
		const lines = [
			"changed  setup[0] mount ext4 /data/ext4 at /home: mounted",
			"ok       setup[1] mount ext4 /data/ext4 at /home: already mounted",
		];
		expect(outcomes.map(({ status, stdout, stderr }) => [status, stdout, ...stepLines(stderr)])).toEqual([
			[0, hello + none, ...lines],
			[0, (hello + none).repeat(2), ...lines, ...lines],
		]);
	});

	it("works, and frees its device, on a kernel with neither the new mount calls nor LOOP_CONFIGURE", async () => {
		const file = join(images.directory, "seccomp.json");
		const [EINVAL, ENOSYS, LOOP_CONFIGURE] = [22, 38, 0x4c0a];
		const without = (errnoRet: number, names: readonly string[], args: readonly object[] = []) => ({
			names,
			action: "SCMP_ACT_ERRNO",
			errnoRet,
			args,
		});
		const calls = ["fsopen", "fsconfig", "fsmount", "open_tree", "move_mount", "mount_setattr"];
		const syscalls = [without(ENOSYS, calls), without(EINVAL, ["ioctl"], [{ index: 1, value: LOOP_CONFIGURE, op: "SCMP_CMP_EQ" }])];
		writeFileSync(file, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls }));
		const old = {
			caps: { add: ["SYS_ADMIN"] },
			flags: [`--security-opt=seccomp=${file}`, "--security-opt=apparmor=unconfined", ...control, "--device-cgroup-rule=b 7:* rwm"],
		};
		expect(
			await mount(
				[at("ext4", { options: "ro" }), at("squashfs", { offset: 0 })],
				{ ...old, command: `ls -A /dev | grep abdicate; ${read}` },
				runContainer,
			),
		).toEqual([
			0,
			hello + none,
			"changed  setup[0] mount ext4 /data/ext4 at /home: mounted",
			"changed  setup[1] mount squashfs /data/squashfs at /home: mounted",
		]);
	});

	it("takes no more than is told where something is missing", async () => {
		const more = (...added: readonly string[]) => ({ flags: ["--security-opt=apparmor=unconfined", ...added] });
		const rule = "--device-cgroup-rule=b 7:* rwm";
		const remedy = toldLines(
			"docker run --device /dev/loop-control --device-cgroup-rule 'b 7:* rwm' --cap-add MKNOD ... | compose: devices: [/dev/loop-control], device_cgroup_rules: ['b 7:* rwm'], cap_add: [MKNOD] | kubernetes: a privileged container, since no device plugin knows which loop device is free",
			"docker",
		);
		const granted = (name: string) => toldLines(`docker run --cap-add ${name} ... | compose: cap_add: [${name}] | kubernetes: x`, "docker");
		const head = "abdicate: error[STEP_FAILED] setup[0] mount ext4 /data/ext4 at /home: mount: ";
		const without = "no node of it can be made or opened: ";
		const step = at("ext4");
		expect([
			await mount([step], more(...control, rule), runContainer),
			await refused(step, more(rule), runContainer),
			await refused(step, more(...control), runContainer),
			await refused(step, { ...more(...control, rule), caps: { add: ["SYS_ADMIN"], drop: ["MKNOD"] } }, runContainer),
			await refused(step, { ...more(...control, rule), caps: { add: ["MKNOD"] } }, runContainer),
		]).toEqual([
			[0, hello + none, "changed  setup[0] mount ext4 /data/ext4 at /home: mounted"],
			[
				125,
				"",
				expect.stringContaining(`${head}/dev/loop-control is not there, and ${without}CAP_MKNOD is held, so the device cgroup`),
				...remedy,
			],
			[125, "", expect.stringContaining(`is not there, and ${without}CAP_MKNOD is held, so the device cgroup`), ...remedy],
			[125, "", expect.stringContaining("error[CAPABILITY_MISSING] setup[0] mount ext4 /data/ext4 at /home: MKNOD"), ...granted("MKNOD")],
			[
				125,
				"",
				expect.stringContaining("error[CAPABILITY_MISSING] setup[0] mount ext4 /data/ext4 at /home: SYS_ADMIN"),
				...granted("SYS_ADMIN"),
			],
		]);
	});

	it("tells an ordinary container all that it lacks before anything is changed, and so does plan", async () => {
		const setup = [{ mkdir: "/new" }, { mount: at("ext4") }];
		const all = { ...options([], {}), config: { user: "app", setup }, caps: { drop: ["MKNOD"] }, flags: [] };
		const { status, stderr } = await runContainer({ ...all, args: ["--", "true"] });
		const told = stderr.split("\n").flatMap((line) => /(?:error\[|\d+ errors;).*/.exec(line)?.[0] ?? []);
		const planned = await runContainer({ ...all, args: ["plan", "/etc/entrypoint.yaml", "--", "true"] });
		const rows = planned.stdout.split("\n").filter((line) => /(?:MISSING|FAILS)$/.test(line));
		const step = "setup[1] mount ext4 /data/ext4 at /home:";
		expect([status, told]).toEqual([
			125,
			[
				`error[CAPABILITY_MISSING] ${step} SYS_ADMIN is not held, needed to mount at /home`,
				`error[CAPABILITY_MISSING] ${step} MKNOD is not held, needed to make the node of the loop device that is free, where /dev has none`,
				`error[STEP_FAILED] ${step} mount: /dev/loop-control is not there`,
				"3 errors; abdicate explain CAPABILITY_MISSING says more",
			],
		]);
		expect([planned.status, rows.map((line) => line.replace(/ {2,}/g, "  ").trim())]).toEqual([
			1,
			[
				"1 mount  ext4 /data/ext4 at /home  mount: /dev/loop-control is not there  FAILS",
				expect.stringMatching(/^SYS_ADMIN, MKNOD.* {2}MISSING$/),
			],
		]);
	});
});

describe("mount of a device", () => {
	let device = "";
	afterAll(() => {
		if (device !== "") {
			execFileSync("losetup", ["--detach", device]);
		}
	});

	it("needs no loop, and is mounted once", async () => {
		copyFileSync(join(images.directory, "ext2"), join(images.directory, "device"));
		device = execFileSync("losetup", ["--find", "--show", join(images.directory, "device")], { encoding: "utf8" }).trim();
		const step = { type: "ext2", source: device, target: "/home" };
		const more = { caps: { add: ["SYS_ADMIN"] }, flags: [`--device=${device}`] };
		const command = "cat /home/hello; grep ' /home ' /proc/self/mountinfo | cut -d ' ' -f 6,8,9";
		const outcome = await mount([step, step], { ...more, command });
		const loop = await refused({ ...step, loop: true }, more);
		execFileSync("blockdev", ["--setro", device], { env: { PATH: "/usr/sbin:/sbin" } });
		const readOnly = await refused(step, more);
		execFileSync("blockdev", ["--setrw", device], { env: { PATH: "/usr/sbin:/sbin" } });
		const cgroup = await refused(
			step,
			{ ...more, flags: ["--security-opt=apparmor=unconfined", `--device=${device}:${device}:r`] },
			runContainer,
		);
		execFileSync("losetup", ["--detach", device]);
		device = "";
		expect([outcome, loop, readOnly, cgroup]).toEqual([
			[
				0,
				`${hello}rw,nosuid,nodev,relatime ext2 ${step.source}\n`,
				`changed  setup[0] mount ext2 ${step.source} at /home: mounted`,
				`ok       setup[1] mount ext2 ${step.source} at /home: already mounted`,
			],
			[
				125,
				"",
				`abdicate: error[STEP_FAILED] setup[0] mount ext2 ${step.source} at /home: mount: "${step.source}" is a block device already`,
				"  leave loop out, with offset and partition: a partition has a device of its own, such as /dev/sdb1",
			],
			[
				125,
				"",
				`abdicate: error[STEP_FAILED] setup[0] mount ext2 ${step.source} at /home: fsconfig: EACCES on "${step.source}": the device is read-only, and it was to be mounted writable`,
				"  options: ro",
			],
			[
				125,
				"",
				`abdicate: error[STEP_FAILED] setup[0] mount ext2 ${step.source} at /home: fsconfig: EPERM on "${step.source}": the device cgroup refuses rw on it: the kernel says "${step.source}: Can't open blockdev"`,
				...toldLines(
					`docker run --device ${step.source}:${step.source}:rw ... | compose: devices: ["${step.source}:${step.source}:rw"] | kubernetes: a device plugin, or a privileged container`,
					"docker",
				),
				"  or options: ro, where it may be read",
			],
		]);
	});
});

describe("mount of an image when it is refused", () => {
	const head = (type: string, source = `/data/${type}`) => `abdicate: error[STEP_FAILED] setup[0] mount ${type} ${source} at /home: `;

	it("says what is there instead", async () => {
		truncateSync(join(images.directory, "written"), 4096);
		mkdirSync(join(images.directory, "directory"));
		const ofErofs = { type: "ext4", source: "/data/erofs", target: "/home", loop: true };
		expect([
			await refused(ofErofs),
			await refused({ ...ofErofs, source: "/data/mbr" }),
			await refused({ ...ofErofs, source: "/data/mbr", partition: 7 }),
			await refused({ ...ofErofs, source: "/data/gpt", offset: "1G" }),
			await refused({ ...ofErofs, source: "/data/absent" }),
			await refused({ ...ofErofs, source: "/data/directory" }),
			await refused({ ...ofErofs, loop: false }),
		]).toEqual([
			[125, "", `${head("ext4", "/data/erofs")}fsconfig: EINVAL on "/data/erofs": there is no ext4 there, but erofs`, "  type: erofs"],
			[
				125,
				"",
				`${head("ext4", "/data/mbr")}fsconfig: EINVAL on "/data/mbr": there is no ext4 there, but a table of partitions`,
				"  loop: true with partition: 1, or the device of the partition itself",
			],
			[125, "", `${head("ext4", "partition 7 of /data/mbr")}mount: "/data/mbr" has no partition 7: it has 1, 2`],
			[125, "", `${head("ext4", "at 1073741824 of /data/gpt")}mount: "/data/gpt" has 4 MiB, and 1 GiB are asked for`],
			[
				125,
				"",
				`${head("ext4", "/data/absent")}open: ENOENT on "/data/absent": there is no such image`,
				"  make it by a step before this one, or mount the volume that holds it",
			],
			[125, "", `${head("ext4", "/data/directory")}mount: "/data/directory" is neither a file nor a block device`],
			[125, "", `${head("ext4", "/data/erofs")}mount: "/data/erofs" is a file`, "  loop: true, which shows the kernel a file as a device"],
		]);
	});

	it("says of an xfs that is mounted already, or a copy of one, that it goes by its number", async () => {
		copyFileSync(join(images.directory, "xfs"), join(images.directory, "copy"));
		const copy = at("xfs", { source: "/data/copy", target: "/tmp" });
		const { status, stderr } = await runHouse(options([at("xfs"), copy]));
		expect([status, ...stderr.trimEnd().split("\n").slice(-3), (await mount([at("xfs"), { ...copy, options: "nouuid" }]))[0]]).toEqual([
			125,
			`abdicate: error[STEP_FAILED] setup[1] mount xfs /data/copy at /tmp: fsconfig: EINVAL on "/data/copy": it is mounted already, or a copy of one that is, or this kernel does not know a feature of it, or an option`,
			"  a copy: options: nouuid",
			"  dmesg, on the machine, says which",
			0,
		]);
	});

	it("says of nothing, of what a file system may be in, and of the node of a partition, what to do", async () => {
		const marked = (name: string, mark: string) => {
			const bytes = Buffer.alloc(0x10_0000);
			bytes.write(mark, 0, "latin1");
			writeFileSync(join(images.directory, name), bytes);
		};
		writeFileSync(join(images.directory, "empty"), "");
		marked("zeros", "");
		marked("locked", "LUKS\xba\xbe");
		const of = (source: string) => at("ext4", { source: `/data/${source}` });
		const line = (source: string) => head("ext4", `/data/${source}`);
		expect([
			await refused(of("empty")),
			await refused(of("zeros")),
			await refused(of("locked")),
			await refused({ type: "ext4", source: "/dev/loop0p2", target: "/home" }),
		]).toEqual([
			[125, "", `${line("empty")}mount: "/data/empty" is empty`, "  mkfs it first: nothing is formatted here, or name another image"],
			[
				125,
				"",
				`${line("zeros")}fsconfig: EINVAL on "/data/zeros": there is no ext4 there, but zeros alone`,
				"  mkfs it first: nothing is formatted here",
			],
			[
				125,
				"",
				`${line("locked")}fsconfig: EINVAL on "/data/locked": there is no ext4 there, but LUKS`,
				"  open it first: cryptsetup open, in a run step before this one, and mount /dev/mapper/NAME",
			],
			[
				125,
				"",
				`${head("ext4", "/dev/loop0p2")}open: ENOENT on "/dev/loop0p2": there is no such device`,
				"  loop: true with partition: 2 and the image as the source: nodes of partitions appear in no container",
			],
		]);
	});

	it("says that a journal has to be written back, which a file system that is mounted read-only cannot", async () => {
		const dirty = join(images.directory, "dirty");
		copyFileSync(join(images.directory, "ext4"), dirty);
		execFileSync("debugfs", ["-w", "-R", "feature needs_recovery", dirty], { stdio: "pipe", env: { PATH: "/usr/sbin:/sbin" } });
		const step = at("ext4", { source: "/data/dirty", options: ["ro"] });
		expect([await refused(step), (await mount([{ ...step, options: "ro,noload" }]))[1]]).toEqual([
			[
				125,
				"",
				`${head("ext4", "/data/dirty")}fsconfig: EROFS on "/data/dirty": it was not unmounted cleanly: its journal has to be written back first, and it is mounted read-only`,
				"  mount it writable once, or leave the journal aside: noload for ext3 and ext4, norecovery for xfs, in options",
			],
			hello + none,
		]);
	});

	it("says that the image is read-only, and that the kernel has no such file system", async () => {
		const volumes = [`${images.directory}:/data:ro`];
		expect([
			await refused(at("ext4"), { volumes }),
			(await mount([at("ext4", { options: "ro" })], { volumes }))[1],
			await refused(at("affs", { source: "/data/ext4" })),
		]).toEqual([
			[
				125,
				"",
				`${head("ext4")}open: EROFS on "/data/ext4": it lies on what is mounted read-only, and was to be mounted writable`,
				"  options: ro",
			],
			hello + none,
			[
				125,
				"",
				`${head("affs", "/data/ext4")}fsopen: ENODEV on "/data/ext4": this kernel has no affs: it is not in /proc/filesystems, and there is no module to load`,
				"  modprobe affs, on the machine: a container has the kernel of its machine, and cannot bring a module",
			],
		]);
	});
});

describe("a start that is killed", () => {
	it("leaves no loop device, whichever call it dies in", async () => {
		const directory = images.directory;
		const config = {
			user: "1000:1000",
			setup: [{ mount: { type: "squashfs", source: `${directory}/squashfs`, target: `${directory}/directory`, loop: true } }],
		};
		const run = (...strace: readonly string[]) => runHost({ config, args: ["--", "/bin/true"], strace });
		const { trace } = await run("-e", "trace=all");
		const calls = trace.split("\n").flatMap((line) => /^(\w+)\(/.exec(line)?.[1] ?? []);
		const [from, to] = [trace.split("\n").findIndex((line) => line.includes("LOOP_CTL_GET_FREE")), calls.lastIndexOf("move_mount")];
		const points = calls.flatMap((name, index) =>
			index >= from && index <= to + 4
				? [`${name}:signal=KILL:when=${calls.slice(0, index + 1).filter((each) => each === name).length}`]
				: [],
		);
		const killed: (number | null)[] = [];
		for (const point of points) {
			killed.push((await run("-e", `inject=${point}`)).status);
			await images.freed();
		}
		expect([points.length > 10, new Set(killed)]).toEqual([true, new Set([137])]);
	}, 60_000);
});
