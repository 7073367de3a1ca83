import { existsSync, mkdirSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { houseFile, whyNoHouse } from "../../harness/house/house.ts";
import { makeLayer, unpack } from "../../harness/house/trees.ts";
import { type Daemon, docker, startDaemon } from "./docker.ts";
import { buildImages } from "./docker-images.ts";
import { archiveOf, bases, makeArchives } from "./images.ts";
import { binary, cache, filterFile, probeFile, terminalFile, workloadFile } from "./paths.ts";
import { sayUnavailable } from "./unavailable.ts";

declare module "vitest" {
	export interface ProvidedContext {
		/** Labels every container of this run. */
		run: string;
	}
}

/** Before the first test: the trees of the houses, a daemon and its images. After the last: no container and no daemon of ours is left. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
	for (const file of [binary, probeFile, filterFile, houseFile, terminalFile, workloadFile]) {
		if (!existsSync(file)) {
			throw new Error(`${file} is missing: make build probe`);
		}
	}
	mkdirSync(cache, { recursive: true });
	const unable = whyNoHouse();
	if (unable !== undefined) {
		sayUnavailable(unable);
		throw new Error(`SKIP: ${unable}`);
	}
	makeArchives();
	for (const { image } of bases.filter(({ dockerOnly }) => dockerOnly !== true)) {
		unpack(archiveOf(image));
	}
	makeLayer();
	const run = `abdicate-test=${process.pid}-${Date.now()}`;
	project.provide("run", run);
	const { daemon, reason } = await startDaemon().then(
		(started) => ({ daemon: started, reason: "" }),
		(error: Error) => ({ daemon: undefined, reason: error.message }),
	);
	project.provide("dockerIsMissing", reason);
	if (daemon === undefined) {
		sayUnavailable(reason);
		return async () => {};
	}
	return setUpDocker(daemon, run);
}

async function setUpDocker(daemon: Daemon, run: string): Promise<() => Promise<void>> {
	if (daemon.host !== undefined) {
		process.env["DOCKER_HOST"] = daemon.host;
	}
	const tearDown = async (): Promise<void> => {
		const left = docker("ps", "--all", "--quiet", "--filter", `label=${run}`).split("\n").filter(Boolean);
		if (left.length > 0) {
			docker("rm", "--force", ...left);
		}
		await daemon.stop();
	};
	try {
		buildImages();
	} catch (error) {
		await tearDown();
		throw error;
	}
	return tearDown;
}
