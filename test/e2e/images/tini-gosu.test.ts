import { describe, expect, it } from "vitest";
import { busybox } from "../harness/images.ts";
import { type Container, runContainer, startContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { closedTree } from "./grants.ts";
import { asRandom, asUid1000, itself, refused } from "./rows.ts";
import { describeStarts } from "./starts.ts";

const serves = async ({ exec }: Container) => (await exec(["wget", "-q", "-O", "-", "http://127.0.0.1:8080/index.html"])).status === 0;

const server = describeStarts("tini-gosu", {
	base: busybox,
	user: "1000:1000",
	place: "/data",
	found: "chown 4242:4242 .; chmod 777 .",
	serves,
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		command: ["httpd"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			worst: [{ "/data": closedTree }],
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

describe("what stands for tini and gosu", () => {
	it("ends the server when the container is told to stop, with its status", async () => {
		const container = await startContainer(
			server.options({ args: ["sh", "-c", "trap 'exit 7' TERM; echo ready; sleep 60 & wait"] }, volume("true")),
		);
		await container.waitForOutput("ready");
		expect((await container.stop()).status).toBe(7);
	});

	it("leaves nobody with a capability, the first process neither", async () => {
		const { stdout } = await runContainer(
			server.options({ args: ["grep", "-h", "^Cap", "/proc/1/status", "/proc/self/status"] }, volume("true")),
		);
		expect(stdout).toMatch(/^(Cap\w+:\t0{16}\n){10}$/);
	});
});
