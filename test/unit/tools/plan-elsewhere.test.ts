import { expect, it } from "vitest";
import type { Diagnostic } from "../../../src/report/failure.ts";
import { withUnpacked } from "../../../src/tools/plan/elsewhere.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const about = (code: Diagnostic["code"]): Diagnostic => ({ code, message: "x", remedy: ["do"] });
const line = /^for an image instead of this machine: .*plan --root DIR$/;

it.each<[string, Diagnostic["code"], Record<string, { kind: "file" }>, number]>([
	["a user that is missing", "USER_UNKNOWN", {}, 2],
	["a program that is missing", "COMMAND_NOT_FOUND", {}, 2],
	["a fault of another kind", "STEP_FAILED", {}, 1],
	["a fault inside a container", "USER_UNKNOWN", { "/.dockerenv": { kind: "file" } }, 1],
])("an image is to be unpacked for %s: outside a container, and once", (_, code, files, lines) => {
	const { host } = new FakeKernel({ process: dockerRoot(), files });
	const told = withUnpacked([about("STEP_FAILED"), about(code)], host);
	expect(told.map(({ remedy = [] }) => remedy.length)).toEqual([1, lines]);
	expect(told[1]?.remedy?.filter((each) => line.test(each))).toHaveLength(lines - 1);
});

it("is said of whatever is wrong to who is not root, and not where nothing is", () => {
	const root = dockerRoot();
	const { host } = new FakeKernel({ process: { ...root, uids: [7, 7, 7] } as never, files: {} });
	expect(withUnpacked([about("STEP_FAILED")], host)[0]?.remedy).toHaveLength(2);
	expect(withUnpacked([], host)).toEqual([]);
});
