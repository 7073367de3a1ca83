import { expect, it } from "vitest";
import { type Correction, corrected } from "../../../src/report/correction.ts";
import { asFinding } from "../../../src/tools/check/lint/findings.ts";

const cases = [
	["user: nobdy  # who", 7, "nobdy", "nobody", "user: nobody"],
	['  - own: {path: /nobdyä, owner: "nobdy:daemon"}', 33, "nobdy", "nobody", '- own: {path: /nobdyä, owner: "nobody:daemon"}'],
] as const;

it.each(cases)("of %j the line is told as it would be with the account that was meant", (line, column, name, meant, written) => {
	const message = `"${name}" is not in /etc/passwd; did you mean "${meant}"?`;
	const where = `f:3:${column} user`;
	const { remedy, correction } = asFinding("f", { code: "USER_UNKNOWN", where, message, remedy: ["create it"], source: { line, column } });
	expect(remedy).toEqual([`write ${written}`, "create it"]);
	const { text } = corrected(`\n\n${line}`, [correction as Correction]);
	expect([text.trim().replace(/\s+#.*/, ""), correction?.isCertain]).toEqual([written, false]);
});

it("what is far from every account is told without a line", () => {
	const message = '"rooot" is not in /etc/passwd';
	const source = { line: "user: rooot", column: 7 };
	expect(asFinding("f", { code: "USER_UNKNOWN", where: "f:1:7 user", message, source }).remedy).toEqual([]);
});
