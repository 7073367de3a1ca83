import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { check } from "../../../src/tools/check/check.ts";
import { fmt } from "../../../src/tools/fmt/fmt.ts";
import { FakeKernel, unprivileged } from "../../fake/index.ts";

function kernelWith(text: string) {
	let said = "";
	const write = (_fd: number, each: string) => {
		said += each;
		return each.length;
	};
	const files = { "/c.yaml": { content: text, uid: 1000 } };
	const { host, changes } = new FakeKernel({ process: unprivileged(1000, 1000), files, overrides: { parseYaml, write } });
	return { host, said: () => said, changes: () => changes.filter(([name]) => name !== "write") };
}

async function told(work: Promise<unknown>): Promise<string> {
	try {
		return `${await work}`;
	} catch (error) {
		return error instanceof Failure ? error.diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n") : `${error}`;
	}
}

describe("a file of somebody else", () => {
	it.each([
		["kubeconfig", "apiVersion: v1\nkind:   Config\nusers:\n- user: {token:   hunter2}\n"],
		["YAML", "database:\n    password:   hunter2\n"],
		["a token", "hunter2   \n"],
		["a list", "-   hunter2\n"],
		["no YAML", "a: [hunter2\n"],
	])("is neither brought into form nor shown nor mended: %s", async (_, text) => {
		for (const options of [{}, { diff: true }, { check: true }]) {
			const { host, said, changes } = kernelWith(text);
			expect(await told(fmt(host, ["/c.yaml"], options))).toMatch(/^CONFIG_/);
			expect([said(), changes()]).toEqual(["", []]);
		}
		for (const fix of ["write", "show"] as const) {
			const { host, said, changes } = kernelWith(text);
			await check(host, "/c.yaml", { format: "text", image: false, imageUser: undefined, version: "1", fix });
			expect([said().includes("hunter2"), changes()]).toEqual([false, []]);
		}
	});

	it.each(["# nothing yet  \n", "", "user:   app\n"])("is not one that has no key yet: %j", async (text) => {
		expect(await told(fmt(kernelWith(text).host, ["/c.yaml"], { diff: true }))).toMatch(/^(?:true|false)$/);
	});
});
