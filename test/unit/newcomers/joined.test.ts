import fc from "fast-check";
import { expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { corrected } from "../../../src/report/correction.ts";
import type { Reads, YamlNode } from "../../../src/sys/native.ts";
import { findAll } from "../../../src/tools/check/check.ts";
import type { Finding } from "../../../src/tools/check/lint/findings.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";

/** Words of others, and keys that are written twice, beside what they join: lists and mappings in any of the forms that they may have. */
async function told(text: string, parse: Reads["parseYaml"] = parseYaml): Promise<readonly Finding[]> {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: { "/etc/c.yaml": text, "/etc/passwd": "root:x:0:0::/root:/bin/sh\n", "/proc/self/exe": { mode: 0o755 } },
		environment: ["PATH=/bin"],
		overrides: { parseYaml: parse },
	});
	const { findings } = await findAll(host, "/etc/c.yaml", { format: "text", image: false, imageUser: undefined, version: "1" });
	return findings.filter(({ severity }) => severity === "error");
}

function plain(node: YamlNode): unknown {
	switch (node.kind) {
		case "scalar":
			return node.text;
		case "sequence":
			return node.items.map(plain);
		case "mapping":
			return Object.fromEntries(node.entries.map(([key, value]) => [key.text, plain(value)]));
	}
}

/** Where it stands, what the word of another is, and what both are then. */
interface Joining {
	readonly keys: readonly string[];
	readonly items: readonly string[];
	readonly other: string;
	readonly added: unknown;
}

const joinings: readonly Joining[] = [
	{
		keys: ["setup"],
		items: ["own: /data", "mkdir: {path: /a, mode: 750}"],
		other: "sysctls:\n  a.b: 1\n",
		added: { sysctl: { "a.b": "1" } },
	},
	{ keys: ["setup"], items: ["own: /data"], other: "setup:\n- own: /x\n", added: { own: "/x" } },
	{ keys: ["setup"], items: ["own: /data", "mkdir: /b"], other: "ExecStartPre: mkdir -p /x\n", added: { mkdir: "/x" } },
	{ keys: ["capabilities", "keep"], items: ["CHOWN", "SYS_NICE"], other: "AmbientCapabilities: NET_RAW\n", added: "NET_RAW" },
	{ keys: ["groups", "add"], items: ["video"], other: "group_add: [audio]\n", added: "audio" },
	{ keys: ["landlock", "write"], items: ["/a", "/b"], other: "landlock: {write: /c}\n", added: "/c" },
];

/** Indents of the mapping and of the dashes, what is behind a dash, and what else is in the file. */
const forms = fc.record({
	joining: fc.constantFrom(...joinings),
	isFlow: fc.boolean(),
	below: fc.integer({ min: 1, max: 5 }),
	dashes: fc.integer({ min: 0, max: 5 }),
	behind: fc.integer({ min: 1, max: 4 }),
	comment: fc.constantFrom("", " # - a", "  # what: it is"),
	between: fc.constantFrom("", "umask: 027\n", "# between\n\n"),
	isFirst: fc.boolean(),
});

function written({
	joining: { keys, items },
	isFlow,
	below,
	dashes,
	behind,
	comment,
}: typeof forms extends fc.Arbitrary<infer T> ? T : never) {
	const outer = keys.slice(0, -1).map((key, depth) => `${" ".repeat(depth * below)}${key}:\n`);
	const indent = " ".repeat((keys.length - 1) * below);
	const braced = items.map((item) => (/^\w+: /.test(item) ? `{${item}}` : item));
	const list = isFlow
		? ` [${braced.join(", ")}]${comment}\n`
		: `${comment}\n${items.map((item) => `${indent}${" ".repeat(dashes)}-${" ".repeat(behind)}${item}${comment}\n`).join("")}`;
	return `${outer.join("")}${indent}${keys.at(-1)}:${list}`;
}

it("is joined to what is there, in whatever form that is", async () => {
	const property = fc.asyncProperty(forms, async (form) => {
		const { keys, other, items, added } = form.joining;
		const parts = [written(form), form.between, other];
		// Of a key that is written twice the first one stays where it is.
		const text = (form.isFirst && !other.startsWith(keys[0] as string) ? parts.toReversed() : parts).join("");
		const [only, ...more] = await told(text);
		const after = corrected(text, [only?.correction ?? { edits: [], isCertain: true }]).text;
		const tree = parseYaml(after);
		const at = tree && keys.reduce((node: unknown, key) => (node as Record<string, unknown>)[key], plain(tree as YamlNode));
		const before = items.map((item) => plain(parseYaml(item) as YamlNode));
		expect([text, more.length, only?.code === "INTERNAL", at]).toEqual([text, 0, false, [...before, added]]);
		expect(await told(after)).toEqual([]);
	});
	await fc.assert(property, { numRuns: runs(150) });
}, 120_000);

it("that cannot be proposed is told all the same", async () => {
	let count = 0;
	const broken: Reads["parseYaml"] = (text) => {
		if (count++ > 0) {
			throw new RangeError("invalid repeat count");
		}
		return parseYaml(text);
	};
	expect((await told("user: app\nsysctls: {a.b: 1}\n", broken)).map(({ code, key }) => [code, key])).toEqual([
		["CONFIG_UNKNOWN_KEY", "sysctls"],
	]);
});
