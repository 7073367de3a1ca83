import { expect, it } from "vitest";
import { unifiedDiff } from "../../../src/tools/rewrite/diff.ts";

it("a difference of any length is shown", () => {
	const [before, after] = ["user: nobody\n\nx: 1\n", `user: nobody\n${"\n".repeat(200_000)}x: 1\n`];
	const shown = unifiedDiff({ path: "c.yaml", before: after, after: before });
	expect(shown.split("\n").filter((line) => line === "-")).toHaveLength(199_999);
});
