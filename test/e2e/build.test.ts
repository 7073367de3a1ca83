import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { binary, root } from "./harness/paths.ts";

it("prepares the same engine every time, whatever the clock and the addresses", () => {
	const directory = mkdtempSync(join(tmpdir(), "abdicate-build-"));
	try {
		const again = join(directory, "abdicate");
		const linked = "native/target/x86_64-unknown-linux-gnu/release/abdicate";
		execFileSync("node", ["scripts/prepare.mjs", linked, again], { cwd: root, stdio: "pipe" });
		expect(readFileSync(again).equals(readFileSync(binary))).toBe(true);
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
});
