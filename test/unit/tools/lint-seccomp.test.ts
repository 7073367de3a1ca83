import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { dockerDefault } from "../../../src/confine/seccomp/docker-default.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads, YamlNode } from "../../../src/sys/native.ts";
import { type Finding, lint } from "../../../src/tools/check/lint/findings.ts";
import { rules } from "../../../src/tools/check/lint/rules.ts";
import { renderSarif } from "../../../src/tools/check/lint/sarif.ts";
import { configuredFilter } from "../../../src/tools/seccomp/configured.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6.1", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;
const machine = { machine: "x86_64", kernel: [6, 1] } as const;

/** A profile that refuses what is not named; a rule is a line. */
function allowList(...rules: readonly object[]): string {
	const written = rules.map((rule) => JSON.stringify({ action: "SCMP_ACT_ALLOW", ...rule }));
	return `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [\n${written.join(",\n")}\n]}\n`;
}

/** A profile that allows what is not named; a rule is a line. */
function denyList(...rules: readonly object[]): string {
	const written = rules.map((rule) => JSON.stringify({ action: "SCMP_ACT_ERRNO", ...rule }));
	return `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [\n${written.join(",\n")}\n]}\n`;
}

async function findingsIn(text: string, profile = ""): Promise<Finding[]> {
	const config = await parseConfig(text, "f.yaml", { reads, environment: new Map(), loadSteps });
	const seccomp = configuredFilter(config, machine, (path) => ({ file: path, text: profile }));
	const source = { file: "f.yaml", lines: text.split("\n") };
	const given = config.command.default.length > 0 ? undefined : ["/app"];
	return lint({ config, given, root: parseYaml(text) as YamlNode, reads, image: undefined, seccomp }, source);
}

const told = (findings: readonly Finding[]) =>
	findings.map(({ code, file, line, column, key }) => `${code} ${file}:${line}:${column} ${key}`.trimEnd());

const minimal = { names: ["execve", "write", "exit_group", "read"] };
const own = "seccomp: /p.json";
const docker = "seccomp: docker-default";
const changed = (changes: string) => `seccomp: {profile: docker-default, ${changes}}`;

