import { execFileSync } from "node:child_process";
import { mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Confinement, gotten, parseConfinement } from "../harness/confinement.ts";
import { busybox } from "../harness/images.ts";
import { withDocker } from "../harness/need-docker.ts";
import { root } from "../harness/paths.ts";
import { startContainer } from "../harness/run.ts";
import { expectedReport, expectedWays, reportOf } from "./differences.ts";
import { confinementOf, starts, withNeighbour } from "./starts.ts";

const directory = mkdtempSync(join(tmpdir(), "abdicate-ways-"));
afterAll(() => rmSync(directory, { recursive: true }));
const helloFs = join(directory, "hello-fs");

/** The nearly privileged stand-in, through this program. */
function confined(config: object, more: object = {}) {
	return confinementOf({
		...starts["nearly privileged"],
		entrypoint: "/abdicate",
		args: ["--", "/probe", "confinement"],
		config: { confine: "docker-default", ...config },
		...more,
	});
}

/** Namespaces are the machine's, or the container's own. */
function machinesOwn(namespaces: Readonly<Record<string, string>>): object {
	return Object.fromEntries(Object.entries(namespaces).map(([name, link]) => [name, readlinkSync(`/proc/self/ns/${name}`) === link]));
}

const placed = (one: Confinement): Confinement => ({
	...one,
	place: { ...one.place, namespaces: machinesOwn(one.place.namespaces) as Record<string, string> },
});

/** Its configuration is mounted in both. */
const file = { config: {} };

/** A program more, in a container that runs: `docker exec`. */
async function secondIn(options: object, words: readonly string[]): Promise<Confinement> {
	const container = await startContainer({ image: busybox, entrypoint: "/probe", args: ["sleep"], ...options });
	try {
		await container.waitForOutput("ready");
		const { status, stdout, stderr } = await container.exec(words);
		expect([status, stderr]).toEqual([0, ""]);
		return parseConfinement(stdout);
	} finally {
		container.remove();
	}
}
const tries = ["/probe", "confinement"];

describe("confine: docker-default in a nearly privileged container", () => {
	let found: Readonly<
		Record<
			| "ordinary"
			| "ordinaryRoot"
			| "neighbour"
			| "app"
			| "root"
			| "fuse"
			| "background"
			| "terminal"
			| "ordinaryTerminal"
			| "second"
			| "ordinarySecond",
			Confinement
		>
	>;
	beforeAll(
		withDocker(async () => {
			execFileSync("gcc", ["-static", "-s", "-O2", "-o", helloFs, join(root, "test/fixtures/hello-fs.c")]);
			const volumes = [`${helloFs}:/bin/hello-fs:ro`];
			const fuse = { fuse: { target: "/mnt", command: ["/bin/hello-fs", "{mountpoint}"] } };
			const background = {
				run: {
					command: ["/bin/sh", "-c", "/bin/sleep 60 & until grep -q sleep /proc/$$!/comm; do :; done"],
					background: true,
					output: "discard",
				},
			};
			const all = {
				ordinary: confinementOf({ ...starts.ordinary, ...file }),
				ordinaryRoot: confinementOf({ ...starts["ordinary, as root"], ...file }),
				neighbour: confinementOf({ ...starts.ordinary, ...withNeighbour }),
				app: confined({ user: "app" }),
				root: confined({ user: "root" }),
				fuse: confined({ user: "app", setup: [{ mkdir: "/mnt" }, fuse] }, { volumes }),
				background: confined({ user: "app", setup: [background] }),
				ordinaryTerminal: confinementOf({ ...starts.ordinary, ...file, flags: [...starts.ordinary.flags, "--tty"] }),
				terminal: confined({ user: "app" }, { flags: [...starts["nearly privileged"].flags, "--tty"] }),
				ordinarySecond: secondIn(starts.ordinary, tries),
				second: secondIn(
					{
						...starts["nearly privileged"],
						entrypoint: "/abdicate",
						args: ["--", "/probe", "sleep"],
						config: { user: "app", confine: "docker-default" },
					},
					["/abdicate", "enter", "--", ...tries],
				),
			};
			const entries = Object.entries(all).map(async ([name, one]) => [name, placed(await one)] as const);
			found = Object.fromEntries(await Promise.all(entries)) as typeof found;
		}),
	);

	it("every way out is answered as in an ordinary one", () => {
		expect(found.app.ways).toEqual(expectedWays(found.ordinary.ways));
	});

	it("and none is there but one that Docker leaves today", () => {
		expect(gotten(found.app.ways)).toEqual(["name_to_handle_at"]);
	});

	it("every way out is answered to root as in an ordinary one", () => {
		expect(found.root.ways).toEqual(expectedWays(found.ordinaryRoot.ways));
	});

	it("a daemon that serves files leads to what a neighbour of the same user in an ordinary one leads to", () => {
		expect(found.fuse.ways).toEqual(expectedWays(found.neighbour.ways));
	});

	it("a program of root's in the background leads nowhere", () => {
		expect(found.background.ways).toEqual(expectedWays(found.ordinary.ways));
	});

	it("beside a terminal too", () => {
		expect(found.terminal.ways).toEqual(expectedWays(found.ordinaryTerminal.ways));
		expect(reportOf(found.terminal)).toEqual(expectedReport(found.ordinaryTerminal));
	});

	it("what enters it finds what a second program finds in an ordinary one", () => {
		expect(found.second.ways).toEqual(expectedWays(found.ordinarySecond.ways));
	});

	it("the probe's whole report is that of an ordinary one, but for what is listed", () => {
		expect(reportOf(found.app)).toEqual(expectedReport(found.ordinary));
	});

	it("the report is that of an ordinary one's root, likewise", () => {
		expect(reportOf(found.root)).toEqual(expectedReport(found.ordinaryRoot));
	});
});
