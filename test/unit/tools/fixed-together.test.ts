import { expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { fixes } from "../../../src/tools/check/fix.ts";

it("corrections of one page are tried together", async () => {
	const findings = (text: string) =>
		text.split("\n").flatMap((line, at) =>
			line === "bad"
				? [
						{
							code: "CONFIG_SYNTAX" as const,
							severity: "error" as const,
							file: "c.yaml",
							key: "",
							message: "bad",
							remedy: [],
							text: line,
							line: at + 1,
							column: 1,
							correction: { edits: [{ line: at + 1, column: 1, endLine: at + 1, endColumn: 4, text: "good" }], isCertain: true },
						},
					]
				: [],
		);
	let looks = 0;
	const find = async (text: string) => {
		looks++;
		return { findings: findings(text).slice(0, 20), isRead: findings(text).length === 0 };
	};
	const text = `${"bad\n".repeat(100)}`;
	const { done, left } = await fixes({ parseYaml }, text, { findings: findings(text).slice(0, 20), isRead: false }, find as never);
	expect({ after: done.at(-1)?.after, number: done.length, left, isFew: looks < 30 }).toEqual({
		after: "good\n".repeat(100),
		number: 100,
		left: [],
		isFew: true,
	});
});
