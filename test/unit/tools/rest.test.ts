import { expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { check } from "../../../src/tools/check/check.ts";
import { FakeKernel, privilegedRoot } from "../../fake/index.ts";

async function printedOf(text: string): Promise<string> {
	const printed: string[] = [];
	const write = (_fd: number, each: string) => printed.push(each);
	const { host } = new FakeKernel({ process: privilegedRoot(), files: { "/c.yaml": { content: text } }, overrides: { parseYaml, write } });
	await check(host, "/c.yaml", { format: "text", image: false, imageUser: undefined, version: "1" });
	return printed.join("");
}

async function places(text: string): Promise<string[]> {
	return [...(await printedOf(text)).matchAll(/^abdicate: (\w+\[\w+\]) \/c\.yaml:(\S+ \S+):/gm)].map(
		([, code, place]) => `${code} ${place}`,
	);
}

it("tells in one round what one layer hides of the next, each step by the number that it has", async () => {
	const steps = "  - own: /data\n    recurse: true\n  - mkdr: {path: /a}\n  - own: /etc\n  - listen: {tcp: 80}\n  - listen: {tcp: 80}\n";
	expect(await places(`user: 4294967295\nworkdr: /x\nsetup:\n${steps}capabilities: {keep: [SYS_ADMIN]}\n`)).toEqual([
		"error[USER_INVALID] 1:7 user",
		"error[CONFIG_UNKNOWN_KEY] 2:1 workdr",
		"error[CONFIG_UNKNOWN_KEY] 5:5 setup[0].recurse",
		"error[CONFIG_UNKNOWN_KEY] 6:5 setup[1].mkdr",
		"error[CONFIG_INVALID_VALUE] 7:10 setup[2].own",
		"error[LINT_PORT_TWICE] 9:13 setup[4].listen",
		"warning[LINT_DANGEROUS_CAPABILITY] 10:23 capabilities.keep[0]",
	]);
});

it("tells nothing that is so because something is left out", async () => {
	expect(await places("usr: app\nsetup:\n  - secret: {form: {env: A}, path: /run/a}\n")).toEqual([
		"error[CONFIG_UNKNOWN_KEY] 1:1 usr",
		"error[CONFIG_UNKNOWN_KEY] 3:14 setup[0].secret.form",
	]);
	expect(await places("limits:\n  nofil: 5\n  nproc: many\n")).toEqual([
		"error[CONFIG_UNKNOWN_KEY] 2:3 limits.nofil",
		"error[CONFIG_INVALID_VALUE] 3:10 limits.nproc",
	]);
});

it("tells of paths, ports and variables one by one", async () => {
	expect(
		await places("user: app\nlandlock:\n  read: [/srv:ro]\n  connect: [db:5432]\nenv:\n  set:\n    A: $(date)\n    B: [c, d]\n"),
	).toEqual([
		"warning[LINT_SEVERAL_PATHS] 3:10 landlock.read[0]",
		"error[CONFIG_INVALID_VALUE] 4:13 landlock.connect[0]",
		"warning[LINT_STAND_IN] 7:8 env.set.A",
		"error[CONFIG_INVALID_VALUE] 8:8 env.set.B",
	]);
});

it("tells of a pattern in a wall which tree is meant", async () => {
	expect(await printedOf("user: app\nlandlock: {write: /a/**}\n")).toContain("  write /a: all below it is meant too\n");
});
