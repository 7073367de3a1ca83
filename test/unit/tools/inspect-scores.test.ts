import { describe, expect, it } from "vitest";
import { inspect } from "../../../src/tools/inspect/inspect.ts";
import { renderExposure } from "../../../src/tools/inspect/rated.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((name) => `${name}:\t0000000000000000\n`).join("");

/** A program, a thread of the kernel and a zombie. */
function machine(mountinfo: string) {
	const file = (pid: number, name: string, state: string, flags: number) => ({
		[`/proc/${pid}/status`]: `Name:\t${name}\nPPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n${sets}NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n`,
		[`/proc/${pid}/stat`]: `${pid} (${name}) ${state} 0 0 0 0 -1 ${flags} 1 2 3\n`,
	});
	return new FakeKernel({
		process: dockerRoot(),
		files: {
			"/proc/self/mountinfo": mountinfo,
			...file(5, "httpd", "S", 0x400000),
			...file(6, "kthreadd", "S", 0x200000),
			...file(7, "sh", "Z", 0x400000),
		},
		overrides: { windowColumns: () => -25 },
	});
}

function scores(mountinfo: string): string {
	const kernel = machine(mountinfo);
	inspect(kernel.host, "self", { all: true, score: true });
	return kernel.output.map((each) => each.replace(/^1: /, "")).join("");
}

describe("the scores of all processes", () => {
	it("are of those that run a program, and say what was not seen", () => {
		expect(scores("22 1 0:20 / /proc rw - proc proc rw,hidepid=invisible\n").split("\n")).toEqual([
			"PID  EXPOSURE  WORD  NAME",
			"5    >=2.0     low   httpd",
			">= at least: not all could be seen; abdicate inspect PID --score says what",
			"not rated: 2 that run no program (kernel threads, zombies)",
			"unknown: processes of others that /proc hides (hidepid=invisible)",
			"",
		]);
	});

	it("hide nothing where /proc hides nothing", () => {
		expect(scores("22 1 0:20 / /proc rw - proc proc rw\n")).not.toContain("hides");
	});
});

it("says what the points add up to where that is more than the scale has", () => {
	const findings = [6.1, 5.2].map((points) => ({ points, what: "x", reason: "y" }));
	const text = renderExposure(
		"5 httpd",
		{ overall: 10, isLeast: false, word: "critical", findings },
		{ colours: false, columns: undefined },
	);
	expect(text.trimEnd().split("\n").at(-1)).toBe("exposure 10.0 of 10: critical, of 11.3 points");
});
