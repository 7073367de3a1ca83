import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { toldLines } from "../../harness/told.ts";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { ownerOf, stepLines, volume } from "./volume.ts";

const caps = { add: ["SYS_ADMIN"] };

/** Mounts, then shows the table of mounts and the output of a command. */
function mount(steps: readonly object[], more: Partial<ContainerOptions> & { readonly command?: string } = {}, run = runHouse) {
	const { command = "true", ...rest } = more;
	return run({
		image: busybox,
		config: { user: "app", setup: steps.map((step) => ({ mount: step })) },
		args: ["-v", "--", "sh", "-c", `${command}; grep -E " /(home|data)[ /]" /proc/self/mountinfo`],
		caps,
		flags: ["--tmpfs=/home:mode=755"],
		...rest,
	});
}

/** Mount points, options and types of the lines of mountinfo, without what Docker put there. */
function table(stdout: string): string[] {
	return [...stdout.matchAll(/^\d+ \d+ \S+ \S+ (\S+) (\S+) .*?- (\S+) \S+ (\S+)$/gm)].map(([, ...fields]) => fields.join(" "));
}

/** A seccomp profile that answers some calls with an errno, and lets everything else pass. */
function profile(errnoRet: number, ...names: readonly string[]): string[] {
	const file = join(volume("true"), "seccomp.json");
	writeFileSync(file, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names, action: "SCMP_ACT_ERRNO", errnoRet }] }));
	return [`--security-opt=seccomp=${file}`];
}
const EPERM = 1;
const EACCES = 13;
const ENOSYS = 38;
const newCalls = ["fsopen", "fsconfig", "fsmount", "open_tree", "move_mount", "mount_setattr"];

const tmpfs = { type: "tmpfs", target: "/home", options: "size=1m,mode=1777,noexec" };
const bound = { type: "bind", source: "/data/from", target: "/data/to", options: ["ro", "nosuid"] };
const script = "mkdir -p from to; echo content > from/f";

describe.each([
	["the new mount calls", []],
	["mount(2), where the new calls are missing", profile(ENOSYS, ...newCalls)],
	["mount(2), where a filter refuses the new calls", profile(EPERM, ...newCalls)],
	["mount(2) for attributes alone", profile(ENOSYS, "mount_setattr")],
])("mount by %s", (_, seccomp) => {
	it("mounts a tmpfs without devices and set-user-ID programs, once", async () => {
		const { status, stdout, stderr } = await mount(
			[tmpfs, tmpfs],
			{ flags: seccomp, command: "touch /home/x; stat -c %a /home" },
			runContainer,
		);
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			"changed  setup[0] mount tmpfs at /home: mounted",
			"ok       setup[1] mount tmpfs at /home: already mounted",
		]);
		expect([stdout.split("\n")[0], ...table(stdout)]).toEqual(["1777", "/home rw,nosuid,nodev,noexec,relatime tmpfs rw,size=1024k"]);
	});

	it("binds a directory with its restrictions, once", async () => {
		const { status, stdout, stderr } = await mount(
			[bound, bound],
			{
				flags: seccomp,
				volumes: [`${volume(`${script}; chmod 777 from to`)}:/data`],
				command: "cat /data/to/f; touch /data/to/x /data/from/y 2>&1",
			},
			runContainer,
		);
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			"changed  setup[0] mount /data/from at /data/to: mounted",
			"ok       setup[1] mount /data/from at /data/to: already mounted",
		]);
		expect(stdout).toContain("content\ntouch: /data/to/x: Read-only file system\n");
		expect(
			table(stdout)
				.filter((line) => line.startsWith("/data/to "))
				.map((line) => line.split(" ")[1]),
		).toEqual(["ro,nosuid,relatime"]);
	});
});

