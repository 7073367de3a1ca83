import { describe, expect, it } from "vitest";
import { readAccounts } from "../../../src/identity/account-files.ts";
import { observeCredentials } from "../../../src/identity/credentials.ts";
import type { GroupsPolicy } from "../../../src/identity/identity.ts";
import { resolveIdentity } from "../../../src/identity/resolve.ts";
import { parseUserSpec } from "../../../src/identity/user-spec.ts";
import type { Problem } from "../../../src/report/problem.ts";
import { dockerRoot, type FakeEntry, FakeKernel, type FakeProcess, unprivileged } from "../../fake/index.ts";
import { failureOf } from "./failures.ts";

const defaults: GroupsPolicy = { fromUser: undefined, keepRuntime: true, add: [], fromPath: [], allowRootGroup: false };

const passwd = `root:x:0:0:root:/root:/bin/sh
app:x:1000:1001::/home/app:/bin/sh
web:x:33:33::/var/www:/bin/sh
shift:x:1500:0::/opt/shift:/bin/sh
toor:x:0:0::/root:/bin/sh
`;
const group = `root:x:0:
disk:x:6:root
wheel:x:10:root,app
video:x:44:app,web
render:x:105:app
app:x:1001:
zero:x:0:app
`;

interface World {
	readonly start?: FakeProcess;
	readonly files?: Record<string, Partial<FakeEntry> | string>;
	readonly policy?: Partial<GroupsPolicy>;
	readonly notes?: string[];
	readonly warnings?: Problem[];
}

const etc = { "/etc/passwd": passwd, "/etc/group": group };

function resolve(spec: string, { start = dockerRoot(), files = etc, policy = {}, notes, warnings }: World = {}) {
	const { host } = new FakeKernel({ process: start, files });
	return failureOf(() =>
		resolveIdentity(
			parseUserSpec(spec),
			{ ...defaults, ...policy },
			{
				accounts: readAccounts(host),
				reads: host,
				start: observeCredentials(host),
				...(notes === undefined ? {} : { notes }),
				...(warnings === undefined ? {} : { warnings }),
			},
		),
	);
}

/** The groups alone. */
function groups(spec: string, world: World = {}) {
	const found = resolve(spec, world);
	return typeof found === "string" ? found : found.groups;
}

describe("whom a spec names", () => {
	it.each([
		["app", { uid: 1000, gid: 1001, groups: [10, 44, 105, 1001], name: "app", home: "/home/app" }],
		["1000", { uid: 1000, gid: 1001, groups: [10, 44, 105, 1001], name: "app", home: "/home/app" }],
		["web", { uid: 33, gid: 33, groups: [33, 44], name: "web", home: "/var/www" }],
		["app:video", { uid: 1000, gid: 44, groups: [44], name: "app", home: "/home/app" }],
		["1000:1000", { uid: 1000, gid: 1000, groups: [1000], name: "app", home: "/home/app" }],
		["12345:12345", { uid: 12_345, gid: 12_345, groups: [12_345], name: undefined, home: "/" }],
		["12345:video", { uid: 12_345, gid: 44, groups: [44], name: undefined, home: "/" }],
		["root", { uid: 0, gid: 0, groups: [0, 6, 10], name: "root", home: "/root" }],
		["0", { uid: 0, gid: 0, groups: [0, 6, 10], name: "root", home: "/root" }],
	])("resolves %s", (spec, identity) => {
		expect(resolve(spec)).toEqual(identity);
	});

	it("rule 3.2: an unknown name is an error, never a fall-back", () => {
		expect(resolve("nobody-here")).toBe('USER_UNKNOWN: "nobody-here" is not in /etc/passwd');
		expect(resolve("app:nothing")).toBe('GROUP_UNKNOWN: "nothing" is not in /etc/group');
		expect(resolve("root", { files: {} })).toBe('USER_UNKNOWN: "root" is not in /etc/passwd');
	});

	it("rule 3.4: needs no account file for numbers", () => {
		expect(resolve("1000:1000", { files: {} })).toEqual({ uid: 1000, gid: 1000, groups: [1000], name: undefined, home: "/" });
		expect(resolve("0", { files: {} })).toEqual({ uid: 0, gid: 0, groups: [0], name: undefined, home: "/" });
	});

	it("rule 3.6: a uid without an entry and without a group is an error, its gid does not stay 0", () => {
		expect(resolve("12345")).toBe("USER_NO_GROUP: uid 12345 has no entry in /etc/passwd, so its group is not known");
		expect(resolve("1000", { files: {} })).toBe("USER_NO_GROUP: uid 1000 has no entry in /etc/passwd, so its group is not known");
	});

	it("rule 3.11: a name with uid 0 is refused unless it is root", () => {
		expect(resolve("toor")).toBe('USER_IS_ROOT: "toor" has uid 0 in /etc/passwd');
		expect(resolve("app", { files: { "/etc/passwd": "app:x:0:1000::/:\n" } })).toBe('USER_IS_ROOT: "app" has uid 0 in /etc/passwd');
	});

	it("takes an account named root for what passwd says it is", () => {
		expect(resolve("root", { files: { "/etc/passwd": "root:x:7:7::/:\n" } })).toEqual({
			uid: 7,
			gid: 7,
			groups: [7],
			name: "root",
			home: "/",
		});
	});

	it("allows a primary group 0 that passwd or the spec gives", () => {
		expect(resolve("shift")).toEqual({ uid: 1500, gid: 0, groups: [0], name: "shift", home: "/opt/shift" });
		expect(resolve("1000700000:0")).toEqual({ uid: 1_000_700_000, gid: 0, groups: [0], name: undefined, home: "/" });
		expect(resolve("app:root")).toEqual({ uid: 1000, gid: 0, groups: [0], name: "app", home: "/home/app" });
	});
});

