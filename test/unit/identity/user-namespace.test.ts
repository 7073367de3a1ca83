import { describe, expect, it } from "vitest";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { observeUserNamespace, unmappedId } from "../../../src/identity/user-namespace.ts";
import { errno } from "../../../src/sys/errno.ts";
import { dockerRoot, FakeKernel, type Machine, rootlessRoot } from "../../fake/index.ts";

const observe = (machine: Partial<Machine>, proc = true) =>
	observeUserNamespace(new FakeKernel({ process: dockerRoot(), machine, proc }).host);
const identity = (uid: number, gid: number, ...groups: number[]) => ({ uid: toUid(uid), gid: toGid(gid), groups: groups.map(toGid) });

describe("observeUserNamespace", () => {
	it("has nothing to say about the machine's own namespace, and reads one file to know", () => {
		const { host, calls } = new FakeKernel({ process: dockerRoot() });
		expect(observeUserNamespace(host)).toBeUndefined();
		expect(calls.filter(([name]) => name === "openRead").map(([, , path]) => path)).toEqual(["/proc", "/proc/self/uid_map"]);
	});

	it("has nothing to say without /proc", () => {
		expect(observe(rootlessRoot().machine, false)).toBeUndefined();
	});

	it("takes an ordinary directory for no /proc, whatever it says", () => {
		const files = { "/proc/self/uid_map": "0 0 1\n", "/proc/self/gid_map": "0 0 1\n", "/proc/self/setgroups": "deny\n" };
		expect(observeUserNamespace(new FakeKernel({ process: dockerRoot(), proc: false, files }).host)).toBeUndefined();
	});

	it.each([0, 3])("does not take a file that cannot be read for one that says nothing: opening %i of 5", (nth) => {
		const kernel = new FakeKernel({ process: dockerRoot(), machine: rootlessRoot().machine });
		observeUserNamespace(kernel.host);
		const opened = kernel.calls.flatMap(([name], index) => (name === "openRead" ? [index] : []));
		const again = new FakeKernel({ process: dockerRoot(), machine: rootlessRoot().machine }).failOn(opened[nth] as number, errno.EMFILE);
		expect(() => observeUserNamespace(again.host)).toThrow(/: EMFILE$/);
	});

	it("reads the maps of a namespace of one id", () => {
		expect(observe(rootlessRoot().machine)).toEqual({
			uids: [{ first: 0, length: 1 }],
			gids: [{ first: 0, length: 1 }],
			setgroupsDenied: true,
		});
	});

	it("reads ids of all 32 bits", () => {
		const map: Machine["uidMap"] = [
			[0, 0, 2_147_483_648],
			[4_294_967_294, 2_246_052_396, 1],
		];
		const namespace = observe({ uidMap: map, gidMap: map });
		expect([0, 2_147_483_647, 2_147_483_648, 4_294_967_294].map((id) => namespace && unmappedId(identity(id, 0, 0), namespace))).toEqual([
			undefined,
			undefined,
			"uid 2147483648 does not exist in this user namespace: /proc/self/uid_map has 0-2147483647, 4294967294",
			undefined,
		]);
	});

	it("reads several ranges", () => {
		const map: Machine["uidMap"] = [
			[0, 1000, 1],
			[1, 100_000, 65_535],
		];
		expect(observe({ uidMap: map, gidMap: map })).toEqual({
			uids: [
				{ first: 0, length: 1 },
				{ first: 1, length: 65_535 },
			],
			gids: [
				{ first: 0, length: 1 },
				{ first: 1, length: 65_535 },
			],
			setgroupsDenied: false,
		});
	});

	it("takes a shifted map of full length for what it is", () => {
		expect(observe({ uidMap: [[0, 1, 4_294_967_294]] })).toEqual({
			uids: [{ first: 0, length: 4_294_967_294 }],
			gids: [{ first: 0, length: 4_294_967_295 }],
			setgroupsDenied: false,
		});
	});
});

describe("unmappedId", () => {
	const namespace = {
		uids: [
			{ first: 0, length: 1 },
			{ first: 100, length: 100 },
		],
		gids: [{ first: 0, length: 10 }],
		setgroupsDenied: false,
	};

	it.each([
		["all there", identity(100, 5, 5, 9), undefined],
		["the last of a range", identity(199, 9, 9), undefined],
		["rule 3.9: a uid", identity(1, 5, 5), "uid 1 does not exist in this user namespace: /proc/self/uid_map has 0, 100-199"],
		[
			"rule 3.9: a uid after a range",
			identity(200, 5, 5),
			"uid 200 does not exist in this user namespace: /proc/self/uid_map has 0, 100-199",
		],
		["rule 3.9: the gid", identity(0, 10, 10), "gid 10 does not exist in this user namespace: /proc/self/gid_map has 0-9"],
		[
			"rule 3.9: a supplementary group",
			identity(0, 5, 5, 998),
			"gid 998 does not exist in this user namespace: /proc/self/gid_map has 0-9",
		],
	])("%s", (_, ids, message) => {
		expect(unmappedId(ids, namespace)).toBe(message);
	});

	it("rule 3.9: says when the gid map is empty", () => {
		expect(unmappedId(identity(0, 0, 0), { ...namespace, gids: [] })).toBe(
			"gid 0 does not exist in this user namespace: /proc/self/gid_map is empty",
		);
	});
});
