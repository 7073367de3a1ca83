import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { capDropAll, dockerRoot, FakeKernel, type FakeProcess, unprivileged } from "../../fake/index.ts";

interface Start {
	readonly args?: readonly string[];
	readonly process?: FakeProcess;
	readonly environment?: readonly string[];
}

/** HOME, USER, LOGNAME and A of the workload, or what is wrong. */
async function start(
	config: string,
	{ args = [], process = dockerRoot(), environment = ["HOME=/root", "USER=root", "LOGNAME=root"] }: Start = {},
) {
	const { host } = new FakeKernel({
		process,
		files: {
			"/etc/c.yaml": config,
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\nnohome:x:1002:1002:::\n",
			"/etc/group": "root:x:0:\napp:x:1001:\nvideo:x:44:\n",
			"/bin/true": { mode: 0o755 },
		},
		environment: ["PATH=/bin", ...environment],
		overrides: { parseYaml },
	});
	try {
		const { plan } = await makePlan(host, parseOptions(["-c", "/etc/c.yaml", ...args, "--", "true"]), "run");
		const steps = plan.setup.map(({ action }) => (action as { patterns?: readonly string[]; path?: string }).patterns ?? action);
		return [...plan.environment.filter((each) => !each.startsWith("PATH=")), ...steps];
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ code, where, message }) => `${code} ${where}: ${message.replaceAll('"', "'")}`);
		}
		throw error;
	}
}

/** All four facts in a variable. */
const all = 'env: {set: {A: "${@user.name:-none} ${@user.uid} ${@user.gid} ${@user.home}"}}\n';
const factsOf = async (user: string, given: Start = {}) => (await start(`${user}${all}`, given)).find((each) => `${each}`.startsWith("A="));

describe("rule 3.11: root that came out of a variable", () => {
	const refused = (text: string) => [
		`USER_IS_ROOT /etc/c.yaml:1:7 user: '${text}' came out as root, which the file does not say: to run as root on purpose, user: root, or 0 as the default after :-`,
	];
	const ids = ["ID=0", "GID=0", "WHO=root", "BOTH=0:0", "HOME=/x"];
	it.each<[string, readonly string[]]>([
		["${ID:-1000}", refused("${ID:-1000}")],
		["${ID:-1000}:${GID:-1000}", refused("${ID:-1000}:${GID:-1000}")],
		["${WHO}", refused("${WHO}")],
		["${BOTH:?who}", refused("${BOTH:?who}")],
		["ro${UNSET:-ot}", ["HOME=/root", "USER=root", "LOGNAME=root"]],
		["${@uid}", refused("${@uid}")],
		["${ID:-0}", ["HOME=/root", "USER=root", "LOGNAME=root"]],
		["${UNSET:-root}", ["HOME=/root", "USER=root", "LOGNAME=root"]],
		["0:${GID}", ["HOME=/root", "USER=root", "LOGNAME=root"]],
		["app:${UNSET:-1001}", ["HOME=/home/app", "USER=app", "LOGNAME=app"]],
	])("user: %s", async (user, expected) => {
		const found = await start(`user: '${user}'\n`, { environment: ids });
		expect(found.filter((each) => !ids.slice(0, 4).includes(`${each}`))).toEqual(expected);
	});

	it("is not asked for where an option names the user", async () => {
		const found = await start("user: '${WHO}'\n", { args: ["--user", "app"], environment: ["WHO=root"] });
		expect(found).toEqual(["WHO=root", "HOME=/home/app", "USER=app", "LOGNAME=app"]);
	});
});

