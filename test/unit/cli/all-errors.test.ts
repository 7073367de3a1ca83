import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { capDropAll, dockerRoot, FakeKernel, type FakeProcess } from "../../fake/index.ts";

const passwd = "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n";
const group = "root:x:0:\napp:x:1000:\nvideo:x:44:\n";

interface Start {
	readonly args?: readonly string[];
	readonly process?: FakeProcess;
	readonly environment?: readonly string[];
	readonly mode?: "run" | "enter";
	readonly accounts?: string;
}

/** `CODE where: message` of all that is wrong, in the order in which it is told. */
async function errorsOf(config: string, { args = ["--", "true"], process, environment, mode = "run", accounts = passwd }: Start = {}) {
	const { host } = new FakeKernel({
		process: process ?? dockerRoot(),
		files: {
			"/etc/c.yaml": config,
			"/etc/passwd": accounts,
			"/etc/group": group,
			"/bin/true": { mode: 0o755 },
			"/secret": { mode: 0o600, content: "s" },
		},
		environment: ["PATH=/bin", "HOME=/root", ...(environment ?? [])],
		overrides: { parseYaml, getrlimit: () => [1024n, 1024n] },
	});
	try {
		await makePlan(host, parseOptions(["-c", "/etc/c.yaml", ...args]), mode);
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ code, where, message }) => `${code} ${where}: ${message.replaceAll('"', "'")}`);
		}
		throw error;
	}
	return [];
}

const at = (place: string) => `/etc/c.yaml:${place}`;

