import { beforeEach, describe, expect, it } from "vitest";
import { fileOf, shell, wordsOf } from "../../harness/init/inits.ts";
import type { Peer } from "../../harness/init/situations.ts";
import { debian } from "../harness/images.ts";
import { needDocker } from "../harness/need-docker.ts";
import { workloadFile } from "../harness/paths.ts";
import { type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";
import { situation } from "./situation.ts";

beforeEach(needDocker);

const base = (user: string, more: object = {}): ContainerOptions => ({
	image: debian,
	config: { user, workdir: "/", init: true, ...more },
	volumes: [`${workloadFile}:/workload:ro`],
});

/** A server that takes its time to end. */
const server = shell('trap "sleep .5; echo flushed; exit 0" TERM; echo up; while :; do sleep .05; done');

describe("docker stop", () => {
	const starts: Readonly<Record<string, ContainerOptions>> = {
		root: base("root"),
		"a dropped workload": base("app"),
		"a dropped workload, without KILL": { ...base("app"), caps: { drop: ["KILL"] } },
		"a dropped workload that keeps a capability, without KILL": {
			...base("app", { capabilities: { keep: ["NET_BIND_SERVICE"] } }),
			caps: { drop: ["KILL"] },
		},
		"a start as the user, without any capability": { ...base("app"), user: "1000:1000", caps: { drop: ["ALL"] } },
		"a start with no-new-privileges and a read-only root": { ...base("app"), flags: ["--security-opt=no-new-privileges", "--read-only"] },
		"a start that ignores CHLD": { ...base("app"), entrypoint: "/usr/bin/env", args: ["--ignore-signal=CHLD", "/abdicate"] },
	};

	it.concurrent.each(Object.entries(starts))("gives %s the time it takes", async (_, options) => {
		const container = await startContainer({ ...options, args: [...(options.args ?? []), "--", ...server] });
		await container.waitForOutput("up");
		const { status, stdout } = await container.stop();
		expect({ status, stdout }).toEqual({ status: 0, stdout: "up\nflushed\n" });
	});

	it.concurrent.each(["RTMIN+3", "PWR", "QUIT", "WINCH", "TSTP"])(
		"tells a workload of the signal that the image names: %s",
		async (signal) => {
			const trap = shell(`trap "echo told; exit 0" ${signal}; echo up; while :; do sleep .05; done`);
			const container = await startContainer({ ...base("app"), args: ["--", ...trap], flags: [`--stop-signal=${signal}`] });
			await container.waitForOutput("up");
			const { status, stdout } = await container.stop();
			expect({ status, stdout }).toEqual({ status: 0, stdout: "up\ntold\n" });
		},
	);

	it.concurrent("ends a real server as it wants to be ended", async () => {
		const container = await startContainer({ ...base("redis"), args: ["--", "redis-server", "--save", "", "--dir", "/tmp"] });
		await container.waitForOutput("Ready to accept connections");
		const { status, stdout } = await container.stop();
		expect([status, /ready to exit, bye bye/.test(stdout)]).toEqual([0, true]);
	});
});

describe("in a container", () => {
	it.concurrent("no zombie is left of 10,000 orphans", async () => {
		const { status, stdout } = await runContainer({ ...base("app"), args: ["--", "/workload", "orphans", "10000"] });
		expect([status, stdout]).toEqual([0, "0 zombies\n"]);
	});

	it.concurrent("statuses are exact", async () => {
		const of = async (...words: readonly string[]) => (await runContainer({ ...base("app"), args: ["--", ...words] })).status;
		const ends = [
			await of("/probe", "exit", "42"),
			await of("/probe", "exit", "255"),
			await of("/probe", "kill", "9"),
			await of("/probe", "kill", "34"),
		];
		expect([...ends, await of("/nope"), await of("/etc")]).toEqual([42, 255, 137, 162, 127, 126]);
	});
});

const eats = "perl -e '$x = \"x\" x 400_000_000'";

situation("out of memory", {
	run: async (init) => {
		const [entrypoint = "", ...args] = wordsOf(init, shell(`${eats}; echo "child $?"; exec ${eats}`));
		const peers = init === "ours" ? [] : [`${fileOf(init as Peer)}:/usr/bin/${init}:ro`];
		const limits = ["--memory=48m", "--memory-swap=48m"];
		const { status, stdout } = await runContainer({ ...base("root"), entrypoint, args, volumes: peers, flags: limits });
		return { status, stdout };
	},
	right: { status: 137, stdout: "child 137\n" },
});
