import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { houseFile } from "../../harness/house/house.ts";
import { makeLayer, unpack } from "../../harness/house/trees.ts";
import { docker, startDaemon } from "./docker.ts";
import { buildImages } from "./docker-images.ts";
import { archiveOf, bases, makeArchives } from "./images.ts";
import { binary, cache, probeFile } from "./paths.ts";

declare module "vitest" {
	export interface ProvidedContext {
		/** Labels every container of this run. */
		run: string;
	}
}

/** Who counts the results finds the reason here when nothing of this lane could run. */
const unavailable = join(cache, "e2e-unavailable");

/** Before the first test: a daemon, the images and the trees of the houses. After the last: no container and no daemon of ours is left. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
	for (const file of [binary, probeFile, houseFile]) {
		if (!existsSync(file)) {
			throw new Error(`${file} is missing: make build probe`);
		}
	}
	mkdirSync(cache, { recursive: true });
	rmSync(unavailable, { force: true });
	const daemon = await startDaemon().catch((error: Error) => {
		writeFileSync(unavailable, error.message);
		throw new Error(`SKIP: ${error.message}`);
	});
	if (daemon.host !== undefined) {
		process.env["DOCKER_HOST"] = daemon.host;
	}
	const run = `abdicate-test=${process.pid}-${Date.now()}`;
	const tearDown = async (): Promise<void> => {
		const left = docker("ps", "--all", "--quiet", "--filter", `label=${run}`).split("\n").filter(Boolean);
		if (left.length > 0) {
			docker("rm", "--force", ...left);
		}
		await daemon.stop();
	};
	try {
		makeArchives();
		for (const { image } of bases) {
			unpack(archiveOf(image));
		}
		makeLayer();
		buildImages();
	} catch (error) {
		await tearDown();
		throw error;
	}
	project.provide("run", run);
	return tearDown;
}
