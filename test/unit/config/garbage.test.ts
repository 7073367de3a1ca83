import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseUserSpec } from "../../../src/identity/user-spec.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { parseEnvironment } from "../../../src/plan/environment.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { runs } from "../harness/runs.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [7, 7, 7], getresgid: () => [7, 7, 7] };
const examples = ["redis", "postgres", "nginx", "sshfs", "wireguard", "puid", "node"].map((name) =>
	readFileSync(join(import.meta.dirname, "../../../examples", name, "entrypoint.yaml"), "utf8"),
);

/** What a person or a template may leave in the place of a word. */
const word = fc.oneof(
	fc.constantFrom("0", "-0", "00", "4294967295", "4294967296", "0x0", "1e3", "true", "null", "~", "", "[]", "{}", "[[a]]", "{a: {b: c}}"),
	fc.constantFrom(
		"&a x",
		"*a",
		"!!str 0",
		"!!int 0",
		"|",
		">-",
		'"\\0"',
		"'",
		'"',
		"${A}",
		"${A",
		"$A",
		"${@uid}",
		"${@nothing}",
		"__proto__",
	),
	fc.constantFrom(
		"app",
		"root",
		"app:root",
		":",
		"own",
		"mkdir",
		"setup",
		"user",
		"constructor",
		"/",
		"/data",
		"0777",
		"u+s",
		"- a",
		"a: b",
	),
	fc.string({ maxLength: 6 }),
);

/** An example in which some words stand for others. */
const documents = fc
	.tuple(fc.constantFrom(...examples), fc.array(fc.tuple(fc.nat({ max: 400 }), word), { minLength: 1, maxLength: 5 }))
	.map(([text, changes]) => {
		const parts = text.split(/([A-Za-z0-9_./${}@:-]+)/);
		for (const [at, replacement] of changes) {
			parts[(2 * at + 1) % parts.length] = replacement;
		}
		return parts.join("");
	});

async function parsed(text: string, environment: ReadonlyMap<string, string>): Promise<Config | Failure> {
	try {
		return await parseConfig(text, "f.yaml", { reads: reads as unknown as Reads, environment, loadSteps });
	} catch (error) {
		if (error instanceof Failure) {
			return error;
		}
		throw error;
	}
}

describe("a configuration of which parts were replaced", () => {
	it("rule 8.3: is understood or refused with places, and its user is root only when 0 or root is written", async () => {
		await fc.assert(
			fc.asyncProperty(documents, fc.oneof(fc.constantFrom("0", "root", "app"), fc.string()), async (text, value) => {
				const result = await parsed(text, new Map([["A", value]]));
				if (result instanceof Failure) {
					expect(result.diagnostics.filter(({ code, message }) => !/^[A-Z_]+$/.test(code) || message === "")).toEqual([]);
					return;
				}
				if (result.user !== undefined) {
					expect(isRoot(result.user) && !/\b(?:0|root)\b/.test(`${text} ${value}`)).toBe(false);
				}
				expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
			}),
			{ numRuns: runs(1000) },
		);
	});
});

function isRoot(user: string): boolean {
	try {
		const { user: who, group } = parseUserSpec(user);
		return who === 0 || who === "root" || group === 0;
	} catch (error) {
		expect(error).toBeInstanceOf(Failure);
		return false;
	}
}

describe("an environment", () => {
	it("rule 8.3: of garbage is refused, or every variable comes back with its last value", () => {
		const entry = fc.oneof(
			fc.string(),
			fc.tuple(fc.constantFrom("A", "B", "__proto__", "=", ""), fc.string()).map((pair) => pair.join("=")),
		);
		fc.assert(
			fc.property(fc.array(entry), (entries) => {
				try {
					const environment = parseEnvironment(entries);
					const expected = entries.map((each): [string, string] => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]);
					expect([...environment]).toEqual([...new Map(expected)]);
				} catch (error) {
					expect((error as Failure).diagnostics.map(({ code }) => code)).toEqual(["ENVIRONMENT_INVALID"]);
				}
			}),
		);
	});
});
