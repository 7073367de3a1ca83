import { expect, it } from "vitest";
import { forgetInterpolated, rememberInterpolated } from "../../../src/config/interpolated.ts";
import { named, withNamedSecrets } from "../../../src/config/named-values.ts";
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

it.each([
	["user: ${V}", `${value}:7`],
	["user: ${V}", `7:${value}`],
	['user: "7:7"\nsetup: [{own: {path: /etc, owner: "${V}"}}]', `${value}:hidden`],
])("rule 9.8: a part of a value is told by the variable as well: %s with %s", async (text, whole) => {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: { "/etc/c.yaml": `${text}\n`, "/etc/passwd": "", "/etc/group": "", "/bin/tool": { mode: 0o755 } },
		environment: ["PATH=/bin", `V=${whole}`],
		overrides: { parseYaml },
	});
	const told: unknown = await planCommand(host, { format: "text", isNamed: true }, ["--config", "/etc/c.yaml", "--", "/bin/tool"]).catch(
		(error: unknown) => (error instanceof Failure ? JSON.stringify(error.diagnostics) : error),
	);
	expect(told).toContain("${V}");
	expect(told).not.toContain(value);
	expect(told).not.toContain("hidden");
});

it("rule 9.8: a start names what a secret is part of, and says every other place", () => {
	forgetInterpolated();
	rememberInterpolated("x", [
		{ name: "A_TOKEN", value: "/srv/s3cr3t/in", place: "whole" },
		{ name: "DATA", value: "/data", place: "whole" },
	]);
	const told = {
		message: '"/srv/s3cr3t" is not there, /data is',
		where: "setup[0] own /srv/s3cr3t/in/x",
		remedy: ["mkdir /srv/s3cr3t/in; ls /srv"],
	};
	expect(withNamedSecrets(told)).toStrictEqual({
		message: '"${A_TOKEN}" is not there, /data is',
		where: "setup[0] own ${A_TOKEN}/x",
		remedy: ["mkdir ${A_TOKEN}; ls /srv"],
	});
	forgetInterpolated();
});

it("a part is found where it stands by itself alone", () => {
	const values = [["V", "app:secret"]] as const;
	expect(named('"app" of apps, app-x, "secret", app:secret', values)).toBe('"${V}" of apps, app-x, "${V}", ${V}');
});