/** Each with what it finds, and a file and a profile like it in which there is nothing to find. */
const cases: readonly (readonly [what: string, bad: [string, string?], found: readonly string[], good: [string, string?]])[] = [
	["no filter at all", ["user: app"], [], [docker]],
	[
		"a name that nobody knows",
		[own, allowList(minimal, { names: ["mmap", "mmpa"] })],
		["LINT_SECCOMP_UNKNOWN_CALL /p.json:3:44 syscalls[1].names[1]"],
		[own, allowList(minimal, { names: ["mmap", "swapcontext"] })],
	],
	[
		"conditions that are never asked",
		[own, allowList(minimal, { names: ["ioctl"] }, { names: ["ioctl", "fcntl"], args: [{ index: 1, value: 5, op: "SCMP_CMP_EQ" }] })],
		["LINT_SECCOMP_SHADOWED /p.json:4:1 syscalls[2]"],
		[
			own,
			allowList(
				minimal,
				{ names: ["ioctl"], includes: { minKernel: "99.0" } },
				{ names: ["ioctl"], args: [{ index: 1, value: 5, op: "SCMP_CMP_EQ" }] },
			),
		],
	],
	[
		"a newer call that programs do not do without at EPERM",
		[own, allowList(minimal, { names: ["clone", "newfstatat", "faccessat2"] })],
		["LINT_SECCOMP_FALLBACK f.yaml:1:10 seccomp"],
		[
			own,
			allowList(
				minimal,
				{ names: ["clone", "newfstatat", "faccessat2"] },
				{ names: ["statx", "clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
			),
		],
	],
	[
		"a newer call that is refused in a profile that allows the rest",
		[`${own}\nuser: app`, denyList({ names: ["clone3"], errnoRet: 1 })],
		["LINT_SECCOMP_OPEN f.yaml:1:10 seccomp", "LINT_SECCOMP_FALLBACK f.yaml:1:10 seccomp"],
		["seccomp: {profile: docker-default, deny: [clone3, statx, faccessat2]}"],
	],
	[
		"a call that is denied where another does the same",
		[changed("deny: [keyctl, chmod, fchmod]")],
		["LINT_SECCOMP_OTHER_WAY f.yaml:1:51 seccomp.deny[1]"],
		[changed("deny: [chmod, fchmod, fchmodat, fchmodat2]")],
	],
	[
		"a call that only programs for other architectures still have under another name",
		[changed("deny: [setgroups]")],
		["LINT_SECCOMP_OTHER_WAY f.yaml:1:43 seccomp.deny[0]"],
		[changed("deny: [setgroups], architectures: [native]")],
	],
	[
		"what a queue does in place of a call",
		[changed("deny: [socket], allow: [io_uring]")],
		["LINT_SECCOMP_OTHER_WAY f.yaml:1:43 seccomp.deny[0]"],
		[changed("deny: [socket]")],
	],
	[
		"rules of a deny list that do not know the newer names",
		[own, denyList({ names: ["keyctl"] }, { names: ["chmod", "fchmod", "fchmodat"] })],
		["LINT_SECCOMP_OPEN f.yaml:1:10 seccomp", "LINT_SECCOMP_OTHER_WAY /p.json:3:1 syscalls[1]"],
		["seccomp: {profile: /p.json, action: errno, allow: [execve, write, exit_group]}", denyList({ names: ["chmod"] })],
	],
	[
		"two rules of which the first decides",
		[own, allowList(minimal, { names: ["dup", "pause"] }, { names: ["pause", "dup", "sync"], action: "SCMP_ACT_ERRNO", errnoRet: 38 })],
		["LINT_SECCOMP_TWO_RULES /p.json:4:1 syscalls[2]"],
		[
			`${own}\ncapabilities: {keep: [KILL]}`,
			allowList(
				minimal,
				{ names: ["pause"], includes: { caps: ["CAP_KILL"] } },
				{ names: ["pause"], excludes: { caps: ["CAP_KILL"] }, action: "SCMP_ACT_ERRNO", errnoRet: 38 },
			),
		],
	],
	[
		"two rules of which the first is the default, and no rule",
		[own, allowList(minimal, { names: ["pause"], action: "SCMP_ACT_ERRNO" }, { names: ["pause"] })],
		["LINT_SECCOMP_TWO_RULES /p.json:3:1 syscalls[1]"],
		[
			"seccomp: {profile: /p.json, deny: [pause]}",
			allowList(minimal, { names: ["pause"], action: "SCMP_ACT_ERRNO" }, { names: ["pause"] }),
		],
	],
	[
		"an argument that is compared twice",
		[
			own,
			allowList(minimal, {
				names: ["socket"],
				args: [
					{ index: 0, value: 1, op: "SCMP_CMP_GE" },
					{ index: 0, value: 2, op: "SCMP_CMP_LE" },
				],
			}),
		],
		["LINT_SECCOMP_SAME_ARGUMENT /p.json:3:1 syscalls[1]"],
		[
			own,
			allowList(minimal, {
				names: ["socket"],
				args: [
					{ index: 0, value: 1, op: "SCMP_CMP_GE" },
					{ index: 1, value: 2, op: "SCMP_CMP_LE" },
				],
			}),
		],
	],
	[
		"an errno that tells a lie",
		[own, allowList(minimal, { names: ["chown"], action: "SCMP_ACT_ERRNO", errnoRet: 0 })],
		["LINT_SECCOMP_ERRNO_ZERO /p.json:3:1 syscalls[1]"],
		[own, allowList(minimal, { names: ["chown"], action: "SCMP_ACT_ERRNO", errnoRet: 38 })],
	],
	[
		"a default that tells a lie",
		[own, '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 0, "syscalls": [{"name": "execve", "action": "SCMP_ACT_ALLOW"}]}'],
		["LINT_SECCOMP_OWN_CALLS f.yaml:1:10 seccomp", "LINT_SECCOMP_ERRNO_ZERO f.yaml:1:10 seccomp"],
		[own, allowList(minimal)],
	],
	[
		"a profile that refuses nothing",
		[own, '{"defaultAction": "SCMP_ACT_ALLOW"}'],
		["LINT_SECCOMP_OPEN f.yaml:1:10 seccomp"],
		["seccomp: {profile: /p.json, action: errno, allow: [execve, write, exit_group]}", '{"defaultAction": "SCMP_ACT_ALLOW"}'],
	],
	[
		"a profile that only names what is refused",
		[own, '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "ptrace", "action": "SCMP_ACT_ERRNO"}]}'],
		["LINT_SECCOMP_OPEN f.yaml:1:10 seccomp"],
		[own, allowList(minimal)],
	],
	["an action that refuses nothing", [changed("action: log")], ["LINT_SECCOMP_OPEN f.yaml:1:44 seccomp.action"], [changed("action: kill")]],
	[
		"rules for what is not kept",
		[`${own}\ncapabilities: {keep: [KILL]}`, allowList(minimal, { names: ["chroot"], includes: { caps: ["CAP_SYS_CHROOT"] } })],
		["LINT_SECCOMP_UNMET f.yaml:1:10 seccomp"],
		[`${own}\ncapabilities: {keep: [SYS_CHROOT]}`, allowList(minimal, { names: ["chroot"], includes: { caps: ["CAP_SYS_CHROOT"] } })],
	],
	[
		"calls that hardly a program does without",
		[own, allowList({ names: ["execve"] })],
		["LINT_SECCOMP_OWN_CALLS f.yaml:1:10 seccomp"],
		["seccomp: {profile: /p.json, allow: [write, exit_group]}", allowList({ names: ["execve"] })],
	],
	[
		"a filter behind which nothing starts",
		[own, allowList({ names: ["write", "exit_group"] })],
		["LINT_SECCOMP_EXEC f.yaml:1:10 seccomp"],
		[own, allowList(minimal)],
	],
	[
		"the call that starts the command, denied",
		[changed("deny: [ptrace, execve]")],
		["LINT_SECCOMP_EXEC f.yaml:1:51 seccomp.deny[1]"],
		[changed("deny: [ptrace, execveat]")],
	],
	[
		"what is allowed in any case",
		[changed("allow: [keyctl, read]")],
		["LINT_SECCOMP_IDLE_ALLOW f.yaml:1:52 seccomp.allow[1]"],
		[changed("allow: [keyctl, socket]")],
	],
	[
		"what is allowed and denied",
		[changed("allow: [perf], deny: perf_event_open")],
		["LINT_SECCOMP_IDLE_ALLOW f.yaml:1:44 seccomp.allow[0]"],
		[changed("allow: [perf]")],
	],
	[
		"an exception that a kept capability makes idle",
		[`${changed("allow: [numa]")}\ncapabilities: {keep: [SYS_NICE]}`],
		["LINT_SECCOMP_IDLE_ALLOW f.yaml:1:44 seccomp.allow[0]"],
		[changed("allow: [numa]")],
	],
	...(
		[
			["chromium", "browser", "[/usr/bin/chromium, --headless]"],
			["a browser below xvfb-run", "browser", "[xvfb-run, google-chrome-stable]"],
			["bubblewrap", "bwrap", "[bwrap, --ro-bind, /, /, sh]"],
			["perf", "perf", "[perf, record]"],
			["a database with io_uring", "io_uring", "[postgres, -c, io_method=io_uring]"],
			["numactl", "numa", "[numactl, --interleave=all, mongod]"],
			["a debugger", "personality", "[gdb, --args, /srv/app]"],
			["addresses that are not randomised", "personality", "[/usr/bin/setarch, x86_64, -R, /srv/app]"],
		] as const
	).map(
		([what, exception, command]) =>
			[
				`${what}, which needs what docker-default refuses`,
				[`command: {default: ${command}}\n${docker}`],
				[expect.stringMatching(/^LINT_SECCOMP_COMMAND f\.yaml:1:\d+ command\.default\[\d\]$/) as unknown as string],
				[`command: {default: ${command}}\n${changed(`allow: [${exception}]`)}`],
			] as const satisfies (typeof cases)[number],
	),
	[
		"a browser with its sandbox",
		[`command: {default: [firefox]}\n${docker}`],
		["LINT_SECCOMP_COMMAND f.yaml:1:21 command.default[0]"],
		[`command: {default: [chromium, --no-sandbox]}\n${docker}`],
	],
	[
		"a persona that is more than an architecture",
		["command: {default: [linux32, --addr-compat-layout, /srv/app]}\nseccomp: docker-default"],
		["LINT_SECCOMP_COMMAND f.yaml:1:21 command.default[0]"],
		["command: {default: [linux32, /srv/app]}\nseccomp: docker-default"],
	],
	[
		"the call by which containers were left, opened by a capability",
		[`${docker}\ncapabilities: {keep: [DAC_READ_SEARCH]}`],
		["LINT_DANGEROUS_CAPABILITY f.yaml:2:23 capabilities.keep[0]"],
		[`${changed("deny: [open_by_handle_at]")}\ncapabilities: {keep: [DAC_READ_SEARCH]}`],
	],
	[
		"modules, with one of two ways closed",
		[`${changed("deny: [init_module]")}\ncapabilities: {keep: [SYS_MODULE]}`],
		["LINT_SECCOMP_OTHER_WAY f.yaml:1:43 seccomp.deny[0]", "LINT_DANGEROUS_CAPABILITY f.yaml:2:23 capabilities.keep[0]"],
		[`${changed("deny: [init_module, finit_module]")}\ncapabilities: {keep: [SYS_MODULE]}`],
	],
];

describe("check of a seccomp filter", () => {
	it.each([
		["[brave, x]", "browser"],
		["[/usr/bin/vivaldi-stable]", "browser"],
		["[sh, -c, 'exec chromium --headless']", "browser"],
		["[bash, -ec, 'cd /x && exec /usr/bin/msedge']", "browser"],
		["[sh, -c, 'exec chromium --no-sandbox']", undefined],
		["[sh, -c, 'echo chromium']", undefined],
		["[nice, podman, run, x]", "bwrap"],
	])("knows what %s needs: %s", async (words, exception) => {
		const found = await findingsIn(`${docker}\ncommand: {default: ${words}}`);
		expect(found.map(({ code, remedy }) => [code, remedy[0]])).toEqual(
			exception === undefined
				? []
				: [
						[
							"LINT_SECCOMP_COMMAND",
							`seccomp: {profile: docker-default, allow: [${exception}]}; explain ${exception} says what that opens`,
						],
					],
		);
	});

	it.each([
		["bpftrace", "BPF, PERFMON"],
		["systemd-nspawn", "SYS_ADMIN"],
	])("of %s, which needs capabilities, says that these open it", async (program, keep) => {
		const found = async (more: string) =>
			(await findingsIn(`${docker}\ncommand: {default: [${program}]}${more}`)).flatMap(({ code, remedy }) =>
				code === "LINT_SECCOMP_COMMAND" ? remedy : [],
			);
		expect([await found(""), await found(`\ncapabilities: {keep: [${keep}]}`)]).toEqual([
			[`capabilities: {keep: [${keep}]}, which it takes anyhow and which opens them`],
			[],
		]);
	});

	it("of a capability that is kept without a filter says which filter closes it", async () => {
		const remedies = async (name: string) => (await findingsIn(`capabilities: {keep: [${name}]}`)).map(({ remedy }) => remedy[1]);
		expect([await remedies("DAC_READ_SEARCH"), await remedies("DAC_OVERRIDE")]).toEqual([
			["or closed by a filter: seccomp: {profile: docker-default, deny: [open_by_handle_at]}"],
			[undefined],
		]);
	});

	it.each(cases)("finds %s", async (_, [text, profile], expected, [good, goodProfile]) => {
		expect(told(await findingsIn(text, profile))).toEqual(expected);
		expect(told(await findingsIn(good, goodProfile))).toEqual([]);
	});

	it("has a case here for each of its rules", () => {
		const tried = cases.flatMap(([, , found]) => found).flatMap((each) => /^LINT_SECCOMP_\w+/.exec(String(each))?.[0] ?? []);
		const all = Object.keys(rules).filter((code) => code.startsWith("LINT_SECCOMP_"));
		// Commands are above, and what is stored in images has its cases in check-seccomp.test.ts.
		const others = ["LINT_SECCOMP_COMMAND", "LINT_SECCOMP_STALE", "LINT_SECCOMP_NOT_STORED", "LINT_SECCOMP_UNREAD"];
		expect([...new Set([...others, ...tried])].sort()).toEqual(all.sort());
	});

	it("says which calls do the same, and what to write", async () => {
		const of = async (changes: string, profile?: string) =>
			(await findingsIn(profile === undefined ? changed(changes) : own, profile)).map(({ message, remedy }) => [message, ...remedy]);
		expect([
			await of("deny: [chmod, fchmod, rename]"),
			await of("deny: [connect], architectures: native"),
			await of("deny: [setgroups]"),
			await of("", allowList(minimal, { names: ["clone", "newfstatat"] }, { names: ["cachestat"] })),
			await of("", allowList(minimal, { names: ["sync"] }, { names: ["sync", "dup"], action: "SCMP_ACT_KILL" })),
		]).toEqual([
			[
				[
					"chmod, fchmod are denied, and fchmodat, fchmodat2, by which the same can be done, are allowed",
					"deny fchmodat, fchmodat2 as well",
				],
				["rename is denied, and renameat, renameat2, by which the same can be done, are allowed", "deny renameat, renameat2 as well"],
			],
			[
				[
					"connect is denied, and sendto, sendmsg, sendmmsg, by which the same can be done, are allowed",
					"deny: [socket] leaves no way to a network; these are what programs send by, too",
				],
			],
			[
				[
					"setgroups is denied, and setgroups32 of programs for other architectures, by which the same can be done, is allowed",
					"architectures: [native]",
				],
			],
			[
				[
					"clone3, statx: refused with another errno than ENOSYS, for which alone programs take clone, newfstatat instead: they fail",
					'seccomp: {profile: /p.json, deny: [clone3, statx]}, by which these get ENOSYS; "errnoRet": 38 in the profile',
				],
			],
			[["sync: another rule without args says something else, and decides: allowed", "take the call out of the one or the other"]],
		]);
	});

	it("says what the filter opens for a capability, without what is denied", async () => {
		const of = async (seccomp: string, keep: string) =>
			(await findingsIn(`${seccomp}\ncapabilities: {keep: [${keep}]}`)).map(({ remedy }) => remedy[1]);
		const closes = (calls: string) => [`what the filter opens for it: ${calls}; seccomp.deny closes those that the workload does without`];
		expect([
			await of(docker, "SYS_PTRACE"),
			await of(changed("deny: [pidfd_getfd]"), "SYS_PTRACE"),
			await of("seccomp: none", "SYS_PTRACE"),
			await of(docker, "DAC_READ_SEARCH"),
		]).toEqual([closes("kcmp, pidfd_getfd, process_madvise"), closes("kcmp, process_madvise"), [undefined], closes("open_by_handle_at")]);
	});

	it("has its places in SARIF, each with its own file", async () => {
		const profile = allowList(minimal, { names: ["mmpa"] });
		const log = JSON.parse(renderSarif(await findingsIn(`user: app\nno_new_privileges: false\n${own}`, profile), "1"));
		type Result = { ruleId: string; locations: [{ physicalLocation: { artifactLocation: { uri: string }; region: object } }] };
		expect(
			log.runs[0].results.map(({ ruleId, locations: [{ physicalLocation }] }: Result) => [
				ruleId,
				physicalLocation.artifactLocation.uri,
				physicalLocation.region,
			]),
		).toEqual([
			["LINT_NEW_PRIVILEGES", "f.yaml", { startLine: 2, startColumn: 20 }],
			["LINT_SECCOMP_UNKNOWN_CALL", "/p.json", { startLine: 3, startColumn: 37 }],
		]);
	});

	it("shows the line of the profile", async () => {
		const [finding] = await findingsIn(own, allowList(minimal, { names: ["epoll_crate"] }));
		expect(finding).toMatchObject({
			severity: "warning",
			message: '"epoll_crate" is no system call that is known here, and is passed over; did you mean "epoll_create"?',
			text: '{"action":"SCMP_ACT_ALLOW","names":["epoll_crate"]}',
		});
	});
});

it("docker-default itself has none of the faults that are looked for in a profile", () => {
	const always = new Set<string>();
	for (const { names, conditions, includes, excludes } of dockerDefault.rules) {
		expect(conditions.length).toBeLessThan(2);
		if (conditions.length === 0 && includes.capabilities.length + excludes.capabilities.length === 0 && includes.minKernel === undefined) {
			for (const name of names) {
				expect(always.has(name)).toBe(false);
				always.add(name);
			}
		}
	}
	const conditional = dockerDefault.rules.filter(({ conditions }) => conditions.length > 0).flatMap(({ names }) => names);
	expect([conditional.filter((name) => always.has(name)), CapabilitySet.empty.isEmpty, always.size > 300]).toEqual([[], true, true]);
});
