import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandPattern } from "../../../src/files/glob.ts";
import { isLink } from "../../../src/files/kind.ts";
import { isOfRootAlone, openTrusted, openTrustedEntry, statTrusted } from "../../../src/files/open.ts";
import { absolutePath, splitPath } from "../../../src/files/path-text.ts";
import type { Place } from "../../../src/files/trust.ts";
import { UntrustedLink, walk } from "../../../src/files/walk.ts";
import { O, RESOLVE } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { dockerRoot, type FakeEntry, FakeKernel } from "../../fake/index.ts";

const link = (content: string, more: Partial<FakeEntry> = {}): Partial<FakeEntry> => ({ kind: "link", content, ...more });

/** A kernel whose openat2(2) always says what it says on meeting a link, so that every path takes the walk. */
function walking(
	files: Readonly<Record<string, Partial<FakeEntry> | string>>,
	refusal: number = errno.ELOOP,
): { kernel: FakeKernel; reads: Reads } {
	const kernel = new FakeKernel({ process: dockerRoot(), files });
	const reads = new Proxy(kernel.host, {
		get: (host, name: keyof Reads) =>
			name === "openRead"
				? (...[dirfd, path, flags, resolve]: Parameters<Reads["openRead"]>) =>
						resolve === 0 || (resolve === RESOLVE.NO_XDEV && refusal === errno.ELOOP)
							? host.openRead(dirfd, path, flags, resolve)
							: -refusal
				: host[name],
	});
	return { kernel, reads };
}

/** The path that was reached, an errno, or the link that was not followed. */
function reached(files: Readonly<Record<string, Partial<FakeEntry> | string>>, path: string, open = openTrusted): string | number {
	const { kernel, reads } = walking(files);
	try {
		const fd = open(reads, path, O.PATH);
		const result = fd < 0 ? fd : (kernel.files.pathOf(fd) as string);
		reads.close(fd);
		expect(kernel.files.openCount).toBe(0);
		return result.toString().replace(/(.)\/\.$/, "$1");
	} catch (error) {
		expect(kernel.files.openCount).toBe(0);
		if (error instanceof UntrustedLink) {
			return `untrusted ${error.link}`;
		}
		throw error;
	}
}

const files: Readonly<Record<string, Partial<FakeEntry> | string>> = {
	"/etc/shadow": "secret",
	"/run/app/f": "x",
	"/var/run": link("/run"),
	"/var/relative": link("../run/./app"),
	"/var/twice": link("relative"),
	"/var/loop": link("/var/loop"),
	"/var/dangling": link("/absent"),
	"/data": { kind: "directory", uid: 999 },
	"/data/ofRoot": link("/etc"),
	"/data/sub/ofRoot": link("/etc"),
	"/data/sub/ofUser": link("/etc", { uid: 999 }),
	"/tmp": { kind: "directory", mode: 0o1777 },
	"/tmp/ofRoot": link("/etc"),
	"/group": { kind: "directory", mode: 0o775 },
	"/group/ofRoot": link("/etc"),
	"/leads": link("/data/sub"),
};

