import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeHost } from "../../../src/node/host.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import type { Host } from "../../../src/sys/native.ts";
import { check } from "../../../src/tools/check/check.ts";
import { type Found, fixes } from "../../../src/tools/check/fix.ts";
import type { Finding } from "../../../src/tools/check/lint/findings.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "fix-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What is printed, by descriptor, what the file is then, and whether something is left. */
async function outcome(
	text: string,
	fix: "write" | "show",
	format = "text",
	columns = -25,
): Promise<{ readonly printed: readonly string[]; readonly text: string; readonly isLeft: boolean }> {
	const file = join(directory, "c.yaml");
	writeFileSync(file, text);
	const printed = ["", "", ""];
	const write = (fd: number, each: string) => {
		if (fd > 2) {
			return nodeHost().write(fd, each);
		}
		printed[fd] += each.replaceAll(directory, "");
		return each.length;
	};
	const host = new Proxy(nodeHost(), {
		get: (known, name) => (name === "write" ? write : name === "windowColumns" ? () => columns : known[name as keyof Host]),
	});
	const isLeft = await check(host, file, { format, image: false, imageUser: undefined, version: "1", fix });
	return { printed: printed.slice(1), text: readFileSync(file, "utf8"), isLeft };
}

const mistakes = "usr: app   # who\nenvironment: {A: b}\nsetup:\n  - chown: /data\n";
const mended = "user: app   # who\nenv: {set: {A: b}}\nsetup:\n  - own: /data\n";

