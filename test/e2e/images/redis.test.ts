import { beforeAll, describe, expect, it } from "vitest";
import { debian } from "../harness/images.ts";
import { type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { as, buildExample, droppedTo, idsOf, outcomeOf, privilegeOf } from "./example.ts";

let image: string;
/** Debian gives redis whatever system id is free. */
let redis: string;

beforeAll(async () => {
	image = buildExample("redis", debian);
	redis = (await idsOf(image, "redis")).owner;
});

const answers = async ({ exec }: { exec: (args: readonly string[]) => Promise<{ stdout: string }> }) =>
	(await exec(["redis-cli", "ping"])).stdout === "PONG\n";
const wrongOwners = "mkdir appendonlydir; touch appendonlydir/left-over; chown -R 4242:4242 .";
describe("redis", () => {
	it.each<[string, Partial<ContainerOptions>, string, string]>([
		["root, on a volume with wrong owners", {}, wrongOwners, "redis"],
		[
			"root, only with what the plan asks for",
			{ caps: { drop: ["ALL"], add: ["CHOWN", "SETGID", "SETUID", "SETPCAP"] } },
			wrongOwners,
			"redis",
		],
		["root, without any capability", { caps: { drop: ["ALL"] } }, "true", "125 CAPABILITY_MISSING"],
		["root, no-new-privileges", { flags: ["--security-opt", "no-new-privileges"] }, wrongOwners, "redis"],
		["root, read-only root file system", { flags: ["--read-only"] }, wrongOwners, "redis"],
		["uid 1000", { user: "1000:1000" }, "chmod 777 .", as(1000, 1000)],
		["uid 1000 without any capability", { user: "1000:1000", caps: { drop: ["ALL"] } }, "chmod 777 .", as(1000, 1000, "0")],
		["a random uid with gid 0", { user: "1000650000:0" }, "chgrp 0 .; chmod 775 .", as(1_000_650_000, 0)],
	])("serves when started as %s", async (_, start, script, expected) => {
		const wanted = expected === "redis" ? droppedTo(redis) : expected;
		const data = volume(script);
		expect(await outcomeOf({ image, volumes: [`${data}:/data`], ...start }, answers)).toBe(wanted);
		if (expected === "redis") {
			expect([ownerOf(data), ownerOf(data, "appendonlydir/left-over")]).toEqual([redis, redis]);
		}
	});

	it("finds its data again at the second start", async () => {
		const data = volume(wrongOwners);
		const options = { image, volumes: [`${data}:/data`], args: ["--appendonly", "yes"] };
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
		const { stdout, status } = await runContainer({ image, volumes: [`${data}:/data`], args: ["id", "-u"] });
		expect([status, stdout.trim(), ownerOf(data, "appendonlydir/left-over")]).toEqual([0, redis.split(":")[0], "4242:4242"]);
	});
});
