import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { gotten, parseConfinement } from "../e2e/harness/confinement.ts";
import type { Outcome } from "../e2e/harness/process.ts";
import { apparmor } from "./cases/apparmor.ts";
import { apparmorLabels } from "./cases/apparmor-labels.ts";
import { cgroup } from "./cases/cgroup.ts";
import { confine } from "./cases/confine.ts";
import { hostile } from "./cases/hostile.ts";
import { idmapped } from "./cases/idmapped.ts";
import { init } from "./cases/init.ts";
import { landlock } from "./cases/landlock.ts";
import { namespaces } from "./cases/namespaces.ts";
import { privileged } from "./cases/privileged.ts";
import { proc } from "./cases/proc.ts";
import { seccomp } from "./cases/seccomp.ts";
import { selinuxLabels } from "./cases/selinux-labels.ts";
import { steps } from "./cases/steps.ts";
import { waysOut } from "./cases/ways-out.ts";
import type { Case } from "./harness/case.ts";
import { type Release, releases } from "./harness/kernel.ts";
import { type Machine, runInMachine } from "./harness/machine.ts";

const underApparmor: Readonly<Record<string, readonly Case[]>> = {
	"all capabilities held": privileged,
	"AppArmor active": apparmor,
	"cgroup v2": cgroup,
	"every step": steps,
	"hostile links": hostile,
	"mapped mounts": idmapped,
	"another /proc": proc,
	"an AppArmor profile of the workload": apparmorLabels,
	Landlock: landlock,
	"a seccomp filter": seccomp,
	"ways out": waysOut,
	confine,
	"an init, and programs that are stood in for": init,
	"namespaces and limits": namespaces,
};
const underSelinux = { "an SELinux context of the workload": selinuxLabels };
const machines = (Object.entries(releases) as [Release, string][]).flatMap(([release, version]) => [
	[release, version, "apparmor", underApparmor] as const,
	[release, version, "selinux", underSelinux] as const,
]);

describe.each(machines)("%s: Linux %s with %s", (release, _version, module, groups) => {
	let machine: Machine | undefined;
	let hasFailed = false;
	const noteFailure = () =>
		onTestFailed(() => {
			hasFailed = true;
		});
	const casesOf = (cases: readonly Case[]) => cases.filter(({ on }) => on === undefined || on.includes(release));
	const all = Object.values(groups).flatMap(casesOf);

	beforeAll(async () => {
		machine = await runInMachine(release, module, all);
		console.log(`tried: ${machine.outcomes.size} starts on Debian's kernel ${machine.version} with ${module}`);
	}, 900_000);

	afterAll(() => {
		if (hasFailed) {
			console.log(`the serial console of the machine:\n${machine?.log ?? "it never ran"}`);
		}
	});

	it("runs every case, and no name twice", () => {
		noteFailure();
		expect({ failure: machine?.failure, names: [...(machine?.outcomes.keys() ?? [])] }).toEqual({
			failure: undefined,
			names: all.map(({ name }) => name),
		});
	});

	describe.each(Object.entries(groups))("%s", (_, cases) => {
		it.each(casesOf(cases).map((each) => [each.name, each] as const))("%s", (name, { expected }) => {
			noteFailure();
			const outcome = machine?.outcomes.get(name);
			if (outcome === undefined) {
				throw new Error("the machine did not report it");
			}
			const { like, ...rest } = expected;
			expect(seen(outcome, rest)).toEqual({
				stderr: [],
				...("probe" in rest || "acts" in rest || "gets" in rest ? {} : { stdout: [] }),
				...rest,
			});
			if (like !== undefined) {
				expect(confinement(outcome)).toEqual(confinement(machine?.outcomes.get(like)));
			}
		});
	});
});

/** Exactly what a case says something about, and always the status and the messages. */
function seen(outcome: Outcome, expected: Case["expected"]): object {
	const { status, stdout, stderr } = outcome;
	const always = { status, stderr: linesOf(stderr) };
	if ("probe" in expected) {
		const { limits: _, ...probe } = outcome.probe;
		return { ...always, probe };
	}
	if ("gets" in expected) {
		return { ...always, gets: gotten(parseConfinement(stdout).ways) };
	}
	return "acts" in expected ? { ...always, acts: outcome.acts } : { ...always, stdout: linesOf(stdout) };
}

/** What confines it: not its mounts, of which an emulated machine has others than a container. */
function confinement(outcome: Outcome | undefined): object {
	const { place, ways } = parseConfinement(outcome?.stdout ?? "");
	return { ways, paths: place.paths, devices: [...place.devices].sort() };
}

function linesOf(text: string): string[] {
	return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