describe("check --fix", () => {
	it("mends what is certain, and says each change", async () => {
		const { printed, text, isLeft } = await outcome(mistakes, "write");
		expect([text, isLeft, printed[1]]).toEqual([mended, false, ""]);
		expect(printed[0]).toMatch(
			/^abdicate: fixed\[CONFIG_UNKNOWN_KEY\] \/c\.yaml:1:1 usr: unknown key.*\n {2}- usr: app {3}# who\n {2}\+ user: app {3}# who\n/,
		);
		expect(printed[0]?.match(/fixed\[/g)?.length).toBe(3);
	});

	it("says of each place where it was in the file as it was found", async () => {
		const text = "setup:\n  - mkdir: /a\n    mode: 0700\n  - mkdir: /b\n    mode: 0700\n  - chown: /c\nusr: app\n";
		const { printed } = await outcome(text, "write");
		expect([...(printed[0] ?? "").matchAll(/^abdicate: fixed\S+ \/c\.yaml:(\S+) (\S+):/gm)].map(([, place, key]) => [place, key])).toEqual([
			["3:5", "setup[0].mode"],
			["5:5", "setup[1].mode"],
			["6:5", "setup[2].chown"],
			["7:1", "usr"],
		]);
	});

	it("says at a terminal that nothing is to be mended, and what was not looked at", async () => {
		expect((await outcome("user: app\n", "write")).printed).toEqual(["", ""]);
		expect((await outcome("user: app\n", "write", "text", 300)).printed).toEqual([
			"abdicate: /c.yaml: nothing to mend; --image looks at users, programs and paths here too\n",
			"",
		]);
	});

	it("leaves what is not certain, and ends with it", async () => {
		const { printed, text, isLeft } = await outcome(`${mistakes}limits: {nofile: many}\n`, "write");
		expect([text, isLeft]).toEqual([`${mended}limits: {nofile: many}\n`, true]);
		expect(printed[0]).toContain("error[CONFIG_INVALID_VALUE] /c.yaml:5:18 limits.nofile");
	});

	it("joins what was right already, and guesses nothing that would give the command more", async () => {
		expect((await outcome("capabilities:\n  keep: [KILL]\n  add: [NET_RAW]\n  drop: [ALL]\n", "write")).text).toBe(
			"capabilities:\n  keep: [KILL, NET_RAW]\n",
		);
		for (const text of ["CapabilityBoundingSet: CAP_KILL\n", "cap_add: [KILL]\n", "capabilities: {keep: [KILL]}\nCAP_ADD: [CHOWN]\n"]) {
			expect((await outcome(text, "write")).text).toBe(text);
		}
	});

	it("leaves what may be meant otherwise, such as a dollar sign that may be the shell's", async () => {
		for (const text of [
			'setup:\n  - run: [sh, -c, "echo $f"]\n',
			"setup:\n  - run: echo $HOME > /x\n",
			"setup:\n  - run: echo ${HOME} > /x\n",
			"env: {set: {A: pa$word}}\n",
			"user: {name: app, uid: 1000}\n",
			"user: app\nsetup:\n  - s6-setuidgid app mkdir -p /data\n",
			"user: app\nsetup:\n  - gosu app migrate\n  - own: /data\n",
			"setup:\n  - onw /data\n  - nginx -t\n  - symlink: [/a, /b]\n",
			"ExecStartPre: nginx -t\n",
			"groups:\n  add:\n    - ? video\n",
			"securityContext: {runAsUser: 1}\n",
			"securityContext: {runAsUser: 1, runAsGroup: 1, readOnlyRootFilesystem: true}\n",
		]) {
			expect((await outcome(text, "write")).text).toBe(text);
		}
	});

	it("puts the dash that an item lacks, and moves what belongs to it", async () => {
		const written = "setup:\n  - own: /data\n  mkdir:\n    path: /x\n  - chmod: {path: /x,\n      mode: 700}\n  remove: /y\n";
		const wanted = "setup:\n  - own: /data\n  - mkdir:\n      path: /x\n  - chmod: {path: /x,\n      mode: 700}\n  - remove: /y\n";
		expect((await outcome(written, "write")).text).toBe(wanted);
	});

	it("takes the words of others for what they say, before it looks for slips in them", async () => {
		const { text } = await outcome("security_opt:\n  - seccomp:unconfined\n  - no-new-privileges:true\n", "write");
		expect(text).toBe("seccomp: none\nno_new_privileges: true\n");
	});

	it("with --diff changes nothing", async () => {
		const { printed, text, isLeft } = await outcome(mistakes, "show");
		expect([text, isLeft]).toEqual([mistakes, true]);
		expect(printed[0]).toBe(
			`--- /c.yaml\n+++ /c.yaml\n@@ -1,4 +1,4 @@\n-usr: app   # who\n-environment: {A: b}\n+user: app   # who\n+env: {set: {A: b}}\n setup:\n-  - chown: /data\n+  - own: /data\n`,
		);
	});

	it("with --diff says what it would not mend, of a file that is no YAML too", async () => {
		expect((await outcome(`${mistakes}limits: {nofile: many}\n`, "show")).printed[1]).toBe(
			"abdicate: 1 finding has no one right answer: abdicate check /c.yaml\n",
		);
		expect((await outcome("user: [\n", "show")).printed).toEqual([
			"",
			"abdicate: 2 findings have no one right answer: abdicate check /c.yaml\n",
		]);
		expect((await outcome(mistakes, "show")).printed[1]).toBe("");
	});

	it("prints what is left alone where a machine reads it", async () => {
		const { printed } = await outcome(mistakes, "write", "json");
		expect([printed[0], printed[1]?.includes("fixed[")]).toEqual(["[]\n", true]);
	});

	it("touches nothing of a file that is right, and nothing of one that is no YAML", async () => {
		for (const text of ["user: app\n", "user: [\n", "user: app # b\n"]) {
			expect((await outcome(text, "write")).text).toBe(text);
		}
	});

	it("takes out of a comment what nobody sees, and never out of a value", async () => {
		const value = 'user: app\nsetup:\n  - file: { path: /f, content: "a #\u00a0b" }\n';
		expect((await outcome("user: app # who\u00a0\u202eis\n", "write")).text).toBe("user: app # who is\n");
		expect((await outcome(value, "write")).text).toBe(value);
	});
});

const newcomers = join(import.meta.dirname, "../newcomers/files");

it("of the first files of newcomers, what is mended stays so the second time", async () => {
	for (const name of readdirSync(newcomers)) {
		const before = readFileSync(join(newcomers, name), "utf8");
		const first = await outcome(before, "write", "json");
		const again = await outcome(first.text, "write", "json");
		expect([name, again.text, again.printed[1], again.isLeft]).toEqual([name, first.text, "", first.isLeft]);
	}
}, 300_000);

describe("a correction", () => {
	const finding = (more: Partial<Finding>): Finding => ({
		code: "CONFIG_UNKNOWN_KEY",
		severity: "error",
		message: "m",
		remedy: [],
		file: "f",
		line: 1,
		column: 1,
		key: "a",
		text: undefined,
		...more,
	});
	const change = (from: number, text: string, isCertain = true) => ({
		isCertain,
		edits: [{ line: 1, column: from, endLine: 1, endColumn: from + 1, text }],
	});
	const mend = async (first: Found, find: (text: string) => Found, text = "a: 1\n") =>
		(await fixes({ parseYaml }, text, first, async (each) => find(each))).done;
	const none: Found = { findings: [], isRead: true };

	it("is not made where it is not certain, or has no place", async () => {
		for (const more of [{ correction: change(1, "b", false) }, { correction: change(1, "b"), line: undefined }, {}]) {
			expect(await mend({ findings: [finding(more)], isRead: false }, () => none)).toEqual([]);
		}
	});

	it("is undone where what it was for is still there, or something new is", async () => {
		const first = { findings: [finding({ correction: change(1, "b") }), finding({ key: "c" })], isRead: false };
		const still: Found = { ...first, isRead: false };
		const worse: Found = { findings: [finding({ key: "new" })], isRead: false };
		expect([await mend(first, () => still), await mend(first, () => worse)]).toEqual([[], []]);
		expect((await mend(first, () => none)).map(({ after }) => after)).toEqual(["b: 1\n"]);
	});

	it("of what was valid is not made where it would be read differently", async () => {
		const warning = { findings: [finding({ severity: "warning" as const, correction: change(1, "b") })], isRead: true };
		expect(await mend(warning, () => none)).toEqual([]);
		const inComment = { findings: [finding({ severity: "warning" as const, correction: change(8, "x") })], isRead: true };
		expect((await mend(inComment, () => none, "a: 1 # b\n")).length).toBe(1);
	});

	it("comes to an end, whatever is found", async () => {
		let count = 0;
		const find = (): Found => ({
			findings: [finding({ key: `k${++count}`, correction: change(1, count % 2 === 0 ? "a" : "b") })],
			isRead: false,
		});
		const done = await mend(find(), () => ({ ...find(), isRead: false }));
		expect(done.length).toBeLessThanOrEqual(200);
	});
});

describe("a line of a script among the steps", () => {
	it.each([
		["chown nobody /srv/x.d", "own: {path: /srv/x.d, owner: nobody, group: keep, policy: top-only}"],
		["chgrp nogroup /srv/x", "own: {path: /srv/x, owner: keep, group: nogroup, policy: top-only}"],
		["mkdir -p /srv/app", undefined],
		["cp /srv/key /srv/out/key", undefined],
		["touch /srv/t", undefined],
	])("is mended to what gives no more away, or left: %s", async (line, step) => {
		const { text } = await outcome(`user: app\nsetup:\n  - ${line}\n`, "write");
		expect(text).toBe(`user: app\nsetup:\n  - ${step ?? line}\n`);
	});
});
