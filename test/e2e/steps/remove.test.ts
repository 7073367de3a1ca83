import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { until } from "../harness/poll.ts";
import { type ContainerOptions, startContainer } from "../harness/run.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

async function remove(data: string, step: unknown, more: Partial<ContainerOptions> = {}) {
	const outcome = await runHouse({
		image: busybox,
		config: { user: "app", setup: [{ remove: step }] },
		args: ["-v", "--", "true"],
		volumes: [`${data}:/data`],
		...more,
	});
	const failure = /error\[\w+\]:? (.*)/.exec(outcome.stderr)?.[1];
	return [outcome.status, ...(failure === undefined ? stepLines(outcome.stderr) : [failure])];
}

/** A volume that is older than whatever starts now, by the clock that ticks for files and processes. */
async function oldVolume(script: string): Promise<string> {
	const data = volume(script);
	const made = Date.now();
	await until("a few ticks have passed", () => Date.now() > made + 50);
	return data;
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

	it("takes what is older than this container, whatever its date, and leaves what this run has made", async () => {
		const data = await oldVolume("touch old.pid; touch -d '2001-01-01' dated.pid; touch -d '2099-01-01' ahead.pid");
		const setup = [{ mkdir: "/data/new.pid" }, { remove: { path: "/data/*.pid", older_than_boot: true } }];
		expect(await remove(data, undefined, { config: { user: "app", setup } })).toEqual([
			0,
			expect.stringMatching(/^changed {2}setup\[0\]/),
			"changed  setup[1] remove /data/*.pid if older than this container's start: 3 removed, 1 left, changed since",
		]);
		expect(readdirSync(data)).toEqual(["new.pid"]);
	});

	it("takes what is old and has got another owner in this run", async () => {
		const data = await oldVolume("touch old.pid; chown 4242:4242 old.pid");
		const setup = [{ own: "/data" }, { remove: { path: "/data/*.pid", older_than_boot: true } }];
		expect((await remove(data, undefined, { config: { user: "app", setup } })).at(-1)).toBe(
			"changed  setup[1] remove /data/*.pid if older than this container's start: 1 removed",
		);
		expect(readdirSync(data)).toEqual([]);
	});

	it("tells this container from the machine, whose processes it sees", async () => {
		const data = volume("chmod 777 .");
		const container = await startContainer({
			image: busybox,
			config: { user: "app", setup: [{ remove: { path: "/data/*.pid", older_than_boot: true } }] },
			args: ["-v", "--", "sh", "-c", "echo > /data/run.pid; echo started; trap exit TERM; while :; do sleep 1; done"],
			volumes: [`${data}:/data`],
			flags: ["--pid=host"],
		});
		const lines = async () => stepLines((await container.logs()).stderr);
		const described = "setup[0] remove /data/*.pid if older than this container's start";
		await container.waitForOutput("started");
		expect(await lines()).toEqual([`ok       ${described}: nothing there`]);
		// Another program that enters is no new start.
		const { status, stderr } = await container.exec(["/abdicate", "-v", "--", "true"]);
		expect([status, stepLines(stderr)]).toEqual([0, [`ok       ${described}: 1 left, changed since`]]);
		await container.stop();
		container.start();
		await container.waitFor("it has started again", async () => (await lines()).length === 2);
		expect((await lines()).at(-1)).toBe(`changed  ${described}: 1 removed`);
		container.remove();
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

	it("takes a sticky directory of others with what they have in it", async () => {
		const data = volume("mkdir -p old/a; touch old/a/b; chown -R 4242:4242 old; chmod 1700 old/a");
		expect([await remove(data, { path: "/data/old", recursive: true }), readdirSync(data)]).toEqual([
			[0, "changed  setup[0] remove /data/old with all below: 1 removed"],
			[],
		]);
	});

	it("names the capability that is missing, for a sticky directory and for a closed one", async () => {
		const script =
			"mkdir sticky closed shut; touch sticky/theirs closed/f shut/f; chown -R 4242:4242 sticky closed shut; chmod 1777 sticky; chmod 700 closed";
		const data = volume(script);
		const closed = { drop: ["DAC_OVERRIDE"] };
		expect([
			await remove(data, "/data/sticky/theirs", { caps: { drop: ["FOWNER"] } }),
			await remove(data, { path: "/data/sticky", recursive: true }, { caps: { drop: ["FOWNER"] } }),
			await remove(data, "/data/closed/f", { caps: closed }),
			await remove(data, "/data/closed/*", { caps: closed }),
			await remove(data, "/data/shut/f", { caps: closed }),
		]).toEqual([
			[125, 'setup[0] remove /data/sticky/theirs: unlinkat: EPERM on "/data/sticky/theirs": CAP_FOWNER is not held'],
			[125, 'setup[0] remove /data/sticky with all below: unlinkat: EPERM on "/data/sticky/theirs": CAP_FOWNER is not held'],
			[
				125,
				'setup[0] remove /data/closed/f: statx: EACCES on "/data/closed/f": CAP_DAC_OVERRIDE is not held: uid 0 (groups 0) may not enter "/data/closed", which is of 4242:4242 with mode 0700',
			],
			[
				125,
				'setup[0] remove /data/closed/*: open: EACCES on "/data/closed": CAP_DAC_OVERRIDE is not held: uid 0 (groups 0) may not read "/data/closed", which is of 4242:4242 with mode 0700',
			],
			[
				125,
				'setup[0] remove /data/shut/f: unlinkat: EACCES on "/data/shut/f": CAP_DAC_OVERRIDE is not held: uid 0 (groups 0) may not write to "/data/shut", which is of 4242:4242 with mode 0755',
			],
		]);
		expect(await remove(data, ["/data/sticky/theirs", "/data/closed/f", "/data/closed/none"])).toEqual([
			0,
			"changed  setup[0] remove /data/sticky/theirs /data/closed/f /data/closed/none: 2 removed",
		]);
		expect(await remove(data, ["/data/closed/*", "/data/sticky/none"])).toEqual([
			0,
			"ok       setup[0] remove /data/closed/* /data/sticky/none: nothing there",
		]);
	});

	it("says that the file system is read-only, unless there is nothing to do", async () => {
		const data = volume("touch f");
		const volumes = [`${data}:/data:ro`];
		expect([await remove(data, "/data/f", { volumes }), await remove(data, "/data/none", { volumes })]).toEqual([
			[125, 'setup[0] remove /data/f: unlinkat: EROFS on "/data/f": the file system is mounted read-only'],
			[0, "ok       setup[0] remove /data/none: nothing there"],
		]);
	});

	it("does not take for nothing what lies behind a link of the workload, and leaves it", async () => {
		const data = volume("mkdir mine target; touch target/f; ln -s /data/target mine/way; chown -hR 1000:1000 mine");
		expect(await remove(data, "/data/mine/way/f")).toEqual([
			125,
			'setup[0] remove /data/mine/way/f: "/data/mine/way/f": /data/mine/way is a symbolic link that is not root\'s alone; it is not followed',
		]);
		expect(readdirSync(join(data, "target"))).toEqual(["f"]);
	});

	it("takes one name of a file away and leaves the others", async () => {
		const data = volume("echo precious > kept; chmod 400 kept; mkdir mine; ln kept mine/f; chown 1000:1000 mine");
		expect(await remove(data, { path: "/data/mine", recursive: true })).toMatchObject([0, expect.stringContaining("1 removed")]);
		expect([readdirSync(data), stateOf(data, "kept")]).toEqual([["kept"], "0:0 0400"]);
	});

	it("removes a link that the workload put in the way, not what it leads to", async () => {
		const data = volume("mkdir mine target; touch target/kept; ln -s /data/target mine/tree; chown -hR 1000:1000 mine");
		expect(await remove(data, { path: "/data/mine/tree", recursive: true })).toMatchObject([0, expect.stringContaining("1 removed")]);
		expect([readdirSync(join(data, "target")), lstatSync(join(data, "mine")).isDirectory()]).toEqual([["kept"], true]);
	});
});
