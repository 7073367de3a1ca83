import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorCodes } from "../../../src/report/codes.ts";
import { jsonLine, timeOf } from "../../../src/report/json-line.ts";
import { logLines, published, schemaErrors } from "../../harness/json-schema.ts";

const plain = { time: null, severity: "info", code: null, step: null, message: "", remedy: [] };

describe("the form of a line", () => {
	it("is published", () => {
		expect(published).toContain("log");
		expect(logLines(jsonLine("2026-01-01T00:00:00.000Z", { severity: "info", message: "x" }))).toEqual([
			{ ...plain, time: "2026-01-01T00:00:00.000Z", message: "x" },
		]);
	});

	it("knows every code", () => {
		const lines = Object.keys(errorCodes).map((code) => ({ ...plain, severity: "error", code }));
		expect(lines.flatMap((line) => schemaErrors("log", line))).toEqual([]);
		expect(lines.length).toBeGreaterThan(40);
	});

	it.each<[string, object]>([
		["an error without a code", { severity: "error" }],
		["a time of another form", { time: "yesterday" }],
		["a member that is not known", { detail: "x" }],
		["no list of remedies", { remedy: "x" }],
		["a state that there is not", { state: "done" }],
		["a severity that there is not", { severity: "note" }],
	])("is not that of %s", (_, change) => {
		expect(schemaErrors("log", { ...plain, ...change })).not.toEqual([]);
	});
});

it("a time is that of the calendar", () => {
	fc.assert(
		fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
			expect(timeOf({ clockGettime: () => ms + 0.25 })).toBe(new Date(ms).toISOString());
		}),
		{ numRuns: 500 },
	);
});
