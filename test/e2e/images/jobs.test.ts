import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Container, startContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { as, droppedTo, privilegeOf } from "./example.ts";
import { closedTree } from "./grants.ts";
import { asRandom, asUid1000, itself, nothing, ofGroup0, open, refused, stepFailed } from "./rows.ts";
import { describeStarts } from "./starts.ts";

const curl = async ({ exec }: Container, path: string, ...more: readonly string[]) =>
	exec(["curl", "--silent", "--fail", ...more, `http://127.0.0.1:8080${path}`]);
const serves = async (container: Container) => (await curl(container, "/")).status === 0;

const jobs = describeStarts("jobs", {
	user: "worker",
	place: "/srv/results",
	serves,
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			worst: [{ "/srv/results": closedTree }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": itself,
		"uid 1000": { ends: asUid1000, volume: open },
		"a random uid with gid 0": { ends: asRandom, volume: ofGroup0 },
	},
	more: {
		"uid 1000 without any capability": { ends: as(1000, 1000, "0"), start: { user: "1000:1000", caps: nothing }, volume: open },
		"uid 1000, on a volume of others": { ends: stepFailed, start: { user: "1000:1000" } },
	},
});

/** Name and state of what runs in the container, beside the shell that looks. */
async function processes({ exec }: Container): Promise<string[]> {
	const { stdout } = await exec(["sh", "-c", "cat /proc/[0-9]*/stat"]);
	return [...stdout.matchAll(/\((.*)\) (\w)/g)].map(([, name, state]) => `${name} ${state === "Z" ? "zombie" : ""}`.trim());
}

describe("a server that starts jobs", () => {
	it("has no zombies, and its jobs keep what they have when it is stopped", async () => {
		const results = volume("chown 4242:4242 .");
		const container = await startContainer(jobs.options({}, results));
		await container.waitFor("it serves", serves);
		const first = await privilegeOf(container);
		for (let n = 0; n < 5; n++) {
			await curl(container, `/short${n}/1`, "--request", "POST");
		}
		await container.waitFor("the short jobs have ended", async () => (await curl(container, "/")).stdout.split("\n").length === 6);
		await container.waitFor("they are gone", async () => !(await processes(container)).some((each) => /^job\.sh/.test(each)));
		await curl(container, "/long/100000", "--request", "POST");
		await container.waitFor("the long job runs", async () => (await processes(container)).includes("job.sh"));
		const { status } = await container.stop();
		const content = Object.fromEntries(readdirSync(results).map((name) => [name, readFileSync(`${results}/${name}`, "utf8")]));
		expect([first, status]).toEqual([droppedTo(jobs.owner()), 0]);
		expect(content).toEqual({
			...Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`short${n}`, "counted to 1\n"])),
			long: expect.stringMatching(/^stopped at \d+\n$/),
		});
	});
});
