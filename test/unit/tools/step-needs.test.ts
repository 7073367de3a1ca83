import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { mayNeedOf } from "../../../src/steps/facts.ts";
import { type StepKind, stepKinds } from "../../../src/steps/index.ts";
import { examples } from "../../../src/tools/guides/examples.ts";
import { stepNeeds } from "../../../src/tools/guides/step-needs.ts";
import { plan } from "../steps/context.ts";

/** What the examples of a step may need, by the steps themselves; some of them lack what they read here. */
function neededBy(kind: StepKind): Set<string> {
	const written = examples
		.flatMap((text) => (parse(text) as { setup?: Record<string, unknown>[] }).setup ?? [])
		.filter((entry) => kind in entry);
	const needs = written.flatMap((entry) => {
		try {
			// What is written with the step it names itself.
			const { capabilities = [] } = entry[kind] as { capabilities?: string[] };
			return mayNeedOf(plan(kind, entry[kind])).filter(({ anyOf }) => !anyOf.some((name) => capabilities.includes(name)));
		} catch {
			return [];
		}
	});
	return new Set(needs.flatMap(({ anyOf }) => anyOf));
}

describe("what a step needs", () => {
	it.each(stepKinds)("%s: each capability that an example of it may need is named", (kind) => {
		expect([...neededBy(kind)].filter((name) => !new RegExp(`\\b${name}\\b`).test(stepNeeds[kind]))).toEqual([]);
	});

	it("is looked for in all but those that need none, or only what they are told to", () => {
		expect(stepKinds.filter((kind) => neededBy(kind).size === 0)).toEqual(["ca_certificates", "wait_for"]);
	});
});
