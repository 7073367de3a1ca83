import { describe, expect, it } from "vitest";
import { sizeLimit } from "../../../src/config/parse.ts";
import { readTrustedFile } from "../../../src/config/trust.ts";
import { nodeHost } from "../../../src/node/host.ts";
import { type Diagnostic, Failure } from "../../../src/report/failure.ts";
import { dockerRoot, type FakeEntry, FakeKernel, unprivileged } from "../../fake/index.ts";

type Files = Readonly<Record<string, Partial<FakeEntry> | string>>;

const good = "user: app\n";
const sticky = { kind: "directory", mode: 0o1777 } as const;

function kernel(files: Files, workdir = "/"): FakeKernel {
	return new FakeKernel({ process: dockerRoot(), files, workdir });
}

/** The text, or the diagnostics. Every descriptor is closed either way. */
function read({ host, files }: FakeKernel, path = "/etc/c.yaml", privileged = true): string | readonly Diagnostic[] {
	try {
		return readTrustedFile(host, path, privileged);
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics;
		}
		throw error;
	} finally {
		expect(files.openCount).toBe(0);
	}
}

const untrusted = (where: string, message: string, ...remedy: string[]) => [{ code: "CONFIG_UNTRUSTED", where, message, remedy }];

describe("a file that only root can have written", () => {
	it("costs one look at each part of the way", () => {
		const made = kernel({ "/etc/c.yaml": good });
		expect(read(made)).toBe(good);
		expect(made.calls.map(([name, , path]) => [name, path])).toEqual([
			["openRead", "/"],
			["fstat", undefined],
			["openRead", "etc"],
			["fstat", undefined],
			["openRead", "c.yaml"],
			["fstat", undefined],
			// Opened to be read, and compared with what was looked at.
			["openRead", "c.yaml"],
			["fstat", undefined],
			["readAll", sizeLimit],
			...Array(4).fill(["close", undefined]),
		]);
	});

	it.each<[string, Files, string?]>([
		["in a sticky directory", { "/tmp": sticky, "/tmp/c.yaml": good }, "/tmp/c.yaml"],
		["behind a link of root's", { "/etc/c.yaml": { kind: "link", content: "../opt/d.yaml" }, "/opt/d.yaml": good }],
		[
			"behind a link of root's in a sticky directory",
			{ "/tmp": sticky, "/tmp/c": { kind: "link", content: "/opt/d" }, "/opt/d": good },
			"/tmp/c",
		],
		["in a directory behind a link", { "/var/run": { kind: "link", content: "/run" }, "/run/c": good }, "/var/run/c"],
		["named from the working directory", { "/srv/c.yaml": good }, "./c.yaml"],
		["whose directory is left again", { "/srv/a": { kind: "directory" }, "/srv/c.yaml": good }, "/srv/a/../c.yaml"],
	])("may lie %s", (_, files, path) => {
		expect(read(kernel(files, "/srv"), path)).toBe(good);
	});

	it("may lie on a volume as Kubernetes makes it: links, open modes, read-only", () => {
		const readOnly = { readOnly: true } as const;
		const volume = {
			"/config": { kind: "directory", mode: 0o777, ...readOnly },
			"/config/c.yaml": { kind: "link", content: "..data/c.yaml", ...readOnly },
			"/config/..data": { kind: "link", content: "..2026_11_23", ...readOnly },
			"/config/..2026_11_23": { kind: "directory", mode: 0o777, ...readOnly },
			"/config/..2026_11_23/c.yaml": { content: good, mode: 0o777, ...readOnly },
		} as const;
		expect(read(kernel(volume), "/config/c.yaml")).toBe(good);
		const writable = Object.fromEntries(Object.entries(volume).map(([path, entry]) => [path, { ...entry, readOnly: false }]));
		expect(read(kernel(writable), "/config/c.yaml")).toEqual(
			untrusted("/config/c.yaml", 'the file "/config/c.yaml" has mode 0777: others than root can write', "chmod go-w /config/c.yaml"),
		);
	});
});

