import { beforeAll, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { YamlNode } from "../../../src/sys/native.ts";
import { type LintCode, rules } from "../../../src/tools/check/lint/rules.ts";

/** A value, and what is to be written instead. */
const cases: readonly (readonly [code: LintCode, text: string, remedy: string])[] = [
	["LINT_STAND_IN", "user: '$(id -u):$(id -g)'", 'write "${@uid}:${@gid}"'],
	["LINT_STAND_IN", "env: {set: {A: '$(id -u)'}}", 'write "${@user.uid}"'],
	["LINT_STAND_IN", "env: {set: {A: '`hostname`'}}", 'write "${@hostname}"'],
	["LINT_STAND_IN", "env: {set: {A: '$(POD_NAME)-$(hostname)'}}", 'write "${POD_NAME}-${@hostname}"'],
	["LINT_STAND_IN", "env: {set: {A: '$(date)'}}", "there is no shell: write the value, or ${NAME} for a variable"],
	["LINT_STAND_IN", "env: {set: {A: '-n$(nproc)'}}", 'write "-n${@cpus}"'],
	[
		"LINT_STAND_IN",
		"env: {set: {A: '-Xmx$(( ${@memory} / 2 ))'}}",
		"there is no shell, and nothing is computed: write the value, or ${NAME} for a variable",
	],
	["LINT_STAND_IN", "env: {set: {A: '{{ .Values.user }}'}}", 'write "${user}"'],
	["LINT_STAND_IN", "env: {set: {A: '{{ a | b }}'}}", "write the value, or ${NAME} for a variable"],
	["LINT_STAND_IN", "workdir: /srv/<app>", "write what is meant"],
	["LINT_ACCOUNT_NAME", "user: 1000;1001", 'write user: "1000:1001"'],
	["LINT_ACCOUNT_NAME", "groups: {add: 'a, b'}", "write [a, b]"],
	["LINT_ACCOUNT_NAME", "setup: [{mkdir: {path: /a, owner: 1000.1001}}]", "write owner: 1000, group: 1001"],
	["LINT_ACCOUNT_NAME", "user: 1000.0", 'write user: "1000"'],
	["LINT_ACCOUNT_NAME", "user: uid=1000", 'write "1000"'],
	["LINT_ACCOUNT_NAME", "user: app app", "write app"],
	["LINT_ACCOUNT_NAME", "user: '%i'", "write the name of an account, or a number"],
	["LINT_SEVERAL_PATHS", "workdir: '/data;'", "write /data"],
	["LINT_SEVERAL_PATHS", "workdir: /data:ro", "write /data"],
	["LINT_SEVERAL_PATHS", "setup: [{own: '/a:/b'}]", "write a list, where several are taken: [/a, /b]"],
	["LINT_SEVERAL_PATHS", "setup: [{own: '/a:app'}]", "write {path: /a, owner: app}, where an owner is taken"],
	["LINT_SEVERAL_PATHS", "setup: [{own: /a || true}]", "write own: /a, and on_error: warn beside the step"],
	["LINT_SEVERAL_PATHS", "setup: [{own: /a 2>/dev/null}]", "write own: /a: what follows are words of a shell, which is not there"],
	["LINT_SEVERAL_PATHS", "setup: [{own: /a && chmod 700 /a}]", "write own: /a: what follows are words of a shell, which is not there"],
	["LINT_SEVERAL_PATHS", "setup: [{own: /a | cat}]", "write own: /a: what follows are words of a shell, which is not there"],
	["LINT_SEVERAL_PATHS", "setup: [{own: '/c; true'}]", "write own: /c: what follows are words of a shell, which is not there"],
	["LINT_SEVERAL_PATHS", "setup: [{own: /a app:app}]", "write own: {path: /a, owner: app, group: app}"],
	["LINT_SEVERAL_PATHS", "setup: [{own: /a app}]", "write own: {path: /a, owner: app}"],
	["LINT_SEVERAL_PATHS", "setup: [{own: {path: /a app}}]", "write path: /a, owner: app"],
	["LINT_SEVERAL_PATHS", "setup: [{own: [/a app]}]", "write /a"],
	["LINT_SEVERAL_PATHS", "setup: [{mkdir: /b 0750}]", 'write mkdir: {path: /b, mode: "0750"}'],
	["LINT_SEVERAL_PATHS", "setup: [{mkdir: /b -p}]", "write mkdir: /b"],
	["LINT_PLAIN_PATH", "setup: [{hooks: '/d/*.sh'}]", 'write hooks: {directory: /d, pattern: "*.sh"}'],
	["LINT_PLAIN_PATH", "setup: [{hooks: {directory: '/d/*.sh', user: app}}]", 'write directory: /d, pattern: "*.sh"'],
	["LINT_STEP_CHOWN", "setup: [{run: [chown, app, /a]}]", "write - own: {path: /a, owner: app, group: keep, policy: top-only}"],
	["LINT_STEP_CHOWN", "setup: [{run: [sh, -c, 'test -d /a || chown app /a']}]", "own: {path: PATH, owner: USER} is the step that does"],
	["LINT_SHELL_WORD", "command: {default: [cd, /x]}", "it is cwd of run, workdir of the file"],
	["LINT_SHELL_WORD", "command: {default: [A=b, prog]}", "write env: {A: b} beside the command"],
	["LINT_SHELL_WORD", "command: {default: ['nginx -g daemon off;']}", 'write [nginx, -g, "daemon off;"]'],
	["LINT_SHELL_WORD", "command: {default: ['a, --b']}", "write [a, --b]"],
	["LINT_SHELL_WORD", "command: {default: [sh, '-ec ls -l']}", 'write -ec, "ls -l"'],
	["LINT_COMPARED_SETTING", "setup: [{sysctl: {a.b: 1G}}]", "write 1073741824"],
	["LINT_COMPARED_SETTING", "setup: [{sysctl: {a.b: 64 kB}}]", "write 65536"],
	["LINT_COMPARED_SETTING", "setup: [{sysctl: {a.b: 30s}}]", "write the number alone"],
];

beforeAll(() => loadSteps(["hooks"]));

it.each(cases)("%s of %s says what to write", (code, text, remedy) => {
	const found = rules[code].find({ root: parseYaml(text) as YamlNode, config: { setup: [{ kind: "sysctl" }] } } as never);
	expect(found.map((each) => each.remedy)).toEqual([[remedy]]);
});
