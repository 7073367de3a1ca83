import { expect, it } from "vitest";
import { environmentEntries, parseEnvironment } from "../../../src/plan/environment.ts";

it("rule 4.4: the environment keeps its order, and the last of two wins", () => {
	expect(environmentEntries(parseEnvironment(["B=1", "A=2", "B=3", "C="]))).toEqual(["B=3", "A=2", "C="]);
	expect(() => parseEnvironment(["A=1", "nothing"])).toThrow('the entry "nothing" is not NAME=value');
});