describe("mount", () => {
	it("needs nothing for what the runtime has mounted", async () => {
		const { status, stderr } = await mount([{ type: "tmpfs", target: "/home" }], { caps: {} });
		expect([status, ...stepLines(stderr)]).toEqual([0, "ok       setup[0] mount tmpfs at /home: already mounted"]);
	});

	it("mounts a tmpfs anew where the runtime's is not as it is asked for, and then finds it", async () => {
		const flags = ["--tmpfs=/home:size=16m"];
		const step = { ...tmpfs, options: "size=1m,mode=0700,uid=1000,exec" };
		const { status, stdout, stderr } = await mount([step, step], { flags, command: "stat -c '%a %u' /home" });
		expect([status, ...stepLines(stderr), stdout.split("\n")[0], table(stdout).at(-1)]).toEqual([
			0,
			"changed  setup[0] mount tmpfs at /home: mounted anew with size=1m,mode=0700,uid=1000,exec, where size=16384k,mode=1777,uid=0,noexec was",
			"ok       setup[1] mount tmpfs at /home: already mounted",
			"700 1000",
			"/home rw,nosuid,nodev,relatime tmpfs rw,size=1024k,mode=700,uid=1000",
		]);
	});

	it("says how the runtime mounts a tmpfs as it is asked for, where it is not to be mounted anew", async () => {
		const shm = { type: "tmpfs", target: "/dev/shm", options: ["size=1g", "mode=1777"] };
		const asked = async (step: object) => {
			const { status, stderr } = await mount([step], { caps: {}, flags: ["--tmpfs=/home:size=16m"] }, runContainer);
			return [status, ...stderr.trimEnd().split("\n")];
		};
		const emptyDir = "kubernetes: an emptyDir with medium: Memory and sizeLimit";
		const capability = ["  docker run --cap-add SYS_ADMIN ...", "  compose: cap_add: [SYS_ADMIN]"];
		const head = "abdicate: error[CAPABILITY_MISSING] setup[0] mount tmpfs at";
		expect([
			await asked(shm),
			await asked({ ...tmpfs, options: "size=16m,exec" }),
			await asked({ ...tmpfs, options: "size=16384k" }),
		]).toEqual([
			[
				125,
				`${head} /dev/shm: SYS_ADMIN is not held, needed to mount anew at /dev/shm with size=1g, where size=65536k is`,
				...capability,
				...toldLines(`docker run --shm-size 1g ... | compose: shm_size: "1g" | ${emptyDir}`, "docker"),
			],
			[
				125,
				`${head} /home: SYS_ADMIN is not held, needed to mount anew at /home with exec, where noexec is`,
				...capability,
				...toldLines(`docker run --tmpfs /home:exec ... | compose: tmpfs: ["/home:exec"] | ${emptyDir}`, "docker"),
			],
			[0, "abdicate: ok       setup[0] mount tmpfs at /home: already mounted", expect.stringContaining("verified drop")],
		]);
	});

	it("leaves to the workload the options that are taken back", async () => {
		const { stdout } = await mount([{ type: "tmpfs", target: "/home", options: "suid,dev" }], { flags: [], command: "true" });
		expect(table(stdout).map((line) => line.split(" ")[1])).toEqual(["rw,relatime"]);
	});

	it("binds what is mounted below, or not", async () => {
		const volumes = [`${volume("mkdir -p from/inner to")}:/data`, `${volume("touch f")}:/data/from/inner`];
		const step = { type: "bind", source: "/data/from", target: "/data/to" };
		const command = "ls /data/to/inner";
		expect((await mount([step], { volumes, command })).stdout).toMatch(/^f\n/);
		expect((await mount([{ ...step, recursive: false }], { volumes, command })).stdout).not.toMatch(/^f\n/);
		expect((await mount([{ ...step, options: "bind" }], { volumes, command })).stdout).not.toMatch(/^f\n/);
	});

	it("does not mount over or bind what a link of the workload leads to", async () => {
		const hostile = "mkdir to; ln -s / link; chown -h 1000:1000 . link";
		for (const step of [
			{ type: "tmpfs", target: "/data/link" },
			{ type: "bind", source: "/data/link", target: "/data/to" },
			{ type: "bind", source: "/data/to", target: "/data/link/etc" },
		]) {
			const { status, stderr } = await mount([step], { volumes: [`${volume(hostile)}:/data`] });
			expect([status, stderr]).toEqual([125, expect.stringContaining("/data/link is a symbolic link that is not root's alone")]);
		}
	});
});

const layers = "lowerdir=/data/low,upperdir=/data/upper,workdir=/data/work";
const overlay = { type: "overlay", target: "/data/merged", options: layers };
const layered = "mkdir low upper work merged; echo below > low/f; echo its own > low/own; chown 1000:1000 upper low/own";