describe("a file that was mounted", () => {
	const remedyOf = (files: Files, path?: string) => {
		const found = read(kernel(files), path);
		return typeof found === "string" ? "taken" : found[0]?.remedy?.[0];
	};
	const elsewhere = "or give it to root where it comes from";

	it.each<[string, Files, string]>([
		[
			"by itself",
			{ "/etc/c.yaml": { content: good, uid: 1000, system: 0x58465342 } },
			`mount it read-only: docker run --volume FILE:PATH:ro ... | kubernetes: a ConfigMap | ${elsewhere}`,
		],
		[
			"by itself, read-only, which may be writable elsewhere",
			{ "/etc/c.yaml": { content: good, uid: 1000, readOnly: true } },
			`do not mount it, or what is above it, writable at another place | ${elsewhere}`,
		],
		[
			"with its directory",
			{ "/etc": { kind: "directory", uid: 1000, readOnly: true }, "/etc/c.yaml": { content: good, readOnly: true } },
			"mount the file by itself, read-only: docker run --volume FILE:PATH:ro ... | kubernetes: a ConfigMap | or give what is mounted to root where it comes from",
		],
	])("is not to be changed where it is: %s", (_, files, remedy) => {
		expect(remedyOf(files)).toBe(remedy);
	});

	it("from a server is not believed, the file system that holds / is", () => {
		const fuse = 0x65735546;
		expect(
			read(kernel({ "/srv": { kind: "directory", system: fuse }, "/srv/c.yaml": { content: good, system: fuse } }), "/srv/c.yaml"),
		).toEqual([
			{
				code: "CONFIG_UNTRUSTED",
				where: "/srv",
				message: 'the directory "/srv" lies on 0x65735546, where a server says whom it belongs to',
				remedy: [
					"put it into the image",
					"or mount the file itself, read-only: docker run --volume FILE:PATH:ro ... | kubernetes: a ConfigMap",
				],
			},
		]);
		const whole = {
			"/": { kind: "directory", system: fuse },
			"/etc": { kind: "directory", system: fuse },
			"/etc/c.yaml": { content: good, system: fuse },
		} as const;
		expect(read(kernel(whole))).toBe(good);
	});
});

describe("a file that somebody else could have written", () => {
	it.each([0o620, 0o602, 0o666, 0o664])("has a mode such as %o", (mode) => {
		const octal = mode.toString(8).padStart(4, "0");
		expect(read(kernel({ "/etc/c.yaml": { content: good, mode } }))).toEqual(
			untrusted("/etc/c.yaml", `the file "/etc/c.yaml" has mode ${octal}: others than root can write`, "chmod go-w /etc/c.yaml"),
		);
	});

	it.each<[string, Files, string, string, string, string?]>([
		[
			"belongs to somebody",
			{ "/etc/c.yaml": { content: good, uid: 1000 } },
			"/etc/c.yaml",
			'the file "/etc/c.yaml" belongs to uid 1000, not to root',
			"chown root:root /etc/c.yaml",
		],
		[
			"belongs to an id without a mapping",
			{ "/etc/c.yaml": { content: good, uid: 65_534 } },
			"/etc/c.yaml",
			'the file "/etc/c.yaml" belongs to uid 65534, not to root (which is also how an owner without a mapping in this user namespace looks)',
			"chown root:root /etc/c.yaml",
		],
		[
			"lies in a directory of somebody's",
			{ "/srv": { kind: "directory", uid: 1000 }, "/srv/a/c.yaml": good },
			"/srv",
			'the directory "/srv" belongs to uid 1000, not to root',
			"chown root:root /srv",
			"/srv/a/c.yaml",
		],
		[
			"lies in a sticky directory of somebody's",
			{ "/srv": { ...sticky, uid: 1000 }, "/srv/c.yaml": good },
			"/srv",
			'the directory "/srv" belongs to uid 1000, not to root',
			"chown root:root /srv",
			"/srv/c.yaml",
		],
		[
			"lies in an open directory",
			{ "/srv": { kind: "directory", mode: 0o775 }, "/srv/c.yaml": good },
			"/srv",
			'the directory "/srv" has mode 0775: others than root can write',
			"chmod go-w /srv",
			"/srv/c.yaml",
		],
		[
			"lies under an open root",
			{ "/": { kind: "directory", mode: 0o777 }, "/etc/c.yaml": good },
			"/",
			'the directory "/" has mode 0777: others than root can write',
			"chmod go-w /",
		],
		[
			"is reached through somebody's directory",
			{ "/etc/c.yaml": { kind: "link", content: "/home/u/l" }, "/home/u": { kind: "directory", uid: 7 }, "/home/u/l": good },
			"/home/u",
			'the directory "/home/u" belongs to uid 7, not to root',
			"chown root:root /home/u",
		],
		[
			"is root's, but chosen by somebody's link",
			{ "/tmp": sticky, "/tmp/c.yaml": { kind: "link", content: "/opt/d", uid: 7 }, "/opt/d": good },
			"/tmp/c.yaml",
			'the link "/tmp/c.yaml" belongs to uid 7, not to root',
			"chown -h root:root /tmp/c.yaml",
			"/tmp/c.yaml",
		],
		[
			"is root's, but in a directory chosen by somebody's link",
			{ "/tmp": sticky, "/tmp/d": { kind: "link", content: "/opt", uid: 7 }, "/opt/c.yaml": good },
			"/tmp/d",
			'the link "/tmp/d" belongs to uid 7, not to root',
			"chown -h root:root /tmp/d",
			"/tmp/d/c.yaml",
		],
	])("%s", (_, files, where, message, remedy, path) => {
		expect(read(kernel(files), path)).toEqual(untrusted(where, message, remedy));
		const { host } = new FakeKernel({ process: unprivileged(1000, 1000), files });
		expect(readTrustedFile(host, path ?? "/etc/c.yaml", false)).toBe(good);
	});

	it("is found at the end of a long chain of links too", () => {
		const links = Object.fromEntries(
			Array.from({ length: 20 }, (_, index) => [`/l/${index}`, { kind: "link" as const, content: `/l/${index + 1}` }]),
		);
		expect(read(kernel({ ...links, "/l/20": good }), "/l/0")).toEqual([
			{ code: "CONFIG_UNTRUSTED", where: "/l/16", message: "more links than can be followed" },
		]);
	});
});

