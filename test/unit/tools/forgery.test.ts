import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { nodeHost } from "../../../src/node/host.ts";
import type { AllGrants, Grants } from "../../../src/plan/grants.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { json } from "../../../src/report/json.ts";
import { jsonForm } from "../../../src/report/json-line.ts";
import { openLog } from "../../../src/report/log.ts";
import { shellWord } from "../../../src/report/shell.ts";
import { renderDiagnostic, tell } from "../../../src/report/tell.ts";
import { plain } from "../../../src/report/terminal.ts";
import { printable, quoted } from "../../../src/report/text.ts";
import { yamlQuoted, yamlScalar } from "../../../src/report/yaml.ts";
import type { Host } from "../../../src/sys/native.ts";
import { check } from "../../../src/tools/check/check.ts";
import { renderText } from "../../../src/tools/check/lint/findings.ts";
import { renderSarif } from "../../../src/tools/check/lint/sarif.ts";
import type { ProcessDetails } from "../../../src/tools/inspect/process-details.ts";
import { renderProcess, renderProcesses } from "../../../src/tools/inspect/text.ts";
import { Unknown } from "../../../src/tools/inspect/unknown.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerFlags, ociConfig } from "../../../src/tools/plan/plan-formats.ts";
import { composeFragment, kubernetesPod } from "../../../src/tools/plan/yaml-formats.ts";

/** What somebody who is reviewed might write, each where it would work on a careless printer. */
const values = [
	"a\nprivileged: true",
	"a\r\n  - /dev/sda:/dev/sda:rwm",
	"a\u001b[1A\u001b[2Kb",
	"a\u009b2Jb\u0085c\u007f",
	"a\u202eb\u2066c\u200e\u061c",
	"a\u200bb\u200dc\ufeffd\u00ad",
	"a\u2028b\u2029c",
	"byte \udcff\udc9b.",
	"tag \u{e0041}\u{e007f} and \u{1f600}",
	"$(touch /pwned)",
	"`touch /pwned`",
	"$HOME ${HOME} $$",
	"a'b\"c",
	"'; touch /pwned; '",
	"!!",
	"\u001b!!'\\",
	" blanks  ",
	"--privileged",
	"-v",
	"%s%n",
	"back\\slash\\n\\u001b",
	"key: value",
	"a #b",
	"#a",
	...["&a", "*a", "!a", "|", ">", "?", "- a", "[a", "{a: b}", "@a", "%a", "a,b", "=", "<<", "---", "..."],
	...["true", "No", "y", "null", "~", "0x1", "1e3", "12:30", "1_000", "0o7", ".inf", "2001-01-01", ""],
	"é 日本 ⚙️",
];

/** A value in lower and upper parts of all planes, bytes included. NUL is in no argument. */
const anything = fc
	.array(
		fc.oneof(
			fc.string({ unit: "binary" }),
			fc.constantFrom(...values),
			fc.integer({ min: 0xdc80, max: 0xdcff }).map((unit) => String.fromCharCode(unit)),
		),
		{ maxLength: 4 },
	)
	.map((parts) => parts.join("").replaceAll("\0", ""));

/** What a terminal obeys or shows as nothing, apart from the line feeds that end our own lines. */
const obeyed = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}\u{e0000}-\u{e0fff}]/u;

function grants(value: string, more: Partial<Grants> = {}): AllGrants {
	const needed: Grants = {
		capabilities: ["CHOWN"],
		purposes: new Map([["CHOWN", `for ${value}`]]),
		devices: [{ path: value, access: "rw" }],
		sysctls: { [`k${value}`]: value },
		machineSettings: { [`m${value}`]: value },
		hostname: value,
		unconfined: { seccomp: `for ${value}` },
		...more,
	};
	const purposes = new Map([["KILL", `for ${value}`] as const]);
	return { needed, optional: { ...needed, capabilities: ["KILL"], purposes, sysctls: { [`o${value}`]: value } }, remarks: [value] };
}

/** As bytes, with those that are not UTF-8 as they were. */
function bytesOf(text: string): Buffer {
	const parts = text.split(/([\udc80-\udcff])/u).map((part) => {
		const code = part.codePointAt(0) ?? 0;
		return code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(part);
	});
	return Buffer.concat(parts);
}

/** What a shell makes of a line, one word after the other. */
function wordsOf(line: string): Buffer[] {
	const script = `printf '%s\\0' ${line}`;
	const output = execFileSync("/bin/bash", ["-c", script], { env: { HOME: "/elsewhere", PATH: "/nowhere", LC_ALL: "C" } });
	return output
		.toString("latin1")
		.split("\0")
		.slice(0, -1)
		.map((word) => Buffer.from(word, "latin1"));
}

