import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { nodeHost } from "../../../src/node/host.ts";
import type { Host } from "../../../src/sys/native.ts";
import { check } from "../../../src/tools/check/check.ts";
import { runs } from "../harness/runs.ts";

const directory = mkdtempSync(join(tmpdir(), "fix-shapes-"));
afterAll(() => rmSync(directory, { recursive: true }));

async function fixed(text: string): Promise<string> {
	const file = join(directory, "c.yaml");
	writeFileSync(file, text);
	const quiet = (fd: number, each: string) => (fd > 2 ? nodeHost().write(fd, each) : each.length);
	const host = new Proxy(nodeHost(), { get: (known, name) => (name === "write" ? quiet : known[name as keyof Host]) });
	await check(host, file, { format: "json", image: false, imageUser: undefined, version: "1", fix: "write" });
	return readFileSync(file, "utf8");
}

const kept: readonly (readonly [what: string, before: string, after: string])[] = [
	[
		"another name for the list alone",
		"steps:\n  # first\n  - chown: /data   # why\n  - file:\n      path: /f\n      content: |\n        a\n          b # none\n",
		"setup:\n  # first\n  - own: /data   # why\n  - file:\n      path: /f\n      content: |\n        a\n          b # none\n",
	],
	[
		"dashes that are missing",
		"setup:\n  own: /data   # a\n  # b\n  mkdir: /x\n  file:\n    path: /f\n    content: |\n      a\n",
		"setup:\n  - own: /data   # a\n    # b\n  - mkdir: /x\n  - file:\n      path: /f\n      content: |\n        a\n",
	],
	[
		"a level too many",
		"setup:\n  steps:\n    # a\n    - own: /data\n    - file: {path: /f, content: x} # b\n",
		"setup:\n    # a\n    - own: /data\n    - file: {path: /f, content: x} # b\n",
	],
	[
		"a level too few",
		'environment:\n  # a\n  A: "x"   # b\n  B: |\n    c\n    d\n  C:\ngroups:\n- video  # e\n',
		'env:\n  set:\n    # a\n    A: "x"   # b\n    B: |\n      c\n      d\n    C: ""\ngroups:\n  add:\n  - video  # e\n',
	],
	[
		"fields beside a step",
		"setup:\n  - mkdir:\n      path: /d\n    # a\n    perms: 0755   # b\n    owner: app\n  - mkdir: /x\n    mode: 0700  # c\n",
		"setup:\n  - mkdir:\n      path: /d\n    # a\n      mode: 0755   # b\n      owner: app\n  - mkdir: {path: /x, mode: 0700}  # c\n",
	],
	[
		"other names for fields",
		"setup:\n  - file:\n      path: /f\n      text: |\n        x\n        y\n",
		"setup:\n  - file:\n      path: /f\n      content: |\n        x\n        y\n",
	],
	[
		"a comma that is missing",
		'setup:\n  - own: {path: /data owner: app}\n  - mkdir: {path: /x mode: "0750"} # b\n',
		'setup:\n  - own: {path: /data, owner: app}\n  - mkdir: {path: /x, mode: "0750"} # b\n',
	],
	[
		"values that have to be quoted, without the blank before a brace",
		'setup:\n  - mkdir: { path: *.d }\n  - file: { path: /f, content: @a , mode: "0644" }\n  - file: { path: /f, content: %b }\n  - file: { path: /f, content: `c` }\n  - file: { path: /f, content: d: e } # f\n',
		'setup:\n  - mkdir: { path: "*.d" }\n  - file: { path: /f, content: "@a" , mode: "0644" }\n  - file: { path: /f, content: "%b" }\n  - file: { path: /f, content: "`c`" }\n  - file: { path: /f, content: "d: e" } # f\n',
	],
	["what may be one text or two keys", "env: {set: {A: hello mode: x}}\n", "env: {set: {A: hello mode: x}}\n"],
	["a path of two words before a key", "setup: [{own: {path: /a b user: app}}]\n", "setup: [{own: {path: /a b user: app}}]\n"],
	["limits in other units", "limits: {cpu: 10m, nofile: 5k, core: 5k}\n", "limits: {cpu: 600, nofile: 5k, core: 5120}\n"],
	[
		"a name that may be the step's",
		"setup:\n  - listen:\n    tcp: 5672\n    name: amqp\n",
		"setup:\n  - listen:\n    tcp: 5672\n    name: amqp\n",
	],
	[
		"what the container is for, among the steps",
		"setup:\n  - mkdir: /x\n  - command: node a.js\n  - exec: node a.js\n",
		"setup:\n  - mkdir: /x\n  - command: node a.js\n  - exec: node a.js\n",
	],
	["what a script ends with", "setup:\n  - mkdir: /x\n  - exec node a.js\n", "command: {default: [node, a.js]}\nsetup:\n  - mkdir: /x\n"],
	["a name of a key, and what it does not mend", "setpu:\n  - own: {path: /a, nope: 1}\n", "setup:\n  - own: {path: /a, nope: 1}\n"],
	["a tag on a mapping", "setup:\n  - own: !path\n      path: /a\n", "setup:\n  - own:\n      path: /a\n"],
	["an account that is made", "setup:\n  - useradd app\n  - own: /a\n", "setup:\n  - useradd app\n  - own: /a\n"],
	["what may be a comment", "env:\n  set:\n    A: #general\n", "env:\n  set:\n    A: #general\n"],
	["keys behind a path", "setup:\n  - own: /data owner: app # a\n", "setup:\n  - own: {path: /data, owner: app} # a\n"],
	["keys behind the path of a step that takes it otherwise", "setup:\n  - copy: /a to: /b\n", "setup:\n  - copy: /a to: /b\n"],
	["a key of the file among the steps", "setup:\n  - own: /data\n  user: app\n", "setup:\n  - own: /data\nuser: app\n"],
	["what was copied with it from a page", "$ cat c.yaml\nuser: app\n", "\nuser: app\n"],
	["comments that begin otherwise", "// a\nuser: app // b\n", "# a\nuser: app # b\n"],
	["a comma between lines in braces", '{\n  "user": "app"\n  "umask": "027"\n}\n', '{\n  "user": "app",\n  "umask": "027"\n}\n'],
	["a list beside its key", "setup: - own: /data   # a\n  - mkdir: /x\n", "setup:\n  - own: /data   # a\n  - mkdir: /x\n"],
	["a list beside its key, in one column", "setup: - own: /a\n       - mkdir: /x\n", "setup:\n  - own: /a\n  - mkdir: /x\n"],
];