describe("groups.from_user", () => {
	it("rule 3.7: an explicit group means no memberships unless they are asked for", () => {
		expect(groups("app:1001")).toEqual([1001]);
		expect(groups("app:1001", { policy: { fromUser: true } })).toEqual([10, 44, 105, 1001]);
		expect(groups("app", { policy: { fromUser: false } })).toEqual([1001]);
	});

	it("rule 3.5: the primary gid is always in the list", () => {
		expect(groups("app:77", { policy: { fromUser: false, keepRuntime: false } })).toEqual([77]);
	});

	it("leaves root's group out and says so", () => {
		const notes: string[] = [];
		expect(groups("app", { notes })).toEqual([10, 44, 105, 1001]);
		expect(notes).toEqual([
			"root's group was found among the groups of the user or of a path, and left out: groups.allow_root_group is off",
		]);
		expect(groups("app", { policy: { allowRootGroup: true } })).toEqual([0, 10, 44, 105, 1001]);
	});
});

describe("groups.keep_runtime", () => {
	it("rule 3.8: keeps what the runtime added, without root's group and the start user's memberships", () => {
		expect(groups("web", { start: dockerRoot({ groups: [0, 6, 10, 998, 2000] }) })).toEqual([33, 44, 998, 2000]);
		expect(groups("web", { start: dockerRoot({ groups: [0, 6, 10, 998, 2000] }), policy: { keepRuntime: false } })).toEqual([33, 44]);
	});

	it("rule 3.8: takes the primary group of the start user for its own too", () => {
		expect(groups("web", { start: unprivileged(1000, 1001, { groups: [44, 105, 1001, 2000] }) })).toEqual([33, 44, 2000]);
		expect(groups("web:33", { start: unprivileged(1000, 555, { groups: [44, 105, 555, 1001, 2000] }) })).toEqual([33, 2000]);
	});

	it("rule 3.8: never takes root's group over, whoever the start user is", () => {
		expect(groups("web", { start: unprivileged(12_345, 12_345, { groups: [0, 2000, 12_345] }), policy: { allowRootGroup: true } })).toEqual(
			[33, 44, 2000],
		);
	});

	it("keeps them with an explicit group as well", () => {
		expect(groups("12345:12345", { start: dockerRoot({ groups: [0, 998] }) })).toEqual([998, 12_345]);
	});

	it("works without account files", () => {
		expect(groups("5:5", { start: dockerRoot({ groups: [0, 6, 998] }), files: {} })).toEqual([5, 6, 998]);
	});

	it("reads no file when the runtime added nothing", () => {
		const { host, calls } = new FakeKernel({ process: dockerRoot(), files: etc });
		const context = { accounts: readAccounts(host), reads: host, start: observeCredentials(host) };
		const from = calls.length;
		resolveIdentity(parseUserSpec("app:1001"), defaults, context);
		expect(
			calls
				.slice(from)
				.filter(([name]) => name === "openRead")
				.map(([, , path]) => path),
		).toEqual(["/etc/passwd"]);
	});
});

