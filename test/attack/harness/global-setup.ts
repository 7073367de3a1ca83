import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, cache, probeFile, root } from "../../e2e/harness/paths.ts";
import { fuseServer } from "./house.ts";

/** Who counts the results finds the reason here when nothing of this lane could run. */
const unavailable = join(cache, "attack-unavailable");

/** Before the first attack: the binary is there, and namespaces can be had. */
export default function setUp(): void {
	for (const file of [binary, probeFile]) {
		if (!existsSync(file)) {
			throw new Error(`${file} is missing: make build probe`);
		}
	}
	mkdirSync(cache, { recursive: true });
	rmSync(unavailable, { force: true });
	const { status, stderr } = spawnSync("unshare", ["--mount", "--pid", "--fork", "true"], { encoding: "utf8" });
	if (status !== 0) {
		writeFileSync(unavailable, `no namespaces: ${stderr.trim()}`);
		throw new Error(`SKIP: no namespaces: ${stderr.trim()}`);
	}
	execFileSync("gcc", ["-static", "-s", "-O2", "-o", fuseServer, join(root, "test/fixtures/hello-fs.c")]);
}
