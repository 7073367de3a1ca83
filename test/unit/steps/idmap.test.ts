import { describe, expect, it } from "vitest";
import { exchange } from "../../../src/steps/common/idmap.ts";
import { needsOf } from "../../../src/steps/index.ts";
import { otherOwned } from "../../../src/steps/trees/other-owned.ts";
import { O } from "../../../src/sys/constants.ts";
import type { Stat } from "../../../src/sys/native.ts";
import { configure, kernelWith, plan, refusalOf } from "./context.ts";

const everyId = [{ first: 0, length: 4_294_967_295 }];

describe("a map of ids that exchanges two", () => {
	it.each<[number, number, string]>([
		[7, 999, "0 0 7|8 8 991|1000 1000 4294966295|7 999 1|999 7 1"],
		[999, 7, "0 0 7|8 8 991|1000 1000 4294966295|999 7 1|7 999 1"],
		[0, 1, "2 2 4294967293|0 1 1|1 0 1"],
		[5, 5, "0 0 4294967295"],
		[0, 4_294_967_294, "1 1 4294967293|0 4294967294 1|4294967294 0 1"],
	])("has %i and %i for each other, and every other id for itself", (one, other, expected) => {
		expect(exchange(everyId, one, other).trimEnd().split("\n").join("|")).toBe(expected);
	});

	it("has the ids of its user namespace alone", () => {
		const ranges = [
			{ first: 0, length: 10 },
			{ first: 1000, length: 1 },
		];
		expect(exchange(ranges, 3, 1000)).toBe("0 0 3\n4 4 6\n3 1000 1\n1000 3 1\n");
	});
});

describe("own with the policy idmap-or-chown", () => {
	const path = "/data";
	const about = "CONFIG_CONFLICT: a volume is mapped as a whole: ";
	it.each([
		[{ path: "/data/*" }, "a pattern does not name it"],
		[{ path, owner: "keep" }, "both owner and group are mapped, so that neither is kept"],
		[{ path, group: "keep" }, "both owner and group are mapped, so that neither is kept"],
		[{ path, modes: { dirs: "0750" } }, "a map sets no modes, passes over nothing and ends with its mount"],
		[{ path, exclude: ["x"] }, "a map sets no modes, passes over nothing and ends with its mount"],
		[{ path, cross_mounts: true }, "a map sets no modes, passes over nothing and ends with its mount"],
	])("refuses %j", (written, why) => {
		expect(refusalOf(() => plan("own", { ...written, policy: "idmap-or-chown" }))).toBe(about + why);
		expect(plan("own", written).policy).toBe("mismatched");
	});
});

describe("a bind with idmap", () => {
	const bind = { type: "bind", source: "/a", target: "/m", idmap: "target" };

	it("is planned as who the workload is, without set-user-ID programs and devices", () => {
		const { idmap, attributes } = plan("mount", bind);
		expect([idmap, attributes]).toEqual([{ uid: 1000, gid: 1000, ofRoot: false }, 6]);
		expect(plan("mount", { ...bind, idmap: "root-to-target", options: "dev,ro" })).toMatchObject({
			idmap: { ofRoot: true },
			attributes: 3,
		});
		expect(plan("mount", { type: "bind", source: "/a", target: "/m" })).not.toHaveProperty("idmap");
	});

	it.each([
		[
			{ ...bind, options: "suid" },
			"idmap and suid: set-user-ID programs of a mapped mount would run as whoever they are shown to belong to",
		],
		[{ type: "tmpfs", target: "/m", idmap: "target" }, 'idmap is for a bind, which "tmpfs" is not'],
	])("refuses %j", (written, message) => {
		expect(refusalOf(() => plan("mount", written))).toBe(`CONFIG_CONFLICT: mount: ${message}`);
	});

	it("takes two words", () => {
		expect(configure("mount", { ...bind, idmap: "app" })).toEqual(["idmap: expected target or root-to-target"]);
	});

	it("needs what a map of every id takes", () => {
		const kernel = kernelWith({ "/m": { kind: "directory" }, "/a": { kind: "directory", uid: 7 } });
		const needs = needsOf(plan("mount", bind, kernel), kernel.host).map(({ anyOf, certain }) => `${anyOf.join("|")}${certain ? "" : "?"}`);
		const reach = "DAC_READ_SEARCH|DAC_OVERRIDE?";
		expect(needs).toEqual(["SYS_ADMIN", reach, reach, "SETUID", "SETGID", "SETFCAP"]);
	});
});

describe("the look for what is another's than the top's", () => {
	const directory = (uid: number) => ({ kind: "directory", uid, gid: 8 }) as const;
	const find = (files: Parameters<typeof kernelWith>[0]) => {
		const { host } = kernelWith({ "/v": directory(7), ...files });
		const fd = host.openRead(-100, "/v", O.RDONLY | O.DIRECTORY, 0);
		return otherOwned(host, fd, host.fstat(fd) as Stat);
	};
	const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`/v/a/${index}`, { uid: 7 }]));

	it("finds what lies near the top first, and whose group differs is not another's", () => {
		expect(find({ "/v/a": directory(7), "/v/a/b": directory(7), "/v/a/b/deep": { uid: 9 }, "/v/z": { uid: 7, gid: 0 } })).toBe("a/b/deep");
		expect(find({ "/v/a": directory(7), "/v/a/deep": { uid: 9 }, "/v/z": { uid: 0 } })).toBe("z");
		expect(find({ "/v/a": directory(7), "/v/a/f": { uid: 7 } })).toBe(undefined);
	});

	it("follows no link", () => {
		expect(find({ "/v/link": { kind: "link", content: "/other", uid: 7 }, "/other": directory(9), "/other/f": { uid: 9 } })).toBe(
			undefined,
		);
	});

	it("costs no more for a larger tree", () => {
		expect(find({ "/v/a": directory(7), ...many(200), "/v/a/x": { uid: 9 } })).toBe("a/x");
		expect(find({ "/v/a": directory(7), ...many(400), "/v/a/b": directory(7), "/v/a/b/x": { uid: 9 } })).toBe(undefined);
	});
});