describe("openTrusted", () => {
	it.each([
		["/", "/"],
		["/etc/shadow", "/etc/shadow"],
		["/run/app/../app/./f", "/run/app/f"],
		["/../../etc/shadow", "/etc/shadow"],
		["/var/run", "/run"],
		["/var/run/app/f", "/run/app/f"],
		["/var/relative/f", "/run/app/f"],
		["/var/twice", "/run/app"],
		["/absent", `${-errno.ENOENT}`],
		["/var/dangling", `${-errno.ENOENT}`],
		["/etc/shadow/x", `${-errno.ENOTDIR}`],
		["/var/loop", `${-errno.ELOOP}`],
	])("goes %s to %s", (path, expected) => {
		expect(reached(files, path)).toBe(expected);
	});

	it.each([
		["in a directory of the user", "/data/ofRoot/shadow", "/data/ofRoot"],
		["as the last component", "/data/ofRoot", "/data/ofRoot"],
		["of root's in a directory of root's that the user can move", "/data/sub/ofRoot/shadow", "/data/sub/ofRoot"],
		["of the user", "/data/sub/ofUser/shadow", "/data/sub/ofUser"],
		["in a sticky directory", "/tmp/ofRoot/shadow", "/tmp/ofRoot"],
		["in a directory of a group", "/group/ofRoot/shadow", "/group/ofRoot"],
		["behind one that is followed", "/leads/ofUser/shadow", "/data/sub/ofUser"],
	])("does not follow a link %s", (_, path, named) => {
		expect(reached(files, path)).toBe(`untrusted ${named}`);
	});

	it("has an entry that never follows the last component", () => {
		expect(["/var/run", "/data/ofRoot", "/var/run/app/f"].map((path) => reached(files, path, openTrustedEntry))).toEqual([
			"/var/run",
			"/data/ofRoot",
			"/run/app/f",
		]);
	});

	it.each([errno.ENOSYS, errno.EPERM])("walks where openat2 is answered with errno %i", (refusal) => {
		const { kernel, reads } = walking(files, refusal);
		expect(kernel.files.pathOf(openTrusted(reads, "/var/run/app/f", O.PATH))).toBe("/run/app/f");
	});

	it("has a stat that passes over what it may not follow", () => {
		const { reads } = walking(files);
		expect([statTrusted(reads, "/data/ofRoot/shadow"), statTrusted(reads, "/absent"), statTrusted(reads, "/etc/shadow")?.size]).toEqual([
			undefined,
			undefined,
			6,
		]);
	});

	it("shows a visitor every directory on the real way and the entry", () => {
		const { reads } = walking(files);
		const seen: string[] = [];
		const visit = ({ stat, path }: Place): undefined => void (isLink(stat) || seen.push(path));
		walk(reads, "/var/relative/f", { mayFollow: isOfRootAlone, visit }, () => 0);
		expect(seen).toEqual(["/", "/var", "/run", "/run/app", "/run/app/f"]);
	});

	it("never ends in another place than the kernel, whatever the links", () => {
		const names = ["a", "b", "c"];
		const target = fc.array(fc.constantFrom(...names, "..", "."), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
		const tree = fc.dictionary(
			fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }).map((parts) => `/${parts.join("/")}`),
			fc.oneof(
				fc.constant<Partial<FakeEntry>>({ kind: "directory" }),
				fc.tuple(target, fc.boolean()).map(([to, fromRoot]) => link(fromRoot ? `/${to}` : to)),
			),
			{ maxKeys: 6 },
		);
		fc.assert(
			fc.property(tree, target, (entries, path) => {
				const { kernel } = walking(entries);
				const direct = kernel.files.resolve(kernel.process, `/${path}`);
				const walked = reached(entries, `/${path}`);
				// The walk gives up on chains of links sooner than the kernel.
				fc.pre(walked !== `${-errno.ELOOP}`);
				expect(walked).toBe(typeof direct === "number" ? `${direct}` : direct.path);
			}),
		);
	});
});

describe("paths as text", () => {
	it("are made absolute without looking anything up", () => {
		const paths = ["/a//b/./c/", ".", "./x", "../x", "/..", "/a/../../b", "."];
		expect(paths.map((path) => absolutePath(path, "/base/dir"))).toEqual([
			"/a/b/c",
			"/base/dir",
			"/base/dir/x",
			"/base/x",
			"/",
			"/b",
			"/base/dir",
		]);
	});

	it("are split at the last component", () => {
		expect(["/a/b", "/a", "/a/b/"].map(splitPath)).toEqual([
			{ parent: "/a", name: "b" },
			{ parent: "/", name: "a" },
			{ parent: "/a", name: "b" },
		]);
	});

	it("are expanded by the listing given", () => {
		const { reads } = walking({});
		const names: Readonly<Record<string, readonly string[]>> = { "/": ["b", "a", ".h"], "/a": ["x1", "x2", "y"], "/b": [] };
		const expand = (pattern: string) => expandPattern(reads, pattern, (directory) => names[directory] ?? []);
		expect(["/*", "/*/x?", "/.*", "/a/z*", "/a/b"].map(expand)).toEqual([["/a", "/b"], ["/a/x1", "/a/x2"], ["/.h"], [], ["/a/b"]]);
	});
});
