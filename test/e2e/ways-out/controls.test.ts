import { beforeAll, describe, expect, it } from "vitest";
import { ways } from "../../harness/ways-out/ways.ts";
import { type Confinement, gotten } from "../harness/confinement.ts";
import { withDocker } from "../harness/need-docker.ts";
import { confinementOf, openHere, starts, withNeighbour } from "./starts.ts";

/** What an ordinary root gets beside that. It is root: of its own user namespace's files, and of no other process. */
const ofRoot = ["kpageflags", "setuid"];

/** What a runtime keeps from this one too: nodes that its device cgroup does not name, and a /sys to write, which it has when it is remounted. */
const keptByRuntime = ["mknod-mem", "mknod-kmsg", "sys-write", "cgroup-mkdir", "userns-sysfs"];

describe("ways out of a container, without this program", () => {
	let found: Readonly<Record<keyof typeof starts, Confinement>>;
	beforeAll(
		withDocker(async () => {
			const run = async ([name, start]: [string, object]) => {
				const isControl = name.startsWith("nearly");
				return [name, await confinementOf({ ...start, ...(isControl ? withNeighbour : {}) })] as const;
			};
			found = Object.fromEntries(await Promise.all(Object.entries(starts).map(run))) as typeof found;
		}),
	);

	it.each(Object.keys(starts) as (keyof typeof starts)[])("every way is tried and answered: %s", (name) => {
		expect(Object.keys(found[name].ways)).toEqual(Object.keys(ways));
		expect(Object.values(found[name].ways).filter((answer) => !/^(got |none|[\w-]+: E[A-Z0-9]+$)/.test(answer))).toEqual([]);
	});

	it("an ordinary container has none, but for what is known", () => {
		const { ordinary } = found;
		expect(gotten(ordinary.ways)).toEqual(Object.keys(ways).filter((name) => openHere().includes(name)));
	});

	it("as root it has those, and what belongs to root", () => {
		const known = [...openHere(), ...ofRoot];
		expect(gotten(found["ordinary, as root"].ways)).toEqual(Object.keys(ways).filter((name) => known.includes(name)));
	});

	it("a nearly privileged one has them all, but for what this kernel is without and what the runtime keeps", () => {
		const controls = [found["nearly privileged"].ways, found["nearly privileged, with masks"].ways];
		const got = new Set(controls.flatMap(gotten));
		const isMissing = (name: string) =>
			controls.every((answers) => /^none: no disk|: (ENOENT|ENOSYS|ENODEV|ENXIO|EAFNOSUPPORT)$/.test(answers[name] ?? ""));
		expect(Object.keys(ways).filter((name) => !got.has(name) && !isMissing(name))).toEqual(
			Object.keys(ways).filter((name) => keptByRuntime.includes(name) && !isMissing(name)),
		);
		expect(got.size).toBeGreaterThan(60);
	});
});
