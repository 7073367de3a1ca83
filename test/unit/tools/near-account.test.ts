import { expect, it } from "vitest";
import { asFinding } from "../../../src/tools/check/lint/findings.ts";

const cases = [
	["user: nobdy  # who", 7, "nobdy", "nobody", "write user: nobody"],
	['  - own: {path: /ä, owner: "nobdy:daemon"}', 28, "nobdy", "nobody", '  - own: {path: /ä, owner: "nobody:daemon"}'],
] as const;

it.each(cases)("of %j the line is told as it would be with the account that was meant", (line, column, name, meant, written) => {
	const message = `"${name}" is not in /etc/passwd; did you mean "${meant}"?`;
	const where = `f:3:${column} user`;
	const found = asFinding("f", { code: "USER_UNKNOWN", where, message, remedy: ["create it"], source: { line, column } });
	const at = Array.from(line.slice(0, line.indexOf(name))).length + 1;
	expect([found.remedy, found.correction]).toEqual([
		[`write ${written.replace("write ", "").trim()}`, "create it"],
		{ edits: [{ line: 3, column: at, endLine: 3, endColumn: at + name.length, text: meant }], isCertain: false },
	]);
});

it("what is far from every account is told without a line", () => {
	const message = '"rooot" is not in /etc/passwd';
	const found = asFinding("f", { code: "USER_UNKNOWN", where: "f:1:7 user", message, source: { line: "user: rooot", column: 7 } });
	expect([found.remedy, found.correction]).toEqual([[], undefined]);
});