describe("groups.add", () => {
	it("takes names and ids", () => {
		expect(groups("app:1001", { policy: { add: ["video", "998", "video"] } })).toEqual([44, 998, 1001]);
	});

	it.each([
		["nothing", 'GROUP_UNKNOWN: "nothing" is not in /etc/group'],
		["4294967296", 'USER_INVALID: "4294967296" is not a group id'],
		["a:b", 'USER_INVALID: "a:b" is not a group name'],
		["", "USER_INVALID: the group is empty"],
		["root", 'CONFIG_CONFLICT: "root" is root\'s group, which needs allow_root_group'],
		["0", 'CONFIG_CONFLICT: "0" is root\'s group, which needs allow_root_group'],
	])("refuses %j", (add, message) => {
		expect(groups("app:1001", { policy: { add: [add] } })).toBe(message);
	});

	it("takes root's group when that is allowed, or for root", () => {
		expect(groups("app:1001", { policy: { add: ["0"], allowRootGroup: true } })).toEqual([0, 1001]);
		expect(groups("root:root", { policy: { add: ["root"] } })).toEqual([0]);
	});
});

describe("groups.from_path", () => {
	const files = {
		...etc,
		"/run/docker.sock": { kind: "socket", gid: 998, mode: 0o660 },
		"/run/root.sock": { kind: "socket", mode: 0o660 },
		"/run/unmapped.sock": { kind: "socket", uid: 65_534, gid: 65_534 },
		"/run/nobody.sock": { kind: "socket", gid: 4_294_967_295 },
		"/run/link": { kind: "link", content: "docker.sock", gid: 5 },
		"/dev/dri/card0": { kind: "device", gid: 44 },
		"/dev/dri/renderD128": { kind: "device", gid: 105 },
		"/dev/dri/.hidden": { kind: "device", gid: 7 },
	} as const;
	const from = (...fromPath: string[]) => groups("12345:12345", { files, policy: { fromPath } });

	it.each([
		["/run/docker.sock", [998, 12_345]],
		["/run/link", [998, 12_345]],
		["/run/missing.sock", [12_345]],
		["/missing/*", [12_345]],
		["/dev/dri/*", [44, 105, 12_345]],
		["/dev/dri/card?", [44, 12_345]],
		["/*/dri/render*", [105, 12_345]],
		["/run/root.sock", [12_345]],
		["/run/unmapped.sock", [12_345]],
		["/run/nobody.sock", [12_345]],
	])("adds the group of %s", (path, expected) => {
		expect(from(path)).toEqual(expected);
	});

	it("adds several, once each, and follows links to what they name", () => {
		expect(from("/dev/dri/*", "/run/docker.sock", "/run/link")).toEqual([44, 105, 998, 12_345]);
	});

	it("adds root's group only when that is allowed", () => {
		const notes: string[] = [];
		expect(groups("12345:12345", { files, notes, policy: { fromPath: ["/run/root.sock"] } })).toEqual([12_345]);
		expect(notes.length).toBe(1);
		const warnings: Problem[] = [];
		groups("12345:12345", { files, warnings, policy: { fromPath: ["/run/*.sock"] } });
		groups("12345:12345", { files, warnings, policy: { fromPath: ["/run/root.sock", "/run/none", "/none/*"] } });
		expect(warnings).toEqual([
			{
				message: 'groups.from_path: "/run/root.sock" is of root\'s group, which is not added',
				remedy: ["give it another one where it is made, or allow_root_group: true"],
			},
			{ message: 'groups.from_path: there is nothing at "/run/none", so no group is added' },
		]);
		expect(groups("12345:12345", { files, policy: { fromPath: ["/run/root.sock"], allowRootGroup: true } })).toEqual([0, 12_345]);
	});
});