describe("all that is wrong with a plan", () => {
	it("is told at once, in the order of the file, each at its key", async () => {
		const config = `command: {default: [nothing-like-it]}
env: {from_file: [A, B]}
setup:
- mkdir: {path: /data, owner: reddis, group: reddis}
- name: the certificates
  run: {command: ["true"], user: nobody-here}
- own: /etc
- file: {path: /f, template: /t, vars: [NOPE]}
capabilities: {keep: [SYS_TIME]}
user: app
when_unprivileged: fail
limits: {nofile: 2048, nproc: 2049}
`;
		expect(await errorsOf(config, { args: [], environment: ["A=1", "A_FILE=/secret", "B_FILE=/nowhere"] })).toEqual([
			`COMMAND_NOT_FOUND ${at("1:20")} command.default: 'nothing-like-it' is not in PATH (/bin)`,
			`ENVIRONMENT_INVALID ${at("2:19")} env.from_file[0]: both A and A_FILE are set`,
			`ENVIRONMENT_INVALID ${at("2:22")} env.from_file[1]: B_FILE: '/nowhere' cannot be read: ENOENT: there is no such file`,
			`USER_UNKNOWN ${at("4:31")} setup[0].mkdir.owner: 'reddis' is not in /etc/passwd`,
			`GROUP_UNKNOWN ${at("4:46")} setup[0].mkdir.group: 'reddis' is not in /etc/group`,
			`USER_UNKNOWN ${at("6:34")} setup[1].run.user: 'nobody-here' is not in /etc/passwd`,
			`CONFIG_INVALID_VALUE ${at("7:8")} setup[2].own: own '/etc': the directories of the system are not given away`,
			`ENVIRONMENT_INVALID ${at("8:9")} setup[3].file: file '/f': the variable NOPE is not set`,
			`CAPABILITY_MISSING ${at("9:15")} capabilities: SYS_TIME is to be kept but not held`,
			`LIMIT_REFUSED ${at("12:18")} limits.nofile: nofile 2048 is above the hard limit 1024, and SYS_RESOURCE is not held`,
			`LIMIT_REFUSED ${at("12:31")} limits.nproc: nproc 2049 is above the hard limit 1024, and SYS_RESOURCE is not held`,
		]);
	});

	it("is without what only follows from something else", async () => {
		const config = `user: appp
env: {from_file: [A]}
setup:
- own: {path: /data, group: nothing}
- own: /data
- file: {path: /f, template: /t, vars: [HOME, A]}
- file: {path: /g, content: x, owner: nobody-here}
- run: {command: ["true"], user: target}
- {when: {command: [server]}, mkdir: {path: /x, owner: nobody-here}}
`;
		expect(await errorsOf(config, { environment: ["A_FILE=/secret"] })).toEqual([
			`USER_UNKNOWN ${at("1:7")} user: 'appp' is not in /etc/passwd; did you mean 'app'?`,
			`GROUP_UNKNOWN ${at("4:29")} setup[0].own.group: 'nothing' is not in /etc/group`,
			`USER_UNKNOWN ${at("7:39")} setup[3].file.owner: 'nobody-here' is not in /etc/passwd`,
		]);
	});

	it("has what does not depend on the groups when only those are not known", async () => {
		const config =
			"user: app\ngroups: {add: [vidoe, video, root]}\nsetup:\n- own: {path: /d, policy: unusable, owner: root}\n- own: /etc\n";
		expect(await errorsOf(config)).toEqual([
			`GROUP_UNKNOWN ${at("2:16")} groups.add[0]: 'vidoe' is not in /etc/group; did you mean 'video'?`,
			`CONFIG_CONFLICT ${at("2:30")} groups.add[2]: 'root' is root's group, which needs allow_root_group`,
			`CONFIG_CONFLICT ${at("4:8")} setup[0].own: own: policy unusable is about what the workload's user can use, so the owner is that user`,
			`CONFIG_INVALID_VALUE ${at("5:8")} setup[1].own: own '/etc': the directories of the system are not given away`,
		]);
	});

	it("is without variables that a step which failed would have made", async () => {
		const config = `user: app
setup:
- secret: {path: /run/s, from: {env: TOKEN}, env: TOKEN_PATH}
- file: {path: /f, template: /t, vars: [TOKEN_PATH]}
- mkdir: {path: /d, owner: nobody-here}
`;
		expect((await errorsOf(config)).map((each) => each.slice(0, each.indexOf(":", each.indexOf("setup"))))).toEqual([
			`ENVIRONMENT_INVALID ${at("3:11")} setup[0].secret`,
			`USER_UNKNOWN ${at("5:28")} setup[2].mkdir.owner`,
		]);
	});

	it("names a file that cannot be read once, however often it is asked", async () => {
		const config = "user: app\nsetup:\n- own: {path: /a, owner: app}\n- own: {path: /b, owner: app}\n";
		expect(await errorsOf(config, { accounts: "app:x:-1:1000::/:\n" })).toEqual([
			"PASSWD_MALFORMED /etc/passwd: the entry 'app' has '-1' where an id from 0 to 4294967294 belongs",
		]);
	});

	it("has all that a start lacks", async () => {
		const config = "user: app\ncapabilities: {keep: [SYS_TIME]}\n";
		const told = await errorsOf(config, { process: capDropAll({ bounding: 1n }), args: ["--", "nope"] });
		expect(told.map((each) => each.split(" ").slice(0, 3).join(" "))).toEqual([
			`CAPABILITY_MISSING ${at("1:7")} user:`,
			`CAPABILITY_MISSING ${at("2:15")} capabilities:`,
			"COMMAND_NOT_FOUND command: 'nope'",
		]);
	});

	it("is said to come from the option that it comes from", async () => {
		const args = ["--user=appp", "--group", "vidoe", "--setup", "own: {path: /d, owner: x}", "--setup", "mkdir: {path: /e, group: y}"];
		expect(
			await errorsOf("user: nobody-here\nsetup: [{own: {path: /etc, owner: root, group: root}}]\n", { args: [...args, "--", "nope"] }),
		).toEqual([
			`CONFIG_INVALID_VALUE ${at("2:15")} setup[0].own: own '/etc': the directories of the system are not given away`,
			"USER_UNKNOWN --user: 'appp' is not in /etc/passwd; did you mean 'app'?",
			"GROUP_UNKNOWN --group: 'vidoe' is not in /etc/group; did you mean 'video'?",
			"USER_UNKNOWN --setup own.owner: 'x' is not in /etc/passwd",
			"GROUP_UNKNOWN --setup mkdir.group: 'y' is not in /etc/group",
			"COMMAND_NOT_FOUND command: 'nope' is not in PATH (/bin)",
		]);
	});

	it("has the steps by their numbers in the file for enter too", async () => {
		const config = "user: app\nsetup:\n- own: {path: /d, owner: nobody-here}\n- secret: {path: /run/s, from: {env: TOKEN}}\n";
		expect(await errorsOf(config, { mode: "enter" })).toEqual([
			`ENVIRONMENT_INVALID ${at("4:11")} setup[1].secret: secret: neither TOKEN nor TOKEN_FILE is set`,
		]);
	});

	it("has the mistakes of the file and those of the options", async () => {
		const args = ["--keep=NOPE", "--env", "A", "--setup", "own: data", "--", "true"];
		expect((await errorsOf("usr: app\n", { args })).map((each) => each.split(" ").slice(0, 2).join(" "))).toEqual([
			`CONFIG_UNKNOWN_KEY ${at("1:1")}`,
			"CONFIG_INVALID_VALUE --setup",
		]);
		expect(await errorsOf("user: app\n", { args })).toEqual([
			expect.stringMatching(/^CONFIG_INVALID_VALUE --setup own\.path: /),
			"USAGE undefined: --env 'A': expected NAME=VALUE",
			"CAPABILITY_UNKNOWN undefined: --keep 'NOPE' is not a capability",
		]);
	});

	it("is nothing where nothing is wrong", async () => {
		const config = "user: app\ngroups: {add: [video]}\nsetup: [{own: /data}]\n";
		expect(await errorsOf(config)).toEqual([]);
	});
});

