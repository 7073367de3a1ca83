import { existsSync } from "node:fs";
import { binary, probeFile } from "../../e2e/harness/paths.ts";
import { sayUnavailable } from "../../e2e/harness/unavailable.ts";
import { houseFile, whyNoHouse } from "../../harness/house/house.ts";
import { casesFile, recorderFile, replaced } from "./cases-program.ts";

/** Before the first case: the binary and the witnesses are there, namespaces can be had, and what is replaced is installed. */
export default function setUp(): void {
	for (const file of [binary, probeFile, houseFile, casesFile, recorderFile]) {
		if (!existsSync(file)) {
			throw new Error(`${file} is missing: make build probe`);
		}
	}
	const unable = whyNoHouse();
	if (unable !== undefined) {
		sayUnavailable(unable);
		throw new Error(`SKIP: ${unable}`);
	}
	// Debian has no su-exec: what it does is recorded.
	const missing = Object.entries(replaced).filter(([name, path]) => name !== "su-exec" && !existsSync(path));
	if (missing.length > 0) {
		sayUnavailable(`not installed: ${missing.map(([name]) => name).join(", ")}`);
	}
}
