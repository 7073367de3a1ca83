import { describe, expect, it } from "vitest";
import { debian } from "../harness/images.ts";
import { type Container, runContainer, startContainer } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { as, privilegeOf } from "./example.ts";
import { closedTree } from "./grants.ts";
import { asRandom, asUid1000, itself, nothing, ofGroup0, open, refused } from "./rows.ts";
import { describeStarts } from "./starts.ts";

const answers = async ({ exec }: Container) => (await exec(["redis-cli", "ping"])).stdout === "PONG\n";
const wrongOwners = "mkdir appendonlydir; touch appendonlydir/left-over; chown -R 4242:4242 .";

const redis = describeStarts("redis", {
	base: debian,
	user: "redis",
	place: "/data",
	found: wrongOwners,
	given: [".", "appendonlydir/left-over"],
	serves: answers,
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		optional: ["SYS_RESOURCE"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			optional: ["SYS_RESOURCE"],
			worst: [{ "/data": closedTree }],
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
	},
});

describe("redis", () => {
	it("finds its data again at the second start", async () => {
		const data = volume(wrongOwners);
		const options = redis.options({ args: ["--appendonly", "yes"] }, data);
		const first = await startContainer(options);
		await first.waitFor("it serves", answers);
		expect((await first.exec(["redis-cli", "set", "key", "kept"])).stdout).toBe("OK\n");
		expect((await first.stop()).status).toBe(0);
		const second = await startContainer(options);
		await second.waitFor("it serves", answers);
		expect((await second.exec(["redis-cli", "get", "key"])).stdout).toBe("kept\n");
		expect(await privilegeOf(second)).toMatch(/ \| 0 0 0 0 0 \| 1$/);
	});

	it("touches no data for another command, which is dropped as well", async () => {
		const data = volume(wrongOwners);
		const { stdout, status } = await runContainer(redis.options({ args: ["id", "-u"] }, data));
		expect([status, stdout.trim(), ownerOf(data, "appendonlydir/left-over")]).toEqual([0, redis.owner().split(":")[0], "4242:4242"]);
	});
});
