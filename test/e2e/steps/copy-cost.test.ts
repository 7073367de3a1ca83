import { expect, it } from "vitest";
import { runHost } from "../harness/host.ts";
import { volume } from "./volume.ts";

/** How often each system call is made by a start that copies a directory of so many files. */
async function callsFor(files: number, target: string): Promise<ReadonlyMap<string, number>> {
	const source = volume(`for i in $(seq ${files}); do echo $i > $i; done`);
	const data = volume(target.replaceAll("SEED", source));
	const { status, trace } = await runHost({
		config: { user: "root", setup: [{ copy: { from: source, to: data, if: "entry-absent" } }] },
		args: ["--", "/bin/true"],
		strace: [],
	});
	expect(status).toBe(0);
	const counts = new Map<string, number>();
	for (const [, name = ""] of trace.matchAll(/^(\w+)\(/gm)) {
		counts.set(name, (counts.get(name) ?? 0) + 1);
	}
	return counts;
}

/** What a hundred files more cost, in calls for each. */
async function callsPerFile(target: string): Promise<Record<string, number>> {
	const [few, many] = [await callsFor(100, target), await callsFor(200, target)];
	const more = [...many].map(([name, count]) => [name, (count - (few.get(name) ?? 0)) / 100] as const);
	return Object.fromEntries(more.filter(([, each]) => Math.abs(each) >= 0.5));
}

it("a small file takes as many calls as it needs, and one look once it has its name", async () => {
	expect(await callsPerFile("true")).toEqual({
		openat: 2,
		fstat: 1,
		fgetxattr: 1,
		// Whether it is in the target, before and after.
		newfstatat: 2,
		read: 1,
		write: 1,
		utimensat: 1,
		fchmod: 1,
		fchown: 1,
		close: 2,
		renameat2: 1,
	});
});

it("a file that is there already takes none", async () => {
	expect(await callsPerFile("cp -a SEED/. .")).toEqual({});
});
