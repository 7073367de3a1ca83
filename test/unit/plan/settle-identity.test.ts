import { describe, expect, it } from "vitest";
import { observeCredentials } from "../../../src/identity/credentials.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { observeUserNamespace } from "../../../src/identity/user-namespace.ts";
import { settleIdentity } from "../../../src/plan/settle-identity.ts";
import { Failure } from "../../../src/report/failure.ts";
import type { Problem } from "../../../src/report/problem.ts";
import { capDropAll, FakeKernel, type FakeProcess, type Machine, rootlessRoot, unprivileged } from "../../fake/index.ts";

const accounts = { userById: () => undefined } as unknown as Parameters<typeof settleIdentity>[2]["accounts"];
const identity = (uid: number, gid: number, ...groups: number[]) => ({
	uid: toUid(uid),
	gid: toGid(gid),
	groups: groups.map(toGid),
	name: undefined,
	home: "/",
});

/** What becomes of the identity, and what is said about it. */
function settle(process: FakeProcess, wanted: ReturnType<typeof identity>, machine: Partial<Machine> = {}) {
	const { host } = new FakeKernel({ process, machine });
	const [notes, warnings]: [string[], Problem[]] = [[], []];
	const now = observeCredentials(host);
	const context = { accounts, namespace: observeUserNamespace(host), whenUnprivileged: "adapt", withheld: undefined, warnings } as const;
	try {
		const { identity: settled, change } = settleIdentity(wanted, now, context, notes);
		return { ids: [settled.uid, settled.gid, ...settled.groups], change, notes, warnings };
	} catch (error) {
		if (error instanceof Failure) {
			return `${error.diagnostics[0]?.code} ${error.diagnostics[0]?.message}`;
		}
		throw error;
	}
}

const setuid = 1n << 7n;

describe("a root that cannot change its identity", () => {
	it.each([
		["another uid", capDropAll(), identity(1000, 1000, 1000), "uid 1000, gid 1000 needs SETUID and SETGID"],
		["another gid alone", capDropAll(), identity(0, 1000, 1000), "uid 0, gid 1000 needs SETUID and SETGID"],
		["another gid, with SETUID", capDropAll({ permitted: setuid }), identity(0, 1000, 1000), "uid 0, gid 1000 needs SETGID"],
		["fewer groups", capDropAll({ groups: [0, 44] }), identity(0, 0, 0), "uid 0, gid 0, groups 0 needs SETUID and SETGID"],
		["more groups", capDropAll(), identity(0, 0, 0, 44), "uid 0, gid 0, groups 0 44 needs SETUID and SETGID"],
		["a saved gid", capDropAll({ gids: [0, 0, 5] }), identity(0, 0, 0), "uid 0, gid 0 needs SETUID and SETGID"],
		[
			"a saved uid of root",
			unprivileged(1000, 1000, { uids: [1000, 1000, 0] }),
			identity(1000, 1000, 1000),
			"uid 1000, gid 1000 needs SETUID and SETGID",
		],
	])("is refused %s", (_, process, wanted, words) => {
		expect(settle(process, wanted)).toBe(`CAPABILITY_MISSING changing to ${words}, not held`);
	});

	it("stays what it is when that was configured", () => {
		expect(settle(capDropAll(), identity(0, 0, 0))).toEqual({ ids: [0, 0, 0], change: false, notes: [], warnings: [] });
	});
});

it("another user stays, and it is said at -v", () => {
	expect(settle(unprivileged(4321, 4321), identity(1000, 1000, 1000))).toEqual({
		ids: [4321, 4321, 4321],
		change: false,
		notes: [
			"started as uid 4321, gid 4321, groups 4321 without SETUID and SETGID: this identity stays instead of uid 1000, gid 1000, groups 1000",
		],
		warnings: [],
	});
});

describe("root where the user namespace forbids setgroups", () => {
	const { process, machine } = rootlessRoot();

	it("is told of groups that it keeps", () => {
		expect(settle(process, identity(0, 0, 0), machine)).toEqual({
			ids: [0, 0, 0],
			change: false,
			notes: [],
			warnings: [{ message: "this user namespace forbids setgroups: root keeps groups 65534, which were not configured" }],
		});
		expect(settle({ ...process, groups: [] }, identity(0, 0, 0), machine)).toMatchObject({
			notes: ["this user namespace forbids setgroups: the groups of the start stay"],
			warnings: [],
		});
	});

	it("keeps no other gid, not even a saved one", () => {
		expect(settle({ ...process, gids: [0, 0, 65_534] }, identity(0, 0, 0), machine)).toBe(
			"ID_UNMAPPED this user namespace forbids setgroups, so the groups of the start cannot be given up",
		);
	});
});
