import { describe, expect, it } from "vitest";
import type { Change } from "../../../../src/cli/drop-ins/capsh/act.ts";
import { change } from "../../../../src/cli/drop-ins/capsh/apply.ts";
import { actsOf } from "../../../../src/cli/drop-ins/capsh/arguments.ts";
import { openSession } from "../../../../src/cli/drop-ins/capsh/session.ts";
import { type Call, dockerRoot, FakeKernel, type FakeProcess, unprivileged } from "../../../fake/index.ts";
import { failureOf } from "../../identity/failures.ts";

const [KILL, SETGID, SETUID, SETPCAP, NET_RAW] = [1n << 5n, 1n << 6n, 1n << 7n, 1n << 8n, 1n << 13n];
const docker = dockerRoot().permitted;
const files = {
	"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\ntoor:x:0:0::/:/bin/sh\n",
	"/etc/group": "video:x:44:app\n",
};

/** A call that somebody answers with success, and does not make. */
interface Lie {
	readonly liesAbout: string;
}

/** The changing calls that the arguments make, and what they come to. */
function doing(process: FakeProcess, ...words: readonly (string | Lie)[]) {
	const accounts = Object.fromEntries(Object.entries(files).map(([path, content]) => [path, { content }]));
	const kernel = new FakeKernel({ process, files: accounts, environment: ["HOME=/root", "PATH=/bin", "USER=root"] });
	const lies = words.flatMap((word) => (typeof word === "string" ? [] : [word.liesAbout]));
	const host = new Proxy(kernel.host, {
		get: (target, name) => (lies.includes(String(name)) ? () => 0 : target[name as keyof typeof target]),
	});
	const session = openSession(host, { host, mask: 0n, note: () => {} }, ["capsh"]);
	for (const word of words.filter((each) => typeof each === "string")) {
		for (const act of actsOf(word, session.last)) {
			change(session, act as Change);
		}
	}
	const changes = kernel.changes.filter(([name]) => !/^(?:open|close)/.test(name));
	return { changes, process: kernel.process, environment: session.environment };
}

const changesOf = (...words: readonly string[]): readonly Call[] => doing(dockerRoot(), ...words).changes;
const quiet = dockerRoot({ effective: 0n });

describe("capsh makes exactly these calls", () => {
	it.each<[string, Call[]]>([
		["--drop=cap_net_raw", [["capbsetDrop", 13]]],
		["--inh=cap_net_raw", [["capset", docker, docker, NET_RAW]]],
		["--caps=cap_kill=p", [["capset", 0n, KILL, 0n]]],
		["--uid=1000", [["setresuid", 1000, 1000, 1000]]],
		["--gid=1000", [["setresgid", 1000, 1000, 1000]]],
		["--groups=video,7", [["setgroups", [44, 7]]]],
		["--keep=1", [["setKeepCaps", 1]]],
		["--secbits=0x2f", [["setSecurebits", 0x2f]]],
		["--noamb", [["capAmbientClearAll"]]],
		["--no-new-privs", [["setNoNewPrivs"]]],
	])("%s", (word, calls) => {
		expect(changesOf(word)).toEqual(calls);
	});

	it("--user: what is needed is raised for it, and nothing is effective in the end", () => {
		const { changes, process, environment } = doing(quiet, "--user=app");
		expect(changes).toEqual<Call[]>([
			["capset", SETGID, docker, 0n],
			["setgroups", [44, 1000]],
			["setresgid", 1000, 1000, 1000],
			["capset", 0n, docker, 0n],
			["capset", SETUID, docker, 0n],
			["setKeepCaps", 1],
			["setresuid", 1000, 1000, 1000],
			["setKeepCaps", 0],
			["capset", 0n, docker, 0n],
		]);
		expect(process).toMatchObject({ uids: [1000, 1000, 1000], effective: 0n, permitted: docker });
		expect(environment).toEqual(["HOME=/home/app", "PATH=/bin", "USER=app"]);
	});

	it("--drop, and SETPCAP is put down again", () => {
		expect(doing(quiet, "--drop=cap_kill,cap_net_raw").changes).toEqual<Call[]>([
			["capset", SETPCAP, docker, 0n],
			["capbsetDrop", 5],
			["capset", 0n, docker, 0n],
			["capset", SETPCAP, docker, 0n],
			["capbsetDrop", 13],
			["capset", 0n, docker, 0n],
		]);
	});

	it("--iab: inheritable, then ambient, then dropped, with SETPCAP for the time of it", () => {
		expect(doing(quiet, "--iab=!%cap_kill,^cap_net_raw").changes).toEqual<Call[]>([
			["capset", SETPCAP, docker, 0n],
			["capset", SETPCAP, docker, KILL | NET_RAW],
			["capAmbientClearAll"],
			["capAmbientRaise", 13],
			["capbsetDrop", 5],
			["capset", 0n, docker, KILL | NET_RAW],
		]);
	});

	it("--mode=NOPRIV leaves nothing", () => {
		expect(doing(quiet, "--mode=NOPRIV").process).toMatchObject({
			bounding: 0n,
			permitted: 0n,
			effective: 0n,
			inheritable: 0n,
			ambient: 0n,
			securebits: 0xef,
			noNewPrivs: true,
		});
	});
});

