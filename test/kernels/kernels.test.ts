import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import type { Outcome } from "../e2e/harness/process.ts";
import { apparmor } from "./cases/apparmor.ts";
import { cgroup } from "./cases/cgroup.ts";
import { privileged } from "./cases/privileged.ts";
import { proc } from "./cases/proc.ts";
import { steps } from "./cases/steps.ts";
import type { Case } from "./harness/case.ts";
import { type Machine, runInMachine } from "./harness/machine.ts";

const groups: Readonly<Record<string, readonly Case[]>> = {
	"all capabilities held": privileged,
	"AppArmor active": apparmor,
	"cgroup v2": cgroup,
	"every step": steps,
	"another /proc": proc,
};
const all = Object.values(groups).flat();

let machine: Machine | undefined;
let hasFailed = false;

beforeAll(async () => {
	machine = await runInMachine(all);
	console.log(`tried: ${machine.outcomes.size} starts on Debian's kernel ${machine.version}`);
}, 900_000);

afterAll(() => {
	if (hasFailed) {
		console.log(`the serial console of the machine:\n${machine?.log ?? "it never ran"}`);
	}
});

describe("the emulated machine", () => {
	it("runs every case, and no name twice", () => {
		noteFailure();
		expect({ failure: machine?.failure, names: [...(machine?.outcomes.keys() ?? [])] }).toEqual({
			failure: undefined,
			names: all.map(({ name }) => name),
		});
	});
});

describe.each(Object.entries(groups))("%s", (_, cases) => {
	it.each(cases.map((each) => [each.name, each] as const))("%s", (name, { expected }) => {
		noteFailure();
		const outcome = machine?.outcomes.get(name);
		if (outcome === undefined) {
			throw new Error("the machine did not report it");
		}
		expect(seen(outcome, expected)).toEqual({
			stderr: [],
			...("probe" in expected || "acts" in expected ? {} : { stdout: [] }),
			...expected,
		});
	});
});

function noteFailure(): void {
	onTestFailed(() => {
		hasFailed = true;
	});
}

/** Exactly what a case says something about, and always the status and the messages. */
function seen(outcome: Outcome, expected: Case["expected"]): object {
	const { status, stdout, stderr } = outcome;
	const always = { status, stderr: linesOf(stderr) };
	if ("probe" in expected) {
		const { limits: _, ...probe } = outcome.probe;
		return { ...always, probe };
	}
	return "acts" in expected ? { ...always, acts: outcome.acts } : { ...always, stdout: linesOf(stdout) };
}

function linesOf(text: string): string[] {
	return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
