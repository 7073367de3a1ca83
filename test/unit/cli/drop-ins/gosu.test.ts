import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveUser, type User, withPrimaryGroup } from "../../../../src/cli/drop-ins/gosu/user.ts";
import { observeStart } from "../../../../src/departure/start.ts";
import { dockerRoot, FakeKernel, type FakeProcess } from "../../../fake/index.ts";
import { runs } from "../../harness/runs.ts";
import { failureOf } from "../../identity/failures.ts";

const passwd = `root:x:0:0:root:/root:/bin/sh
app:x:1000:1001::/home/app:/bin/sh
4foo:x:1004:1004::/home/4foo:/bin/sh
1234:x:1777:1777::/home/1234:/bin/sh
homeless:x:1002:1002:::
toor:x:0:0::/root:/bin/sh
far:x:4294967294:4294967294::/far:/bin/sh
broken:x:oops:1000::/h:/bin/sh
nogid:x:1010:::/h:/bin/sh
wrap:x:4294967296:4294967296::/h:/bin/sh
plus:x:+1012:1012::/h:/bin/sh
space:x: 1013:1013::/h:/bin/sh
huge:x:4294967295:4294967295::/h:/bin/sh
short:x
#comment:x:1016:1016::/h:/bin/sh
crlf:x:1018:1018::/h:/bin/sh\r
dup:x:1014:1014::/first:/bin/sh
dup:x:0:0::/second:/bin/sh
`;
const group = `root:x:0:app
video:x:44:app,web
app:x:1001:
gbroken:x:oops:
gwrap:x:4294967296:
5678:x:1888:
odd:x:x:dup
`;

function kernel(
	process: FakeProcess = dockerRoot(),
	files: Record<string, string> = { "/etc/passwd": passwd, "/etc/group": group },
): FakeKernel {
	return new FakeKernel({ process, files });
}

function resolved(text: string, { host } = kernel()): User | string {
	return failureOf(() => resolveUser(text, observeStart(host), host));
}

const shown = (text: string, from?: FakeKernel) => {
	const user = resolved(text, from);
	return typeof user === "string"
		? user
		: `${user.uid}:${user.gid} ${user.groups.join() || "-"} ${user.home}${user.warnings.length > 0 ? " warned" : ""}`;
};

describe("the user of gosu and su-exec", () => {
	it.each([
		["app", "1000:1001 0,44 /home/app"],
		["app:", "1000:1001 0,44 /home/app"],
		["1000", "1000:1001 0,44 /home/app"],
		["1000:", "1000:1001 0,44 /home/app"],
		["app:video", "1000:44 - /home/app"],
		["app:44", "1000:44 - /home/app"],
		["app:root", "1000:0 - /home/app"],
		["1000:5678", "1000:5678 - /home/app"],
		["4foo", "1004:1004 - /home/4foo"],
		["1234", "1234:0 - / warned"],
		["1234:1234", "1234:1234 - /"],
		["1234:0", "1234:0 - /"],
		["homeless", "1002:1002 - /"],
		["root", "0:0 - /root"],
		["0", "0:0 - /root"],
		["0:0", "0:0 - /root"],
		["far", "4294967294:4294967294 - /far"],
		["4294967294", "4294967294:4294967294 - /far"],
		["crlf", "1018:1018 - /h"],
	])("%j is %s", (text, expected) => {
		expect(shown(text)).toBe(expected);
	});

	it.each([
		["", "USER_INVALID: the user is empty"],
		[":", "USER_INVALID: the user is empty"],
		[":1000", "USER_INVALID: the user is empty"],
		["app::", 'USER_INVALID: "app::" has more than one colon'],
		["app:1:2", 'USER_INVALID: "app:1:2" has more than one colon'],
		["app:1:", 'USER_INVALID: "app:1:" has more than one colon'],
		["ghost", 'USER_UNKNOWN: "ghost" is not in /etc/passwd'],
		["app:ghosts", 'GROUP_UNKNOWN: "ghosts" is not in /etc/group'],
		["toor", 'USER_IS_ROOT: "toor" has uid 0 in /etc/passwd'],
		["short", 'PASSWD_MALFORMED: the entry "short" has "" where an id from 0 to 4294967294 belongs'],
		["4294967295", 'USER_INVALID: "4294967295" is not a user id'],
		["4294967296", 'USER_INVALID: "4294967296" is not a user id'],
		["1000:4294967296", 'USER_INVALID: "4294967296" is not a group id'],
		["01000", 'USER_INVALID: "01000" is not a user id'],
		["0x3e8", 'USER_INVALID: "0x3e8" is not a user name'],
		["-1", 'USER_INVALID: "-1" is not a user name'],
		["+1000", 'USER_INVALID: "+1000" is not a user name'],
		[" 1000", 'USER_INVALID: " 1000" is not a user name'],
		["1000 ", 'USER_INVALID: "1000 " is not a user name'],
		["1000.5", 'USER_UNKNOWN: "1000.5" is not in /etc/passwd'],
		["#comment", 'USER_INVALID: "#comment" is not a user name'],
	])("rule 3.2: %j is refused", (text, message) => {
		expect(shown(text)).toBe(message);
	});

	it.each([...["broken", "nogid", "wrap", "plus", "space", "huge", "app:gbroken", "app:gwrap", "dup"].map((text) => [text])])(
		"rule 3.3: what is malformed in the entry of %j is nobody's id",
		(text) => {
			expect(shown(text)).toMatch(/^PASSWD_MALFORMED: the entry /);
		},
	);

	it("keeps the gid of the start for an id without an entry, and without account files", () => {
		const bare = kernel(dockerRoot({ gids: [7, 0, 0] }), {});
		expect([shown("1000", bare), shown("1000:1000", bare), shown("0", bare)]).toEqual(["1000:7 - /", "1000:1000 - /", "0:7 - /"]);
		expect(shown("root", bare)).toBe('USER_UNKNOWN: "root" is not in /etc/passwd');
	});

	it("has the primary group among the groups for su-exec", () => {
		expect(["app", "app:video", "1234"].map((text) => withPrimaryGroup(resolved(text) as User).groups)).toEqual([[0, 44, 1001], [44], [0]]);
	});

	it("rule 8.3: is root only by these words, whatever is written", () => {
		const word = fc.oneof(
			fc.string(),
			fc.constantFrom("root", "0", "app", "00", "-0", "0x0", "4294967296", "toor", "dup", " ", "\t0", "0\n"),
		);
		fc.assert(
			fc.property(word, fc.option(word), (user, of) => {
				const found = resolved(of === null ? user : `${user}:${of}`);
				return typeof found === "string" || found.uid !== 0 || user === "root" || user === "0";
			}),
			{ numRuns: runs(1000) },
		);
	});
});
