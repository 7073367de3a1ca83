import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAccounts } from "../../../src/identity/account-files.ts";
import type { Accounts } from "../../../src/identity/identity.ts";
import { toUid } from "../../../src/identity/ids.ts";
import { errno } from "../../../src/sys/errno.ts";
import { dockerRoot, type FakeEntry, FakeKernel } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";
import { failureOf } from "./failures.ts";

type Files = { readonly passwd?: Partial<FakeEntry> | string; readonly group?: Partial<FakeEntry> | string };

function kernelWith({ passwd, group }: Files): FakeKernel {
	return new FakeKernel({
		process: dockerRoot(),
		files: { ...(passwd === undefined ? {} : { "/etc/passwd": passwd }), ...(group === undefined ? {} : { "/etc/group": group }) },
	});
}

const accountsOf = (files: Files): Accounts => readAccounts(kernelWith(files).host);
const byName = (passwd: string, name: string) => failureOf(() => accountsOf({ passwd }).userByName(name));
const byId = (passwd: string, id: number) => failureOf(() => accountsOf({ passwd }).userById(toUid(id)));
const groupNamed = (group: string, name: string) => failureOf(() => accountsOf({ group }).groupByName(name));
const memberships = (group: string, name: string) => failureOf(() => accountsOf({ group }).membershipsOf(name));

