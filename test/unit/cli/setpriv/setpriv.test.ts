import { describe, expect, it } from "vitest";
import { capability } from "../../../../src/capability/names.ts";
import { dockerRoot, type FakeProcess, unprivileged } from "../../../fake/index.ts";
import { run } from "./harness.ts";

const bits = (...names: Parameters<typeof capability>[0][]) => names.reduce((sum, name) => sum | (1n << BigInt(capability(name))), 0n);
const docker = dockerRoot().permitted;
const setid = dockerRoot({ bounding: bits("SETUID", "SETGID"), permitted: bits("SETUID", "SETGID"), effective: bits("SETUID", "SETGID") });
const u1000 = unprivileged(1000, 1000);
const bind = bits("NET_BIND_SERVICE");
const uamb = unprivileged(1000, 1000, { permitted: bind, effective: bind, inheritable: bind, ambient: bind });

/** What a state is, in few words: ids, groups, the five sets. */
function shown({
	uids,
	gids,
	groups,
	inheritable: I,
	permitted: P,
	effective: E,
	bounding: B,
	ambient: A,
	securebits,
	noNewPrivs,
}: FakeProcess) {
	const sets = [I, P, E, B, A].map((set) => (set === docker ? "dd" : set.toString(16)));
	return `u=${[...new Set(uids)].join("/")} g=${[...new Set(gids)].join("/")} G=${groups.join(",") || "-"} ${sets.join(" ")} sb=${securebits} nnp=${noNewPrivs ? 1 : 0}`;
}

async function state(start: FakeProcess, line: string): Promise<string> {
	const { state: found, status, stderr } = await run(start, line.split(" "));
	return found === undefined ? `${status} ${stderr.split("\n")[0]}` : `${shown(found)}${stderr === "" ? "" : ` (${stderr})`}`;
}

describe("setpriv makes the state that util-linux's makes", () => {
	it.each<[string, FakeProcess, string]>([
		["--reuid=app --regid=app --init-groups cmd", dockerRoot(), "u=1000 g=1000 G=44,1000 0 0 0 dd 0 sb=0 nnp=0"],
		["--reuid app --regid app --clear-groups -- cmd", dockerRoot(), "u=1000 g=1000 G=- 0 0 0 dd 0 sb=0 nnp=0"],
		["--keep-groups --reuid=7 --regid=8 cmd", dockerRoot(), "u=7 g=8 G=0 0 0 0 dd 0 sb=0 nnp=0"],
		["--groups=44,1000 --reuid=7 --regid=8 cmd", dockerRoot(), "u=7 g=8 G=44,1000 0 0 0 dd 0 sb=0 nnp=0"],
		["--groups video cmd", dockerRoot(), "u=0 g=0 G=44 0 dd dd dd 0 sb=0 nnp=0"],
		["--nnp cmd --reuid=0 x", dockerRoot(), "u=0 g=0 G=0 0 dd dd dd 0 sb=0 nnp=1"],
		["--inh-caps=-all --bounding -all cmd", dockerRoot(), "u=0 g=0 G=0 0 0 0 0 0 sb=0 nnp=0"],
		["--reuid 0 cmd", dockerRoot(), "u=0 g=0 G=0 0 dd dd dd 0 sb=0 nnp=0"],
		["--securebits=+noroot,+noroot_locked --bounding-set=-all cmd", dockerRoot(), "u=0 g=0 G=0 0 0 0 0 0 sb=3 nnp=0"],
		["--securebits=-noroot cmd", dockerRoot({ securebits: 1 }), "u=0 g=0 G=0 0 dd dd dd 0 sb=0 nnp=0"],
		[
			"--reuid=1 --regid=1 --clear-groups --bounding-set=-all,+cap_10 --inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service --nnp cmd",
			dockerRoot(),
			"u=1 g=1 G=- 400 400 400 400 400 sb=0 nnp=1",
		],
		["--inh-caps=+net_bind_service --ambient-caps=+net_bind_service cmd", dockerRoot(), "u=0 g=0 G=0 400 dd dd dd 400 sb=0 nnp=0"],
		["--inh-caps=-all --ambient-caps=-all cmd", uamb, "u=1000 g=1000 G=1000 0 0 0 dd 0 sb=0 nnp=0"],
		["--ambient-caps=-all cmd", uamb, "u=1000 g=1000 G=1000 400 0 0 dd 0 sb=0 nnp=0"],
		["--nnp cmd", uamb, "u=1000 g=1000 G=1000 400 400 400 dd 400 sb=0 nnp=1"],
		["--reuid=1000 --regid=1000 --keep-groups cmd", u1000, "u=1000 g=1000 G=1000 0 0 0 dd 0 sb=0 nnp=0"],
		["--reuid=app cmd", u1000, "u=1000 g=1000 G=1000 0 0 0 dd 0 sb=0 nnp=0"],
		["--euid 1000 cmd", u1000, "u=1000 g=1000 G=1000 0 0 0 dd 0 sb=0 nnp=0"],
	])("%s", async (line, start, expected) => {
		expect(await state(start, line)).toBe(expected);
	});

	it("gives the program of who is not root no more than it may keep, before the exec", async () => {
		const { kernel } = await run(dockerRoot(), ["--reuid=app", "--regid=app", "--clear-groups", "cmd"]);
		expect(kernel.changes.filter(([name]) => name === "capset").at(-2)).toEqual(["capset", 0n, 0n, 0n]);
	});
});

