import { expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { check } from "../../../src/tools/check/check.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const value = "s3cr3tvalue";

it.each([
	'capabilities: {keep: ["${V}"]}',
	'seccomp: "/${V}"',
	'workdir: "/${V}"',
	'setup: [{own: "/${V}"}]',
	'setup: [{copy: {from: "/${V}", to: /x}}]',
	'setup: [{run: ["/${V}"]}]',
	'setup: [{run: {command: [/bin/tool], cwd: "/${V}"}}]',
])("rule 9.8: check tells the value of a variable by its name: %s", async (line) => {
	const printed: string[] = [];
	const write = (_fd: number, text: string) => printed.push(text);
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": `user: "7:7"\n${line}\n`,
			"/etc/passwd": "",
			"/etc/group": "",
			"/proc/self/exe": { mode: 0o755 },
			"/bin/tool": { mode: 0o755 },
		},
		environment: ["PATH=/bin", `V=${value}`],
		overrides: { parseYaml, write },
	});
	await check(host, "/etc/c.yaml", { format: "json", image: true, imageUser: undefined, version: "1" });
	expect(printed.join("")).toContain("${V}");
	expect(printed.join("")).not.toContain(value);
});