describe("a certain correction leaves as it is written what stays", () => {
	it.each(kept)("of %s", async (_, before, after) => {
		expect(await fixed(before)).toBe(after);
		expect(await fixed(after)).toBe(after);
	});

	it("and none is made that would lose a block of text or a comment", async () => {
		for (const text of [
			"setup:\n  - run: |\n      set -e\n      echo hi\n",
			"setup:\n  - mkdir: /x   # c\n    # d\n    mode: 0700  # e\n",
		]) {
			expect(await fixed(text)).toBe(text);
		}
	});
});

/** Each as it should be and as people write it. `#` stands for a comment of its own. */
const steps: readonly (readonly string[])[] = [
	["- own: /data  #", "- chown: /data  #", "-own: /data #", "- own /data #"],
	[
		"- mkdir:\n    path: /a #\n    #\n    mode: 0700",
		"- mkdir:\n    dir: /a #\n    #\n    perms: 0700",
		"- mkdir: /a #\n  #\n  mode: 0700 #",
	],
	[
		"- file:\n    path: /f\n    content: | #\n      one\n        two # text\n    mode: 0600",
		"- write:\n    dest: /f\n    text: | #\n      one\n        two # text\n    perm: 0600",
		"- file:\n    path: /f\n    content: | #\n      one\n        two # text\n  mode: 0600",
	],
	["- link: {path: /l, to: /t} #", "- ln: {path: /l, to: /t} #", " - symlink: {path: /l, to: /t} #"],
	["- when:\n    env: A #\n  own: /w", "- if:\n    env: A #\n  chown: /w", "- when: A #\n  own: /w"],
];
const tops: readonly (readonly string[])[] = [
	["user: app #", "usr: app #", "user:app #"],
	["env:\n  set:\n    A: b #\n    #\n    C: 'd'", "environment:\n  A: b #\n  #\n  C: 'd'", "env:\n  A: b #\n  #\n  C: 'd'"],
	["limits:\n  nofile: 5 #", "ulimits:\n  nofile: 5 #", "limits: nofile=5 #"],
	["groups:\n  add:\n    - video #", "groups:\n  - video #", "group_add:\n- video #"],
	["no_new_privileges: true #", "no_new_privs: yes #"],
];
const lists = ["setup:", "steps:", "tasks:"];

const oneOf = (members: readonly (readonly string[])[]) =>
	fc.tuple(...members.map((each) => fc.option(fc.constantFrom(...each), { nil: "" }))).map((all) => all.filter((each) => each !== ""));

const documents = fc
	.record({
		before: oneOf(tops),
		list: fc.constantFrom(...lists),
		steps: oneOf(steps),
		indent: fc.constantFrom("", "  "),
		isMapping: fc.boolean(),
	})
	.map(({ before, list, steps: all, indent, isMapping }) => {
		const items = isMapping ? all.map((each) => each.replace(/^ ?- ?/, "").replaceAll(/\n {2}/g, "\n")) : all;
		const block = items.flatMap((each) => each.split("\n")).map((line) => (isMapping ? "  " : indent) + line);
		let count = 0;
		return [...before, ...(items.length === 0 ? [] : [list, ...block]), ""].join("\n").replace(/#(?! text)/g, () => `# c${++count}.`);
	});

it("of mistakes that are mixed, once is enough, and every comment and text is still there", async () => {
	await fc.assert(
		fc.asyncProperty(documents, async (text) => {
			const once = await fixed(text);
			expect(await fixed(once), text).toBe(once);
			const comments = (of: string) => (of.match(/# c\d+\./g) ?? []).toSorted();
			expect(comments(once), `${text}\n${once}`).toEqual(comments(text));
			expect(once.match(/\n +one\n +two # text\n/g)?.length, `${text}\n${once}`).toBe(text.match(/\n +one\n +two # text\n/g)?.length);
		}),
		{ numRuns: runs(60) },
	);
}, 120_000);
