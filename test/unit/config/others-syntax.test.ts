import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { corrected } from "../../../src/report/correction.ts";
import type { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

async function told(text: string) {
	const failure = await parseConfig(text, "f", { reads, environment: new Map([["user", "app"]]), loadSteps }).catch(
		(error: unknown) => error,
	);
	return ((failure as Failure).diagnostics ?? []).map(({ where, message, remedy, correction }) => ({
		first: `${where}: ${message} | ${remedy?.join(" | ")}`,
		after: correction && corrected(text, [correction]).text,
	}));
}

const filled = "or let what fills such templates in do so before the image is built";
const template = "templates are not filled in here";
const merge = "<< joins nothing here: a mapping has its keys themselves";

const cases: readonly (readonly [text: string, told: readonly string[], after?: string])[] = [
	[
		"capabilities:\n  keep:\n    - NET_ADMIN, NET_RAW\n    - KILL\n",
		['f:3:7 capabilities.keep[0]: "NET_ADMIN, NET_RAW" is not a capability | write keep: [NET_ADMIN, NET_RAW, KILL]'],
		"capabilities:\n  keep: [NET_ADMIN, NET_RAW, KILL]\n",
	],
	[
		'capabilities: {keep_if_present: "KILL CHOWN"}\n',
		['f:1:33 capabilities.keep_if_present: "KILL CHOWN" is not a capability | write keep_if_present: [KILL, CHOWN]'],
		"capabilities: {keep_if_present: [KILL, CHOWN]}\n",
	],
	[
		"setup:\n  - run: {command: [a], capabilities: 'KILL,CHOWN'}\n",
		["f:2:39 setup[0].run.capabilities: expected a list of capabilities | write capabilities: [KILL, CHOWN]"],
		"setup:\n  - run: {command: [a], capabilities: [KILL, CHOWN]}\n",
	],
	["env:\n  default: &a {A: b, C: x}\n  set:\n    <<: *a\n    C: d\n", [`f:4:5 env.set.<<: ${merge} | write A: b`]],
	[
		"x-t: &t {owner: app, modes: keep}\nuser: app\nsetup:\n  - own:\n      <<: *t\n      path: /a\n",
		[
			"f:1:1 x-t: unknown key | leave it out: what it holds is written where it is used first, with & there and * later",
			`f:5:7 setup[0].own.<<: ${merge} | write owner: app | this leaves out modes: keep, which cannot stand here`,
		],
	],
	[
		'workdir: {{ .x | default "/app" }}\nuser: app\n',
		[`f:1:10: ${template} | write \${x:-/app}, ${filled}`],
		"workdir: ${x:-/app}\nuser: app\n",
	],
	[
		"env:\n  set:\n    <<: [{A: b}, {A: c, D: e}]\n",
		[`f:3:5 env.set.<<: ${merge} | write A: b, and D: e`],
		"env:\n  set:\n    A: b\n    D: e\n",
	],
	["<<: {user: app}\numask: 0022\n", [`f:1:1 <<: ${merge} | write user: app`], "user: app\numask: 0022\n"],
	["user: app\n<<: {user: other}\n", [`f:2:1 <<: ${merge} | leave it out`]],
	[
		"x-c: &c {A: b}\nenv: {set: *c}\n",
		["f:1:1 x-c: unknown key | leave it out: what it holds is written where it is used first, with & there and * later"],
	],
	[
		"- own: /data\n- mkdir: /x\n",
		["f:1:1: a list of steps stands below setup: | write |   setup: |   - own: /data"],
		"setup:\n- own: /data\n- mkdir: /x\n",
	],
	["[{own: /data}]\n", ["f:1:1: a list of steps stands below setup: | write setup: [{own: /data}]"], "setup: [{own: /data}]\n"],
	[
		"- user: app\n- setup:\n    - own: /x\n",
		["f:1:1: the keys of the file stand without dashes | write user: app, and so for each"],
		"user: app\nsetup:\n  - own: /x\n",
	],
	[
		"setup:\n  - mkdir: {path: /a, path: /b}\n",
		['f:2:23: the key "path" is written twice | write path: [/a, /b]'],
		"setup:\n  - mkdir: {path: [/a, /b]}\n",
	],
	[
		"setup:\n  - mkdir: {path: /a, mode: 0700}\n    mkdir: {path: /b, mode: 0755}\n",
		['f:3:5: the key "mkdir" is written twice | the steps of setup are a list: - mkdir: {path: /b, mode: 0755}'],
	],
	["env: {set: {A: b, A: c}}\n", ['f:1:19: the key "A" is written twice | leave one of them out: A: b, or A: c']],
	['setup:\n  - own: "{{ data.path }}/x"\n', [`f:2:10: ${template} | write \${path}/x, ${filled}`], "setup:\n  - own: ${path}/x\n"],
	[
		'setup:\n  - own: /x\n    when: "{{ foo }}"\n',
		[`f:3:11: ${template} | write {env: foo}, ${filled}`],
		"setup:\n  - own: /x\n    when: {env: foo}\n",
	],
	["user: {{ .Values.user }}\n", [`f:1:7: ${template} | write \${user}, ${filled}`], "user: ${user}\n"],
];

it.each(cases.map(([text, expected, after]) => ({ text, expected, after })))(
	"$text is told with what to write",
	async ({ text, expected, after }) => {
		const found = await told(text);
		expect(found.map(({ first }) => first)).toEqual(expected);
		expect(found[0]?.after).toBe(after);
	},
);