describe("mount of an overlay", () => {
	it.each([
		["by path, where only root could exchange a directory", "true", layers],
		[
			"by descriptor, where the workload could",
			"chown 1000:1000 .",
			"lowerdir=/proc/self/fd/N,upperdir=/proc/self/fd/N,workdir=/proc/self/fd/N",
		],
	])("lets the user change what an image holds, in a volume, once, %s", async (_, more, shown) => {
		const data = volume(`${layered}; ${more}`);
		const { status, stdout, stderr } = await mount([overlay, overlay], {
			volumes: [`${data}:/data`],
			command: "cd /data/merged; cat f; echo above > new; echo changed >> own; cat own; echo changed > f || echo refused",
		});
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			"changed  setup[0] mount overlay at /data/merged: mounted",
			"ok       setup[1] mount overlay at /data/merged: already mounted",
		]);
		// What lies below is root's in the overlay, too.
		expect(stdout).toMatch(/^below\nits own\nchanged\nrefused\n/);
		expect([ownerOf(data, "upper/new"), ownerOf(data, "upper/own")]).toEqual(["1000:1000", "1000:1000"]);
		expect(["f", "own"].map((name) => readFileSync(join(data, "low", name), "utf8"))).toEqual(["below\n", "its own\n"]);
		const line = / \/data\/merged (\S+) - overlay overlay rw,(lowerdir=\S+,workdir=[^,\s]+)/.exec(stdout);
		expect(line?.slice(1)).toEqual(["rw,nosuid,nodev,relatime", expect.any(String)]);
		expect(line?.[2]?.replaceAll(/fd\/\d+/g, "fd/N")).toBe(shown);
	});

	it("works where DAC_READ_SEARCH is held, too", async () => {
		const { status, stdout } = await mount([overlay], {
			caps: { add: ["SYS_ADMIN", "DAC_READ_SEARCH"] },
			volumes: [`${volume(layered)}:/data`],
			command: "cat /data/merged/f",
		});
		expect([status, stdout.split("\n")[0]]).toEqual([0, "below"]);
	});

	it("takes names with colons, and several directories below", async () => {
		const volumes = [`${volume("mkdir 'a:b' c m; echo 1 > a:b/f; echo 2 > c/f; echo 3 > c/g")}:/data`];
		const step = { type: "overlay", target: "/data/m", options: String.raw`lowerdir=/data/a\:b:/data/c` };
		const { status, stdout, stderr } = await mount([step, step], { volumes, command: "cat /data/m/f /data/m/g" });
		expect([status, stdout.slice(0, 4), stepLines(stderr)[1]]).toEqual([
			0,
			"1\n3\n",
			"ok       setup[1] mount overlay at /data/m: already mounted",
		]);
	});

	it("is another one with other directories", async () => {
		const volumes = [`${volume("mkdir a b c m; echo 1 > a/f; echo 2 > c/f")}:/data`];
		const step = (lowerdir: string) => ({ type: "overlay", target: "/data/m", options: `lowerdir=${lowerdir}` });
		const { stdout, stderr } = await mount([step("/data/a:/data/b"), step("/data/c:/data/b")], { volumes, command: "cat /data/m/f" });
		expect([stdout.slice(0, 2), stepLines(stderr)[1]]).toEqual(["2\n", "changed  setup[1] mount overlay at /data/m: mounted"]);
	});

	it("takes no directory that a link of the workload leads to", async () => {
		const hostile = volume(`${layered}; rmdir upper; ln -s /etc upper; chown -h 1000:1000 . upper`);
		const { status, stderr } = await mount([overlay], { volumes: [`${hostile}:/data`] });
		expect([status, stderr.includes("/data/upper is a symbolic link that is not root's alone")]).toEqual([125, true]);
	});

	it("takes none that is exchanged for a link meanwhile, as mount(8) does", async () => {
		const rounds = 200;
		const data = () => volume(`${layered}; mkdir -m 700 other; touch other/secret; mkdir own; chown 1000:1000 . own`);
		const swap = "mv upper own/u; ln -s other upper; rm upper; mv own/u upper";
		const attack = {
			run: { command: ["sh", "-c", `cd /data; (while :; do ${swap}; done) >/dev/null 2>&1 &`], user: "target", background: true },
		};
		const look = "ls /data/merged; umount -l /data/merged 2>/dev/null";
		const asRoot = (script: string) => ({
			run: { command: ["sh", "-c", script], capabilities: ["SYS_ADMIN", "DAC_OVERRIDE"] },
			on_error: "warn",
		});
		const under = (steps: readonly object[]) =>
			runHouse({
				image: busybox,
				config: { setup: [attack, ...steps], user: "app" },
				args: ["--", "true"],
				volumes: [`${data()}:/data`],
				caps,
				timeout: 120,
			});
		const naive = `mount -t overlay -o ${layers} overlay /data/merged 2>/dev/null`;
		const control = await under([asRoot(`for round in $(seq ${rounds}); do ${naive}; ${look}; done`)]);
		const step = { mount: overlay, on_error: "warn" };
		const attacked = await under(Array.from({ length: rounds }, () => [step, asRoot(look)]).flat());
		expect(attacked.stderr).toContain("/data/upper is a symbolic link");
		expect([control.stdout.includes("secret"), attacked.stdout.includes("secret"), attacked.status]).toEqual([true, false, 0]);
	}, 240_000);
});

