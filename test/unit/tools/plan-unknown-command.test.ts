import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { type PlanFormat, planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

/** What is printed of a file without a command, or the failure. */
async function planned(format: PlanFormat, more: { readonly isNamed?: true; readonly config?: object } = { isNamed: true }) {
	const { isNamed, config } = more;
	const kernel = new FakeKernel({
		process: dockerRoot(),
		files: { "/etc/c.yaml": JSON.stringify({ user: "1000:1000", seccomp: "docker-default", setup: [{ mkdir: "/x" }], ...config }) },
		environment: ["PATH=/bin"],
		overrides: { parseYaml },
	});
	try {
		await planCommand(kernel.host, { format, ...(isNamed && { isNamed }) }, ["--config", "/etc/c.yaml"]);
	} catch (error) {
		return error instanceof Failure ? error.diagnostics.map(({ code, remedy }) => [code, ...(remedy ?? [])]) : error;
	}
	return kernel.output.map((each) => each.replace(/^1: /, "")).join("");
}

describe("a plan without a command, as where CMD of the Dockerfile has it", () => {
	it("is the text of all that does not depend on it", async () => {
		const text = await planned("text");
		expect(`${text}`.split("\n").flatMap((line) => /^(?:command|as|0 mkdir|seccomp) .*/.exec(line)?.[0] ?? [])).toEqual([
			expect.stringMatching(
				/^command +not known: what depends on it is not shown; abdicate plan FILE -- COMMAND \[ARG\.\.\.\] has the whole$/,
			),
			expect.stringMatching(/^as +1000:1000, home \/, in \/$/),
			expect.stringMatching(/^0 mkdir +\/x/),
			expect.stringMatching(/^seccomp +\S/),
		]);
	});

	it.each(["json", "docker"] as const)("is none in %s, and the remedy speaks of plan", async (format) => {
		expect(await planned(format)).toEqual([["COMMAND_MISSING", "name it, with the words of CMD: abdicate plan FILE -- COMMAND [ARG...]"]]);
	});

	it("has every other error beside it", async () => {
		const told = await planned("text", { isNamed: true, config: { user: "nobody-here" } });
		expect(told).toEqual([
			expect.arrayContaining(["USER_UNKNOWN"]),
			["COMMAND_MISSING", "name it, with the words of CMD: abdicate plan FILE -- COMMAND [ARG...]"],
		]);
	});
});