describe("setpriv warns of", () => {
	it.each<[string, FakeProcess, string, string]>([
		[
			"what stays root's",
			dockerRoot(),
			"--reuid=app cmd",
			`u=1000 g=0 G=0 0 0 0 dd 0 sb=0 nnp=0 (warning: setpriv: the gid stays 0, which is root's group: --regid changes it
warning: setpriv: the supplementary groups of the start stay (0): --clear-groups or --init-groups changes them)`,
		],
		[
			"a group of which only the real one changes",
			dockerRoot(),
			"--reuid=app --rgid=app --clear-groups cmd",
			"u=1000 g=1000/0 G=- 0 0 0 dd 0 sb=0 nnp=0 (warning: setpriv: the effective gid stays 0, which is root's group: --regid changes it)",
		],
		[
			"a real uid that stays root's",
			dockerRoot(),
			"--euid=1000 --regid=1 --clear-groups cmd",
			"u=0/1000 g=1 G=- 0 dd 0 dd 0 sb=0 nnp=0 (warning: setpriv: the real uid stays 0: the program is permitted whatever root is, and can become root again)",
		],
		[
			"a bounding set that cannot shrink, where no_new_privs makes it useless",
			setid,
			"--reuid app --regid app --clear-groups --nnp --inh-caps=-all --ambient-caps=-all --bounding-set=-all cmd",
			"u=1000 g=1000 G=- 0 0 0 c0 0 sb=0 nnp=1 (warning: setpriv: the bounding set keeps SETGID,SETUID: SETPCAP is not held; no_new_privs makes it useless)",
		],
		[
			"a capability that the bounding set cannot get",
			dockerRoot(),
			"--bounding-set=-all,+net_admin,+chown cmd",
			"u=0 g=0 G=0 0 1 1 1 0 sb=0 nnp=0 (warning: setpriv: NET_ADMIN is not in the bounding set, to which nothing can be added)",
		],
	])("%s", async (_, start, line, expected) => {
		expect(await state(start, line)).toBe(expected);
	});
});

