import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { runHost } from "./harness/host.ts";
import { ownerOf, volume } from "./steps/volume.ts";

/** Large enough for a second process; small enough to be traced. */
const directories = 60;
const files = 100;
const entries = 1 + directories * (1 + files);

function large(): string {
	return volume(`for d in $(seq ${directories}); do mkdir $d; (cd $d; touch $(seq ${files})); done; chown -R 4242:4242 .`);
}

function own(data: string, ...strace: readonly string[]) {
	const config = { user: "65534:65534", workdir: "/", setup: [{ own: data }] };
	return runHost({ config, args: ["-v", "--", "/bin/true"], timeout: 60, ...(strace.length === 0 ? {} : { strace: ["-f", ...strace] }) });
}

const helped = /^\d+ +getppid\(/m;
const owned = `changed  setup[0] own`;
const all = `${entries} of ${entries} entries re-owned`;

/** How many of the entries are whose. */
function ownersOf(data: string): Record<string, number> {
	const counts: Record<string, number> = {};
	const names = Array.from({ length: directories }, (_, d) => [
		`${d + 1}`,
		...Array.from({ length: files }, (_, f) => `${d + 1}/${f + 1}`),
	]);
	for (const name of [".", ...names.flat()]) {
		const owner = ownerOf(data, name);
		counts[owner] = (counts[owner] ?? 0) + 1;
	}
	return counts;
}

/** The next start makes up for whatever an earlier one has left. */
async function expectNextStartCompletes(data: string) {
	expect((await own(data)).status).toBe(0);
	expect(ownersOf(data)).toEqual({ "65534:65534": entries });
}

describe.skipIf(availableParallelism() < 2)("a large tree", () => {
	it("is walked by two processes, of which one is left when the step ends", async () => {
		const data = large();
		const { status, stderr, trace } = await own(data, "-e", "trace=fork,clone,vfork,wait4,getppid,prctl,capset,fchownat,exit_group");
		expect([status, stderr.includes(owned), stderr.includes(all), helped.test(trace)]).toEqual([0, true, true, true]);
		expect(ownersOf(data)).toEqual({ "65534:65534": entries });
		const [first = "", second = ""] = new Set(trace.split("\n").map((line) => line.split(" ")[0] ?? ""));
		const calls = trace.split("\n").filter((line) => line.startsWith(second));
		// The other process may be heard before the call is done.
		expect(calls[0]).toMatch(/prctl\(PR_SET_PDEATHSIG, SIGKILL(?:\)| <unfinished)/);
		expect(calls.filter((line) => line.includes("fchownat(")).length).toBeGreaterThan(0);
		const ofFirst = trace.split("\n").filter((line) => line.startsWith(first));
		const last = ofFirst.findLastIndex((line) => line.includes("fchownat("));
		expect(ofFirst.slice(0, last).some((line) => /wait4(\(| resumed).* = \d+$/.test(line))).toBe(true);
	});

	it("is walked by one where no second can be had", async () => {
		const data = large();
		const { status, stderr, trace } = await own(data, "-e", "trace=fork,clone,vfork,getppid", "-e", "inject=fork,clone,vfork:error=EAGAIN");
		expect([status, stderr.includes(all), trace.match(/EAGAIN/g)?.length, helped.test(trace)]).toEqual([0, true, 1, false]);
		expect(ownersOf(data)).toEqual({ "65534:65534": entries });
	});

	it("is not done when the second process is killed", async () => {
		const data = large();
		const { status, stderr } = await own(data, "-e", "trace=getppid", "-e", "inject=getppid:signal=KILL");
		expect([status, stderr.split("\n").slice(-3, -1), ownerOf(data)]).toEqual([
			125,
			[
				`abdicate: error[STEP_FAILED] setup[0] own ${data} to 65534:65534 (mismatched): wait4: EIO on "${data}": a process that helped with it was killed`,
				"  if it was for memory, raise the container's limit",
			],
			"4242:4242",
		]);
		await expectNextStartCompletes(data);
	});

	// The numbers count in each process. At the last three there are two.
	it.each([50, 2000, 4110, 4150, 4200])("is taken up by the next start when this one is killed before its %dth change", async (nth) => {
		const data = large();
		const { status } = await own(data, "-e", "trace=fchownat", "-e", `inject=fchownat:signal=KILL:when=${nth}`);
		expect([status, ownerOf(data)]).not.toEqual([0, "65534:65534"]);
		await expectNextStartCompletes(data);
	});
});