/** Compose replaces variables in what YAML has read; here, none is set. */
function interpolated(text: string): string {
	return text.replace(/\$(?:\$|\w+|\{[^}]*\})/g, (found) => (found === "$$" ? "$" : ""));
}

const directory = mkdtempSync("/tmp/forgery-");
afterAll(() => rmSync(directory, { recursive: true }));

/** What the tools print under Node about a file. */
async function printed(text: string, print: (host: Host, file: string) => unknown): Promise<string> {
	const file = join(directory, "entrypoint.yaml");
	writeFileSync(file, text, { mode: 0o644 });
	let output = "";
	const host = Object.assign(Object.create(nodeHost()) as Host, {
		write: (_: number, part: string) => {
			output += part;
			return part.length;
		},
		exit: () => undefined,
	});
	await print(host, file);
	return output;
}

/** A file of these values, which YAML itself would let in only as escapes. */
function fileOf(value: string): string {
	const scalar = yamlQuoted(value.replaceAll("$", "$$$$"));
	const [path, link] = ["", "link to "].map((before) => yamlQuoted(`/data/${before}${value}`.replaceAll("$", "$$$$")));
	return [
		"user: 1000:1000",
		`command: {default: [/bin/true, ${scalar}]}`,
		`setup: [{name: ${scalar}, mkdir: ${path}}, {mkdir: ${path}}, {link: {path: ${link}, to: ${path}}}]`,
	].join("\n");
}

/** Without what YAML refuses anyway, or a step does. */
const ofFiles = values.filter((value) => value !== "" && !/[\udc80-\udcff]/u.test(value));

describe("rule 9.10: a word for a shell", () => {
	it.each(values)("is %j itself", (value) => {
		const word = shellWord(value);
		expect([wordsOf(word), obeyed.test(word), word.includes("\n")]).toEqual([[bytesOf(value)], false, false]);
	});

	it("is any text itself", () => {
		fc.assert(
			fc.property(fc.array(anything, { minLength: 1, maxLength: 20 }), (texts) => {
				const line = texts.map(shellWord).join(" ");
				expect([wordsOf(line), obeyed.test(line), line.includes("\n")]).toEqual([texts.map(bytesOf), false, false]);
			}),
			{ numRuns: 20 },
		);
	});

	it.each(values)("leaves the line of docker run as many words with the device %j as with a harmless one", (value) => {
		const lines = dockerFlags(grants(value)).split("\n");
		const words = ["--device", `${value}:${value}:rw`, "--sysctl", `k${value}=${value}`, "--hostname", value];
		const options = ["--security-opt", "seccomp=unconfined"];
		// A shell takes what follows the first line for comments, whatever is in them.
		expect([wordsOf(lines.join("\n")), lines.length, obeyed.test(lines.join(""))]).toEqual([
			["--cap-drop", "ALL", "--cap-add", "CHOWN", ...words, ...options].map(bytesOf),
			dockerFlags(grants("x")).split("\n").length,
			false,
		]);
		expect(lines.slice(1, -1).every((line) => line.startsWith("# "))).toBe(true);
	});
});

describe("rule 9.10: a scalar of YAML", () => {
	it.each(values)("is %j itself, in block and in flow", (value) => {
		for (const scalar of [yamlScalar(value), yamlQuoted(value)]) {
			expect([parse(`a: ${scalar}\nb: {c: ${scalar}, d: [${scalar}]}`), parse(`a: ${scalar}`, { version: "1.1" })]).toEqual([
				{ a: value, b: { c: value, d: [value] } },
				{ a: value },
			]);
			expect([obeyed.test(scalar), scalar.includes("\n")]).toEqual([false, false]);
		}
	});

	it("is any text itself, also as a key", () => {
		fc.assert(
			fc.property(anything, (text) => {
				const line = `{${yamlScalar(text)}: ${yamlScalar(text)}, b${yamlQuoted("")}: ${yamlQuoted(text)}}`.replace('b""', "b ");
				expect([Object.entries(parse(line)), obeyed.test(line), line.includes("\n")]).toEqual([
					Object.entries(
						Object.fromEntries([
							[text, text],
							["b", text],
						]),
					),
					false,
					false,
				]);
			}),
		);
	});

	it.each(values)("leaves %j one value of the Compose fragment and of the Pod", (value) => {
		const compose = composeFragment(grants(value));
		const device = `${value}:${value}:rw`;
		const read = parse(compose);
		expect([read.devices.map(interpolated), Object.entries(read.sysctls), interpolated(read.hostname), Object.keys(read)]).toEqual([
			[device],
			[[`k${value}`, value.replace(/\$(?=[\w{$])/g, "$$$$")]],
			value,
			["cap_drop", "cap_add", "devices", "sysctls", "hostname", "security_opt"],
		]);
		const pod = kubernetesPod(grants(value));
		const harmless = parse(kubernetesPod(grants("x")));
		expect(parse(pod)).toEqual({
			...harmless,
			spec: { ...harmless.spec, hostname: value, securityContext: { sysctls: [{ name: `k${value}`, value }] } },
		});
		const lines = [composeFragment(grants("x")), kubernetesPod(grants("x"))].map((text) => text.split("\n").length);
		expect([[compose, pod].map((text) => text.split("\n").length), obeyed.test(compose + pod)]).toEqual([lines, false]);
	});
});

/** A byte that is no UTF-8 is shown as a terminal shows it. */
const inJson = (text: string): string =>
	text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (each) => (each.length === 1 ? printable(each) : each));
