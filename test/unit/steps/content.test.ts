import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteLength } from "../../../src/report/bytes.ts";
import { renderTemplate } from "../../../src/steps/content/file.ts";
import { describeStep, needsOf } from "../../../src/steps/index.ts";
import type { FakeEntry } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";
import { kernelWith, plan } from "./context.ts";

describe("a template", () => {
	it.each([
		["$A", "1"],
		["${A}", "1"],
		["$A$B${B}", "1$A$A"],
		["$AB ${AB} $a ${a}", "$AB ${AB} $a ${a}"],
		["$$A \\$A", "$1 \\1"],
		["${A", "${A"],
		["${A:-x} ${ A }", "${A:-x} ${ A }"],
		["$", "$"],
		["$constructor $__proto__", "$constructor $__proto__"],
	])("%s becomes %s", (template, expected) => {
		expect(renderTemplate(template, ["A=1", "B=$A"])).toBe(expected);
	});

	it("rule 8.2: never reads a value again, and leaves everything but declared names as it is", () => {
		const piece = fc.constantFrom("$", "{", "}", "$A", "${A}", "${", "$B", "${B}", "A", "B", "\\", "\n", "é");
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 20 }), fc.array(piece, { maxLength: 6 }), (pieces, value) => {
				const template = pieces.join("");
				expect(renderTemplate(template, [])).toBe(template);
				// With a letter that the template has not, what was put in can be told from what was there.
				expect(renderTemplate(template, ["A=\u0001"]).replaceAll("\u0001", () => value.join(""))).toBe(
					renderTemplate(template, [`A=${value.join("")}`]),
				);
			}),
			{ numRuns: runs(2000) },
		);
	});
});

describe("the length of text in bytes", () => {
	it.each(["", "a", "é", "€", "😀", "a€😀\n\u0000"])("is that of UTF-8: %j", (text) => {
		expect(byteLength(text)).toBe(Buffer.byteLength(text));
	});
	it("counts what stands for one byte as one", () => {
		expect(byteLength("a\udcff\udc80é")).toBe(5);
	});
});

describe("what a file needs", () => {
	it.each<[string, Record<string, Partial<FakeEntry>>, object, string[]]>([
		["missing", {}, {}, ["CHOWN", "DAC_OVERRIDE?"]],
		["missing, root's", {}, { owner: "root", group: 0 }, ["DAC_OVERRIDE?"]],
		["right", { "/f": { content: "x", uid: 1000, gid: 1000 } }, {}, ["DAC_READ_SEARCH|DAC_OVERRIDE?"]],
		["of another owner", { "/f": { content: "x" } }, {}, ["CHOWN?", "DAC_OVERRIDE?"]],
		["of another mode", { "/f": { content: "x", uid: 1000, gid: 1000, mode: 0o600 } }, {}, ["DAC_OVERRIDE?", "FOWNER?"]],
		["of another content", { "/f": { content: "y", uid: 1000, gid: 1000 } }, {}, ["CHOWN?", "DAC_OVERRIDE?", "FOWNER?"]],
		["of another content, untouched", { "/f": { content: "y", uid: 7 } }, { if: "absent" }, ["DAC_READ_SEARCH|DAC_OVERRIDE?"]],
		[
			"of another content, owner kept",
			{ "/f": { content: "y", uid: 7, gid: 7 } },
			{ owner: "keep", group: "keep" },
			["CHOWN?", "DAC_OVERRIDE?", "FOWNER?"],
		],
		["a directory", { "/f": { kind: "directory" } }, {}, ["CHOWN", "DAC_OVERRIDE?"]],
	])("%s", (_, files, more, expected) => {
		const kernel = kernelWith(files);
		const action = plan("file", { path: "/f", content: "x", ...more }, kernel);
		const needs = needsOf(action, kernel.host).map(({ anyOf, certain }) => `${anyOf.join("|")}${certain ? "" : "?"}`);
		expect([needs, kernel.changes, kernel.files.openCount]).toEqual([expected, [], 0]);
	});

	it("is said without the content", () => {
		expect(describeStep(plan("file", { path: "./f", content: "hunter2", mode: "600" }))).toBe(
			"/srv/f from the configuration mode 0600 owner 1000:1000",
		);
	});
});