describe("setpriv refuses, and runs nothing", () => {
	const clear = "--regid=1 --clear-groups cmd";
	it.each<[string, FakeProcess, string, string]>([
		[
			"an id beyond 32 bits",
			dockerRoot(),
			`--reuid=4294967296 ${clear}`,
			'1 error[USER_INVALID] setpriv, --reuid: "4294967296" is not a user id',
		],
		[
			"the id that changes nothing",
			dockerRoot(),
			`--reuid=4294967295 ${clear}`,
			'1 error[USER_INVALID] setpriv, --reuid: "4294967295" is not a user id',
		],
		["a sign", dockerRoot(), `--reuid=-1 ${clear}`, '1 error[USER_INVALID] setpriv, --reuid: "-1" is not a user name'],
		["a plus", dockerRoot(), `--reuid=+1 ${clear}`, '1 error[USER_INVALID] setpriv, --reuid: "+1" is not a user name'],
		["an empty user", dockerRoot(), `--reuid= ${clear}`, "1 error[USER_INVALID] setpriv, --reuid: the user is empty"],
		[
			"an empty group",
			dockerRoot(),
			"--reuid=1 --regid= --clear-groups cmd",
			"1 error[GROUP_UNKNOWN] setpriv, --regid: the group is empty",
		],
		["an empty list", dockerRoot(), "--reuid=1 --regid=1 --groups= cmd", "1 error[GROUP_UNKNOWN] setpriv, --groups: the group is empty"],
		["an unknown user", dockerRoot(), `--reuid=nobody ${clear}`, '1 error[USER_UNKNOWN] setpriv, --reuid: "nobody" is not in /etc/passwd'],
		[
			"a user with a group",
			dockerRoot(),
			`--reuid=app:app ${clear}`,
			'1 error[USER_INVALID] setpriv, --reuid: "app:app" has a colon: the group is an option of its own',
		],
		[
			"an entry with an id beyond 32 bits",
			dockerRoot(),
			`--reuid=huge ${clear}`,
			'1 error[PASSWD_MALFORMED] setpriv, /etc/passwd: the entry "huge" has "4294967296" where an id from 0 to 4294967294 belongs',
		],
		[
			"an entry with a blank",
			dockerRoot(),
			`--reuid=space ${clear}`,
			'1 error[PASSWD_MALFORMED] setpriv, /etc/passwd: the entry "space" has " 1013" where an id from 0 to 4294967294 belongs',
		],
		[
			"a malformed group",
			dockerRoot(),
			"--reuid=1 --regid=bad --clear-groups cmd",
			'1 error[PASSWD_MALFORMED] setpriv, /etc/group: the entry "bad" has "oops" where an id from 0 to 4294967294 belongs',
		],
		[
			"an effective uid that stays root's",
			dockerRoot(),
			"--ruid 1000 --rgid 1000 --groups 1000 -- cmd",
			"1 error[USAGE] setpriv, --ruid: the effective uid would stay 0, so that the program would be root all the same",
		],
		[
			"the groups of nobody",
			dockerRoot(),
			"--reuid=10001 --regid=1 --init-groups cmd",
			"1 error[USER_UNKNOWN] setpriv, --init-groups: uid 10001 has no entry in /etc/passwd, so that nobody knows its groups",
		],
		[
			"the environment of nobody",
			dockerRoot(),
			`--reset-env --reuid=10001 ${clear}`,
			"1 error[USER_UNKNOWN] setpriv, --reset-env: uid 10001 has no entry in /etc/passwd, so that HOME and USER would be those of somebody else",
		],
		[
			"a group without a word about the others",
			dockerRoot(),
			"--regid 1000 cmd",
			"1 error[USAGE] setpriv, --regid: a group needs one of --clear-groups, --keep-groups, --init-groups and --groups: else the groups of the start would stay unseen",
		],
		[
			"groups of whom",
			dockerRoot(),
			"--init-groups cmd",
			"1 error[USAGE] setpriv, --init-groups: needs --reuid or --ruid, which say whose groups",
		],
		[
			"two ways to the groups",
			dockerRoot(),
			"--clear-groups --groups 44 --reuid app --regid app cmd",
			"1 error[USAGE] setpriv, --groups: only one of --clear-groups, --keep-groups, --init-groups and --groups may be given, and once",
		],
		["the same twice", dockerRoot(), "--nnp --no-new-privs cmd", "1 error[USAGE] setpriv, --no-new-privs: says what has been said already"],
		["the uid twice", dockerRoot(), "--reuid=1 --euid=2 cmd", "1 error[USAGE] setpriv, --euid: says what has been said already"],
		["no program", dockerRoot(), "--nnp --", "1 error[USAGE] setpriv: no program was given"],
		["a dump with more", dockerRoot(), "--dump --nnp", "1 error[USAGE] setpriv, --dump: runs nothing, and stands alone"],
		[
			"an option without its dashes",
			dockerRoot(),
			"--nonewprivs cmd",
			'1 error[USAGE] setpriv: there is no option "--nonewprivs"; did you mean "--no-new-privs"?',
		],
		[
			"less than all",
			dockerRoot(),
			"--inh-caps=-al cmd",
			'1 error[CAPABILITY_UNKNOWN] setpriv, --inh-caps: "al" is no capability; did you mean "all"?',
		],
		["an unknown option", dockerRoot(), "--caps=-all cmd", '1 error[USAGE] setpriv: there is no option "--caps"'],
		[
			"a prefix that libcap has",
			dockerRoot(),
			"--bounding-set=-cap_sys_admin cmd",
			'1 error[CAPABILITY_UNKNOWN] setpriv, --bounding-set: "cap_sys_admin" is no capability; did you mean "sys_admin"?',
		],
		...["--ambient-caps", "--inh-caps"].map((option): [string, FakeProcess, string, string] => [
			`large letters in ${option}`,
			dockerRoot(),
			`${option}=-ALL cmd`,
			`1 error[CAPABILITY_UNKNOWN] setpriv, ${option}: "ALL" is no capability; did you mean "all"?`,
		]),
		[
			"large letters",
			dockerRoot(),
			"--bounding-set=-ALL cmd",
			'1 error[CAPABILITY_UNKNOWN] setpriv, --bounding-set: "ALL" is no capability; did you mean "all"?',
		],
		[
			"a hole in a list",
			dockerRoot(),
			"--bounding-set=-all,,+chown cmd",
			'1 error[USAGE] setpriv, --bounding-set: "" begins neither with + nor with -',
		],
		[
			"securebits as a number",
			dockerRoot(),
			"--securebits 15 cmd",
			'1 error[CONFIG_INVALID_VALUE] setpriv, --securebits: "15" begins neither with + nor with -',
		],
		[
			"a securebit that exec clears",
			dockerRoot(),
			"--securebits=+keep_caps cmd",
			"1 error[CONFIG_INVALID_VALUE] setpriv, --securebits: keep_caps is cleared by every exec, so that it cannot be handed on",
		],
		[
			"a securebit set and cleared",
			dockerRoot(),
			"--securebits=+noroot,-noroot cmd",
			"1 error[CONFIG_INVALID_VALUE] setpriv, --securebits: noroot is both set and cleared",
		],
		[
			"securebits that are taken back",
			dockerRoot(),
			"--securebits=+noroot,-all cmd",
			"1 error[CONFIG_INVALID_VALUE] setpriv, --securebits: -all takes back what stands before it",
		],
		[
			"a signal's number",
			dockerRoot(),
			"--pdeathsig 15 cmd",
			'1 error[CONFIG_INVALID_VALUE] setpriv, --pdeathsig: "15" is no name of a signal',
		],
		[
			"an ambient capability that is not inheritable",
			dockerRoot(),
			`--ambient-caps +net_bind_service --reuid=1 ${clear}`,
			"127 error[CAPABILITY_MISSING] setpriv, --ambient-caps: NET_BIND_SERVICE cannot become ambient: it is not inheritable",
		],
		[
			"an ambient capability that is not permitted",
			u1000,
			"--inh-caps=+chown cmd",
			"127 error[CAPABILITY_MISSING] setpriv, --inh-caps: CHOWN cannot become inheritable: it is not permitted, and SETPCAP is not held",
		],
		[
			"an inheritable capability that the bounding set loses",
			dockerRoot(),
			"--inh-caps=+chown --bounding-set=-chown cmd",
			"127 error[CAPABILITY_MISSING] setpriv, --inh-caps: CHOWN cannot become inheritable: the bounding set does not have it",
		],
		[
			"a bounding set that cannot shrink, and would be of use",
			setid,
			`--reuid=1 --bounding-set=-all ${clear}`,
			"127 error[CAPABILITY_MISSING] setpriv, --bounding-set: the bounding set keeps SETGID,SETUID, which a set-user-ID program would get: SETPCAP is not held",
		],
		[
			"the same of a user",
			u1000,
			"--bounding-set=-all cmd",
			"127 error[CAPABILITY_MISSING] setpriv, --bounding-set: the bounding set keeps CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,NET_BIND_SERVICE,NET_RAW,SYS_CHROOT,MKNOD,AUDIT_WRITE,SETFCAP, which a set-user-ID program would get: SETPCAP is not held",
		],
		[
			"securebits without SETPCAP, also where they are as wanted",
			setid,
			"--securebits=-noroot cmd",
			"127 error[CAPABILITY_MISSING] setpriv, --securebits: securebits take SETPCAP, not held",
		],
		[
			"securebits without SETPCAP",
			setid,
			"--securebits=+noroot cmd",
			"127 error[CAPABILITY_MISSING] setpriv, --securebits: securebits take SETPCAP, not held",
		],
		[
			"a locked securebit",
			dockerRoot({ securebits: 3 }),
			"--securebits=-noroot cmd",
			"127 error[CAPABILITY_MISSING] setpriv, --securebits: noroot cannot change: what is locked stays",
		],
		[
			"groups without SETGID",
			u1000,
			"--reuid=1000 --regid=1000 --clear-groups cmd",
			"127 error[CAPABILITY_MISSING] setpriv, groups: a list of groups takes SETGID, not held",
		],
		[
			"another user without SETUID",
			u1000,
			"--reuid=0 cmd",
			"127 error[CAPABILITY_MISSING] setpriv, --reuid: another uid takes SETUID, not held",
		],
		["a program that is nowhere", dockerRoot(), "--nnp nothing", "127 error[COMMAND_NOT_FOUND] setpriv: "],
	])("%s", async (_, start, line, expected) => {
		const ended = await state(start, line);
		expect(ended.slice(0, expected.length)).toBe(expected);
	});
});