describe("a file that cannot be read", () => {
	it.each<[string, Files, Diagnostic, string?]>([
		[
			"is not there",
			{},
			{
				code: "CONFIG_NOT_FOUND",
				where: "/etc/c.yaml",
				message: "cannot be opened: ENOENT: there is no such file",
				remedy: ["COPY or mount it there, or write the path that it has"],
				refused: { call: "open", code: 2, path: "/etc/c.yaml" },
			},
		],
		[
			"is a link to nowhere",
			{ "/etc/c.yaml": { kind: "link", content: "d" } },
			{
				code: "CONFIG_NOT_FOUND",
				where: "/etc/c.yaml",
				message: "cannot be opened: ENOENT: there is no such file",
				remedy: ["COPY or mount it there, or write the path that it has"],
				refused: { call: "open", code: 2, path: "/etc/c.yaml" },
			},
		],
		[
			"is a directory",
			{ "/etc/c.yaml": { kind: "directory" } },
			{
				code: "CONFIG_UNREADABLE",
				where: "/etc/c.yaml",
				message: "is a directory and not a file",
				remedy: [
					"docker run --volume FILE:PATH makes a directory of a FILE that is not there on the host: put the file there, and remove the directory | kubernetes: volumeMounts.subPath: KEY mounts one file of a ConfigMap or Secret, which are directories",
					"or name a file in it",
				],
			},
		],
		[
			"is a fifo",
			{ "/etc/c.yaml": { kind: "fifo" } },
			{ code: "CONFIG_UNREADABLE", where: "/etc/c.yaml", message: "is not a regular file" },
		],
		[
			"is a device",
			{ "/etc/c.yaml": { kind: "device" } },
			{ code: "CONFIG_UNREADABLE", where: "/etc/c.yaml", message: "is not a regular file" },
		],
		[
			"is below a file",
			{ "/etc/c": good },
			{
				code: "CONFIG_UNREADABLE",
				where: "/etc/c/d",
				message: "cannot be opened: ENOTDIR: a part of its path is not a directory",
				remedy: [],
				refused: { call: "open", code: 20, path: "/etc/c/d" },
			},
			"/etc/c/d",
		],
		[
			"is too large",
			{ "/etc/c.yaml": "x".repeat(sizeLimit + 1) },
			{ code: "CONFIG_TOO_LARGE", where: "/etc/c.yaml", message: "larger than 256 KiB" },
		],
	])("%s", (_, files, expected, path) => {
		expect(read(kernel(files), path)).toEqual([expected]);
	});

	it("is refused to this user", () => {
		const closed = new FakeKernel({ process: unprivileged(1000, 1000), files: { "/etc/c.yaml": { content: good, mode: 0o600 } } });
		expect(read(closed, "/etc/c.yaml", false)).toEqual([
			{
				code: "CONFIG_UNREADABLE",
				where: "/etc/c.yaml",
				message: "cannot be opened: EACCES: its mode, or that of a directory above it, is closed to who reads it here",
				remedy: ["chmod 644 in the image (COPY --chmod=644), or where it is mounted from (kubernetes: defaultMode of the volume)"],
				refused: { call: "open", code: 13, path: "/etc/c.yaml" },
			},
		]);
	});

	it("may be as large as the limit", () => {
		expect(read(kernel({ "/etc/c.yaml": "x".repeat(sizeLimit) }))).toHaveLength(sizeLimit);
	});
});

describe("what the kernel makes up", () => {
	it.each(["/proc/self/environ", "/proc/self/status", "/proc/version"])("is no configuration: %s", (path) => {
		expect(() => readTrustedFile(nodeHost(), path, false)).toThrow(
			expect.objectContaining({
				diagnostics: [{ code: "CONFIG_UNREADABLE", where: path, message: "lies in /proc, which no configuration does" }],
			}),
		);
	});
});
