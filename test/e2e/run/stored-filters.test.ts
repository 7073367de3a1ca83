import { chmodSync, chownSync, lchownSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { volume } from "../steps/volume.ts";

const names = ["mkdir", "mkdirat"];
/** What busybox says of the errno that mkdir(2) gets. */
const profiles = { 95: "Operation not supported", 28: "No space left on device" } as const;
type Answer = keyof typeof profiles;

const profileOf = (errnoRet: Answer) =>
	JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names, action: "SCMP_ACT_ERRNO", errnoRet }] });

const setting = "user: app\nseccomp: /conf/p.json\n";

/** A directory of the image with a configuration and a profile. */
function conf(answer: Answer, config = setting): string {
	const directory = volume("true");
	chmodSync(directory, 0o755);
	writeFileSync(join(directory, "c.yaml"), config);
	writeFileSync(join(directory, "p.json"), profileOf(answer));
	return directory;
}

const inside = (directory: string, args: readonly string[], more: Partial<Parameters<typeof runHouse>[0]> = {}) =>
	runHouse({ image: busybox, volumes: [`${directory}:/conf`], args, ...more });

const compile = (directory: string) => inside(directory, ["compile", "/conf/c.yaml"]);

/** What the workload is told of mkdir, and why the stored filter was not used. */
async function start(directory: string): Promise<readonly [said: string, note: string | undefined]> {
	const { stderr } = await inside(directory, ["--config", "/conf/c.yaml", "-v", "--", "mkdir", "/tmp/x"]);
	const said = /^mkdir: can't create directory '\/tmp\/x': (.*)$/m.exec(stderr)?.[1] ?? stderr;
	return [said, /the stored filter is not used: (.*)/.exec(stderr)?.[1]];
}

const stored = (directory: string) => join(directory, "c.yaml.seccomp");

describe("a filter that compile stored", () => {
	it("is told in one line, is root's and readable for all, and is what the start loads", async () => {
		const directory = conf(95);
		const { status, stdout, stderr } = await compile(directory);
		const { mode, uid, gid, size } = statSync(stored(directory));
		expect([status, stdout, stderr]).toEqual([
			0,
			expect.stringMatching(new RegExp(`^/conf/c\\.yaml\\.seccomp: "/conf/p\\.json" for x86_64: \\d+ instructions, ${size} bytes\\n$`)),
			"",
		]);
		expect([mode & 0o7777, uid, gid]).toEqual([0o644, 0, 0]);
		expect(await start(directory)).toEqual(["Operation not supported", undefined]);
		// A program under its name that can be told from the right one.
		const another = conf(28);
		await compile(another);
		const programOf = (of: string) => /"program":"(\w+)"/.exec(readFileSync(stored(of), "utf8"))?.[1] ?? "";
		writeFileSync(stored(directory), readFileSync(stored(directory), "utf8").replace(programOf(directory), programOf(another)));
		expect(await start(directory)).toEqual(["No space left on device", undefined]);
	});

	it("is not used for another profile or another setting", async () => {
		const directory = conf(95);
		await compile(directory);
		writeFileSync(join(directory, "p.json"), profileOf(28));
		expect(await start(directory)).toEqual(["No space left on device", "it was made of another text of the profile"]);
		writeFileSync(join(directory, "p.json"), profileOf(95));
		writeFileSync(join(directory, "c.yaml"), "user: app\nseccomp: {profile: /conf/p.json, deny: [mkdir, mkdirat]}\n");
		expect(await start(directory)).toEqual(["Operation not permitted", "it was made for another setting of seccomp"]);
	});

	it("is not used when a part of it is missing, or it is something else", async () => {
		const directory = conf(95);
		await compile(directory);
		const whole = readFileSync(stored(directory), "utf8");
		for (const text of ["", whole.slice(0, whole.length / 2), whole.slice(0, -3), "\u0000".repeat(1000), "a".repeat(2 * 1024 * 1024)]) {
			writeFileSync(stored(directory), text);
			const [said, note] = await start(directory);
			// One that is far too large is refused as such.
			expect([said, note]).toEqual(
				text.length > 1024 * 1024
					? [expect.stringContaining("error[CONFIG_TOO_LARGE]"), undefined]
					: ["Operation not supported", "it is not one, or not all of it"],
			);
		}
	});

	it.each([
		["belongs to somebody else", (file: string) => chownSync(file, 1000, 1000)],
		["can be written by all", (file: string) => chmodSync(file, 0o666)],
		[
			"is a link of somebody else's",
			(file: string) => {
				renameSync(file, `${file}.real`);
				symlinkSync("c.yaml.seccomp.real", file);
				lchownSync(file, 1000, 1000);
			},
		],
	])("ends the start when it %s", async (_, change) => {
		const directory = conf(95);
		await compile(directory);
		change(stored(directory));
		const { status, stderr } = await inside(directory, ["--config", "/conf/c.yaml", "--", "true"]);
		expect([status, /error\[(\w+)\]/.exec(stderr)?.[1]]).toEqual([125, "CONFIG_UNTRUSTED"]);
		expect(stderr).toContain("/conf/c.yaml.seccomp");
	});

	it("is made anew over an old one, and over a link without following it", async () => {
		const directory = conf(95);
		await compile(directory);
		writeFileSync(join(directory, "p.json"), profileOf(28));
		await compile(directory);
		expect(await start(directory)).toEqual(["No space left on device", undefined]);
		writeFileSync(join(directory, "other"), "other");
		renameSync(stored(directory), `${stored(directory)}.old`);
		symlinkSync("other", stored(directory));
		expect((await compile(directory)).status).toBe(0);
		expect([readFileSync(join(directory, "other"), "utf8"), await start(directory)]).toEqual([
			"other",
			["No space left on device", undefined],
		]);
	});

	it("is told to be somebody's where it is not made by root, and cannot be made where nothing can be written", async () => {
		const directory = conf(95);
		chmodSync(directory, 0o777);
		const made = await inside(directory, ["compile", "/conf/c.yaml"], { user: "1000:1000" });
		expect([made.status, made.stderr]).toEqual([
			0,
			expect.stringContaining("warning: /conf/c.yaml.seccomp belongs to uid 1000: a start as root takes only what is root's"),
		]);
		const refused = await inside(directory, ["compile", "/conf/c.yaml"], { volumes: [`${directory}:/conf:ro`] });
		expect([refused.status, refused.stderr.split("\n")[0]]).toEqual([
			1,
			expect.stringMatching(/^abdicate: error\[SECCOMP_NOT_STORED\] \/conf\/c\.yaml\.seccomp: cannot be stored: open: EROFS/),
		]);
	});
});
