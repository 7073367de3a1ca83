import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

const caps = { add: ["SYS_ADMIN"] };

/** Mounts, then shows the table of mounts and the output of a command. */
function mount(steps: readonly object[], more: Partial<ContainerOptions> & { readonly command?: string } = {}) {
	const { command = "true", ...rest } = more;
	return runContainer({
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
		const { status, stdout, stderr } = await mount([tmpfs, tmpfs], { flags: seccomp, command: "touch /home/x; stat -c %a /home" });
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			"changed  setup[0] mount tmpfs at /home: mounted",
			"ok       setup[1] mount tmpfs at /home: already mounted",
		]);
		expect([stdout.split("\n")[0], ...table(stdout)]).toEqual(["1777", "/home rw,nosuid,nodev,noexec,relatime tmpfs rw,size=1024k"]);
	});

	it("binds a directory with its restrictions, once", async () => {
		const { status, stdout, stderr } = await mount([bound, bound], {
			flags: seccomp,
			volumes: [`${volume(`${script}; chmod 777 from to`)}:/data`],
			command: "cat /data/to/f; touch /data/to/x /data/from/y 2>&1",
		});
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
		const hostile = "mkdir to; ln -s /etc link; chown -h 1000:1000 . link";
		for (const step of [
			{ type: "tmpfs", target: "/data/link" },
			{ type: "bind", source: "/data/link", target: "/data/to" },
			{ type: "bind", source: "/data/to", target: "/data/link/init.d" },
		]) {
			const { status, stderr } = await mount([step], { volumes: [`${volume(hostile)}:/data`] });
			expect([status, stderr.includes("/data/link is a symbolic link that is not root's alone")]).toEqual([125, true]);
		}
	});
});

describe("mount when it is refused", () => {
	const refused = async (step: object, more: Partial<ContainerOptions> = {}) => {
		const { status, stderr } = await mount([step], { flags: [], ...more });
		return [status, /error.*/.exec(stderr)?.[0]];
	};
	const onBin = { type: "tmpfs", target: "/bin" };

	it("tells a missing capability from a filter and from a security module", async () => {
		const every = [...newCalls, "mount"];
		expect(await refused(onBin, { caps: {} })).toEqual([
			125,
			"error[CAPABILITY_MISSING] setup[0] mount tmpfs at /bin: SYS_ADMIN is not held, needed to mount at /bin",
		]);
		expect(await refused(onBin, { flags: profile(EPERM, ...every) })).toEqual([
			125,
			'error[STEP_FAILED] setup[0] mount tmpfs at /bin: mount: EPERM on "/bin": CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the mount is locked by an outer namespace',
		]);
		expect(await refused(onBin, { flags: profile(EACCES, ...every) })).toEqual([
			125,
			'error[STEP_FAILED] setup[0] mount tmpfs at /bin: fsopen: EACCES on "/bin": CAP_SYS_ADMIN is held, so AppArmor or SELinux refused it',
		]);
	});

	it("names an option that the file system does not know", async () => {
		expect(await refused({ ...onBin, options: "size=many" })).toEqual([
			125,
			'error[STEP_FAILED] setup[0] mount tmpfs at /bin: fsconfig size=many: EINVAL on "/bin": the file system does not know the option, or its value',
		]);
	});

	it("says that the mount point or the source is missing", async () => {
		const missing = [
			{ type: "tmpfs", target: "/absent" },
			{ type: "bind", source: "/absent", target: "/bin" },
		];
		for (const step of missing) {
			const [status, message] = await refused(step);
			expect([status, message]).toEqual([
				125,
				expect.stringMatching(/open: ENOENT on "[^"]+": the mount point or the source does not exist$/),
			]);
		}
	});
});
