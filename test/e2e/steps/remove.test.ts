import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

async function remove(data: string, step: unknown, more: Partial<ContainerOptions> = {}) {
	const outcome = await runContainer({
		image: busybox,
		config: { user: "app", setup: [{ remove: step }] },
		args: ["-v", "--", "true"],
		volumes: [`${data}:/data`],
		...more,
	});
	const failure = /error\[\w+\]:? (.*)/.exec(outcome.stderr)?.[1];
	return [outcome.status, ...(failure === undefined ? stepLines(outcome.stderr) : [failure])];
}

describe("remove", () => {
	it("takes files and links away, and is content when there is nothing", async () => {
		const data = volume("touch a.pid b.pid keep; ln -s keep link; mkdir sub; touch sub/c.pid");
		expect(await remove(data, ["/data/*.pid", "/data/link", "/data/none"])).toEqual([
			0,
			"changed  setup[0] remove /data/*.pid /data/link /data/none: 3 removed",
		]);
		expect(readdirSync(data).sort()).toEqual(["keep", "sub"]);
		expect(await remove(data, "/data/*.pid")).toEqual([0, "ok       setup[0] remove /data/*.pid: nothing there"]);
	});

	it("takes a directory only when it is told to, with all below it and no more", async () => {
		const data = volume("mkdir -p tree/deep target; touch tree/deep/file target/kept; ln -s /data/target tree/deep/link");
		expect(await remove(data, "/data/tree")).toEqual([125, 'setup[0] remove /data/tree: "/data/tree" is a directory']);
		expect(await remove(data, { path: "/data/tree", recursive: true })).toEqual([
			0,
			"changed  setup[0] remove /data/tree with all below: 1 removed",
		]);
		expect([readdirSync(data), readdirSync(join(data, "target"))]).toEqual([["target"], ["kept"]]);
	});

	it("leaves what this container has made itself", async () => {
		const data = volume("touch -d '2001-01-01' old.pid; touch -d '2099-01-01' new.pid");
		expect(await remove(data, { path: "/data/*.pid", older_than_boot: true })).toEqual([
			0,
			"changed  setup[0] remove /data/*.pid if older than this start: 1 removed, 1 left, which this run has made",
		]);
		expect(readdirSync(data)).toEqual(["new.pid"]);
	});

	it("leaves other mounts, and directories of the system", async () => {
		const data = volume("mkdir -p tree/mounted; touch tree/mounted/file");
		const inside = volume("touch precious");
		const found = await remove(
			data,
			{ path: "/data/tree", recursive: true },
			{ volumes: [`${data}:/data`, `${inside}:/data/tree/mounted`] },
		);
		expect([found[0], String(found[1])]).toEqual([125, expect.stringContaining('"/data/tree/mounted" is a mount of its own, which stays')]);
		expect(existsSync(join(inside, "precious"))).toBe(true);
		for (const path of ["/", "/etc", "/etc/*", "/var", "/usr/"]) {
			expect(await remove(data, { path, recursive: true })).toEqual([125, expect.stringContaining("the directories of the system stay")]);
		}
	});

	it("names the capability that is missing in directories of others", async () => {
		const data = volume("mkdir sticky; chown 4242:4242 sticky; chmod 1777 sticky; touch sticky/theirs; chown 4242:4242 sticky/theirs");
		const caps = { drop: ["FOWNER", "DAC_OVERRIDE", "DAC_READ_SEARCH"] };
		const [status, message] = await remove(data, "/data/sticky/theirs", { caps });
		expect([status, message]).toEqual([125, expect.stringContaining("CAP_")]);
		expect(await remove(data, "/data/sticky/theirs")).toEqual([0, "changed  setup[0] remove /data/sticky/theirs: 1 removed"]);
	});

	it("removes a link that the workload put in the way, not what it leads to", async () => {
		const data = volume("mkdir mine target; touch target/kept; ln -s /data/target mine/tree; chown -hR 1000:1000 mine");
		expect(await remove(data, { path: "/data/mine/tree", recursive: true })).toMatchObject([0, expect.stringContaining("1 removed")]);
		expect([readdirSync(join(data, "target")), lstatSync(join(data, "mine")).isDirectory()]).toEqual([["kept"], true]);
	});
});
