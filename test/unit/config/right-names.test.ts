import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { corrected } from "../../../src/report/correction.ts";
import type { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

async function told(text: string) {
	const failure = await parseConfig(text, "f", { reads, environment: new Map(), loadSteps }).catch((error: unknown) => error);
	return (failure as Failure).diagnostics ?? [];
}

const written = `usr: app
setp:
  - onw: /data
  - own: {pth: /y, ower: app, polcy: sticky}
capabilites: {keeep: [NET_BIND_SERVCE]}
limts: {nofiles: 1e5}
`;

it("tells what stands below wrong names at once, at its place in the file", async () => {
	expect((await told(written)).map(({ where, message }) => `${where}: ${message.replace(/.*; (?=did)/, "")}`)).toEqual([
		'f:1:1 usr: did you mean "user"?',
		'f:2:1 setp: did you mean "setup"?',
		'f:3:5 setup[0].onw: did you mean "own"?',
		'f:4:11 setup[1].own.pth: did you mean "path"?',
		'f:4:20 setup[1].own.ower: did you mean "owner"?',
		'f:4:31 setup[1].own.polcy: did you mean "policy"?',
		expect.stringMatching(/^f:4:38 setup\[1\]\.own\.policy: expected /),
		'f:5:1 capabilites: did you mean "capabilities"?',
		'f:5:15 capabilities.keeep: did you mean "keep"?',
		'f:5:23 capabilities.keep[0]: did you mean "NET_BIND_SERVICE"?',
		'f:6:1 limts: did you mean "limits"?',
		'f:6:9 limits.nofiles: did you mean "nofile"?',
		'f:6:18 limits.nofile: expected a number, unlimited, or soft:hard, such as "1024:4096"',
	]);
});

it("corrects the text that is there, with names before and behind", async () => {
	const text = written.replace(", polcy: sticky", "");
	expect(
		corrected(
			text,
			(await told(text)).flatMap(({ correction }) => correction ?? []),
		).text,
	).toBe(
		"user: app\nsetup:\n  - own: /data\n  - own: {path: /y, owner: app}\ncapabilities: {keep: [NET_BIND_SERVICE]}\nlimits: {nofile: 100000}\n",
	);
});

it("goes no further where a name is there already", async () => {
	expect((await told("limits: {nofile: 1}\nlimts: {nofiles: 64k}\n")).map(({ where }) => where)).toEqual(["f:2:1 limts"]);
});

it("tells what stands below slips of the syntax at once, and what is no YAML behind them", async () => {
	const text = "user: app\nsetup:\n  - run: [migrate\n  - own: /data\numask:022\nworkdir: [/srv]\n";
	const places = (await told(text)).map(({ where, source, correction }) => [where, source?.line, correction?.isCertain]);
	expect(places).toEqual([
		["f:3:18", "  - run: [migrate", false],
		["f:5:7", "umask:022", true],
		["f:6:10 workdir", "workdir: [/srv]", false],
	]);
	const mended = corrected(
		text,
		(await told(text)).flatMap(({ correction }) => correction ?? []),
	).text;
	expect(mended).toBe("user: app\nsetup:\n  - run: [migrate]\n  - own: /data\numask: 022\nworkdir: /srv\n");
	const behind = await told("setup:\n  - own: [/a, /b\n  - own: /c\ncommand: [sh, -c, 'echo it's']\n");
	expect(behind.map(({ where }) => where)).toEqual(["f:2:17", "f:4:28"]);
});

it("is certain of another form of a step's name alone, for another step does something else", async () => {
	const steps =
		"{remote: /a}, {hook: /b}, {Own: /c}, {secrets: {from: {env: A}, path: /run/a}}, {mounts: {type: tmpfs, target: /t}}, {mdkir: /d}";
	expect((await told(`setup: [${steps}]`)).map(({ where, correction }) => `${where?.slice(6)} ${correction?.isCertain}`)).toEqual([
		expect.stringContaining("setup[0].remote false"),
		expect.stringContaining("setup[1].hook true"),
		expect.stringContaining("setup[2].Own true"),
		expect.stringContaining("setup[3].secrets true"),
		expect.stringContaining("setup[4].mounts true"),
		expect.stringContaining("setup[5].mdkir false"),
	]);
});

it.each([
	["hosts: [a b]", "setup[0].hosts: unknown step; names are given by the runtime: docker run --add-host NAME:ADDRESS"],
	["rename: /a", "setup[0].rename: unknown step; nothing is moved: copy: {from: OLD, to: NEW}, and then remove: OLD"],
	["own: /data, then: x", "setup[0].then: unknown key; steps are done in their order: what comes then is an entry of its own"],
	["own: {path: /data, mode: 0755}", 'setup[0].own.mode: unknown key; write modes: {dirs: "0755", files: "0644"}'],
	["hoots: [a b]", "setup[0].hoots: unknown step"],
])("tells nothing of what only follows from a name that was not meant: %s", async (entry, expected) => {
	const found = await told(`setup: [{${entry}}]`);
	expect(found.map(({ where, message, remedy = [] }) => [`${where?.replace(/^\S+ /, "")}: ${message}`, ...remedy].join("; "))).toEqual([
		expected,
	]);
});
