import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox, servers } from "../harness/images.ts";
import { volume } from "../steps/volume.ts";
import { expectActs } from "./acts.ts";

const data = () => ["--tmpfs=/data:uid=1000,mode=700", "--tmpfs=/other:uid=1000,mode=700"];
const filled = (...paths: readonly string[]) => paths.map((path) => ({ file: { path, content: "x" } }));

describe("what is written at", () => {
	it("read may be read, and nothing else: all else is closed", () =>
		expectActs(
			{ read: ["/data/open", "/data/file"] },
			{
				'read("/data/open/in")': "ok",
				'os.listdir("/data/open")': "ok",
				'read("/data/file")': "ok",
				'read("/data/other")': "EACCES",
				'os.listdir("/data")': "EACCES",
				'os.listdir("/")': "EACCES",
				'read("/etc/shadow")': "EACCES",
				'write("/data/open/in")': "EACCES",
				'write("/data/file")': "EACCES",
				'make("/data/open/new")': "EACCES",
				'os.unlink("/data/open/in")': "EACCES",
				'os.truncate("/data/open/in", 0)': "EACCES",
				'os.truncate("/data/other", 0)': "EACCES",
				'run("/bin/true")': "EACCES",
				// What no rule is about, and the kernel walls in nobody.
				'os.stat("/data/other")': "ok",
				'os.chdir("/data")': "ok",
			},
			{ config: { setup: [{ mkdir: "/data/open" }, ...filled("/data/open/in", "/data/file", "/data/other")] }, flags: data() },
		));

	it("write may be written, made, renamed, linked, cut off and removed, but for devices", () =>
		expectActs(
			{ write: ["/data", "/other"] },
			{
				'make("/data/a")': "ok",
				'write("/data/a")': "ok",
				'read("/data/a")': "ok",
				'os.truncate("/data/a", 0)': "ok",
				'os.mkdir("/data/d")': "ok",
				'os.rename("/data/a", "/data/d/a")': "ok",
				'os.link("/data/d/a", "/data/b")': "ok",
				'os.symlink("/etc", "/data/l")': "ok",
				'os.mkfifo("/data/f")': "ok",
				'socket.socket(socket.AF_UNIX).bind("/data/s")': "ok",
				'os.unlink("/data/d/a")': "ok",
				'os.rmdir("/data/d")': "ok",
				'os.mknod("/data/n", 0o020600, os.makedev(1, 3))': "EACCES",
				'os.listdir("/data/l")': "EACCES",
				'run("/data/b")': "EACCES",
				'make("/tmp/a")': "EACCES",
			},
			{ flags: data() },
		));

	it("write may be renamed from one tree to the other on the same file system", () =>
		expectActs(
			{ write: ["/data/one", "/data/two"] },
			{
				'os.rename("/data/one/a", "/data/two/a")': "ok",
				'os.link("/data/two/a", "/data/one/b")': "ok",
				'os.rename("/data/one/b", "/data/three/b")': "EACCES",
				'os.rename("/data/three/c", "/data/one/c")': "EACCES",
			},
			{
				config: { setup: [{ mkdir: ["/data/one", "/data/two", "/data/three"] }, ...filled("/data/one/a", "/data/three/c")] },
				flags: data(),
			},
		));

	it("execute is no right that a file gains by moving", async () => {
		const acts = (gaining: string) => ({
			'os.rename("/data/a", "/data/bin/a")': gaining,
			'os.link("/data/b", "/data/bin/b")': gaining,
			'os.rename("/data/bin/c", "/data/c")': "ok",
			'make("/data/bin/d") or os.rename("/data/bin/d", "/data/bin/e")': "ok",
		});
		const made = { config: { setup: [{ mkdir: ["/data/bin"] }, ...filled("/data/a", "/data/b", "/data/bin/c")] }, flags: data() };
		await expectActs({ write: ["/data"], execute: ["/data/bin"] }, acts("EXDEV"), made);
		await expectActs({ write: ["/data"], execute: ["/data"] }, acts("ok"), made);
	});

	it("write of /proc lets a thread name another one", async () => {
		const comm = { 'open("/proc/self/comm", "w").write("other") and None': "ok" };
		await expectActs({ write: ["/proc"] }, comm);
		await expectActs({ write: ["/data"] }, { [Object.keys(comm)[0] as string]: "EACCES" }, { flags: data() });
	});

	it("execute may be executed and read", () =>
		expectActs(
			{ execute: ["/bin/true", "/usr/bin/env"] },
			{
				'run("/bin/true")': "ok",
				'run("/usr/bin/env", "true")': "ok",
				'os.open("/bin/true", os.O_RDONLY)': "ok",
				'run("/bin/false")': "EACCES",
				'os.open("/bin/false", os.O_RDONLY)': "EACCES",
				'write("/bin/true")': "EACCES",
			},
			{ config: { user: "root" }, caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] } },
		));

	it("write has ioctl(2) where it is a device, read has not", () =>
		expectActs(
			{ write: ["/dev/ptmx"], read: ["/dev/zero", "/dev/full"], base: "none", execute: ["/usr", "/lib64"] },
			{
				'fcntl.ioctl(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY), 0x80045430, b"0000")': "ok",
				'fcntl.ioctl(os.open("/dev/zero", os.O_RDONLY), 0x80045430, b"0000")': "EACCES",
				'read("/dev/zero")': "ok",
				'write("/dev/full")': "EACCES",
				'read("/dev/urandom")': "EACCES",
			},
		));

	it("a directory of devices has ioctl(2) for each", () =>
		expectActs(
			{ write: ["/dev/pts"], base: "none", execute: ["/usr", "/lib64"] },
			{
				'fcntl.ioctl(os.open("/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY), 0x80045430, b"0000")': "ok",
				'read("/dev/null")': "EACCES",
			},
		));
});

