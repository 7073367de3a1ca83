import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { binary, cache, probeFile, root } from "../../e2e/harness/paths.ts";
import { sayUnavailable } from "../../e2e/harness/unavailable.ts";
import { houseFile, whyNoHouse } from "../../harness/house/house.ts";
import { fuseServer } from "./house.ts";

/** Before the first attack: the binary is there, and namespaces can be had. */
export default function setUp(): void {
	for (const file of [binary, probeFile, houseFile]) {
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
	execFileSync("gcc", ["-static", "-s", "-O2", "-o", fuseServer, join(root, "test/fixtures/hello-fs.c")]);
}
