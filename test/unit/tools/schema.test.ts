import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { parse as parseAsEditor } from "yaml";
import { parseConfig } from "../../../src/config/parse.ts";
import { toValue } from "../../../src/config/values.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { loadSteps, stepKinds } from "../../../src/steps/index.ts";
import type { Reads, YamlNode } from "../../../src/sys/native.ts";
import { examples } from "../../../src/tools/guides/examples.ts";
import { writeSchema } from "../../../src/tools/schema/schema.ts";

const reads = {
	parseYaml,
	uname: () => ["Linux", "box", "6", "1", "x86_64"],
	getresuid: () => [0, 0, 0],
	cpuCount: () => 2,
	openRead: () => -2,
} as unknown as Reads;
/** What examples want to be given. */
const required = { WG_ADDRESS: "10.8.0.1", REMOTE: "user@host:/path", SSH_KEY_FILE: "/run/secrets/key" };
const environment = new Map([["SET", "value"], ...Object.entries(required)]);

let isValid: (value: unknown) => boolean;
let keys: Awaited<ReturnType<typeof writeSchema>>["keys"];
beforeAll(async () => {
	const written = await writeSchema();
	keys = written.keys;
	const validate = new Ajv2020({ allowUnionTypes: true, strictRequired: false }).compile(JSON.parse(JSON.stringify(written.document)));
	isValid = (value) => validate(value);
});

/** What we say of a file. */
async function isAccepted(text: string): Promise<boolean> {
	return parseConfig(text, "f.yaml", { reads, environment, loadSteps }).then(
		() => true,
		() => false,
	);
}

/** What an editor says of it: plain scalars typed as we type them, nothing filled in. */
function isValidText(text: string): boolean {
	return isValid(toValue(parseYaml(text) as YamlNode, (plain) => plain, fail));
}

function fail(): never {
	throw new Error("nothing is filled in, so nothing can be refused");
}

describe("the JSON Schema", () => {
	it("has a sentence for every key, step and field", () => {
		const bare = [...keys].filter(([, { description }]) => !/^\S.*\.$/s.test(description ?? "")).map(([key]) => key);
		expect(bare).toEqual([]);
		expect(keys.size).toBeGreaterThan(90);
	});

	it("shows defaults only as they would be written", () => {
		expect([keys.get("home")?.default, keys.get("own.max_depth")?.default, keys.get("env.clear")?.default]).toEqual(["auto", 256, false]);
		expect([keys.get("mkdir.mode")?.default, keys.get("run.timeout")?.default, keys.get("securebits")?.default]).toEqual([
			"0755",
			"60s",
			undefined,
		]);
	});

	it("accepts the examples, read as we read them and as an editor does", async () => {
		const files = readdirSync("examples")
			.map((name) => `examples/${name}/entrypoint.yaml`)
			.filter((file) => existsSync(file));
		expect(files).toContain("examples/quickstart/entrypoint.yaml");
		for (const file of files) {
			const text = readFileSync(file, "utf8");
			expect([file, await isAccepted(text), isValidText(text), isValid(parseAsEditor(text))]).toEqual([file, true, true, true]);
		}
	});

	it.each(examples)("accepts what explain shows: %j", (text) => {
		expect([isValidText(text), isValid(parseAsEditor(text))]).toEqual([true, true]);
	});

	it.each([
		["user: app", true],
		["{}", true],
		["usr: app", false],
		["- user", false],
		["setup: [{own: /a}]", true],
		["setup: [{own: {path: [/a, ./b], policy: off}, name: x, on_error: warn}]", true],
		["setup: [{own: /a, mkdir: /b}]", false],
		["setup: [{name: x}]", false],
		["setup: [{ownn: /a}]", false],
		["setup: [{own: {path: /a, polcy: off}}]", false],
		["setup: [{own: {owner: app}}]", false],
		["setup: [{own: /a, when: {env: [A, B], held: chown}}, {own: /b, when: {env: {A: b}}}]", true],
		["setup: [{own: /a, when: {env: {A: ~}}}]", false],
		["setup: [{listen: {name: x}}]", false],
		["setup: [{listen: {tcp: []}}]", false],
		["setup: [{listen: {tcp: [80, '[::1]:80'], unix: '@x'}}]", true],
		["setup: [{mount: {type: bind, target: /t}}]", false],
		["setup: [{mount: {type: tmpfs, target: /t}}]", true],
		["setup: [{fuse: {target: /t, command: [sshfs]}}]", false],
		["setup: [{run: [a, -b]}]", true],
		["setup: [{run: []}]", false],
		["setup: [{run: a b}]", false],
		["capabilities: {keep: [KILL], sets: {}}", false],
		["capabilities: {drop: [KILL]}", false],
		["capabilities: {sets: {bounding: [KILL]}}", true],
		["capabilities: {keep: ALL, drop: [sys_admin]}", true],
		["capabilities: {keep: [NET_RAWW]}", false],
		["securebits: [noroot, noroot_locked]", true],
		["securebits: [root]", false],
		["limits: {nofiles: 1}", false],
		["umask: {if_default: '0077'}", true],
		["umask: {if_defaults: '0077'}", false],
		["user: ${SET}:${SET:-x}", true],
		["user: $SET", false],
		["user: ${SET", false],
		["env: {set: {A: a$$b, B: 'c$'}}", true],
		["env: {set: {A: ~}}", false],
		["env: {set: {'A=b': c}}", false],
		["env: {set: [A]}", false],
		["command: {default: [nginx, -g, 'daemon off;'], prepend_if: '-*'}", true],
	])("says of %s what we say", async (text, expected) => {
		expect([await isAccepted(text), isValidText(text)]).toEqual([expected, expected]);
	});
});

