import { describe, expect, it } from "vitest";
import { AT, O, S } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import { dockerRoot, type FakeEntry, FakeKernel, type FakeProcess, unprivileged, WorkloadStarted } from "../../fake/index.ts";

const kernel = (process: FakeProcess, files: Record<string, Partial<FakeEntry> | string>) => new FakeKernel({ process, files });
const user = unprivileged(1000, 1000, { groups: [44, 1000] });

describe("the fake kernel", () => {
	it("names a call that it does not model", () => {
		expect(() => kernel(user, {}).host.sethostname("x")).toThrow("the fake kernel has no sethostname");
	});

	it("records each call, and makes the chosen one fail without effect", () => {
		const { host, calls } = kernel(user, {}).failOn(1, errno.ENOMEM).failOn("getgroups", errno.EINVAL);
		expect([
			host.getpid(),
			host.setNoNewPrivs(),
			host.getNoNewPrivs(),
			host.getgroups(),
			host.setNoNewPrivs(),
			host.getNoNewPrivs(),
		]).toEqual([1, -12, 0, -22, 0, 1]);
		expect(calls.map(([name]) => name)).toEqual([
			"getpid",
			"setNoNewPrivs",
			"getNoNewPrivs",
			"getgroups",
			"setNoNewPrivs",
			"getNoNewPrivs",
		]);
	});

	it("tells changes from observations", () => {
		const made = kernel(user, {});
		made.host.getresuid();
		made.host.setNoNewPrivs();
		expect(made.changes).toEqual([["setNoNewPrivs"]]);
	});
});

describe("permissions", () => {
	const files = {
		"/private": { kind: "directory", mode: 0o700 },
		"/private/file": "secret",
		"/own": { kind: "directory", mode: 0o700, uid: 1000 },
		"/own/file": { content: "mine", mode: 0o400, uid: 1000 },
		"/own/closed": { mode: 0o044, uid: 1000 },
		"/shared": { content: "ours", mode: 0o640, gid: 44 },
		"/tool": { mode: 0o711 },
		"/text": { mode: 0o644 },
	} as const;

	it.each([
		["/own/file", "mine"],
		["/shared", "ours"],
		["/own/closed", -errno.EACCES],
		["/private/file", -errno.EACCES],
		["/tool", -errno.EACCES],
		["/none", -errno.ENOENT],
		["/own/file/below", -errno.ENOTDIR],
	])("a user reading %s", (path, expected) => {
		const { host } = kernel(user, files);
		const fd = host.openRead(AT.FDCWD, path, O.RDONLY, 0);
		expect(fd < 0 ? fd : host.readAll(fd, 100)).toBe(expected);
	});

	it.each<[string, Partial<FakeProcess>, number, number]>([
		["root with DAC_OVERRIDE", {}, 3, 0],
		["root in name only", { effective: 0n }, -errno.EACCES, -errno.EACCES],
		["root with DAC_READ_SEARCH alone", { effective: 4n }, 3, 0],
	])("%s in somebody else's directory", (_, more, open, chdir) => {
		const { host } = kernel(dockerRoot(more), {
			"/home": { kind: "directory", uid: 1000, mode: 0o700 },
			"/home/file": { uid: 1000, mode: 0o600 },
		});
		expect([host.openRead(AT.FDCWD, "/home/file", O.RDONLY, 0), host.chdir("/home")]).toEqual([open, chdir]);
	});

	it("a program needs an x bit even of root", () => {
		const { host } = kernel(dockerRoot(), files);
		expect([host.execve(["/text"], [], [], []), host.execve(["/own"], [], [], []), host.execve(["/none"], [], [], [])]).toEqual([
			[-errno.EACCES],
			[-errno.EACCES],
			[-errno.ENOENT],
		]);
		expect(() => host.execve(["/tool"], [], [], [])).toThrow(WorkloadStarted);
	});

	it("rule 2.6: a program with effective file capabilities that the bounding set lacks gives EPERM, with permitted ones it runs", () => {
		const capabilities = { permitted: 0x2000n, inheritable: 0n, effective: true };
		const ping = { mode: 0o755, capabilities };
		const { host } = kernel(
			{ ...user, bounding: 0n, noNewPrivs: true },
			{ "/ping": ping, "/node": { mode: 0o755, capabilities: { ...capabilities, effective: false } } },
		);
		expect(host.execve(["/ping"], [], [], [])).toEqual([-errno.EPERM]);
		expect(() => host.execve(["/node"], [], [], [])).toThrow(WorkloadStarted);
	});
});

describe("files", () => {
	const files = {
		"/a/file": "text",
		"/a/link": { kind: "link", content: "file" },
		"/a/up": { kind: "link", content: "../a/link" },
		"/a/loop": { kind: "link", content: "/a/loop" },
		"/ro/file": { content: "", readOnly: true },
	} as const;

	it("are found by links, and links by themselves", () => {
		const { host } = kernel(user, files);
		const fd = host.openRead(AT.FDCWD, "/a/up", O.RDONLY, 0);
		expect([host.read(fd, 2), host.readAll(fd, 2), host.readAll(fd, 2), host.close(fd), host.close(fd)]).toEqual([
			"te",
			"xt",
			"",
			0,
			-errno.EBADF,
		]);
		expect([host.readlinkat(AT.FDCWD, "/a/up"), host.readlinkat(AT.FDCWD, "/a/file")]).toEqual(["../a/link", -errno.EINVAL]);
		expect([host.openRead(AT.FDCWD, "/a/loop", 0, 0), host.openRead(AT.FDCWD, "/a/link", O.NOFOLLOW, 0)]).toEqual([
			-errno.ELOOP,
			-errno.ELOOP,
		]);
	});

	it("have the type and mode that were written down", () => {
		const { host } = kernel(user, files);
		const mode = (path: string, flags = 0) => {
			const stat = host.statat(AT.FDCWD, path, flags);
			return typeof stat === "number" ? stat : stat.mode;
		};
		expect([mode("/a"), mode("/a/link"), mode("/a/link", AT.SYMLINK_NOFOLLOW), mode("/b")]).toEqual([
			S.IFDIR | 0o755,
			S.IFREG | 0o644,
			S.IFLNK | 0o777,
			-errno.ENOENT,
		]);
	});

	it("are listed by their directory, and looked up from it", () => {
		const { host } = kernel(user, files);
		const fd = host.openRead(AT.FDCWD, "/a", O.RDONLY | O.DIRECTORY, 0);
		expect([host.readDirectory(fd), host.statat(fd, "file", 0)]).toMatchObject([["file", "link", "up", "loop"], { size: 4 }]);
		expect(host.openRead(AT.FDCWD, "/a/file", O.DIRECTORY, 0)).toBe(-errno.ENOTDIR);
	});

	it("know when they cannot be written", () => {
		const { host } = kernel(user, files);
		const flags = (path: string) => host.fstatfs(host.openRead(AT.FDCWD, path, 0, 0));
		expect([flags("/ro/file"), flags("/a/file")]).toEqual([
			[0xef53, 1],
			[0xef53, 0],
		]);
	});

	it("say when an open would block for ever", () => {
		expect(() => kernel(dockerRoot(), { "/fifo": { kind: "fifo" } }).host.openRead(AT.FDCWD, "/fifo", 0, 0)).toThrow("would block");
	});
});