const allInJson = (value: unknown): unknown =>
	JSON.parse(JSON.stringify(value), (_, each) => (typeof each === "string" ? inJson(each) : each));

describe("rule 9.10: JSON", () => {
	it.each(values)("holds %j and shows nothing that is obeyed", (value) => {
		const text = json({ [value]: [value] }, 2);
		expect([JSON.parse(text), obeyed.test(text), text.split("\n").length]).toEqual([{ [inJson(value)]: [inJson(value)] }, false, 5]);
	});

	it("holds any text", () => {
		fc.assert(
			fc.property(anything, (value) => {
				const line = json({ value });
				expect([JSON.parse(line), obeyed.test(line), line.includes("\n")]).toEqual([{ value: allInJson(value) }, false, false]);
			}),
		);
	});

	it("is what a runtime's configuration is, whatever is in it", () => {
		const plan = { command: { argv: values }, departure: { rows: { "no-new-privileges": true } } } as unknown as Plan;
		const text = ociConfig(grants("a\u009b\u202e"), plan, nodeHost());
		expect([JSON.parse(text).process.args, JSON.parse(text).linux, obeyed.test(text)]).toEqual([
			values.map(inJson),
			{ sysctl: { "ka\u009b\u202e": "a\u009b\u202e" } },
			false,
		]);
	});
});

describe("rule 9.10: a line for a terminal", () => {
	it("is one line of the log in both formats, with every step, note and error", () => {
		for (const value of values) {
			for (const format of ["text", "json"] as const) {
				const lines: string[] = [];
				const output = {
					write: (_: number, text: string) => lines.push(text),
					clockGettime: () => -1,
					windowColumns: () => -25,
					environ: () => [],
				};
				const log = openLog(output, { level: 1 }, format === "json" ? jsonForm(output) : undefined);
				log.step(value, () => [value, value]);
				log.note(value);
				log.warn(value);
				tell(output, { format }, [{ code: "USAGE", message: value, where: value }]);
				expect([lines.length, lines.filter((line) => line.indexOf("\n") !== line.length - 1 || obeyed.test(line))]).toEqual([4, []]);
				if (format === "json") {
					const shown = inJson(value);
					const line = { time: null, code: null, step: null, message: shown, remedy: [] };
					expect(lines.map((line) => JSON.parse(line))).toEqual([
						{ ...line, severity: "info", step: shown, state: shown },
						{ ...line, severity: "info" },
						{ ...line, severity: "warning" },
						{ ...line, severity: "error", code: "USAGE", where: shown },
					]);
				}
			}
		}
	});

	it("is what an error says, with the caret where it belongs", () => {
		const source = { line: "us\u001b[2J\ter: \u202ex", column: 10 };
		expect(renderDiagnostic({ code: "USAGE", where: "a\nb", message: "c\u009bd", remedy: ["e\u2028f"], source })).toBe(
			["abdicate: error[USAGE] a\\x0ab: c\\x9bd", "    us\\x1b[2J er: \\u202ex", `    ${" ".repeat(12)}^`, "  e\\u2028f", ""].join("\n"),
		);
	});

	it("shows where a quoted value ends", () => {
		expect(quoted('a" is fine; "\\x1b\u001b')).toBe('"a\\" is fine; \\"\\\\x1b\\x1b"');
	});

	it.each(values)("shows a process that calls itself %j", (value) => {
		const { empty } = CapabilitySet;
		const status = {
			pid: 7,
			parent: 1,
			name: value,
			arguments: [value, value],
			uids: [0, 0, 0],
			gids: [0, 0, 0],
			groups: [],
			sets: { bounding: empty, permitted: empty, effective: empty, inheritable: empty, ambient: empty },
			securebits: new Unknown(value),
			noNewPrivileges: true,
			seccomp: { mode: "off", filters: 0 },
			label: value,
			namespaces: [{ kind: "net", id: value, sharedWithInit: false }],
			state: "alive",
			limits: { pids: new Unknown(value), memory: "unlimited", cpu: 1 },
			privilegedSockets: [],
			environment: [value],
			landlock: "available",
			rlimits: { nofile: { soft: 1024, hard: 4096 }, as: { soft: "unlimited", hard: "unlimited" } },
		} as unknown as ProcessDetails;
		const texts = (each: ProcessDetails) => [
			renderProcess(each, empty, undefined, true),
			renderProcess(each, empty, undefined, false),
			renderProcesses([each], empty, plain, false),
		];
		const harmless = { ...status, name: "x", arguments: ["x"], label: "x" } as ProcessDetails;
		expect(texts(status).map((text) => text.split("\n").length)).toEqual(texts(harmless).map((text) => text.split("\n").length));
		expect([texts(status).join("").match(obeyed), texts(status)[0]?.split("\n")[1]]).toEqual([
			null,
			`  command      ${printable(`${value} ${value}`)}`.trimEnd(),
		]);
	});
});