describe("mount of proc", () => {
	it("hides what others run, once", async () => {
		const step = { type: "proc", target: "/home", options: "hidepid=2" };
		const { status, stdout, stderr } = await mount([step, step], { flags: [], command: "ls -d /home/1 /home/self" });
		expect([status, ...stepLines(stderr), ...table(stdout)]).toEqual([
			0,
			"changed  setup[0] mount proc at /home: mounted",
			"ok       setup[1] mount proc at /home: already mounted",
			"/home rw,nosuid,nodev,noexec,relatime proc rw,hidepid=invisible",
		]);
	});

	it("needs nothing for the runtime's own", async () => {
		const { status, stderr } = await mount([{ type: "proc", target: "/proc" }], { caps: {} });
		expect([status, ...stepLines(stderr)]).toEqual([0, "ok       setup[0] mount proc at /proc: already mounted"]);
	});
});

describe("mount when it is refused", () => {
	const refused = async (step: object, more: Partial<ContainerOptions> = {}, run = runHouse) => {
		const { status, stderr } = await mount([step], { flags: [], ...more }, run);
		return [status, /error.*/.exec(stderr)?.[0]];
	};
	const onBin = { type: "tmpfs", target: "/bin" };

	it("tells a missing capability from a filter and from a security module", async () => {
		const every = [...newCalls, "mount"];
		expect(await refused(onBin, { caps: {} }, runContainer)).toEqual([
			125,
			"error[CAPABILITY_MISSING] setup[0] mount tmpfs at /bin: SYS_ADMIN is not held, needed to mount at /bin",
		]);
		expect(await refused(onBin, { flags: profile(EPERM, ...every) }, runContainer)).toEqual([
			125,
			'error[STEP_FAILED] setup[0] mount tmpfs at /bin: mount: EPERM on "/bin": CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the mount is locked by an outer namespace',
		]);
		expect(await refused(onBin, { flags: profile(EACCES, ...every) }, runContainer)).toEqual([
			125,
			'error[STEP_FAILED] setup[0] mount tmpfs at /bin: fsopen: EACCES on "/bin": CAP_SYS_ADMIN is held, so AppArmor or SELinux refused it',
		]);
	});

	it("names an option that the file system does not know", async () => {
		expect(await refused({ ...onBin, options: "size=many" })).toEqual([
			125,
			expect.stringMatching(/^error\[STEP_FAILED\] setup\[0\] mount tmpfs at \/bin: fsconfig size=many: EINVAL on "\/bin": .*'size'/),
		]);
	});

	it.each([
		{ type: "nfs", source: "192.0.2.1:/export", target: "/home" },
		{ type: "cifs", source: "//192.0.2.1/share", target: "/home", options: "credentials=/data/smb" },
	])("says that the kernel has no $type", async (step) => {
		const volumes = [`${volume("printf 'username=u\npassword=p,w\n' > smb")}:/data`];
		const known = readFileSync("/proc/filesystems", "utf8").includes(`\t${step.type}\n`);
		const [status, message] = await refused(step, { volumes });
		expect([status, message]).toEqual([125, expect.stringContaining(known ? "fsconfig: " : "fsopen: ENODEV")]);
		expect(message).not.toContain("p,w");
	});

	it("says that nobody knows the server", async () => {
		const [status, message] = await refused({ type: "nfs", source: "absent.example:/export", target: "/home" });
		expect([status, message]).toEqual([125, expect.stringContaining('"absent.example" has no address: it is not in /etc/hosts, and ')]);
	});

	it("says whether the mount point or the source is missing", async () => {
		const missing = [
			[{ type: "tmpfs", target: "/absent" }, "the mount point does not exist"],
			[
				{ type: "bind", source: "/absent", target: "/bin" },
				"what is to be mounted there does not exist: the source, or a path of its options",
			],
		] as const;
		for (const [step, what] of missing) {
			const [status, message] = await refused(step);
			expect([status, message]).toEqual([125, expect.stringContaining(`open: ENOENT on "/absent": ${what}`)]);
		}
	});
});
