import { describe, expect, it } from "vitest";
import { type Container, startContainer } from "../harness/run.ts";
import { as } from "./example.ts";
import { othersWith } from "./grants.ts";
import { asRandom, asUid1000, guarded, itself, nothing, refused, stepFailed } from "./rows.ts";
import { describeStarts } from "./starts.ts";

const curl = async ({ exec }: Container, ...args: readonly string[]) => (await exec(["curl", "--silent", ...args])).stdout;
/** Over both sockets; the local one was bound by its descriptor where others could exchange its directory. */
const serves = async (container: Container) =>
	/^uid \d+ at 80\n$/.test(await curl(container, "http://127.0.0.1/")) &&
	/^uid \d+ at \/.*\/socket\n$/.test(await curl(container, "--unix-socket", "/run/web/socket", "http://web/"));

const ofRandom = ["--tmpfs", "/run/web:uid=1000650000,gid=0,mode=770"];

const gunicorn = describeStarts("gunicorn", {
	user: "www-data",
	serves,
	asks: {
		capabilities: ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE"],
		under: guarded,
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			optional: ["NET_BIND_SERVICE"],
			worst: [{ "/run": othersWith("web") }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": stepFailed,
		"uid 1000": { ends: asUid1000, start: { flags: ["--tmpfs", "/run/web:uid=1000,mode=700"] } },
		"a random uid with gid 0": { ends: asRandom, start: { flags: ofRandom } },
	},
	more: {
		"root, with an option": { ends: itself, start: { args: ["--chdir=/app", "--worker-tmp-dir=/dev/shm", "--workers=1", "app:answer"] } },
		"root, where ports are guarded": { ends: itself, start: { flags: guarded } },
		"root, read-only root file system, with a place for its socket": { ends: itself, start: { flags: ["--read-only", "--tmpfs", "/run"] } },
		"uid 1000, with no place for its socket": { ends: stepFailed, start: { user: "1000:1000" } },
		"a random uid without any capability": {
			ends: as(1_000_650_000, 0, "0"),
			start: { user: "1000650000:0", caps: nothing, flags: ofRandom },
		},
	},
});

describe("gunicorn", () => {
	it("has as many workers as the container has processors", async () => {
		const container = await startContainer(gunicorn.options({ flags: ["--cpus", "1"] }, ""));
		await container.waitFor("it serves", serves);
		const { stdout } = await container.exec(["sh", "-c", "cat /proc/[0-9]*/comm"]);
		// The master and one worker.
		expect(stdout.split("\n").filter((name) => name === "gunicorn")).toHaveLength(2);
	});

	it("starts again in the same container, over the socket's file that was left", async () => {
		const container = await startContainer(gunicorn.options({}, ""));
		await container.waitFor("it serves", serves);
		const former = container.pid();
		container.signal("KILL");
		await container.wait();
		container.start();
		expect(await container.waitFor("it serves again", async () => (await serves(container)) && container.pid() !== former)).toBe(true);
	});
});
