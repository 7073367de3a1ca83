import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

async function link(data: string, step: object, more: Partial<ContainerOptions> = {}) {
	const outcome = await runHouse({
		image: busybox,
		config: { user: "app", setup: [{ link: step }] },
		args: ["-v", "--", "true"],
		volumes: [`${data}:/data`],
		...more,
	});
	return { status: outcome.status, lines: stepLines(outcome.stderr), stderr: outcome.stderr };
}

describe("link", () => {
	it("makes one, finds it right, and replaces one that leads elsewhere", async () => {
		const data = volume("ln -s elsewhere other");
		const made = [
			await link(data, { path: "/data/conf", to: "../etc/conf" }),
			await link(data, { path: "/data/conf", to: "../etc/conf" }),
			await link(data, { path: "/data/other", to: "/opt/new" }),
		];
		expect(made.flatMap(({ status, lines }) => [status, ...lines])).toEqual([
			0,
			"changed  setup[0] link /data/conf to ../etc/conf: made",
			0,
			"ok       setup[0] link /data/conf to ../etc/conf: already there",
			0,
			"changed  setup[0] link /data/other to /opt/new: led elsewhere",
		]);
		expect([readlinkSync(join(data, "conf")), readlinkSync(join(data, "other")), readdirSync(data).sort()]).toEqual([
			"../etc/conf",
			"/opt/new",
			["conf", "other"],
		]);
	});

	it("leaves what is no link, and says what refuses it", async () => {
		const data = volume("echo mine > file; mkdir closed; chown 4242:4242 closed; chmod 700 closed");
		const file = await link(data, { path: "/data/file", to: "x" });
		const missing = await link(data, { path: "/data/none/link", to: "x" });
		const closed = await link(data, { path: "/data/closed/link", to: "x" }, { caps: { drop: ["DAC_OVERRIDE"] } });
		const readOnly = await link(data, { path: "/data/link", to: "x" }, { volumes: [`${data}:/data:ro`] });
		const message = ({ stderr, status }: { stderr: string; status: number }) => [status, /error\[\w+\] .*?: (.*)/.exec(stderr)?.[1]];
		expect([file, missing, closed, readOnly].map(message)).toEqual([
			[125, '"/data/file" is there and is not a symbolic link'],
			[125, expect.stringContaining("its directory does not exist")],
			[125, expect.stringContaining("CAP_DAC_OVERRIDE is not held")],
			[125, '"/data/link" cannot be made: the file system is mounted read-only'],
		]);
		expect(readdirSync(data).sort()).toEqual(["closed", "file"]);
	});

	it("replaces the link of somebody else in a sticky directory, and finds one behind a closed door", async () => {
		const data = volume(
			"mkdir sticky closed; ln -s old sticky/l; ln -s x closed/l; chown -hR 4242:4242 sticky closed; chmod 1777 sticky; chmod 700 closed",
		);
		const lacking = await link(data, { path: "/data/sticky/l", to: "new" }, { caps: { drop: ["FOWNER"] } });
		const granted = await link(data, { path: "/data/sticky/l", to: "new" });
		const behind = await link(data, { path: "/data/closed/l", to: "x" });
		expect([lacking.status, /renameat2: .*/.exec(lacking.stderr)?.[0], ...granted.lines, ...behind.lines]).toEqual([
			125,
			'renameat2: EPERM on "/data/sticky/l": CAP_FOWNER is not held',
			"changed  setup[0] link /data/sticky/l to new: led elsewhere",
			"ok       setup[0] link /data/closed/l to x: already there",
		]);
		expect([readdirSync(join(data, "sticky")), readlinkSync(join(data, "sticky/l"))]).toEqual([["l"], "new"]);
	});

	it("goes through no link of the workload on the way", async () => {
		const data = volume("mkdir mine target; chown 1000:1000 mine; ln -s /data/target mine/way; chown -h 1000:1000 mine/way");
		const { status, stderr } = await link(data, { path: "/data/mine/way/link", to: "/etc/shadow" });
		expect([status, stderr.includes("link"), readdirSync(join(data, "target"))]).toEqual([125, true, []]);
	});
});
