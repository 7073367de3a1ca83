import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { busybox } from "../harness/images.ts";
import { type Container, runContainer } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { droppedTo, outcomeOf } from "./example.ts";
import { closedTree } from "./grants.ts";
import { asRandom, asUid1000, itself, refused } from "./rows.ts";
import { describeStarts } from "./starts.ts";

const serves = async ({ exec }: Container) => (await exec(["wget", "-q", "-O", "-", "http://127.0.0.1:8080/index.html"])).status === 0;

const app = describeStarts("puid", {
	base: busybox,
	user: "1000:1000",
	place: "/config",
	found: "chown 4242:4242 .; chmod 777 .",
	serves,
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		command: ["httpd"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			worst: [{ "/config": closedTree }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": itself,
		"uid 1000": asUid1000,
		"a random uid with gid 0": asRandom,
	},
});

describe("an app with PUID and PGID", () => {
	it("gives the volume of the first start to another user at the second, and keeps what is in it", async () => {
		const data = volume("true");
		const start = (PUID: string) => outcomeOf(app.options({ env: { PUID, PGID: "3000" } }, data), serves);
		expect(await start("2000")).toBe(droppedTo("2000:3000"));
		writeFileSync(join(data, "index.html"), "mine\n");
		expect(await start("2001")).toBe(droppedTo("2001:3000"));
		expect([ownerOf(data, "index.html"), readFileSync(join(data, "index.html"), "utf8")]).toEqual(["2001:3000", "mine\n"]);
	});

	it.each(["abc", "4294967296", "-1", "0x0", ""])("refuses the PUID %j", async (PUID) => {
		const { status, stdout } = await runContainer(app.options({ env: { PUID }, args: ["id", "-u"] }, volume("true")));
		// Empty counts as not set.
		expect([status, stdout.trim()]).toEqual(PUID === "" ? [0, "1000"] : [125, ""]);
	});
});
