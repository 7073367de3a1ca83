import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../harness/paths.ts";
import { type Container, startContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { as, filtersAdded } from "./example.ts";
import { othersDirectory } from "./grants.ts";
import { asRandom, asUid1000, guarded, itself, refused, stepFailed } from "./rows.ts";
import { describeStarts } from "./starts.ts";

/** From the machine, inside the container's network: the image has no client. */
async function serves(container: Container): Promise<boolean> {
	try {
		const reply = execFileSync(
			"nsenter",
			["--net", "--target", String(container.pid()), "curl", "--silent", "--max-time", "2", "http://127.0.0.1/"],
			{
				encoding: "utf8",
				stdio: "pipe",
			},
		);
		return /^uid \d+, answer \d+\n$/.test(reply);
	} catch {
		return false;
	}
}

const stateOf = (id: string) => ({ flags: ["--tmpfs", `/state:uid=${id},mode=700`] });

const server = describeStarts("static", {
	base: "nothing",
	user: "10001:10001",
	serves,
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE"],
		under: guarded,
		command: ["/server"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			optional: ["NET_BIND_SERVICE"],
			worst: [{ "/state": othersDirectory }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": stepFailed,
		"uid 1000": { ends: asUid1000, start: stateOf("1000") },
		"a random uid with gid 0": { ends: asRandom, start: stateOf("1000650000") },
	},
	more: {
		"root, where ports are guarded": { ends: itself, start: { flags: guarded } },
		"root, read-only root file system, with a place for its state": {
			ends: itself,
			start: { flags: ["--read-only", "--tmpfs", "/state"] },
		},
		"its own user": { ends: as(10_001, 10_001), start: { user: "10001:10001", ...stateOf("10001") } },
		"uid 1000, without a place for its state": { ends: stepFailed, start: { user: "1000:1000" } },
	},
});

describe("static", () => {
	it("serves behind one filter more, which was stored in the image", async () => {
		const options = server.options({ entrypoint: "/abdicate", args: ["-v", "--", "/server"] }, "");
		const container = await startContainer(options);
		await container.waitFor("it serves", serves);
		expect([await filtersAdded(container, options), (await container.logs()).stderr.includes("stored filter")]).toEqual([1, false]);
	});

	it("serves behind a filter of its profile as well where another one was stored, and says so", async () => {
		const profile = JSON.parse(readFileSync(join(root, "examples/static/seccomp.json"), "utf8"));
		const other = join(volume("true"), "seccomp.json");
		writeFileSync(other, JSON.stringify({ ...profile, defaultErrnoRet: 2 }));
		const options = server.options(
			{ entrypoint: "/abdicate", args: ["-v", "--", "/server"], flags: ["--volume", `${other}:/etc/seccomp.json:ro`] },
			"",
		);
		const container = await startContainer(options);
		await container.waitFor("it serves", serves);
		const { stderr } = await container.logs();
		expect([await filtersAdded(container, options), stderr.includes("it was made of another text of the profile")]).toEqual([1, true]);
	});
});