describe("capsh says what is missing, by its name", () => {
	it.each<[string, FakeProcess, readonly string[], string, RegExp]>([
		["SETPCAP for the bounding set", unprivileged(1000, 1000), ["--drop=cap_kill"], "CAPABILITY_MISSING", /it takes SETPCAP, not held/],
		["SETGID", unprivileged(1000, 1000), ["--user=app"], "CAPABILITY_MISSING", /it takes SETGID, not held/],
		["SETUID", unprivileged(1000, 1000), ["--uid=0"], "CAPABILITY_MISSING", /it takes SETUID, not held/],
		["that it is not effective", quiet, ["--uid=1000"], "CAPABILITY_MISSING", /SETUID, which is permitted and not effective/],
		["what is not permitted", dockerRoot(), ["--caps=cap_sys_admin=p"], "CAPABILITY_MISSING", /cap_sys_admin is not permitted/],
		["effective alone", dockerRoot(), ["--caps=cap_kill=e"], "CAPABILITY_MISSING", /cap_kill is to be effective without/],
		["the bounding set", dockerRoot(), ["--inh=cap_sys_admin,cap_kill"], "CAPABILITY_MISSING", /^cap_sys_admin is not in the bounding set/],
		["inheritable before ambient", dockerRoot(), ["--addamb=cap_kill"], "CAPABILITY_MISSING", /cap_kill is not inheritable/],
		[
			"permitted before ambient",
			dockerRoot(),
			["--uid=1000", "--addamb=cap_kill"],
			"CAPABILITY_MISSING",
			/cap_kill is not permitted, and only/,
		],
		["the lock", dockerRoot(), ["--mode=PURE1E", "--iab=^cap_kill"], "CAPABILITY_MISSING", /no_cap_ambient_raise is set/],
		["a user", dockerRoot(), ["--user=nobody"], "USER_UNKNOWN", /"nobody" is not in/],
		["another root", dockerRoot(), ["--user=toor"], "USER_IS_ROOT", /"toor" has uid 0/],
		["a group", dockerRoot(), ["--groups=nosuch"], "GROUP_UNKNOWN", /"nosuch" is not in/],
		["a word", dockerRoot(), ["--inh=kill"], "CAPABILITY_UNKNOWN", /"kill" is no list/],
		["a value of keep", dockerRoot(), ["--keep=2"], "CONFIG_INVALID_VALUE", /not 2/],
	])("%s", (_what, process, words, code, message) => {
		expect(() => doing(process, ...words)).toThrow(
			expect.objectContaining({ diagnostics: [expect.objectContaining({ code, message: expect.stringMatching(message) })] }),
		);
	});
});

describe("rule 9.7: what a call is answered, and what the kernel says, have to be the same", () => {
	const ambient = dockerRoot({ inheritable: docker, ambient: docker });
	it.each<[call: string, word: string, process?: FakeProcess]>([
		["setresuid", "--uid=1000"],
		["setresuid", "--user=app"],
		["setresuid", "--cap-uid=1000"],
		["setresgid", "--gid=1000"],
		["setresgid", "--user=app"],
		["setgroups", "--groups=7"],
		["setgroups", "--user=app"],
		["capset", "--caps="],
		["capset", "--inh=cap_kill"],
		["capset", "--iab=cap_kill"],
		["capset", "--user=app", quiet],
		["capset", "--mode=NOPRIV"],
		["capbsetDrop", "--drop=cap_net_raw"],
		["capbsetDrop", "--iab=!cap_net_raw"],
		["capAmbientClearAll", "--noamb", ambient],
		["capAmbientLower", "--delamb=cap_kill", ambient],
		["capAmbientRaise", "--addamb=cap_kill", dockerRoot({ inheritable: docker })],
		["setSecurebits", "--secbits=0x2f"],
		["setSecurebits", "--mode=PURE1E"],
		["setKeepCaps", "--keep=1"],
		["setKeepCaps", "--user=app"],
		["setNoNewPrivs", "--no-new-privs"],
	])("%s that is answered and not made, by %s", (call, word, process = dockerRoot()) => {
		expect(failureOf(() => doing(process, word))).toBeTypeOf("object");
		expect(failureOf(() => doing({ ...process }, { liesAbout: call }, word))).toMatch(/^VERIFY_FAILED: .*the kernel says/);
	});
});