describe("the facts of the workload's user", () => {
	it.each([
		["a name", "user: app\n", {}, "A=app 1000 1001 /home/app"],
		["a name and a group", "user: app:video\n", {}, "A=app 1000 44 /home/app"],
		["ids without an entry", "user: '2000:2001'\n", {}, "A=none 2000 2001 /"],
		["an entry without a home", "user: nohome\n", {}, "A=nohome 1002 1002 /"],
		["a variable", "user: '${WHO}'\n", { environment: ["WHO=app"] }, "A=app 1000 1001 /home/app"],
		["an option", "user: root\n", { args: ["--user", "app"] }, "A=app 1000 1001 /home/app"],
		["an option with a group", "user: root\n", { args: ["--user", "app", "--group", "44"] }, "A=app 1000 44 /home/app"],
		["an option in the place of what cannot be completed", "user: '${WHO}'\n", { args: ["--user", "app"] }, "A=app 1000 1001 /home/app"],
		["who stays", "user: app\n", { process: unprivileged(4321, 0), environment: ["HOME=/opt/app"] }, "A=none 4321 0 /opt/app"],
		[
			"who stays and has an entry",
			"user: root\n",
			{ process: unprivileged(1000, 1001), environment: ["HOME=/x"] },
			"A=app 1000 1001 /home/app",
		],
		["root", "user: root\n", { process: capDropAll() }, "A=root 0 0 /root"],
		["home in the file changes none", "user: app\nhome: /srv\n", {}, "A=app 1000 1001 /home/app"],
	] as const)("are those of %s", async (_, user, given, expected) => {
		expect(await factsOf(user, given)).toBe(expected);
	});

	it("make paths, owners and what else there is", async () => {
		const config =
			"user: app\nworkdir: '${@user.home}'\nsetup: [{own: '${@user.home}/.cache'}, {own: {path: '/data/${@user.name}', owner: '${@user.uid}'}}]\n";
		expect(await start(config)).toEqual(["HOME=/home/app", "USER=app", "LOGNAME=app", ["/home/app/.cache"], ["/data/app"]]);
		expect(await start("user: app\n", { args: ["--setup", "own: ${@user.home}"] })).toEqual([
			"HOME=/home/app",
			"USER=app",
			"LOGNAME=app",
			["/home/app"],
		]);
	});

	it.each([
		[
			"of nobody's name",
			"user: '2000:2000'\nsetup: [{own: '/a/${@user.name}'}]\n",
			[
				"INTERPOLATION_UNSET /etc/c.yaml:2:15 setup[0].own: uid 2000 has no entry in /etc/passwd, and so no name; ${@user.uid} is the number, ${@user.name:-app} has a name for it",
			],
		],
		[
			"of nobody's name, in words of its own",
			"user: '2000:2000'\nhome: '/a/${@user.name:?who}'\n",
			["INTERPOLATION_UNSET /etc/c.yaml:2:7 home: who"],
		],
		[
			"in user",
			"user: '${@user.name}'\n",
			["INTERPOLATION_SYNTAX /etc/c.yaml:1:7 user: the facts of @user follow from this key, and cannot be part of it"],
		],
		[
			"of no such kind",
			"user: app\nhome: '${@user.hme}'\n",
			["INTERPOLATION_SYNTAX /etc/c.yaml:2:7 home: @'user.hme' is not a fact; did you mean 'user.home'?"],
		],
		[
			"of an unknown user",
			"user: appp\nhome: '${@user.home}'\n",
			["USER_UNKNOWN /etc/c.yaml:2:7 home: 'appp' is not in /etc/passwd; did you mean 'app'?"],
		],
		["without a user", "home: '${@user.home}'\n", ["USER_MISSING /etc/c.yaml:1:7 home: no user is configured whose facts these could be"]],
	] as const)("are an error %s", async (_, config, expected) => {
		expect(await start(config)).toEqual(expected);
	});

	it("are none of a step that is passed over", async () => {
		expect(await start("user: '2000:2000'\nsetup: [{when: {env: X}, own: '/a/${@user.name}'}]\n")).toEqual(["HOME=/"]);
	});
});

describe("HOME", () => {
	const home = async (user: string, given: Start) =>
		(await start(`user: ${user}\n`, given)).filter((each) => /^(?:HOME|USER|LOGNAME)=/.test(`${each}`));
	it.each([
		[
			"rule 3.10: is the start's where another user than root stays and has no entry",
			"app",
			{ process: unprivileged(4321, 0), environment: ["HOME=/opt/app"] },
			["HOME=/opt/app"],
		],
		[
			"rule 3.10: also where it is that user that is configured",
			"'4321:0'",
			{ process: unprivileged(4321, 0), environment: ["HOME=/opt/app", "USER=x"] },
			["HOME=/opt/app"],
		],
		[
			"rule 3.10: is passwd's where there is an entry",
			"app",
			{ process: unprivileged(1000, 1001), environment: ["HOME=/opt/app"] },
			["HOME=/home/app", "USER=app", "LOGNAME=app"],
		],
		["is / where the start has none", "app", { process: unprivileged(4321, 0), environment: [] }, ["HOME=/"]],
		["is / where that of the start is empty", "app", { process: unprivileged(4321, 0), environment: ["HOME="] }, ["HOME=/"]],
		["is / where that of the start is no absolute path", "app", { process: unprivileged(4321, 0), environment: ["HOME=x"] }, ["HOME=/"]],
		["rule 3.10: is never root's of another", "'4321:0'", { environment: ["HOME=/root"] }, ["HOME=/"]],
		[
			"rule 3.10: is / for root that stays and has another",
			"root",
			{ process: capDropAll(), environment: ["HOME=/tmp"] },
			["HOME=/root", "USER=root", "LOGNAME=root"],
		],
		["is / for an entry without one", "nohome", {}, ["HOME=/", "USER=nohome", "LOGNAME=nohome"]],
	] as const)("%s", async (_, user, given, expected) => {
		expect(await home(user, given)).toEqual(expected);
	});
});

describe("what nobody sees in a file", () => {
	const failed = async (config: string, environment: readonly string[] = []) => {
		const { host } = new FakeKernel({
			process: dockerRoot(),
			files: { "/etc/c.yaml": config, "/etc/passwd": "", "/etc/group": "", "/bin/true": { mode: 0o755 } },
			environment: ["PATH=/bin", ...environment],
			overrides: { parseYaml },
		});
		const error: unknown = await makePlan(host, parseOptions(["-c", "/etc/c.yaml", "--", "true"]), "run").catch((each: unknown) => each);
		return error instanceof Failure ? error.diagnostics.map(({ message, remedy }) => [message, remedy?.[0]]) : error;
	};

	it.each(["", "# only\n\n", "---\n"])("that it has no key: %j", async (text) => {
		expect(await failed(text)).toEqual([
			[
				"the file has no key at all, and no user is configured; staying root has to be written as user: root",
				"a volume or ConfigMap over it that is not filled hides the one of the image: look at what is mounted at /etc/c.yaml",
			],
		]);
	});

	it("a carriage return at the end of a variable", async () => {
		expect(await failed('user: "${PUID}:7"\n', ["PUID=1000\r"])).toEqual([
			[
				expect.stringContaining("is not a user"),
				"${PUID} ends with a carriage return, as lines of Windows do: sed -i 's/\\r$//' in the file that it comes from",
			],
		]);
	});
});