describe("a wrong word of seccomp", () => {
	it("is told with every other, each at its place", async () => {
		const config = `user: app
seccomp:
  profile: docker-default
  allow: [read, chromium, epoll_crate]
  deny:
  - keyctl
  - browser
  architectures: amd64
`;
		expect(await errorsOf(config)).toEqual([
			`CONFIG_INVALID_VALUE ${at("4:17 seccomp.allow[1]")}: unknown call 'chromium'; what such programs need is called 'browser'`,
			`CONFIG_INVALID_VALUE ${at("4:27 seccomp.allow[2]")}: unknown call 'epoll_crate'; did you mean 'epoll_create'?`,
			`CONFIG_INVALID_VALUE ${at("7:5 seccomp.deny[1]")}: unknown call 'browser'`,
			`CONFIG_INVALID_VALUE ${at("8:18 seccomp.architectures")}: unknown architecture 'amd64'; did you mean 'x86_64'?`,
		]);
	});

	it.each([
		["unconfined", "write --seccomp none", "that is no filter of ours: what the runtime sets stays, and is its option"],
		["runtime/default", "write --seccomp docker-default"],
		["file:///etc/x.json", "write --seccomp /etc/x.json"],
		[
			"x.json",
			"the path of a profile is absolute, as the image has it: COPY x.json /etc/x.json in the Dockerfile, and --seccomp /etc/x.json",
		],
		['{"defaultAction": 1}', "a profile is a file by itself: COPY app.json /etc/app.json in the Dockerfile, and --seccomp /etc/app.json"],
	])("as an option, %s, is answered as in a file", async (written, ...remedy) => {
		const { host } = new FakeKernel({ process: dockerRoot(), files: { "/etc/c.yaml": "user: app\n" }, overrides: { parseYaml } });
		const args = ["-c", "/etc/c.yaml", "--seccomp", written, "--", "true"];
		const failure = await makePlan(host, parseOptions(args), "run").then(
			() => undefined,
			(error: unknown) => error as Failure,
		);
		expect(failure?.diagnostics).toEqual([
			{ code: "USAGE", message: `--seccomp ${JSON.stringify(written)}: expected docker-default, none or the path of a profile`, remedy },
		]);
	});
});