describe("rule 9.10: what the tools print about a file", () => {
	it.each(ofFiles)("with %j has the rows of a harmless file", async (value) => {
		const plan = (format: "text" | "json", text: string) =>
			printed(text, (host, file) => planCommand(host, { format }, ["--config", file, "--", "/bin/true", value]));
		const [text, harmless] = [await plan("text", fileOf(value)), await plan("text", fileOf("x"))];
		const firsts = (all: string) => all.split("\n").flatMap((line) => /^(\S+(?: [a-z]+)?)(?: |$)/.exec(line)?.[1] ?? []);
		expect([text.split("\n").length, text.match(obeyed), text.split("\n")[0]?.replace(/ +/, " ")]).toEqual([
			harmless.split("\n").length,
			null,
			`command /bin/true ${shellWord(value)}`.replace(/ +/, " "),
		]);
		expect([firsts(text), text.split("\n").filter((line) => line.startsWith(`0 mkdir  ${quoted(value)}: `)).length]).toEqual([
			firsts(harmless),
			1,
		]);
		const data = await plan("json", fileOf(value));
		expect([JSON.parse(data).setup[0].label, JSON.parse(data).command.argv, data.match(obeyed)]).toEqual([
			value,
			["/bin/true", value],
			null,
		]);
	});

	it.each(ofFiles)("with %j is checked in lines of our own", async (value) => {
		const text = `${fileOf(value)}\n${yamlScalar(`z${value}`)}: 1\n`;
		const format = (name: string) =>
			printed(text, (host, file) => check(host, file, { format: name, image: false, imageUser: undefined, version: "1" }));
		const plain = await format("text");
		expect([
			plain
				.split("\n")
				.filter(
					(line) =>
						!/^(?:abdicate: (?:error|warning)\[[A-Z_]+\] \S+\/entrypoint\.yaml:\d+:\d+ |abdicate: 1 error, \d+ warnings?; abdicate explain \w+ says more$| {2}|$)/.test(
							line,
						),
				),
			plain.match(obeyed),
		]).toEqual([[], null]);
		for (const name of ["json", "sarif"]) {
			const data = await format(name);
			expect([typeof JSON.parse(data), data.match(obeyed)]).toEqual(["object", null]);
		}
	});

	it("takes names of files that no address may hold", () => {
		const finding = {
			code: "LINT_DENY_LIST",
			severity: "warning",
			message: "a\u001b",
			remedy: ["b\nc", "keep: [X], [fine](https://example.org)"],
			key: "",
		} as const;
		const sarif = JSON.parse(renderSarif([{ ...finding, file: "a/\udcff é\n", line: 1, column: 1, text: "" }], "1"));
		const [{ message, locations }] = sarif.runs[0].results;
		expect([message.text, locations[0].physicalLocation.artifactLocation.uri]).toEqual([
			"a\\x1b\nb\\x0ac\nkeep: [X], \\[fine](https://example.org)",
			"a/%FF%20%C3%A9%0A",
		]);
		expect(renderText({ ...finding, file: "a\nb", line: 1, column: 2, text: "\u001bx" })).toBe(
			"abdicate: warning[LINT_DENY_LIST] a\\x0ab:1:2: a\\x1b\n    \\x1bx\n        ^\n  b\\x0ac\n  keep: [X], [fine](https://example.org)\n",
		);
	});
});
