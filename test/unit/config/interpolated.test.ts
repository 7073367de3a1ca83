import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "a,b", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

/** `ok`, or what is wrong. */
async function outcome(text: string, environment: Record<string, string>): Promise<string> {
	try {
		await parseConfig(text, "f.yaml", { reads, environment: new Map(Object.entries(environment)), loadSteps });
		return "ok";
	} catch (error) {
		return error instanceof Failure
			? error.diagnostics.map(({ where = "", message }) => `${where.split(" ")[1]}: ${message.split(" ").slice(4, 7).join(" ")}`).join("; ")
			: `${error}`;
	}
}

const mount = (options: string) => `setup: [{ mount: { type: tmpfs, target: /a, options: ${options} } }]`;

describe("a variable inside a value", () => {
	it.each<[string, Record<string, string>, string]>([
		[mount('["size=${A}"]'), { A: "1m" }, "ok"],
		[mount('["size=${A}"]'), { A: "1m,exec" }, "setup[0].mount.options[0]: has a comma,"],
		[mount('"ro,size=${A}"'), { A: "1m" }, "ok"],
		[mount('"${A}"'), { A: "ro,exec" }, "setup[0].mount.options: has a comma,"],
		[mount('"${A:-ro,noexec}"'), {}, "ok"],
		[mount('"x=${@hostname}"'), {}, "setup[0].mount.options: has a comma,"],
		[mount('"addr=${A}"'), { A: "::1" }, "ok"],
		[mount('"lowerdir=${A}:/b"'), { A: "/a:/etc" }, "setup[0].mount.options: has a comma,"],
		[mount('"upperdir=/${A}"'), { A: "a\\" }, "setup[0].mount.options: has a comma,"],
		["setup: [{ own: '${A}' }]", { A: "/srv/../data/*" }, "ok"],
		["setup: [{ own: '${A}/x' }]", { A: "/srv/data" }, "ok"],
		["setup: [{ own: '${A}/x' }]", { A: "/srv/.." }, "setup[0].own.path: has a component"],
		["setup: [{ own: '/x/${A}' }]", { A: "..a" }, "ok"],
		...["..", "a/b", "*", "/"].map((A): [string, Record<string, string>, string] => [
			"setup: [{ own: '/x/${A}' }]",
			{ A },
			"setup[0].own.path: has a component",
		]),
		["user: '${A}'", { A: "app:video" }, "ok"],
		["user: 'app:${A}'", { A: "video" }, "ok"],
		["user: '${A}:${B}'", { A: "app:0", B: "0" }, "user: has a colon,"],
	])("%s with %j", async (text, environment, expected) => {
		expect(await outcome(text, environment)).toBe(expected);
	});
});
