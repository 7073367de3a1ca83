import { describe, expect, it } from "vitest";
import { capabilityAt } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import type { Config } from "../../../src/config/config.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import type { Diagnostic, Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

function parse(text: string, environment: Readonly<Record<string, string>> = {}): Promise<Config> {
	return parseConfig(text, "f.yaml", { reads, environment: new Map(Object.entries(environment)), loadSteps });
}

/** Where, code and message of each problem. */
async function problems(text: string, environment?: Readonly<Record<string, string>>): Promise<readonly string[]> {
	const failure: unknown = await parse(text, environment).then(
		() => undefined,
		(error: unknown) => error,
	);
	return (failure as Failure).diagnostics.map(({ where, code, message }: Diagnostic) => `${where} ${code} ${message}`);
}

const smallest: Config = {
	command: { default: [], prependIf: [], setupOnlyFor: undefined, skipSetupIf: [] },
	user: "app",
	groups: { fromUser: undefined, keepRuntime: true, add: [], fromPath: [], allowRootGroup: false },
	home: "auto",
	workdir: undefined,
	env: { set: {}, default: {}, fromFile: [], unset: [], clear: false },
	setup: [],
	capabilities: { form: "keep", keep: [], keepIfPresent: [] },
	noNewPrivileges: true,
	securebits: 0xc3,
	stdio: "auto",
	fds: "listen",
	whenUnprivileged: "adapt",
	rows: {
		limits: [],
		oom_score_adj: undefined,
		nice: undefined,
		umask: undefined,
		session_keyring: "keep",
		parent_death_signal: undefined,
	},
};

describe("a good configuration", () => {
	it("of one line has every default", async () => {
		expect(await parse("user: app\n")).toEqual(smallest);
	});

	it("may be empty", async () => {
		expect(await parse("")).toEqual({ ...smallest, user: undefined });
	});

	it("has every key", async () => {
		const text = `
command: {default: [redis-server], prepend_if: ["-*", "*.conf"], setup_only_for: redis-server, skip_setup_if: --help}
user: 1000
groups: {from_user: false, keep_runtime: false, add: [video, 44], from_path: /dev/dri/*, allow_root_group: true}
home: /srv
workdir: ./data
umask: {if_default: "0077"}
env: {set: {A: 1}, default: {B: c}, from_file: PASSWORD, unset: [DB_*], clear: true}
limits: {nofile: 65536, core: 0, memlock: unlimited, nproc: "10:20"}
capabilities: {keep: [net_raw], keep_if_present: CAP_SYS_NICE}
no_new_privileges: false
securebits: [noroot, noroot_locked, exec_restrict_file]
stdio: keep
fds: inherit
when_unprivileged: fail
nice: -5
oom_score_adj: 1000
session_keyring: new
parent_death_signal: SIGTERM
apparmor: app-profile
selinux: {type: app_t, level: "s0:c1,c2"}
`;
		expect(await parse(text)).toEqual({
			command: { default: ["redis-server"], prependIf: ["-*", "*.conf"], setupOnlyFor: ["redis-server"], skipSetupIf: ["--help"] },
			user: "1000",
			groups: { fromUser: false, keepRuntime: false, add: ["video", "44"], fromPath: ["/dev/dri/*"], allowRootGroup: true },
			home: { path: "/srv" },
			workdir: "./data",
			env: { set: { A: "1" }, default: { B: "c" }, fromFile: ["PASSWORD"], unset: ["DB_*"], clear: true },
			setup: [],
			capabilities: { form: "keep", keep: [capabilityAt(13)], keepIfPresent: [capabilityAt(23)] },
			noNewPrivileges: false,
			securebits: 0x103,
			stdio: "keep",
			fds: "inherit",
			whenUnprivileged: "fail",
			rows: {
				umask: { mask: 0o077, onlyIfDefault: true },
				limits: [
					{ name: "nofile", resource: 7, soft: 65_536n, hard: 65_536n },
					{ name: "core", resource: 4, soft: 0n, hard: 0n },
					{ name: "memlock", resource: 8, soft: undefined, hard: undefined },
					{ name: "nproc", resource: 6, soft: 10n, hard: 20n },
				],
				nice: -5,
				oom_score_adj: 1000,
				session_keyring: "new",
				parent_death_signal: 15,
				apparmor: "app-profile",
				selinux: { user: undefined, role: undefined, type: "app_t", level: "s0:c1,c2" },
			},
		} satisfies Config);
	});

	it.each([
		["keep: ALL", { form: "drop", drop: [] }],
		["keep: [all], drop: [SYS_ADMIN]", { form: "drop", drop: [capabilityAt(21)] }],
		[
			"sets: {permitted: [KILL], inheritable: KILL, ambient: [KILL]}",
			{
				form: "sets",
				sets: {
					bounding: CapabilitySet.empty,
					permitted: CapabilitySet.of("KILL"),
					effective: CapabilitySet.empty,
					inheritable: CapabilitySet.of("KILL"),
					ambient: CapabilitySet.of("KILL"),
				},
			},
		],
	])("says capabilities in the form {%s}", async (written, expected) => {
		expect((await parse(`capabilities: {${written}}`)).capabilities).toEqual(expected);
	});

	it("has steps with what every step can have", async () => {
		const text = `
setup:
  - own: /data
  - name: first
    when: {env: {MODE: a}, unset: SKIP, exists: /x, command: [nginx], held: chown}
    on_error: warn
    mkdir: {path: [/a, /b], mode: 03775}
`;
		expect((await parse(text)).setup).toEqual([
			{
				kind: "own",
				name: undefined,
				when: undefined,
				onError: "fail",
				config: expect.objectContaining({ path: ["/data"], owner: "target", group: "target", policy: "mismatched" }),
			},
			{
				kind: "mkdir",
				name: "first",
				when: { env: [{ name: "MODE", value: "a" }], unset: ["SKIP"], exists: "/x", command: ["nginx"], held: 0 },
				onError: "warn",
				config: { path: ["/a", "/b"], mode: 0o3775, owner: "target", group: "target", parents_mode: 0o755 },
			},
		]);
	});
});