const debian = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
app:x:1000:1001:App,,,:/home/app:/bin/sh
`;

describe("userByName and userById", () => {
	const app = { name: "app", uid: 1000, gid: 1001, home: "/home/app", shell: "/bin/sh" };

	it("find the entry", () => {
		expect(byName(debian, "app")).toEqual(app);
		expect(byId(debian, 1000)).toEqual(app);
		expect(byName(debian, "root")).toEqual({ name: "root", uid: 0, gid: 0, home: "/root", shell: "/bin/bash" });
		expect(byId(debian, 0)).toEqual({ name: "root", uid: 0, gid: 0, home: "/root", shell: "/bin/bash" });
	});

	it("find nothing that only looks alike", () => {
		expect(["ap", "app:x", "pp", "x", "", "daemon:x:1", "oot", "\nroot", "root\ndaemon"].map((name) => byName(debian, name))).toEqual(
			Array(9).fill(undefined),
		);
		expect([2, 10, 100, 1001, 10_000].map((id) => byId(debian, id))).toEqual(Array(5).fill(undefined));
	});

	it("do not take a number in another field for the uid", () => {
		expect(byId("a:7:1:2:7:/7:7\nb:x:5:7:7:/b:/b\n", 7)).toBeUndefined();
		expect(byId("a:7:1:2:7:/7:7\nb:x:7:8::/b:/b\n", 7)).toEqual({ name: "b", uid: 7, gid: 8, home: "/b", shell: "/b" });
	});

	it("work without a last newline and with CRLF", () => {
		expect(byName("app:x:1:2::/home/app:/bin/sh", "app")).toEqual({ name: "app", uid: 1, gid: 2, home: "/home/app", shell: "/bin/sh" });
		expect(byName("root:x:0:0::/root:/bin/sh\r\napp:x:1:2::/home/app\r\n", "app")).toEqual({
			name: "app",
			uid: 1,
			gid: 2,
			home: "/home/app",
			shell: "",
		});
	});

	it("rule 3.4: the first matching line wins", () => {
		expect(byName("app:x:1:1::/first:\napp:x:0:0::/second:\n", "app")).toEqual({ name: "app", uid: 1, gid: 1, home: "/first", shell: "" });
		expect(byId("one:x:5:1::/first:\ntwo:x:5:0::/second:\n", 5)).toEqual({ name: "one", uid: 5, gid: 1, home: "/first", shell: "" });
	});

	it.each(["oops", "", "-1", "+0", " 0", "0 ", "0x0", "00", "4294967295", "4294967296", "18446744073709551616"])(
		"rule 3.3: %j in the uid field is an error, never 0",
		(number) => {
			expect(byName(`app:x:${number}:1000::/:\n`, "app")).toBe(
				`PASSWD_MALFORMED: the entry "app" has ${JSON.stringify(number)} where an id from 0 to 4294967294 belongs`,
			);
			expect(byId(`app:x:${number}:1000::/:\n`, 0)).toBeUndefined();
		},
	);

	it.each(["oops", "", "4294967296", "00"])("rule 3.3: %j in the gid field is an error, never 0", (number) => {
		expect(byName(`app:x:1000:${number}::/:\n`, "app")).toBe(
			`PASSWD_MALFORMED: the entry "app" has ${JSON.stringify(number)} where an id from 0 to 4294967294 belongs`,
		);
		expect(byId(`app:x:1000:${number}::/:\n`, 1000)).toMatch(/^PASSWD_MALFORMED: /);
	});

	it("rule 3.3: a malformed entry concerns nobody else", () => {
		expect(byName(`broken:x:oops:4294967296::/:\n${debian}`, "app")).toEqual(app);
		expect(byId(`broken:x:oops:4294967296::/:\n${debian}`, 1000)).toEqual(app);
	});

	it("ends at a short line, without a guess", () => {
		expect(byName("app\napp:\n", "app")).toMatch(/^PASSWD_MALFORMED: the entry "app" has ""/);
		expect(byName("app:x:1000\n", "app")).toMatch(/^PASSWD_MALFORMED: the entry "app" has ""/);
		expect(byName("app:x:1000:1000", "app")).toEqual({ name: "app", uid: 1000, gid: 1000, home: "/", shell: "" });
	});

	it.each(["+", "+app", "-app", "#app"])("leaves the line %j out", (name) => {
		const passwd = `${name}:x:5:5::/:\n`;
		expect([byName(passwd, name), byId(passwd, 5)]).toEqual([undefined, undefined]);
	});

	it("leaves a line without a name out", () => {
		expect([byName(":x:0:0::/:\n", ""), byId(":x:0:0::/:\n", 0)]).toEqual([undefined, undefined]);
	});

	it.each(["", "home", "../x", "~"])("rule 3.10: the home %j is none, so it is /", (home) => {
		expect(byName(`app:x:1:1::${home}:\n`, "app")).toEqual({ name: "app", uid: 1, gid: 1, home: "/", shell: "" });
	});

	it("refuses a NUL byte, which no environment can hold", () => {
		expect(byName("app:x:1:1::/home\0/app:\n", "app")).toBe('PASSWD_MALFORMED: the entry "app" holds a NUL byte');
	});
});

describe("groupByName and membershipsOf", () => {
	const groups = "root:x:0:\nvideo:x:44:app,web\naudio:x:29:web,app\napp:x:1001:\ndocker:x:998:applet\nrender:x:105:app\n";

	it("find what is there", () => {
		expect(["root", "video", "app", "none", "vide"].map((name) => groupNamed(groups, name))).toEqual([0, 44, 1001, undefined, undefined]);
	});

	it("list a user's groups in ascending order, exactly", () => {
		expect([
			memberships(groups, "app"),
			memberships(groups, "web"),
			memberships(groups, "ap"),
			memberships(groups, "applet"),
			memberships(groups, ""),
		]).toEqual([[29, 44, 105], [29, 44], [], [998], []]);
	});

	it("do not take the name of a group for a member", () => {
		expect(memberships("app:app:5:\nother:x:6:x\n", "app")).toEqual([]);
	});

	it("count a group once", () => {
		expect(memberships("a:x:5:app,app\nb:x:5:app\n", "app")).toEqual([5]);
	});

	it("take CRLF and a missing last newline", () => {
		expect(memberships("video:x:44:app\r\naudio:x:29:web,app", "app")).toEqual([29, 44]);
	});

	it("rule 3.3: a malformed gid is an error for those it concerns alone", () => {
		const group = "bad:x:4294967296:app\nvideo:x:44:web\n";
		const message = 'PASSWD_MALFORMED: the entry "bad" has "4294967296" where an id from 0 to 4294967294 belongs';
		expect([groupNamed(group, "bad"), memberships(group, "app"), memberships(group, "web")]).toEqual([message, message, [44]]);
	});

	it("leave comments and NIS lines out", () => {
		expect(memberships("#video:x:44:app\n+video:x:45:app\n-audio:x:46:app\n+:::\n", "app")).toEqual([]);
	});
});

describe("membersOf and usersInGroup", () => {
	it("name who is in a group, by both files", () => {
		const accounts = accountsOf({
			passwd: "root:x:0:0::/:\napp:x:1000:50::/:\nweb:x:50:1001::/:\n#old:x:7:50::/:\nsys:x:3:50::/:\n",
			group: "staff:x:50:\nvideo:x:44:app,web\nmore:x:44:other\nnext:x:440:none\n",
		});
		expect([44, 50, 7].map((gid) => [accounts.membersOf(gid), accounts.usersInGroup(gid)])).toEqual([
			[["app", "web", "other"], []],
			[[], ["app", "sys"]],
			[[], []],
		]);
	});
});

describe("the files", () => {
	const first = (accounts: Accounts) => failureOf(() => accounts.userById(toUid(0)));

	it("rule 3.4: may be missing", () => {
		const accounts = accountsOf({});
		expect([first(accounts), accounts.userByName("root"), accounts.groupByName("root"), accounts.membershipsOf("root")]).toEqual([
			undefined,
			undefined,
			undefined,
			[],
		]);
	});

	it("may lie below something that is no directory", () => {
		expect(first(readAccounts(new FakeKernel({ process: dockerRoot(), files: { "/etc": "a file" } }).host))).toBeUndefined();
	});

	it.each(["directory", "fifo", "device", "socket"] as const)("rule 3.4: must not be a %s", (kind) => {
		expect(first(accountsOf({ passwd: { kind } }))).toBe("PASSWD_UNREADABLE: is not a regular file");
	});

	it("are found through a link", () => {
		const kernel = new FakeKernel({
			process: dockerRoot(),
			files: { "/etc/passwd": { kind: "link", content: "../usr/passwd" }, "/usr/passwd": debian },
		});
		expect(first(readAccounts(kernel.host))).toEqual({ name: "root", uid: 0, gid: 0, home: "/root", shell: "/bin/bash" });
	});

	it("say why they cannot be opened or read", () => {
		const denied = kernelWith({ passwd: { mode: 0o000 } });
		denied.process = { ...denied.process, effective: 0n, uids: [5, 5, 5] };
		expect(first(readAccounts(denied.host))).toBe(
			"PASSWD_UNREADABLE: cannot be opened: EACCES: its permissions, those of a directory above it, or a security module do not allow it",
		);
		expect(first(readAccounts(kernelWith({ passwd: debian }).failOn("readAll", errno.EIO).host))).toBe(
			"PASSWD_UNREADABLE: cannot be read: EIO: the disk, or the server behind the file system, failed",
		);
	});

	it("rule 3.4: are at most 10 MiB, 1 MiB a line", () => {
		const line = `${"x".repeat(1023)}\n`;
		expect(first(accountsOf({ passwd: line.repeat(10 * 1024) }))).toBeUndefined();
		expect(first(accountsOf({ passwd: `${line.repeat(10 * 1024)}x` }))).toBe("PASSWD_UNREADABLE: larger than 10 MiB");
		expect(first(accountsOf({ passwd: `${"x".repeat(1024 * 1024)}\n${debian}` }))).toEqual({
			name: "root",
			uid: 0,
			gid: 0,
			home: "/root",
			shell: "/bin/bash",
		});
		expect(first(accountsOf({ passwd: `${debian}${"x".repeat(1024 * 1024 + 1)}` }))).toBe(
			"PASSWD_UNREADABLE: has a line longer than 1 MiB",
		);
	});

	it("are each read once, and only when asked", () => {
		const kernel = kernelWith({ passwd: debian, group: "video:x:44:app\n" });
		const accounts = readAccounts(kernel.host);
		expect(kernel.calls).toEqual([]);
		for (let round = 0; round < 2; round++) {
			accounts.userByName("app");
			accounts.userById(toUid(0));
			expect(kernel.calls.filter(([name]) => name === "openRead").map(([, , path]) => path)).toEqual(["/etc/passwd"]);
		}
		accounts.groupByName("video");
		accounts.membershipsOf("app");
		expect(kernel.calls.filter(([name]) => name === "openRead").map(([, , path]) => path)).toEqual(["/etc/passwd", "/etc/group"]);
		expect(kernel.files.openCount).toBe(0);
	});

	it("leave no descriptor open after a failure", () => {
		const kernel = kernelWith({ passwd: { kind: "fifo" } });
		first(readAccounts(kernel.host));
		expect(kernel.files.openCount).toBe(0);
	});
});

describe("garbage", () => {
	const field = fc.oneof(
		fc.constantFrom("", "root", "app", "x", "0", "00", "1000", "-0", "+0", " 0", "0x0", "4294967296", "oops"),
		fc.string({ unit: "binary", maxLength: 4 }),
	);
	const content = fc.array(fc.array(field, { maxLength: 8 }).map((fields) => fields.join(":"))).map((lines) => lines.join("\n"));

	/** What an entry says when it is read as plainly as possible. */
	const writesRoot = (passwd: string, name: string, position: number) =>
		passwd.split("\n").some((line) => line.split(":")[0] === name && line.split(":")[position]?.replace(/\r$/, "") === "0");

	it("rule 8.3: never yields a uid or gid 0 that is not written as 0", () => {
		fc.assert(
			fc.property(content, field, (passwd, name) => {
				for (const found of [byName(passwd, name), byId(passwd, 0)]) {
					if (typeof found === "object") {
						expect(found.uid !== 0 || writesRoot(passwd, found.name, 2)).toBe(true);
						expect(found.gid !== 0 || writesRoot(passwd, found.name, 3)).toBe(true);
					} else if (found !== undefined) {
						expect(found).toMatch(/^PASSWD_MALFORMED: /);
					}
				}
			}),
			{ numRuns: runs(1000) },
		);
	});

	it("rule 8.3: never yields a group 0 that is not written as 0", () => {
		fc.assert(
			fc.property(content, field, (group, name) => {
				const found: unknown[] = [groupNamed(group, name), memberships(group, name)].flat();
				const zeros = group.split("\n").filter((line) => line.split(":")[2]?.replace(/\r$/, "") === "0");
				expect(found.includes(0) && zeros.length === 0).toBe(false);
			}),
			{ numRuns: runs(1000) },
		);
	});

	it("agrees with reading every line apart", () => {
		const name = fc.constantFrom("app", "root", "x", "ap");
		const line = fc.tuple(
			name,
			fc.constantFrom("x", "app", "7"),
			fc.constantFrom("0", "7", "77", "1000"),
			fc.array(name, { maxLength: 3 }).map((names) => names.join(",")),
		);
		fc.assert(
			fc.property(fc.array(line), name, (lines, wanted) => {
				const group = lines.map((fields) => `${fields.join(":")}\n`).join("");
				const members = lines.filter(([, , , list]) => list.split(",").includes(wanted)).map(([, , gid]) => Number(gid));
				expect(memberships(group, wanted)).toEqual([...new Set(members)].sort((left, right) => left - right));
				expect(groupNamed(group, wanted)).toBe(lines.filter(([first]) => first === wanted).map(([, , gid]) => Number(gid))[0]);
			}),
			{ numRuns: runs(1000) },
		);
	});
});
