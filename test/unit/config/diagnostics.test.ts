import { describe, expect, it } from "vitest";
import { documentKeys } from "../../../src/config/document.ts";
import { parseConfig, sizeLimit } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { type Diagnostic, Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { keyDescriptions } from "../../../src/tools/guides/key-descriptions.ts";

const reads = { parseYaml } as unknown as Reads;

function parse(text: string, environment: Readonly<Record<string, string>> = {}) {
	return parseConfig(text, "/c.yaml", { reads, environment: new Map(Object.entries(environment)), loadSteps });
}

async function diagnosticsOf(text: string): Promise<readonly Diagnostic[]> {
	const result: unknown = await parse(text).catch((error: unknown) => error);
	if (result instanceof Failure) {
		return result.diagnostics;
	}
	throw new Error(`not a failure: ${JSON.stringify(result)}`);
}

/** `code where: message`, as one word for one diagnostic. */
async function summaries(text: string): Promise<readonly string[]> {
	return (await diagnosticsOf(text)).map(({ code, where, message }) => `${code} ${where}: ${message}`);
}

const hidden = "nothing in it is a key of abdicate's, such as user: app, so that its text is not shown";

describe("a diagnostic, whole", () => {
	it.each<[string, Diagnostic]>([
		[
			"user: app\ncapabilities:\n  keeep: [KILL]\n",
			{
				code: "CONFIG_UNKNOWN_KEY",
				where: "/c.yaml:3:3 capabilities.keeep",
				message: 'unknown key; did you mean "keep"?',
				source: { line: "  keeep: [KILL]", column: 3 },
				correction: { edits: [{ line: 3, column: 3, endLine: 3, endColumn: 8, text: "keep" }], isCertain: true },
			},
		],
		[
			"setup:\n  - own: {owner: app}\n",
			{
				code: "CONFIG_MISSING_KEY",
				where: "/c.yaml:2:10 setup[0].own.path",
				message: "this key is required",
				source: { line: "  - own: {owner: app}", column: 10 },
			},
		],
		[
			"setup:\n  - own: /a\n  - own:\n      path: /b\n      polcy: off\n",
			{
				code: "CONFIG_UNKNOWN_KEY",
				where: "/c.yaml:5:7 setup[1].own.polcy",
				message: 'unknown key; did you mean "policy"?',
				source: { line: "      polcy: off", column: 7 },
				correction: { edits: [{ line: 5, column: 7, endLine: 5, endColumn: 12, text: "policy" }], isCertain: true },
			},
		],
		[
			"nice: 20\r\nuser: app\r\n",
			{
				code: "CONFIG_INVALID_VALUE",
				where: "/c.yaml:1:7 nice",
				message: "expected an integer from -20 to 19",
				source: { line: "nice: 20", column: 7 },
			},
		],
		[
			"\ufeffnice: 20\n",
			{
				code: "CONFIG_INVALID_VALUE",
				where: "/c.yaml:1:7 nice",
				message: "expected an integer from -20 to 19",
				source: { line: "nice: 20", column: 7 },
			},
		],
		[
			"user: app\rnice: 20\r",
			{
				code: "CONFIG_INVALID_VALUE",
				where: "/c.yaml:2:7 nice",
				message: "expected an integer from -20 to 19",
				source: { line: "nice: 20", column: 7 },
			},
		],
		[
			"env: {set: {A: \u{1f512}}, clear: x}\n",
			{
				code: "CONFIG_INVALID_VALUE",
				where: "/c.yaml:1:27 env.clear",
				message: "expected true or false",
				source: { line: "env: {set: {A: \u{1f512}}, clear: x}", column: 27 },
			},
		],
		[
			"capabilities: {sets: {permitted: [KILL], ambient: [KILL]}}",
			{
				code: "CONFIG_CONFLICT",
				where: "/c.yaml:1:15 capabilities",
				message: "ambient holds KILL, which has to be permitted and inheritable too",
				source: { line: "capabilities: {sets: {permitted: [KILL], ambient: [KILL]}}", column: 15 },
			},
		],
		[
			"capabilities: {keep: [ALL, BPFF]}",
			{
				code: "CAPABILITY_UNKNOWN",
				where: "/c.yaml:1:28 capabilities.keep[1]",
				message: '"BPFF" is not a capability; did you mean "BPF"?',
				source: { line: "capabilities: {keep: [ALL, BPFF]}", column: 28 },
				correction: { edits: [{ line: 1, column: 28, endLine: 1, endColumn: 32, text: "BPF" }], isCertain: false },
			},
		],
		[
			"capabilities: {keep: NET_BIND}",
			{
				code: "CAPABILITY_UNKNOWN",
				where: "/c.yaml:1:22 capabilities.keep",
				message: '"NET_BIND" is not a capability; did you mean "NET_BIND_SERVICE"?',
				source: { line: "capabilities: {keep: NET_BIND}", column: 22 },
				correction: { edits: [{ line: 1, column: 22, endLine: 1, endColumn: 30, text: "NET_BIND_SERVICE" }], isCertain: false },
			},
		],
		[
			"capabilities: {keep: CAP_NET_ADMN}",
			{
				code: "CAPABILITY_UNKNOWN",
				where: "/c.yaml:1:22 capabilities.keep",
				message: '"CAP_NET_ADMN" is not a capability; did you mean "NET_ADMIN"?',
				source: { line: "capabilities: {keep: CAP_NET_ADMN}", column: 22 },
				correction: { edits: [{ line: 1, column: 22, endLine: 1, endColumn: 34, text: "NET_ADMIN" }], isCertain: false },
			},
		],
		[
			"capabilities: {keep: AUDIT}",
			{
				code: "CAPABILITY_UNKNOWN",
				where: "/c.yaml:1:22 capabilities.keep",
				message: '"AUDIT" is not a capability',
				source: { line: "capabilities: {keep: AUDIT}", column: 22 },
			},
		],
		[
			"home: /${NOPE}\n",
			{
				code: "INTERPOLATION_UNSET",
				where: "/c.yaml:1:7 home",
				message: "the variable NOPE is not set",
				remedy: ["docker run --env NOPE=..., or a value of its own here: ${NOPE:-value}"],
				source: { line: "home: /${NOPE}", column: 7 },
			},
		],
		[
			"env:\n  set:\n    - ${B-x}\n",
			{
				code: "INTERPOLATION_SYNTAX",
				where: "/c.yaml:3:7 env.set[0]",
				message: '"${B-x}" is not a form: ${NAME}, ${NAME:-default}, ${NAME:?message}',
				source: { line: "    - ${B-x}", column: 7 },
				remedy: ['write "${B:-x}"'],
				correction: { edits: [{ line: 3, column: 7, endLine: 3, endColumn: 13, text: '"${B:-x}"' }], isCertain: true },
			},
		],
		[
			"user: app\nuser: root\n",
			{
				code: "CONFIG_DUPLICATE_KEY",
				where: "/c.yaml:2:1",
				message: 'the key "user" is written twice',
				remedy: ["leave one of them out: user: app, or user: root"],
				source: { line: "user: root", column: 1 },
			},
		],
		[
			"user: !!binary aGk=\n",
			{
				code: "CONFIG_SYNTAX",
				where: "/c.yaml:1:7",
				message: "a tag other than !!str",
				source: { line: "user: !!binary aGk=", column: 7 },
			},
		],
		[
			"user: a\0b\n",
			{
				code: "CONFIG_SYNTAX",
				where: "/c.yaml:1:8",
				message: "found unprintable character",
				source: { line: "user: a\0b", column: 8 },
			},
		],
		[
			"user: \udcff\n",
			{ code: "CONFIG_SYNTAX", where: "/c.yaml:1:7", message: "invalid UTF-8", source: { line: "user: \udcff", column: 7 } },
		],
		[
			`${"[".repeat(33)}\n`,
			{
				code: "CONFIG_TOO_LARGE",
				where: "/c.yaml:1:33",
				message: "deeper than 32 levels",
				remedy: [hidden],
			},
		],
		["x".repeat(sizeLimit + 1), { code: "CONFIG_TOO_LARGE", where: "/c.yaml", message: "larger than 256 KiB" }],
		[
			"user\n",
			{
				code: "CONFIG_INVALID_VALUE",
				where: "/c.yaml:1:1",
				message: "expected a mapping of keys, such as user: app",
				remedy: [hidden],
			},
		],
	])("of %j", async (text, expected) => {
		expect(await diagnosticsOf(text)).toEqual([expected]);
	});

	it("of a bomb", async () => {
		const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
		for (let level = 1; level < 10; level++) {
			bomb.push(
				`a${level}: &a${level} [${Array(10)
					.fill(`*a${level - 1}`)
					.join(", ")}]`,
			);
		}
		const [found, ...more] = await diagnosticsOf(bomb.join("\n"));
		expect([found?.code, found?.message, more]).toEqual(["CONFIG_TOO_LARGE", "more than 10000 values, aliases included", []]);
	});
});

describe("a list is not a mapping of the names 0, 1, 2", () => {
	it.each([
		["env: {set: [A=b]}", "CONFIG_INVALID_VALUE /c.yaml:1:12 env.set: expected NAME: value"],
		["env: {default: [A=b]}", "CONFIG_INVALID_VALUE /c.yaml:1:16 env.default: expected NAME: value"],
		["limits: [nofile]", "CONFIG_INVALID_VALUE /c.yaml:1:9 limits: expected limits by name, such as nofile: 65536"],
	])("%s", async (text, expected) => {
		expect(await summaries(text)).toEqual([expected]);
	});

	it("but the variables of a condition may be one", async () => {
		const { setup } = await parse("setup: [{own: /a, when: {env: [A, B]}}, {own: /b, when: {env: C}}]");
		expect(setup.map(({ when }) => when?.env)).toEqual([
			[
				{ name: "A", value: undefined },
				{ name: "B", value: undefined },
			],
			[{ name: "C", value: undefined }],
		]);
	});
});

describe("an entry of setup", () => {
	it.each([
		["{nme: x, own: /a}", ['CONFIG_UNKNOWN_KEY /c.yaml:1:10 setup[0].nme: unknown key; did you mean "name"?']],
		["{own: /a, nme: x}", ['CONFIG_UNKNOWN_KEY /c.yaml:1:19 setup[0].nme: unknown key; did you mean "name"?']],
		["{ownn: /a}", ['CONFIG_UNKNOWN_KEY /c.yaml:1:10 setup[0].ownn: unknown step; did you mean "own"?']],
		[
			"{own: a, x: 1, mkdir: /b}",
			[
				"CONFIG_INVALID_VALUE /c.yaml:1:15 setup[0].own.path: expected an absolute path, or one from where the container starts: . or ./x",
				"CONFIG_UNKNOWN_KEY /c.yaml:1:18 setup[0].x: unknown key",
				"CONFIG_UNKNOWN_KEY /c.yaml:1:24 setup[0].mkdir: an entry holds one step; write the second as an entry of its own",
			],
		],
		["{own: /a, on_error: ignore}", ["CONFIG_INVALID_VALUE /c.yaml:1:29 setup[0].on_error: expected fail or warn"]],
		["own", ["CONFIG_INVALID_VALUE /c.yaml:1:9 setup[0]: expected a step, such as own: /data"]],
		["~", ["CONFIG_INVALID_VALUE /c.yaml:1:9 setup[0]: expected a step, such as own: /data"]],
	])("%s", async (entry, expected) => {
		expect(await summaries(`setup: [${entry}]`)).toEqual(expected);
	});
});

describe("several problems", () => {
	it("are told in the order of the file, within a line too", async () => {
		expect(await summaries("{zz: 1, nice: 99, aa: $X}")).toEqual([
			"CONFIG_UNKNOWN_KEY /c.yaml:1:2 zz: unknown key",
			"CONFIG_INVALID_VALUE /c.yaml:1:15 nice: expected an integer from -20 to 19",
			"CONFIG_UNKNOWN_KEY /c.yaml:1:19 aa: unknown key",
			"INTERPOLATION_SYNTAX /c.yaml:1:23 aa: write ${NAME} for a variable, $$ for a dollar sign",
		]);
	});

	it("are not told twice where a value could not be completed", async () => {
		expect(
			await summaries("securebits: ['$X']\ncapabilities: {keep: [KILL, $Y]}\nnice: $Z\nstdio: no\nsetup: [{own: {owner: $O}}]\n"),
		).toEqual([
			"INTERPOLATION_SYNTAX /c.yaml:1:14 securebits[0]: write ${NAME} for a variable, $$ for a dollar sign",
			"INTERPOLATION_SYNTAX /c.yaml:2:29 capabilities.keep[1]: write ${NAME} for a variable, $$ for a dollar sign",
			"INTERPOLATION_SYNTAX /c.yaml:3:7 nice: write ${NAME} for a variable, $$ for a dollar sign",
			"CONFIG_INVALID_VALUE /c.yaml:4:8 stdio: expected auto or keep",
			"CONFIG_MISSING_KEY /c.yaml:5:15 setup[0].own.path: this key is required",
			"INTERPOLATION_SYNTAX /c.yaml:5:23 setup[0].own.owner: write ${NAME} for a variable, $$ for a dollar sign",
		]);
	});

	it("are the first hundred, with the number of those behind", async () => {
		const values = Array.from({ length: 400 }, (_, index) => `V${index}: $X\n`);
		const found = await diagnosticsOf(`${values.join("")}user: app\n`);
		expect(found.map(({ where }) => where)).toEqual(
			Array.from({ length: 50 }, (_, index) => [
				`/c.yaml:${index + 1}:1 V${index}`,
				`/c.yaml:${index + 1}:${String(index).length + 4} V${index}`,
			]).flat(),
		);
		expect(
			found.flatMap(({ remedy = [] }, index) => (remedy.join().includes("more are told") ? [`${index}: ${remedy.at(-1)}`] : [])),
		).toEqual(["99: 700 more are told when these are mended"]);
	});
});

describe("values of two meanings", () => {
	it("keep their text", async () => {
		const { env } = await parse("env: {set: {A: 0027, B: 1e3, C: 4294967296, D: 4294967296123456789012, E: 1.50, F: yes}}");
		expect(env.set).toEqual({ A: "0027", B: "1e3", C: "4294967296", D: "4294967296123456789012", E: "1.50", F: "yes" });
	});

	it("pass a user on as it was written, for the strict reader of users", async () => {
		for (const user of ["4294967296", "0", "007", "1000:1000", "-1", "0x0", "18446744073709551616"]) {
			expect((await parse(`user: ${user}`)).user).toBe(user);
		}
	});

	it.each([
		["env: {set: {A: true}}", "expected text, and true without quotes is a truth value"],
		["env: {set: {A: }}", "expected text without NUL bytes; true, false and null need quotes"],
	])("of no text are refused: %s", async (text, expected) => {
		expect((await diagnosticsOf(text)).map(({ message }) => message)).toEqual([expected]);
	});
});

it.each(["", "# nothing\n", "---\n", "--- # nothing\n", "{}\n"])("%j is a file without keys", async (text) => {
	expect(await parse(text)).toEqual(await parse("setup: []"));
});

it("every key has a description", () => {
	expect(Object.keys(keyDescriptions).sort()).toEqual(Object.keys(documentKeys).sort());
	expect(Object.values(keyDescriptions).filter((text) => !/^\S.*\.$/s.test(text))).toEqual([]);
});

describe("a pattern without quotes", () => {
	it.each([
		["command: {default: [a], prepend_if: [-*, *.conf]}", "*.conf"],
		["setup:\n- hooks:\n    directory: /d\n    pattern: *.sh\n", "*.sh"],
	])("is told to be put in them: %s", async (text, pattern) => {
		expect((await diagnosticsOf(text)).map(({ code, remedy }) => [code, remedy])).toEqual([
			["CONFIG_SYNTAX", [`write "${pattern}" in quotes: a value that begins with * names an anchor`]],
		]);
	});
});

describe("a file of somebody else, which a link may lead to", () => {
	const secret = "hunter2";
	it.each([
		["a token", `TOKEN=${secret}\n`],
		["variables, and what is none", `TOKEN=${secret}\n%${secret}\n`],
		["one line", `${secret}\n`],
		["a line with blanks", `user = "bob:${secret}"\n`],
		[".netrc", `machine host login bob password ${secret}\n`],
		[".pgpass", `host:5432:db:bob:${secret}\n`],
		["an environment of /proc", `HOME=/root\0TOKEN=${secret}\0`],
		["/etc/shadow", `root:$6$${secret}:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n`],
		["a kubeconfig", `apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: {token: ${secret}}\n`],
		["a kubeconfig without its kind", `users:\n- name: a\n  user: {token: ${secret}}\n`],
		["a map of users", `users: {bob: ${secret}}\n`],
		["YAML", `database:\n  password: ${secret}\n${secret}: 1\n`],
		["YAML with what is no key", `__proto__: ${secret}\n`],
		["YAML with variables", `password: "\${${secret}:?${secret}}"\nother: $${secret}\n`],
		["YAML with a key twice", `${secret}: 1\n${secret}: 2\n`],
		["YAML with a fault", `password: [${secret}\nother: *${secret}\n`],
		["YAML with an unknown anchor", `password: *${secret}\n`],
		["YAML with a tab", `a:\n\tpassword: ${secret}\n`],
		["a list", `- ${secret}\n- password: ${secret}\n`],
		["two documents", `---\npassword: ${secret}\n---\n${secret}\n`],
		["secrets by name", `secrets: {a: ${secret}}\n`],
		["a key", `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`],
		["JSON", `{"auths": {"host": {"auth": "${secret}"}}}\n`],
		["an INI file", `[default]\naws_secret_access_key = ${secret}\n`],
		["a script", `#!/bin/sh\nexport TOKEN=${secret}\n`],
	])("is told by place and kind, and not shown: %s", async (_, text) => {
		const found = await diagnosticsOf(text);
		expect(found.every(({ source, correction }) => source === undefined && correction === undefined)).toBe(true);
		expect(JSON.stringify(found)).not.toContain(secret);
		expect(found[0]?.where).toMatch(/^\/c\.yaml:\d+:\d+$/);
	});

	it.each([
		"user: app\nsandbox: none\n",
		"User: app\nfoo: 1\n",
		"usr: app\n",
		"setpu: [{own: /a}]\n",
		"cap_add: [KILL]\nenvironment: {A: b}\n",
	])("is not what has a key of ours, or nearly: %j", async (text) => {
		expect((await diagnosticsOf(text)).every(({ source }) => source !== undefined)).toBe(true);
	});
});
