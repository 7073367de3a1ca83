import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { runHost } from "../harness/host.ts";

const directory = mkdtempSync(join(tmpdir(), "abdicate-authority-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What each capset(2) before the drop makes effective, as strace names it. */
function effectiveSets(trace: string): readonly string[] {
	const setup = trace.slice(0, trace.indexOf("PR_CAPBSET_DROP"));
	return [...setup.matchAll(/^capset\(.*\{effective=([^,]+),.*= 0$/gm)].map(([, set]) => (set ?? "").replaceAll("1<<CAP_", ""));
}

it("rule 2.11: a look at a step has two capabilities, its work what it needs, and everything between them none", async () => {
	// All steps are looked at before the first, and each that follows it once more in its turn.
	const own = ["a", "b"].map((name) => {
		const data = join(directory, name);
		mkdirSync(data);
		chownSync(data, 4242, 4242);
		return { own: data };
	});
	const config = { user: "65534:65534", setup: own };
	const { status, trace } = await runHost({ config, args: ["--", "/bin/true"], strace: [] });
	expect({ status, sets: effectiveSets(trace) }).toEqual({
		status: 0,
		sets: [
			// All of the first look, which also puts down what the start came with.
			...["DAC_OVERRIDE|DAC_READ_SEARCH", "0"],
			...["CHOWN|DAC_READ_SEARCH|FOWNER", "0"],
			...["DAC_OVERRIDE|DAC_READ_SEARCH", "0", "CHOWN|DAC_READ_SEARCH|FOWNER", "0"],
			// Standard output is a pipe, which the user gets.
			...["CHOWN", "0"],
			"SETGID|SETUID|SETPCAP",
		],
	});
});
