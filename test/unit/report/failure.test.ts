import { describe, expect, it } from "vitest";
import { errorCodes } from "../../../src/report/codes.ts";
import { type Diagnostic, Failure, fail } from "../../../src/report/failure.ts";
import { renderDiagnostic } from "../../../src/report/tell.ts";
import { errorSummaries } from "../../../src/tools/guides/error-summaries.ts";

describe("Failure", () => {
	it("carries every diagnostic and speaks with the first", () => {
		const failure = new Failure({ code: "USER_UNKNOWN", message: "one" }, { code: "GROUP_UNKNOWN", message: "two" });
		expect([failure.message, failure.diagnostics.length, failure.exitStatus]).toEqual(["one", 2, 125]);
	});

	it("ends with the status of its code", () => {
		expect([
			new Failure({ code: "COMMAND_NOT_FOUND", message: "" }).exitStatus,
			new Failure({ code: "COMMAND_NOT_EXECUTABLE", message: "" }).exitStatus,
		]).toEqual([127, 126]);
	});

	it.each([
		[["COMMAND_NOT_FOUND", "USER_UNKNOWN"], 125],
		[["COMMAND_NOT_EXECUTABLE", "COMMAND_NOT_FOUND"], 126],
		[["STEP_FAILED", "INTERRUPTED"], 143],
	] as const)("ends for several with what says least about the command, and for a signal with that: %j", (codes, status) => {
		const [first, ...others] = codes.map((code) => ({ code, message: "", ...(code === "INTERRUPTED" ? { signal: 15 } : {}) }));
		expect(new Failure(first as Diagnostic, ...others).exitStatus).toBe(status);
	});

	it("is what fail throws", () => {
		expect(() => fail("USAGE", "why", { where: "here", remedy: ["do"] })).toThrow(
			new Failure({ code: "USAGE", message: "why", where: "here", remedy: ["do"] }),
		);
	});
});

describe("renderDiagnostic", () => {
	it("says where, what, why and what to do", () => {
		expect(
			renderDiagnostic({
				code: "CONFIG_UNKNOWN_KEY",
				where: "/etc/entrypoint.yaml:7:3 capabilities.keeep",
				message: 'unknown key; did you mean "keep"?',
				remedy: ["write keep", "or leave it out"],
				source: { line: "  keeep: [NET_RAW]", column: 3 },
			}),
		).toBe(`abdicate: error[CONFIG_UNKNOWN_KEY] /etc/entrypoint.yaml:7:3 capabilities.keeep: unknown key; did you mean "keep"?
      keeep: [NET_RAW]
      ^
  write keep
  or leave it out
`);
	});

	it("is one line when there is no more to say", () => {
		expect(renderDiagnostic({ code: "USER_MISSING", message: "no user" })).toBe("abdicate: error[USER_MISSING]: no user\n");
	});

	it("puts the caret under a column behind a tab", () => {
		expect(renderDiagnostic({ code: "CONFIG_SYNTAX", message: "tab", source: { line: "\tuser: x", column: 2 } })).toBe(
			"abdicate: error[CONFIG_SYNTAX]: tab\n     user: x\n     ^\n",
		);
	});

	it.each([
		["in its middle", 501, `...${"a".repeat(55)}X${"b".repeat(54)}...`, 58],
		["at its beginning", 3, `${"a".repeat(110)}...`, 2],
		["at its end", 1001, `...${"b".repeat(110)}`, 112],
	])("shows of a long line as much as a terminal has room for, %s", (_, column, excerpt, before) => {
		const line = `${"a".repeat(500)}X${"b".repeat(500)}`;
		expect(renderDiagnostic({ code: "CONFIG_SYNTAX", message: "long", source: { line, column } })).toBe(
			`abdicate: error[CONFIG_SYNTAX]: long\n    ${excerpt}\n    ${" ".repeat(before)}^\n`,
		);
	});

	it("shows a line whole that is hardly longer", () => {
		const line = "a".repeat(110);
		expect(renderDiagnostic({ code: "CONFIG_SYNTAX", message: "m", source: { line, column: 90 } })).toBe(
			`abdicate: error[CONFIG_SYNTAX]: m\n    ${line}\n    ${" ".repeat(89)}^\n`,
		);
	});

	it("prints no control character of the user, wherever it comes from", () => {
		const evil = "\u001b[2J\u202e";
		const text = renderDiagnostic({ code: "USAGE", where: evil, message: evil, remedy: [evil], source: { line: evil, column: 1 } });
		expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
	});
});

describe("error codes", () => {
	it("have a summary in lower case without a final period, and a status of the table", () => {
		expect(Object.keys(errorSummaries)).toEqual(Object.keys(errorCodes));
		for (const [code, summary] of Object.entries(errorSummaries)) {
			expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
			expect([125, 126, 127, 128]).toContain(errorCodes[code as keyof typeof errorCodes]);
			expect(summary).toMatch(/^[^A-Z].*[^.]$/);
			expect(summary.length).toBeGreaterThan(10);
		}
	});

	it("add the number of a signal to the status, as a shell does", () => {
		expect(new Failure({ code: "INTERRUPTED", message: "told to stop", signal: 15 }).exitStatus).toBe(143);
	});
});
