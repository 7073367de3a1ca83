import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

interface Start {
	readonly args?: readonly string[];
	readonly environment?: readonly string[];
	readonly mode?: "run" | "enter";
}

/** What is wrong, as `where: message`; else the kinds of the steps, the notes, or whatever `view` sees of the plan. */
async function start(
	config: string,
	{ args = ["--", "true"], environment = [], mode = "run" }: Start = {},
	view: (plan: Awaited<ReturnType<typeof makePlan>>["plan"]) => unknown = ({ setup }) => setup.map(({ action }) => action.kind),
): Promise<unknown> {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": config,
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/group": "root:x:0:\napp:x:1000:\n",
			"/bin/true": { mode: 0o755 },
		},
		environment: ["PATH=/bin", "HOME=/root", ...environment],
		overrides: { parseYaml },
	});
	try {
		return view((await makePlan(host, parseOptions(["-c", "/etc/c.yaml", ...args]), mode)).plan);
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ code, where, message }) => `${code} ${where}: ${message.replaceAll('"', "'")}`);
		}
		throw error;
	}
}

const unset = (place: string, key: string, name = "X") =>
	`INTERPOLATION_UNSET /etc/c.yaml:${place} ${key}: the variable ${name} is not set`;
const steps = (...written: string[]) => `user: app\nsetup:\n${written.map((each) => `- ${each}\n`).join("")}`;

describe("a variable that is lacking in a step", () => {
	it.each([
		["is an error of a step that is to run", steps("own: ${X}"), {}, [unset("3:8", "setup[0].own")]],
		["below a key, in a list", steps("own: {path: [/a, '${X}']}"), {}, [unset("3:20", "setup[0].own.path[1]")]],
		["once for each", steps("own: [/a, '${X}', '${Y}']"), {}, [unset("3:13", "setup[0].own[1]"), unset("3:21", "setup[0].own[2]", "Y")]],
		[
			"with the rest of what is wrong with the plan",
			steps("own: ${X}", "own: {path: /a, owner: nobody-here}"),
			{},
			[unset("3:8", "setup[0].own"), "USER_UNKNOWN /etc/c.yaml:4:26 setup[1].own.owner: 'nobody-here' is not in /etc/passwd"],
		],
		["although it may only be warned of", steps("{own: '${X}', on_error: warn}"), {}, [unset("3:9", "setup[0].own")]],
		["when its condition holds", steps("{when: {unset: X}, own: '${X}'}"), {}, [unset("3:27", "setup[0].own")]],
		["not when it is passed over for want of it", steps("{when: {env: X}, own: '${X}'}", "mkdir: /a"), {}, ["mkdir"]],
		["nor for another reason", steps("{when: {env: {MODE: a}}, own: {path: /a, owner: '${X:?say}'}}"), { environment: ["MODE=b"] }, []],
		["nor for its command", steps("{when: {command: other}, run: ['${X}']}"), {}, []],
		["nor for a capability", steps("{when: {held: SYS_TIME}, run: ['${X}']}"), {}, []],
		["nor for a path that nothing can make", steps("{when: {exists: /nowhere}, own: '${X}'}"), {}, []],
		[
			"but for one that a step before can make",
			steps("mkdir: /nowhere", "{when: {exists: /nowhere}, own: '${X}'}"),
			{},
			[unset("4:35", "setup[1].own")],
		],
		["and for one that a step behind makes not", steps("{when: {exists: /nowhere}, own: '${X}'}", "mkdir: /nowhere"), {}, ["mkdir"]],
		["in a name, of one that is passed over", steps("{name: 'for ${X}', when: {env: X}, mkdir: /a}"), {}, []],
		["in a name", steps("{name: 'for ${X}', mkdir: /a}"), {}, [unset("3:10", "setup[0].name")]],
		["in its condition, where another does not hold", steps("{when: {env: X, exists: '${X}/a'}, mkdir: /a}"), {}, []],
		[
			"in its condition, where the others hold",
			steps("{when: {unset: X, exists: '${X}/a'}, mkdir: /a}"),
			{},
			[unset("3:29", "setup[0].when.exists")],
		],
		["in a value of its condition", steps("{when: {env: {MODE: '${X}', X: a}}, mkdir: /a}"), {}, []],
		[
			"in one of several names that a command may have",
			steps("{when: {command: [nginx, '${X}']}, mkdir: /a}"),
			{},
			[unset("3:28", "setup[0].when.command[1]")],
		],
		["in two of a list of its condition", steps("{when: {unset: ['${X}', '${Y}', HOME]}, mkdir: /a}"), {}, []],
		["in all of its condition", steps("{when: '${X}', mkdir: /a}"), {}, [unset("3:10", "setup[0].when")]],
		[
			"in its condition, beside what is wrong with that",
			steps("{when: {env: ['${X}', '']}, mkdir: /a}"),
			{},
			[unset("3:17", "setup[0].when.env[0]")],
		],
		["not when the whole setup is for other commands", `command: {setup_only_for: server}\n${steps("own: ${X}")}`, {}, []],
		[
			"nor when it is skipped for an argument",
			`command: {skip_setup_if: --help}\n${steps("own: ${X}")}`,
			{ args: ["--", "true", "--help"] },
			[],
		],
		["nor for enter, which does none", steps("own: ${X}"), { mode: "enter" }, []],
		[
			"but of a secret for enter, which has its variables",
			steps("secret: {from: {env: S}, path: '${X}', env: P}"),
			{ mode: "enter", environment: ["S=s"] },
			[unset("3:34", "setup[0].secret.path")],
		],
		[
			"of the command line",
			"user: app\n",
			{ args: ["--setup", "own: ${X}", "--", "true"] },
			["INTERPOLATION_UNSET --setup own: the variable X is not set"],
		],
		[
			"of the command line, passed over",
			steps("mkdir: /a"),
			{ args: ["--setup", "{when: {env: X}, own: '${X}'}", "--", "true"] },
			["mkdir"],
		],
	] as const)("%s", async (_, config, given, expected) => {
		expect(await start(config, given)).toEqual(expected);
	});

	it("is told at -v where it is passed over, by its number in the file", async () => {
		expect(
			await start(steps("{when: {env: X}, own: '${X}'}", "{name: the other, when: {unset: HOME}, own: '${X}'}"), {}, ({ notes }) => notes),
		).toEqual(["setup[0] is left out: X is not set", "the other is left out: HOME is set"]);
	});

	it("is with what else is wrong with the file, unless the step may be passed over", async () => {
		expect(await start(steps("own: ${X}", "{when: {env: X}, own: '${X}'}", "{when: {env: X}, own: {path: '${X}', oner: a}}"))).toEqual([
			unset("3:8", "setup[0].own"),
			"CONFIG_UNKNOWN_KEY /etc/c.yaml:5:40 setup[2].own.oner: unknown key; did you mean 'owner'?",
		]);
	});

	it("is no excuse for what is written wrongly", async () => {
		expect(await start(steps("{when: {env: X}, own: $X}"))).toEqual([
			"INTERPOLATION_SYNTAX /etc/c.yaml:3:25 setup[0].own: write ${NAME} for a variable, $$ for a dollar sign",
		]);
	});
});

