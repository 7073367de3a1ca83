import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { busybox } from "../harness/images.ts";
import { type Container, type ContainerOptions, runContainer } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { as, buildExample, droppedTo, outcomeOf } from "./example.ts";

let image: string;
beforeAll(() => {
	image = buildExample("puid", busybox);
});

const serves = async ({ exec }: Container) => (await exec(["wget", "-q", "-O", "-", "http://127.0.0.1:8080/index.html"])).stdout !== "";

describe("an app with PUID and PGID", () => {
	it.each<[string, Partial<ContainerOptions>, string, string]>([
		["root", {}, droppedTo("1000:1000"), "1000:1000"],
		["root, as somebody", { env: { PUID: "2000", PGID: "3000" } }, droppedTo("2000:3000"), "2000:3000"],
		[
			"root, only with what the plan asks for",
			{ caps: { drop: ["ALL"], add: ["CHOWN", "SETGID", "SETUID", "SETPCAP"] } },
			droppedTo("1000:1000"),
			"1000:1000",
		],
		["root, without any capability", { caps: { drop: ["ALL"] } }, "125 CAPABILITY_MISSING", "4242:4242"],
		["root, read-only root file system", { flags: ["--read-only"] }, droppedTo("1000:1000"), "1000:1000"],
		["root, no-new-privileges", { flags: ["--security-opt", "no-new-privileges"] }, droppedTo("1000:1000"), "1000:1000"],
		["uid 1000", { user: "1000:1000" }, as(1000, 1000), "4242:4242"],
		["a random uid with gid 0", { user: "1000650000:0" }, as(1_000_650_000, 0), "4242:4242"],
	])("ends as it should when started as %s", async (_, start, expected, owner) => {
		const data = volume("chown 4242:4242 .; chmod 777 .");
		expect(await outcomeOf({ image, volumes: [`${data}:/config`], ...start }, serves)).toBe(expected);
		expect(ownerOf(data)).toBe(owner);
	});

	it("gives the volume of the first start to another user at the second, and keeps what is in it", async () => {
		const data = volume("true");
		const start = (PUID: string) => outcomeOf({ image, volumes: [`${data}:/config`], env: { PUID, PGID: "3000" } }, serves);
		expect(await start("2000")).toBe(droppedTo("2000:3000"));
		writeFileSync(join(data, "index.html"), "mine\n");
		expect(await start("2001")).toBe(droppedTo("2001:3000"));
		expect([ownerOf(data, "index.html"), readFileSync(join(data, "index.html"), "utf8")]).toEqual(["2001:3000", "mine\n"]);
	});

	it.each(["abc", "4294967296", "-1", "0x0", ""])("refuses the PUID %j", async (PUID) => {
		const { status, stdout } = await runContainer({ image, env: { PUID }, args: ["id", "-u"] });
		// Empty counts as not set.
		expect([status, stdout.trim()]).toEqual(PUID === "" ? [0, "1000"] : [125, ""]);
	});
});
