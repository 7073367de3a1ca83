import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobs } from "../../../scripts/docs/privileged-jobs.ts";
import { writeSchema } from "../../../src/tools/schema/schema.ts";
import { folder, plannedFlags } from "./plan.ts";
import { configOf, container, flagsOf, house, start } from "./start.ts";
import type { Trial } from "./trials.ts";

const flags: Readonly<Record<string, readonly string[]>> = JSON.parse(readFileSync(join(folder, "flags.json"), "utf8"));
const schema = await writeSchema();
const walls = jobs.filter(({ keys }) => keys !== undefined);
const known = walls.filter(({ keys = [] }) => keys.every((key) => schema.keys.has(key))).map(({ name }) => name);

let images: string;
beforeAll(() => {
	images = mkdtempSync(join(tmpdir(), "abdicate-images-"));
	chmodSync(images, 0o755);
	mkdirSync(join(images, "tree"));
	writeFileSync(join(images, "tree/file"), "from the image\n");
	const make = (program: string, ...words: readonly string[]) => execFileSync(program, words, { stdio: "pipe" });
	make("mksquashfs", join(images, "tree"), join(images, "data.squashfs"), "-quiet", "-no-progress");
	make("truncate", "-s", "4M", join(images, "cache.img"));
	make("/usr/sbin/mke2fs", "-q", "-t", "ext4", "-E", "root_owner=1000:1000", "-d", join(images, "tree"), join(images, "cache.img"));
});
afterAll(() => rmSync(images, { recursive: true, force: true }));

const mountsNothing = `refused(lambda: call("mount", b"none", b"/srv", b"tmpfs", 0, None))
refused(lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(7, 0)))`;

const trialsOfWalls = (): Readonly<Record<string, Trial>> => ({
	"loop-mount": {
		program: `assert open("/mnt/image/file").read() == "from the image\\n"\nrefused(lambda: open("/mnt/image/file", "a"))\n${mountsNothing}`,
		given: { volumes: [`${images}:/images`] },
	},
	"ci-runner": {
		program: `assert open("/mnt/cache/file").read() == "from the image\\n"\nopen("/builds/built", "w")\n${mountsNothing}`,
		given: { volumes: [`${images}:/images`] },
		before: "mkdir -m 700 /builds; chown 4242:4242 /builds",
	},
});

it("the flags of the page are what plan prints, as soon as this program has the keys", async () => {
	const planned = await plannedFlags(walls.map(({ name }) => name));
	for (const { name } of walls) {
		expect(known.includes(name) ? planned[name] : planned[name]?.[0]).toEqual(
			known.includes(name) ? flags[name] : expect.stringMatching(/^abdicate: error\[CONFIG_UNKNOWN_KEY\]/),
		);
	}
});

describe.each(["loop-mount", "ci-runner"].filter((name) => known.includes(name)))("%s", (name) => {
	const config = configOf(name);
	const asked = flagsOf(flags[name]?.[0] ?? "");
	const trial = () => {
		const found = trialsOfWalls()[name];
		if (found === undefined) {
			throw new Error(`${name} has no trial`);
		}
		return found;
	};
	const none = "0000000000000000";

	it("works with these flags, in a container, and holds nothing", async () => {
		const { stdout, stderr, status } = await start(container, trial(), config, asked);
		expect({ stdout, stderr, status }).toEqual({ stdout: `worked ${none} ${none} ${none} ${none} ${none} 1\n`, stderr: "", status: 0 });
	});

	it("does not with less", async () => {
		const own = asked.filter((each) => /SYS_ADMIN|MKNOD|device/.test(each));
		const attempts = [
			...own.map((flag) => [`no ${flag}`, /device/.test(flag) ? container : house, config, asked.filter((each) => each !== flag)] as const),
			["the user alone", house, "user: app\n", asked] as const,
		];
		const outcomes = attempts.map(async ([what, run, tryConfig, tryFlags]) => {
			const { stdout, status } = await start(run, trial(), tryConfig, tryFlags);
			return [what, status !== 0 && !stdout.includes("worked")];
		});
		expect(await Promise.all(outcomes)).toEqual(attempts.map(([what]) => [what, true]));
	});
});
