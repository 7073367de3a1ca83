import { expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { check } from "../../../src/tools/check/check.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
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

it.each([
	'capabilities: {keep: ["${V}"]}',
	'setup: [{run: {command: [/bin/tool], capabilities: ["${V}"]}}]',
	'setup: [{own: /a, when: {held: "${V}"}}]',
	'setup: [{mount: {type: nfs, source: "${V}", target: /a}}]',
])("rule 9.8: why no plan is made is told with the name of a variable: %s", async (line) => {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: { "/etc/c.yaml": `user: "7:7"\n${line}\n`, "/etc/passwd": "", "/etc/group": "", "/bin/tool": { mode: 0o755 } },
		environment: ["PATH=/bin", `V=${value}`],
		overrides: { parseYaml },
	});
	const told: unknown = await planCommand(host, { format: "text", isNamed: true }, ["--config", "/etc/c.yaml", "--", "/bin/tool"]).catch(
		(error: unknown) => (error instanceof Failure ? error.diagnostics.map(({ message }) => message).join("\n") : error),
	);
	expect(told).toContain("${V}");
	expect(told).not.toContain(value);
});
