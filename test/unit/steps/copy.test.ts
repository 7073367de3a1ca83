import { describe, expect, it } from "vitest";
import { describeStep, needsOf } from "../../../src/steps/index.ts";
import type { FakeEntry } from "../../fake/index.ts";
import { configure, kernelWith, plan, refusalOf } from "./context.ts";

type Files = Readonly<Record<string, Partial<FakeEntry> | string>>;

const source: Files = { "/seed/a/f": "x", "/seed/g": "y" };
const reach = ["DAC_READ_SEARCH|DAC_OVERRIDE?", "DAC_READ_SEARCH|DAC_OVERRIDE?"];
// Of others, and where it is put together.
const write = ["DAC_OVERRIDE?", "DAC_OVERRIDE?"];

describe("copy", () => {
	it("plans every path, and never copies what it has at work itself", () => {
		expect(plan("copy", { from: "/seed/", to: "./data", exclude: "tmp", ignore: "cache", keep: ["xattrs", "acl", "acl"] })).toEqual({
			kind: "copy",
			from: "/seed",
			to: "/srv/data",
			uid: 1000,
			gid: 1000,
			unless: "absent",
			exclude: ["tmp", ".abdicate-copy", ".abdicate-new-*"],
			ignore: ["lost+found", ".snapshot", ".snapshots", ".zfs", "cache"],
			keep: ["acl", "xattrs"],
			lockTimeoutMs: 300_000,
			readFor: { uid: 1000, groups: [44, 1000] },
		});
		expect(describeStep(plan("copy", { from: "/seed", to: "/d", if: "entry-absent", group: "keep" }))).toBe(
			"/seed to /d owner 1000:- (if entry-absent)",
		);
	});

	it.each<[string, Files, object, string[]]>([
		["to what is not there", {}, {}, ["CHOWN", ...write, ...reach]],
		["to what is not there, for root", {}, { owner: "root", group: 0 }, [...write, ...reach]],
		["to what is not there, owners kept", {}, { owner: "keep", group: "keep" }, ["CHOWN?", ...write, ...reach]],
		["to an empty directory", { "/d": { kind: "directory" } }, {}, ["CHOWN", ...write, ...reach]],
		["to a new file system", { "/d/lost+found": { kind: "directory" } }, {}, ["CHOWN", ...write, ...reach]],
		["to what was given up", { "/d/.abdicate-copy": { kind: "directory", mode: 0o700 }, "/d/g": "y" }, {}, ["CHOWN", ...write, ...reach]],
		["to what only looks given up", { "/d/.abdicate-copy": { kind: "directory", uid: 1000 } }, {}, reach],
		["to what shows snapshots", { "/d/.snapshot": { kind: "directory" } }, {}, ["CHOWN", ...write, ...reach]],
		["to what holds what is ignored", { "/d/x1": "" }, { ignore: ["x*"] }, ["CHOWN", ...write, ...reach]],
		["to a directory with content", { "/d/other": "z" }, {}, reach],
		["to a file", { "/d": "z" }, {}, reach],
	])("%s", (_, files, more, expected) => {
		const kernel = kernelWith({ ...source, ...files });
		const action = plan("copy", { from: "/seed", to: "/d", ...more }, kernel);
		const needs = needsOf(action, kernel.host).map(({ anyOf, certain }) => `${anyOf.join("|")}${certain ? "" : "?"}`);
		expect([needs, kernel.changes, kernel.files.openCount]).toEqual([expected, [], 0]);
	});

	it.each([
		["/", "/d"],
		["/d", "/"],
		["/d", "/d"],
		["/d", "/d/e"],
		["/d/../e", "/e/f"],
	])("refuses to copy %s to %s", (from, to) => {
		expect(refusalOf(() => plan("copy", { from, to })).split(":")[0]).toBe("CONFIG_CONFLICT");
	});

	it("may lie beside the source under a longer name", () => {
		expect(plan("copy", { from: "/d", to: "/data" }).to).toBe("/data");
	});

	it("says what it does not understand", () => {
		expect(configure("copy", { from: "/a", to: "b", if: "never", keep: "all", lock_timeout: "soon" })).toEqual([
			"to: expected an absolute path, or one from where the container starts: . or ./x",
			"if: expected absent or entry-absent",
			"keep: 0: expected acl or xattrs",
			"lock_timeout: expected a duration, such as 10s, 500ms or 2m",
		]);
	});
});