describe("setpriv believes no account file more than it has to", () => {
	it("rule 3.2: digits are an id, and no login name", async () => {
		expect(await state(dockerRoot(), "--reuid=1234 --regid=1234 --clear-groups cmd")).toMatch(/^u=1234 g=1234 /);
		expect(await state(dockerRoot(), "--reuid=1000 --regid=1000 --clear-groups cmd")).toMatch(/^u=1000 g=1000 /);
	});

	it("needs none for numbers", async () => {
		const { state: found } = await run(dockerRoot(), ["--reuid=7", "--regid=7", "--groups=8", "cmd"], {
			files: { "/etc/passwd": { kind: "directory", mode: 0o700 } },
		});
		expect(found?.uids).toEqual([7, 7, 7]);
	});
});

describe("--reset-env", () => {
	const reset = async (start: FakeProcess, ...words: string[]) =>
		(await run(start, ["--reset-env", ...words, "cmd"], { environment: ["PATH=/bin", "TERM=xterm", "LD_PRELOAD=/x", "A="] })).environment;

	it("keeps the terminal alone, and has the user's own else", async () => {
		expect(await reset(dockerRoot(), "--reuid=app", "--regid=app", "--init-groups")).toEqual([
			"TERM=xterm",
			"SHELL=/bin/bash",
			"HOME=/home/app",
			"USER=app",
			"LOGNAME=app",
			"PATH=/usr/local/bin:/bin:/usr/bin",
		]);
	});

	it("is of who stays, and of the name that is written", async () => {
		expect((await reset(dockerRoot()))?.slice(2)).toEqual([
			"HOME=/root",
			"USER=root",
			"LOGNAME=root",
			"PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin",
		]);
		expect((await reset(dockerRoot(), "--reuid=toor"))?.slice(1, 4)).toEqual(["SHELL=/bin/sh", "HOME=/toor", "USER=toor"]);
		expect((await reset(dockerRoot(), "--reuid=1003", "--regid=1", "--clear-groups"))?.slice(1, 4)).toEqual([
			"SHELL=/bin/sh",
			"HOME=/",
			"USER=bare",
		]);
	});
});

it("keeps the whole environment else, and the words of the program", async () => {
	const { environment, kernel } = await run(dockerRoot(), ["--nnp", "cmd", "-d", "--help"]);
	expect(environment).toEqual(["PATH=/bin", "HOME=/root", "FOO=bar"]);
	expect(kernel.workload?.argv).toEqual(["cmd", "-d", "--help"]);
});

describe("--pdeathsig", () => {
	it.each<[string, number, number]>([
		["TERM", 0, 15],
		["sigkill", 0, 9],
		["RTMIN+2", 0, 36],
		["rtmax-0", 0, 64],
		["POLL", 0, 29],
		["keep", 15, 15],
		["clear", 15, 0],
	])("%s survives the change of the uid", async (signal, before, after) => {
		const words = [`--pdeathsig=${signal}`, "--reuid=1", "--regid=1", "--clear-groups", "cmd"];
		expect((await run(dockerRoot({ parentDeathSignal: before }), words)).state?.parentDeathSignal).toBe(after);
	});
});