describe("under a wall of files", () => {
	it("nobody mounts, whatever is kept", () =>
		expectActs(
			{ read: ["/"], write: ["/tmp"] },
			{ "mount()": "EPERM", 'os.listdir("/root")': "ok" },
			{ config: { user: "root", capabilities: { keep: ["SYS_ADMIN"] } }, caps: { add: ["SYS_ADMIN"] } },
		));

	it("root with every right of its own is walled in as well", () =>
		expectActs(
			{ write: ["/tmp"] },
			{ 'make("/tmp/a")': "ok", 'make("/root/a")': "EACCES", 'os.chmod("/etc", 0o700)': "ok" },
			{ config: { user: "root", capabilities: { keep: ["DAC_OVERRIDE", "CHOWN", "FOWNER"] } } },
		));

	it("the setup does what the workload may not, and its children have no wall", async () => {
		const { status, stdout, stderr } = await runHouse({
			image: servers,
			config: {
				user: "app",
				setup: [
					{ file: { path: "/srv/made", content: "by the setup" } },
					{ run: { command: ["cp", "/etc/shadow", "/srv/shadow"] } },
					{ run: { command: ["cp", "/srv/made", "/tmp/by-the-user"], user: "target" } },
				],
				landlock: { read: ["/srv/made"] },
			},
			args: ["--", "cat", "/srv/made", "/srv/shadow", "/tmp/by-the-user"],
		});
		expect([status, stdout, stderr]).toEqual([
			1,
			"by the setup",
			"cat: /srv/shadow: Permission denied\ncat: /tmp/by-the-user: Permission denied\n",
		]);
	});

	const tooFew = `abdicate: error[DROP_FAILED] drop landlock: "/srv" as the user: EMFILE: this process has as many files open as RLIMIT_NOFILE allows
  limits.nofile has to leave two descriptors for the wall
`;

	it.each([
		[4, 125, tooFew],
		[5, 0, ""],
	])("nofile: %i has to leave two descriptors: it ends with %i", async (nofile, status, told) => {
		const config = { user: "app", limits: { nofile }, landlock: { read: ["/srv"] } };
		const outcome = await runHouse({ image: servers, config, args: ["--", "true"] });
		expect([outcome.status, outcome.stderr]).toEqual([status, told]);
	});

	it("a path that a step makes is there when the wall is", async () => {
		const start = { image: busybox, config: { user: "app", setup: [{ mkdir: "/run/app" }], landlock: { write: ["/run/app"] } } };
		expect(await runHouse({ ...start, args: ["--", "/bin/touch", "/run/app/a"] })).toMatchObject({ status: 0, stderr: "" });
		const without = await runHouse({ ...start, config: { ...start.config, setup: [] }, args: ["--", "/bin/touch", "/run/app/a"] });
		expect([without.status, without.stderr.split("\n")[0]]).toEqual([
			125,
			'abdicate: error[LANDLOCK_RULE] /etc/entrypoint.yaml:1:47 landlock.write[0]: "/run/app": ENOENT: it does not exist, or a directory above it',
		]);
	});

	it("standard output is opened again, be it a pipe, a file or a device", async () => {
		const config = { user: "root", landlock: { write: ["/tmp"] } };
		const again = "echo again >/dev/stdout; echo again >/proc/self/fd/2; exec 3</dev/stdin";
		const piped = await runHouse({ image: servers, config, args: ["--", "sh", "-c", again] });
		expect([piped.status, piped.stdout, piped.stderr]).toEqual([0, "again\n", "again\n"]);
		const script = (base: string) =>
			`/abdicate -c ${base} -- sh -c 'echo more >>/dev/stdout' >/out 2>/dev/null; echo $?; cat /out; /abdicate -c ${base} -- sh -c '${again}' >/dev/zero 2>/dev/null; echo $?`;
		const files = volume(
			"printf 'user: root\\nlandlock: {write: [/tmp]}\\n' >a; printf 'user: root\\nlandlock: {write: [/tmp], execute: [/usr, /lib64], base: none}\\n' >b",
		);
		const run = (name: string) =>
			runHouse({ image: servers, entrypoint: "sh", args: ["-c", script(`/c/${name}`)], volumes: [`${files}:/c:ro`] });
		expect((await run("a")).stdout).toBe("0\nmore\n0\n");
		// Without the base set they are closed like the rest.
		expect((await run("b")).stdout).toBe("2\n2\n");
	});
});
