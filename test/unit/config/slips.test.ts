import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { corrected } from "../../../src/report/correction.ts";
import { type Diagnostic, Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

/** `line:column message | remedy` of all that is told in one round. */
async function told(text: string): Promise<readonly string[]> {
	return (await diagnosticsOf(text)).map(({ where, message, remedy = [] }) =>
		[`${where?.slice("/c:".length).split(" ")[0]} ${message}`, ...remedy.filter((line) => !/ takes? /.test(line))].join(" | "),
	);
}

async function diagnosticsOf(text: string): Promise<readonly Diagnostic[]> {
	const context = { reads: { parseYaml } as unknown as Reads, environment: new Map(), loadSteps, unasked: "all" } as const;
	const result: unknown = await parseConfig(text, "/c", context).catch((error: unknown) => error);
	return result instanceof Failure ? result.diagnostics : [];
}

const dash = "a dash of a text processor, and a list of YAML has -";
const noComma = "a comma is missing between two keys";
const second = "a colon and a blank within a value make a second key of it";
const comma = "no comma stands behind a value here";
const tool = "let what fills such templates in do so before the image is built";
const isNone = 'is no escape of YAML, which "..." has';

describe("what was brought along from elsewhere is told where it is, and once", () => {
	it.each<[string, string, readonly string[]]>([
		[
			"dashes in brackets",
			"user: app\nsetup: [ - own: /data, - mkdir: /x ]\n",
			["2:8 a list in brackets has no dashes | write setup: [{own: /data}, {mkdir: /x}]"],
		],
		[
			"dashes in brackets of several lines",
			"setup: [\n  - own: /data,\n  - mkdir: /x,\n]\nnope: 1\n",
			["2:3 a list in brackets has no dashes | leave the brackets and the commas out: write - own: /data", "5:1 unknown key"],
		],
		[
			"commas behind quotes and brackets",
			'user: "app",\nsetup:\n  - own: [/a, /b],\nhome: /x\n',
			[`1:12 ${comma} | write user: "app"`, `3:18 ${comma} | write - own: [/a, /b]`],
		],
		["commas behind most lines", "user: app,\nworkdir: x,\n", [`1:10 ${comma} | write user: app`, `2:11 ${comma} | write workdir: x`]],
		[
			"dashes and quotes of a text processor",
			"user: \u201capp\u201d\nsetup:\n  \u2013 own: /data\n  \u2022 mkdir: \u201c/x\u201d\n",
			[
				'1:7 quotes of a text processor, which are letters to YAML | write "app"',
				`3:3 ${dash} | write - own: /data`,
				`4:3 ${dash} | write - mkdir: "/x"`,
				'4:12 quotes of a text processor, which are letters to YAML | write "/x"',
			],
		],
		[
			"a comma that is missing within braces",
			'setup:\n  - own: {path: "/data" owner: app group: app}\n  - mkdir: {path: /x mode: "0750"}\n  - listen: {tcp: 80 name: http}\n',
			[
				`2:17 ${noComma} | write {path: "/data", owner: app, group: app}`,
				`3:19 ${noComma} | write {path: /x, mode: "0750"}`,
				`4:19 ${noComma} | write {tcp: 80, name: http}`,
			],
		],
		[
			"a colon in a text within braces",
			"env: {set: {A: hello mode: x}}\n",
			[`1:16 ${noComma} | write {A: hello, mode: x}, or "hello mode: x" where it is one text`],
		],
		["keys behind a path", "setup:\n  - own: /data owner: app\n", [`2:10 ${second} | write {path: /data, owner: app}`]],
		["dashes of a text processor alone", "setup:\n  \u2014 own: /data\n", [`2:3 ${dash} | write - own: /data`]],
		["asterisks", "setup:\n  * own: /data\n", [`2:3 ${dash} | write - own: /data`]],
		[
			"escapes, and what else is wrong",
			'workdir: "\\data"\nenv: {set: {A: "\\d+"}}\nhome: "C:\\temp\\x"\nnope: 1\n',
			[
				`1:10 \\d ${isNone} | write /data for a path, '\\data' for a text`,
				`2:16 \\d ${isNone} | write '\\d+'`,
				`3:7 \\x ${isNone} | write /temp/x`,
				"4:1 unknown key",
			],
		],
		[
			"paths of Windows",
			"workdir: 'C:\\data'\nhome: D:\\x\n",
			[
				"1:10 paths of Windows are none here: they begin with / and have no drive | write /data",
				"2:7 paths of Windows are none here: they begin with / and have no drive | write /x",
			],
		],
		[
			"templates",
			'user: {{ .Values.user | quote }}\n{{- if .Values.dir }}\nworkdir: "{{ dir }}"\nsetup: [{own: {{ data }}}]\nnope: 1\n',
			[
				`1:7 templates are not filled in here | write \${user}, or ${tool}`,
				`2:1 templates are not filled in here | ${tool}`,
				`3:10 templates are not filled in here | write \${dir}, or ${tool}`,
				`4:15 templates are not filled in here | write "\${data}", or ${tool}`,
				"5:1 unknown key",
			],
		],
		["a quoted template", 'workdir: "{{ dir }}"\n', [`1:10 templates are not filled in here | write \${dir}, or ${tool}`]],
		["a template that is a value of somebody's", 'env: {set: {A: "{{ a }}"}}\nnope: 1\n', ["2:1 unknown key"]],
		["a bracket within", "setup: [{own: /data]\n", ["1:20 { is closed by ] | write setup: [{own: /data}]"]],
		[
			"brackets that are open",
			"setup: [{owm: /data\nnice: 99\n",
			[
				"1:20 the { at column 9 is not closed, and the [ at column 8 is not closed | write setup: [{owm: /data}]",
				'1:10 unknown step; did you mean "own"?',
				"2:7 expected an integer from -20 to 19",
			],
		],
		[
			"anchors that are not there, and tags",
			"user: &user app\nhome: *missing\nworkdir: !path /x\nsetup: [{own: {path: /x, owner: *usr}}]\nnope: !x\n",
			[
				'2:7 no anchor is called missing | write "*missing" where it is text; else the value itself, or &missing where it stands',
				'3:10 tags such as !path are none here | leave it out, or write "!path /x" where all of it is text',
				"4:33 no anchor is called usr | write *user",
				'5:7 a value that begins with ! has to be quoted | write "!x"',
			],
		],
	])("%s", async (_, text, expected) => {
		expect(await told(text)).toEqual(expected);
	});
});

describe("what stands at the wrong depth, or twice, is told with what is wrong behind it", () => {
	it.each<[string, string, readonly string[]]>([
		[
			"a list of steps",
			"---\n- own: /data\n  nme: x\n- mkdri: /x\n",
			[
				"2:1 a list of steps stands below setup: | write |   setup: |   - own: /data",
				'3:3 unknown key; did you mean "name"?',
				'4:3 unknown step; did you mean "mkdir"?',
			],
		],
		[
			"keys in braces without a blank",
			"setup:\n  - mkdir: {path:/a,mode:0750}\n  - own: {path: '/b:c', owner:app}\nnope: 1\n",
			[
				"2:12 a blank is missing behind the colon | write {path: /a, mode: 0750}",
				"3:10 a blank is missing behind the colon | write {path: '/b:c', owner: app}",
				"4:1 unknown key",
			],
		],
		["a list of steps in brackets", "[{own: /data}]\n", ["1:1 a list of steps stands below setup: | write setup: [{own: /data}]"]],
		[
			"a list of keys",
			"- user: app\n- setup:\n    - owm: /x\n",
			["1:1 the keys of the file stand without dashes | write user: app, and so for each", '3:7 unknown step; did you mean "own"?'],
		],
		[
			"all of it below the name of the program",
			"abdicate:\n  user: app\n  nice: 99\n",
			[
				"1:1 the keys of abdicate stand at the top of the file, not below abdicate: | write |   user: app",
				"3:9 expected an integer from -20 to 19",
			],
		],
		[
			"all of it below another word, which is not shown",
			"config:\n  user: app\n  password: hunter2\n",
			[
				"1:1 the keys of abdicate stand at the top of the file, not below config: | leave that line out, and begin each key at the edge, such as user: app",
			],
		],
		[
			"a key twice",
			"user: app\nuser: b\nnope: 1\nsetup:\n- owm: /x\n",
			[
				'2:1 the key "user" is written twice | leave one of them out: user: app, or user: b',
				"3:1 unknown key",
				'5:3 unknown step; did you mean "own"?',
			],
		],
		[
			"steps without dashes",
			"setup:\n  own: /a\n  own: /b\n  mkdir: /x\n  mkdir: x y\nnope: 1\n",
			[
				'3:3 the key "own" is written twice | the steps of setup are a list: write - own: /b, and so for each',
				'5:3 the key "mkdir" is written twice | the steps of setup are a list: write - mkdir: x y, and so for each',
				"5:10 expected an absolute path, or one from where the container starts: . or ./x",
				"6:1 unknown key",
			],
		],
		[
			"several documents",
			"user: app\nnice: 99\n---\npassword: hunter2\n---\nhome: /x\nhome: /y\nnope: 1\n",
			[
				"3:1 a second document begins here, and a configuration is one | leave the line --- out, or put what follows into a file of its own",
				"2:7 expected an integer from -20 to 19",
				"4:1 unknown keys alone | nothing in it is a key of abdicate's, such as user: app, so that its text is not shown",
				'7:1 the key "home" is written twice | leave one of them out: home: /x, or home: /y',
				"8:1 unknown key",
			],
		],
		[
			"merge keys",
			"a: &a {user: app}\n<<: *a\nsetup: [{own: {<<: *a, path: /x}}]\n",
			[
				"1:1 unknown key",
				"2:1 << joins nothing here: a mapping has its keys themselves | write user: app",
				"3:16 << joins nothing here: a mapping has its keys themselves | leave it out: user: app cannot stand here",
			],
		],
	])("%s", async (_, text, expected) => {
		expect(await told(text)).toEqual(expected);
		expect(JSON.stringify(await diagnosticsOf(text))).not.toContain("hunter2");
	});

	it("and is corrected at once", async () => {
		const once = async (text: string) =>
			corrected(
				text,
				(await diagnosticsOf(text)).flatMap(({ correction }) => correction ?? []),
			).text;
		expect([
			await once("- own: /data\n- owm: /x\n"),
			await once("- user: app\n- home: /x\n"),
			await once("abdicate:\n  user: app\n  setup:\n    - own: /x\n"),
			await once("setup:\n  own: /a\n  own: /b\n  mkdir: /x\n  mkdir: /y\n"),
		]).toEqual([
			"setup:\n- own: /data\n- own: /x\n",
			"user: app\nhome: /x\n",
			"\nuser: app\nsetup:\n  - own: /x\n",
			"setup:\n  - own: /a\n  - own: /b\n  - mkdir: /x\n  - mkdir: /y\n",
		]);
	});
});