/** Values of all shapes, as written in YAML. */
const values = [
	...["true", "'true'", "False", "yes", "~", "''", "0", "1", "-1", "-20", "19", "20", "80", "99", "256", "1000", "1001", "65535", "65536"],
	...["0755", "755", "'0755'", "0o755", "789", "77777", "'027'", "'9'", "1e3", "1.50", "0x1F", "4294967296", "99999999999999999999"],
	...["[]", "[a]", "[1, b]", "[~]", "[/x]", "[[a]]", "{}", "{a: b}", "{a: ~}", "{a: [b]}", "{if_default: '0077'}", "{nofile: 1}"],
	...["app", "'app:app'", "./x", "../x", "..", ".x", "x/y", "/x", "'/x y'", "'a\\0'", "auto", "keep", "none", "locked", "fail", "warn"],
	...["TERM", "SIGTERM", "SIGnone", "term", "KILL", "kill", "cap_kill", "Cap_Kill", "CAP_42", "ALL", "all", "[ALL, KILL]", "[KILL, kill]"],
	...["unlimited", "'1:2'", "'1:unlimited'", "10s", "500ms", "10x", "9999999", "9999999h", "[noroot]", "discard", "off", "replace"],
	...["':80'", "'127.0.0.1:80'", "'[::1]:80'", "'@x'", "'a:b'", "'{mountpoint}'", "['{mountpoint}']", "tmpfs", "bind", "'A=b'"],
	...["$$", "'${SET}'", "'/${SET}'", "$X", "'${X'", "['${SET}']"],
];

/** What a step needs beside the field in question. */
const samples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
	mkdir: { path: "/d" },
	own: { path: "/d" },
	listen: { tcp: 80 },
	mount: { type: "tmpfs", target: "/t" },
	fuse: { target: "/t", command: ["sshfs", "{mountpoint}"] },
	run: { command: ["true"] },
};

/** A file in which the key, by its whole name, has the value. */
function fileWith(key: string, value: string): string {
	const [first = "", ...rest] = key.split(".");
	if (stepKinds.includes(first as never)) {
		const { [rest[0] as string]: _, ...others } = samples[first] ?? {};
		const fields = [...Object.entries(others).map(([name, each]) => `${name}: ${JSON.stringify(each)}`), `${rest[0]}: ${value}`];
		return `setup: [{${first}: {${fields.join(", ")}}}]`;
	}
	if (first === "setup" && rest.length > 0) {
		return `setup: [{own: /d, ${rest.map((name) => `${name}: `).join("{")}${value}${"}".repeat(rest.length)}]`;
	}
	return `${[first, ...rest].map((name) => `${name}: `).join("{")}${value}${"}".repeat(rest.length)}`;
}

/** What no pattern can say, and only reading the file can. */
const onlyRead: readonly (readonly [key: RegExp, value: RegExp])[] = [
	// A string is taken for a number of the right size, and 8 and 9 for octal digits when they are not quoted.
	[/^(?:nice|oom_score_adj|own\.max_depth|listen\.backlog|landlock\.minimum)$/, /^'9'|^'027'$/],
	[/mode$|^umask/, /[89]/],
	[/\.mode$|_mode$/, /^256$/],
	// A name that looks like one of a signal may be none.
	[/^init\.signals$/, /^\{(?:if_default|nofile): /],
	// Which set has to be within which.
	[/^capabilities\.sets\.(?:effective|ambient)$/, /kill/i],
	[/^limits\./, /^'2:1'$|^unlimited:1$/],
	[/^(?:run\.timeout|fuse\.ready_timeout|init\.grace)$/, /^9999999h$/],
	[/^cgroup\.(?:cpu|memory|io\.(?:read|write)_bps)$/, /^(?:0|9999999|4294967296)$/],
	// Of several keys one has to be there.
	[/^cgroup(?:\.io)?$/, /^(?:\{\}|\[\])$/],
	[/^listen\.(?:tcp|udp)$/, /^(?:65536|77777|9999999|4294967296|'1:2')$/],
];

describe("every key with values of every shape", () => {
	let outcomes: readonly { readonly key: string; readonly value: string; readonly accepted: boolean; readonly valid: boolean }[];
	beforeAll(async () => {
		const cases = [...keys.keys()].flatMap((key) => values.map((value) => ({ key, value, text: fileWith(key, value) })));
		outcomes = await Promise.all(
			cases.map(async ({ key, value, text }) => ({ key, value, accepted: await isAccepted(text), valid: isValidText(text) })),
		);
	}, 60_000);

	const named = (found: typeof outcomes) => found.map(({ key, value }) => `${key}: ${value}`);

	it("is never refused by the schema when we accept it", () => {
		expect(named(outcomes.filter(({ accepted, valid }) => accepted && !valid))).toEqual([]);
		expect(outcomes.filter(({ accepted }) => accepted).length).toBeGreaterThan(1000);
	});

	it("is accepted by the schema only when we do, but for what no pattern can say", () => {
		const isStepWithoutSample = (key: string) =>
			stepKinds.includes(key.split(".")[0] as never) && !((key.split(".")[0] as string) in samples);
		const isKnown = ({ key, value }: (typeof outcomes)[number]) =>
			onlyRead.some(([ofKey, ofValue]) => ofKey.test(key) && ofValue.test(value));
		const wrong = outcomes.filter(({ accepted, valid }) => valid && !accepted);
		// What a variable will give, only a start can tell.
		const told = wrong.filter((each) => !each.value.includes("$") && !isStepWithoutSample(each.key) && !isKnown(each));
		expect(named(told)).toEqual([]);
	});
});
