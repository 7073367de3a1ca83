import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

/** A file system as mkfs makes it, whose top was given to redis. */
const made = "mkdir -m 700 lost+found; touch f; chown 999:999 . f";

async function start(step: object, data: string, more: Partial<ContainerOptions> = {}) {
	const { status, stderr } = await runHouse({
		image: busybox,
		config: { user: "redis", setup: [step] },
		args: ["-v", "--", "true"],
		volumes: [`${data}:/data`],
		...more,
	});
	return [status, ...stepLines(stderr).map((line) => line.replace(/^(\w+) +setup\[0\] (\w+).*?: (?=\d|already)/, "$1 $2: "))];
}

describe("lost+found at the top of a mount", () => {
	it.each<[string, object, string]>([
		["own", { own: "/data" }, "ok own: 0 of 2 entries re-owned, lost+found left alone"],
		[
			"own of what cannot be used",
			{ own: { path: "/data", policy: "unusable" } },
			"ok own: 0 of 2 entries re-owned, lost+found left alone",
		],
		["own of a pattern", { own: "/data/*" }, "ok own: already right; /data/lost+found left alone"],
		[
			"own of a volume with what is expected",
			{ own: { path: "/data", only_if_contents: "f" } },
			"ok own: 0 of 2 entries re-owned, lost+found left alone",
		],
		["chmod", { chmod: { path: "/data", mode: "u+rwX", recursive: true } }, "ok chmod: 0 of 2 modes set, lost+found left alone"],
	])("is not what %s is about, for root as for the user", async (_, step, line) => {
		const data = volume(made);
		expect([await start(step, data, { user: "999:999" }), await start(step, data), stateOf(data, "lost+found")]).toEqual([
			[0, line],
			[0, line],
			"0:0 0700",
		]);
	});

	it("is like any other where it is not as the file system has it, and where it is named", async () => {
		const [open, below, named] = [volume("mkdir -m 755 lost+found"), volume("mkdir -p d/lost+found; chmod 700 d/lost+found"), volume(made)];
		expect([
			await start({ own: "/data" }, open),
			await start({ own: "/data/d" }, below),
			await start({ own: "/data/lost+found" }, named),
			stateOf(named, "lost+found"),
		]).toEqual([
			[0, "changed own: 2 of 2 entries re-owned"],
			[0, "changed own: 2 of 2 entries re-owned"],
			[0, "changed own: 1 of 1 entries re-owned"],
			"999:999 0700",
		]);
	});
});
