import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { check } from "../../../src/tools/check/check.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

/** Whether something is to be mended, and what is printed. */
async function checked(config: string, image = false, environment: readonly string[] = []): Promise<[boolean, string]> {
	const printed: string[] = [];
	const write = (_fd: number, text: string) => printed.push(text);
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": config,
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/group": "root:x:0:\napp:x:1000:\n",
			"/proc/self/exe": { mode: 0o755 },
		},
		environment: ["PATH=/bin", ...environment],
		overrides: { parseYaml, write },
	});
	const isToMend = await check(host, "/etc/c.yaml", { format: "text", image, imageUser: undefined, version: "1" });
	return [isToMend, printed.join("")];
}

const remedy = "  here it need not be set; a start wants it: docker run --env, or a value of its own here: ${NAME:-value}\n";
const note = (place: string, line: string, caret: string, message = "the variable X is not set") =>
	`abdicate: note[INTERPOLATION_UNSET] /etc/c.yaml:${place}: ${message}\n    ${line}\n    ${caret}\n${remedy}`;

describe("check where the variables of a start are not there", () => {
	it.each([
		["user: ${X}", note("1:7 user", "user: ${X}", "      ^")],
		[
			"limits: {nofile: '${X:?how many}'}",
			note("1:18 limits.nofile", "limits: {nofile: '${X:?how many}'}", "                 ^", "how many"),
		],
		["env: {set: {A: '${X}'}}", note("1:16 env.set.A", "env: {set: {A: '${X}'}}", "               ^")],
		["setup: [{own: '${X}'}]", note("1:15 setup[0].own", "setup: [{own: '${X}'}]", "              ^")],
		["setup: [{when: {env: X}, own: '${X}'}]", ""],
		["setup: '${X}'", note("1:8 setup", "setup: '${X}'", "       ^")],
		["user: app", ""],
	])("has nothing to mend in %s", async (config, expected) => {
		expect(await checked(config)).toEqual([false, expected]);
	});

	it("says so once where it looks at the image as well", async () => {
		expect(await checked("user: ${X}", true)).toEqual([false, note("1:7 user", "user: ${X}", "      ^")]);
		expect(await checked("user: app\nsetup: [{own: '${X}'}]", true)).toEqual([
			false,
			note("2:15 setup[0].own", "setup: [{own: '${X}'}]", "              ^"),
		]);
	});

	it("finds what else there is", async () => {
		const [isToMend, text] = await checked("user: ${X}\nsetup: [{own: [/srv, '${X}']}, {own: /srv}]\nno_new_privileges: false\n");
		expect([isToMend, text.match(/\w+\[\w+\] \S+(?= )/g)]).toEqual([
			true,
			[
				"note[INTERPOLATION_UNSET] /etc/c.yaml:1:7",
				"note[INTERPOLATION_UNSET] /etc/c.yaml:2:22",
				"warning[LINT_HUGE_TREE] /etc/c.yaml:2:38",
				"warning[LINT_NEW_PRIVILEGES] /etc/c.yaml:3:20",
			],
		]);
	});

	it("has to have mended what is written wrongly", async () => {
		const [isToMend, text] = await checked("user: ${X\nnice: 99\nhome: '${X}'\n");
		expect([isToMend, text.match(/\w+\[\w+\] \S+(?= )/g)]).toEqual([
			true,
			["error[INTERPOLATION_SYNTAX] /etc/c.yaml:1:7", "error[CONFIG_INVALID_VALUE] /etc/c.yaml:2:7"],
		]);
	});
});