describe("a variable that is lacking elsewhere", () => {
	const command = "user: app\ncommand: {default: [server, '${X:?which port}'], prepend_if: '-*'}\n";
	const env = "user: app\nenv: {default: {A: '${X}', B: b}}\n";
	const ofA = ({ environment }: { readonly environment: readonly string[] }) => environment.filter((each) => /^[AB]=/.test(each));

	it("in command.default is none of a start with a command", async () => {
		expect(await start(command)).toEqual([]);
		const told = ["INTERPOLATION_UNSET /etc/c.yaml:2:29 command.default[1]: which port"];
		expect([await start(command, { args: [] }), await start(command, { args: ["--", "-v"] })]).toEqual([told, told]);
	});

	it("in env.default is none of a start that gives the variable", async () => {
		expect(await start(env, { environment: ["A=a"] }, ofA)).toEqual(["A=a", "B=b"]);
		expect([await start(env), await start(env, { environment: ["A="] })]).toEqual([
			[unset("2:20", "env.default.A")],
			[unset("2:20", "env.default.A")],
		]);
	});

	it("in what an option takes the place of is none", async () => {
		const config = "user: '${X}'\nworkdir: '/srv/${X}'\nenv: {set: {A: '${X}'}}\n";
		const args = ["--user", "app", "--workdir", "/", "--env", "A=a", "--", "true"];
		expect(await start(config, { args }, ({ identity, environment }) => [identity.uid, ...ofA({ environment })])).toEqual([1000, "A=a"]);
		expect(await start(config, { args: args.slice(2) })).toEqual([unset("1:7", "user")]);
	});

	it("is an error of every other start", async () => {
		expect(await start("user: '${X}'\nhome: '${X}'\nlimits: {nofile: '${X}'}\n")).toEqual([
			unset("1:7", "user"),
			unset("2:7", "home"),
			unset("3:18", "limits.nofile"),
		]);
	});
});