describe("a bad configuration", () => {
	it.each([
		["usr: app", 'f.yaml:1:1 usr CONFIG_UNKNOWN_KEY unknown key; did you mean "user"?'],
		["user: app\nsandbox: none", "f.yaml:2:1 sandbox CONFIG_UNKNOWN_KEY unknown key"],
		["sandbox: none", "f.yaml:1:1 CONFIG_UNKNOWN_KEY unknown keys alone"],
		["user: app\ntoString: 1", 'f.yaml:2:1 toString CONFIG_UNKNOWN_KEY "toString" cannot be a key'],
		["user: app\n__proto__: {user: root}", 'f.yaml:2:1 __proto__ CONFIG_UNKNOWN_KEY "__proto__" cannot be a key'],
		["user: [app]", "f.yaml:1:7 user CONFIG_INVALID_VALUE expected one value as text, and this is a list"],
		["user: ''", "f.yaml:1:7 user CONFIG_INVALID_VALUE expected text, not nothing"],
		["- user", "f.yaml:1:1 CONFIG_INVALID_VALUE expected a mapping of keys, such as user: app"],
		[
			"workdir: data",
			"f.yaml:1:10 workdir CONFIG_INVALID_VALUE expected an absolute path, or one from where the container starts: . or ./x",
		],
		["umask: 0999", 'f.yaml:1:8 umask CONFIG_INVALID_VALUE expected a mask in octal, such as "0027", or {if_default: "0077"}'],
		["nice: 20", "f.yaml:1:7 nice CONFIG_INVALID_VALUE expected an integer from -20 to 19"],
		["nice: 1e1", "f.yaml:1:7 nice CONFIG_INVALID_VALUE expected an integer from -20 to 19"],
		["limits: {nofiles: 1}", 'f.yaml:1:10 limits.nofiles CONFIG_UNKNOWN_KEY "nofiles" is not a limit; did you mean "nofile"?'],
		[
			"limits: {nofile: '20:10'}",
			"f.yaml:1:18 limits.nofile CONFIG_INVALID_VALUE the soft limit 20 exceeds the hard limit 10: the soft one stands first",
		],
		[
			"capabilities: {keep: NET_RAWW}",
			'f.yaml:1:22 capabilities.keep CAPABILITY_UNKNOWN "NET_RAWW" is not a capability; did you mean "NET_RAW"?',
		],
		[
			"capabilities: {drop: [KILL]}",
			"f.yaml:1:15 capabilities CONFIG_CONFLICT drop goes with keep: ALL only; without it, everything that is not kept is dropped",
		],
		["capabilities: {sets: {effective: [KILL]}}", "f.yaml:1:15 capabilities CONFIG_CONFLICT effective holds KILL, which permitted lacks"],
		[
			"capabilities: {keep: [KILL], sets: {}}",
			"f.yaml:1:15 capabilities CONFIG_CONFLICT sets stands alone: it cannot be combined with keep, keep_if_present or drop",
		],
		[
			"securebits: off",
			"f.yaml:1:13 securebits CONFIG_INVALID_VALUE expected locked, none, or a list of locked, noroot, noroot_locked, no_setuid_fixup, no_setuid_fixup_locked, keep_caps, keep_caps_locked, no_cap_ambient_raise, no_cap_ambient_raise_locked, exec_restrict_file, exec_restrict_file_locked, exec_deny_interactive, exec_deny_interactive_locked",
		],
		[
			"setup: [{own: /a, mkdir: /b}]",
			"f.yaml:1:19 setup[0].mkdir CONFIG_UNKNOWN_KEY an entry holds one step; write the second as an entry of its own",
		],
		["setup: [{name: x}]", "f.yaml:1:9 setup[0] CONFIG_INVALID_VALUE expected a step, such as own: /data"],
		["setup: [{own: {path: /a, polcy: off}}]", 'f.yaml:1:26 setup[0].own.polcy CONFIG_UNKNOWN_KEY unknown key; did you mean "policy"?'],
		["setup: [{mkdir: {mode: 0755}}]", "f.yaml:1:17 setup[0].mkdir.path CONFIG_MISSING_KEY this key is required"],
		["user: $NAME", "f.yaml:1:7 user INTERPOLATION_SYNTAX write ${NAME} for a variable, $$ for a dollar sign"],
		["user: ${NAME", "f.yaml:1:7 user INTERPOLATION_SYNTAX ${ without its }"],
		[
			"env: {default: {PORT: 80}, set: {URL: '${PORT}'}}",
			"f.yaml:1:39 env.set.URL INTERPOLATION_UNSET the variable PORT is not set; what env.default gives it reaches programs alone, and ${PORT} is the start's: write the value here too, or let a program read the variable",
		],
		[
			"env: {from_file: [DB], default: {DB: x}}\nhome: ${DB:?say which}",
			"f.yaml:2:7 home INTERPOLATION_UNSET say which; what env.from_file gives it reaches programs alone, and ${DB} is the start's: write the value here too, or let a program read the variable",
		],
		["env: {set: {PORT: '1${PORT}'}}", "f.yaml:1:19 env.set.PORT INTERPOLATION_UNSET the variable PORT is not set"],
		["user: ${NAME:?who shall it be}", "f.yaml:1:7 user INTERPOLATION_UNSET who shall it be"],
		[
			"env: {from_file: ['GF_*']}",
			"f.yaml:1:19 env.from_file[0] CONFIG_INVALID_VALUE expected the name of a variable; no pattern is looked up here",
		],
		[
			"setup: [{mkdir: /a, when: {env: 'GF_?'}}]",
			"f.yaml:1:33 setup[0].when.env CONFIG_INVALID_VALUE expected the name of a variable, or NAME: value",
		],
		["user: ${@cpu}", 'f.yaml:1:7 user INTERPOLATION_SYNTAX @"cpu" is not a fact; did you mean "cpus"?'],
		["user: app\nuser: root", 'f.yaml:2:1 CONFIG_DUPLICATE_KEY the key "user" is written twice'],
	])("%s", async (text, expected) => {
		const found = await problems(text);
		expect(found).toHaveLength(1);
		expect(found[0]).toContain(expected);
	});

	it("has all its problems reported, in the order of the file", async () => {
		expect((await problems("nice: 99\nfoo: 1\nstdio: x\n")).map((each) => each.slice(0, 10))).toEqual([
			"f.yaml:1:7",
			"f.yaml:2:1",
			"f.yaml:3:8",
		]);
	});

	it("shows sixty of sixty", async () => {
		const keys = Array.from({ length: 60 }, (_, index) => `nokey${index}: 1\n`);
		expect(await problems(`user: app\n${keys.join("")}`)).toHaveLength(60);
	});
});

describe("interpolation", () => {
	it("fills numbers and booleans as strictly as if they were written", async () => {
		const text = "nice: ${NICE}\nno_new_privileges: ${NNP}\numask: ${MASK}\n";
		expect(await parse(text, { NICE: "7", NNP: "false", MASK: "0027" })).toMatchObject({
			noNewPrivileges: false,
			rows: { nice: 7, umask: { mask: 0o027 } },
		});
		expect(await problems(text, { NICE: "7.0", NNP: "no", MASK: "9" })).toHaveLength(3);
	});

	it("never becomes a key or a structure", async () => {
		expect((await parse("env: {set: {A: '${X}'}}", { X: "}, user: root" })).env.set).toEqual({ A: "}, user: root" });
	});

	it("knows facts", async () => {
		expect((await parse("env: {set: {A: '${@uid}:${@hostname}'}}")).env.set).toEqual({ A: "0:box" });
	});
});
