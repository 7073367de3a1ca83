import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse, startHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stage, stateOf, stepLines, volume } from "./volume.ts";

const seed = volume(
	"mkdir -p a/b; printf one > a/b/f; printf two > g; ln -s ../g a/link; ln -s /etc/passwd out; chmod 2750 a; chmod 640 g; chmod 4755 a/b/f; mkdir empty; chmod 1777 empty; chown -h 7:8 g out",
);

function copy(step: object, data: string, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		config: { user: "app", setup: [{ copy: { from: "/seed", to: "/data", ...step } }] },
		args: ["-v", "--", "true"],
		volumes: [`${seed}:/seed:ro`, `${data}:/data`],
		...more,
	});
}

/** `name type uid:gid mode content-or-target`, everything below, by find(1) of the machine. */
function listing(directory: string, ...without: string[]): string[] {
	const found = execFileSync("find", [".", "-mindepth", "1", "-printf", "%P %y %U:%G %m %l\\n"], { cwd: directory, encoding: "utf8" });
	return found
		.split("\n")
		.filter((line) => line !== "" && !without.some((name) => line.startsWith(name)))
		.map((line) => {
			const [name = "", type] = line.split(" ");
			return type === "f" ? `${line}${readFileSync(join(directory, name), "utf8")}` : line.trim();
		})
		.sort();
}

const seeded = [
	"a d 1000:1000 2750",
	"a/b d 1000:1000 755",
	"a/b/f f 1000:1000 755 one",
	"a/link l 1000:1000 777 ../g",
	"empty d 1000:1000 1777",
	"g f 1000:1000 640 two",
	"out l 1000:1000 777 /etc/passwd",
];
const label = "setup[0] copy /seed to /data owner 1000:1000 (if absent)";
const error = (stderr: string): string => stderr.split("\n").find((line) => line.includes("error[")) ?? stderr;

describe("copy", () => {
	it("seeds an empty directory once: modes kept, links as links, set-user-ID of files not", async () => {
		const data = volume("mkdir lost+found; chown 5:6 .");
		const first = await copy({}, data);
		const after = listing(data, "lost+found");
		execFileSync("rm", ["-r", join(data, "a")]);
		const second = await copy({}, data);
		expect([after, stateOf(data), listing(data, "lost+found")]).toEqual([seeded, "5:6 0755", seeded.slice(4)]);
		expect([...stepLines(first.stderr), ...stepLines(second.stderr)]).toEqual([
			`changed  ${label}: 7 entries copied`,
			`ok       ${label}: not empty`,
		]);
	});

	it("makes what is not there at all, as a whole, without what is excluded", async () => {
		const data = volume("true");
		const { status } = await copy({ to: "/data/new", exclude: ["g", "em*"] }, data);
		const expected = seeded.filter((line) => !/^(g|empty) /.test(line));
		expect([status, listing(join(data, "new")), stateOf(data, "new"), readdirSync(data)]).toEqual([0, expected, "1000:1000 0755", ["new"]]);
	});

	it("keeps modes in a directory that hands on its group", async () => {
		const data = volume("chown 0:4242 .; chmod 2775 .");
		const { status } = await copy({}, data);
		expect([status, listing(data), stateOf(data)]).toEqual([0, seeded, "0:4242 2775"]);
	});

	it("keeps the owners if asked to, or gives others", async () => {
		const [kept, given] = [volume("true"), volume("true")];
		await copy({ owner: "keep", group: "keep" }, kept);
		await copy({ owner: "redis", group: "video" }, given);
		expect([stateOf(kept, "g"), stateOf(kept, "out"), stateOf(kept, "a"), stateOf(given, "g"), stateOf(given, "out")]).toEqual([
			"7:8 0640",
			"7:8 0777",
			"0:0 2750",
			"999:44 0640",
			"999:44 0777",
		]);
	});

	it("copies one file to where none is", async () => {
		const data = volume("printf mine > there");
		const absent = await copy({ from: "/seed/g", to: "/data/f" }, data);
		const there = await copy({ from: "/seed/g", to: "/data/there" }, data);
		expect([absent.status, there.status, listing(data)]).toEqual([0, 0, ["f f 1000:1000 640 two", "there f 0:0 644 mine"]]);
	});

	it("adds the entries that are missing, at any depth, and touches no other", async () => {
		const data = volume("mkdir -p a/b; printf mine > a/b/f; printf x > empty; ln -s /nowhere g; chown -R 5:5 a");
		const first = await copy({ if: "entry-absent" }, data);
		const second = await copy({ if: "entry-absent" }, data);
		expect(listing(data)).toEqual([
			"a d 5:5 755",
			"a/b d 5:5 755",
			"a/b/f f 5:5 644 mine",
			"a/link l 1000:1000 777 ../g",
			"empty f 0:0 644 x",
			"g l 0:0 777 /nowhere",
			"out l 1000:1000 777 /etc/passwd",
		]);
		const [was, is] = [first, second].map(({ stderr }) => stepLines(stderr).map((line) => line.split(": ")[1]));
		expect([was, is]).toEqual([["2 entries copied"], ["no entry is missing"]]);
	});

	it("copies into the file system of the image, and where the workload may do it itself", async () => {
		const image = await copy({ to: "/home", if: "entry-absent" }, volume("true"), {
			args: ["--", "sh", "-c", "cd /home; find . | sort; stat -c '%u:%g %a' g"],
		});
		const data = volume("chown 1000:1000 .");
		const own = await copy({ exclude: ["a", "g"] }, data, { user: "1000:1000", caps: { drop: ["ALL"] } });
		expect([image.status, image.stdout, own.status, listing(data)]).toEqual([
			0,
			[".", "./a", "./a/b", "./a/b/f", "./a/link", "./app", "./empty", "./g", "./out", "1000:1000 640", ""].join("\n"),
			0,
			seeded.filter((line) => !/^[ag][ /]/.test(line)),
		]);
	});

	it("copies long files and every byte", async () => {
		const source = volume("head -c 9000000 /dev/urandom > big; printf '\\377\\000x' > raw; touch none");
		const data = volume("true");
		await copy({}, data, { volumes: [`${source}:/seed:ro`, `${data}:/data`] });
		for (const name of ["big", "raw", "none"]) {
			expect(readFileSync(join(data, name)).equals(readFileSync(join(source, name)))).toBe(true);
		}
	});
});

describe("copy after an interruption", () => {
	it.each([
		["in the middle of copying", `${stage(".abdicate-copy")}; mkdir -p .abdicate-copy/a/b; printf o > .abdicate-copy/a/b/f`],
		[
			"when some entries had their places",
			`${stage(".abdicate-copy")}; printf two > .abdicate-copy/g; ln -s /etc/passwd out; chown -h 1000:1000 out`,
		],
		["before anything", "mkdir -m 700 .abdicate-copy"],
	])("goes on: %s", async (_, script) => {
		const data = volume(script);
		const { status } = await copy({}, data);
		expect([status, listing(data)]).toEqual([0, seeded]);
	});

	it("goes on where a whole tree was being made", async () => {
		const data = volume(`${stage(".abdicate-new-1-5-0")}; mkdir -p .abdicate-new-1-5-0/new/a; touch .abdicate-new-1-5-0/new/a/x`);
		const { status } = await copy({ to: "/data/new" }, data);
		expect([status, listing(join(data, "new")), readdirSync(data)]).toEqual([0, seeded, ["new"]]);
	});

	it.each([{}, { if: "entry-absent" }, { to: "/data/new" }])("is done by one of several containers at once: %j", async (step) => {
		const source = volume("for i in $(seq 300); do mkdir d$i; printf $i > d$i/f; done");
		const data = volume("true");
		const runs = Array.from({ length: 4 }, () =>
			copy(step, data, {
				volumes: [`${source}:/seed:ro`, `${data}:/data`],
				args: ["--", "sh", "-c", `cd ${"to" in step ? step.to : "/data"}; ls | wc -l; cat d*/f | wc -c`],
			}),
		);
		const outcomes = (await Promise.all(runs)).map(({ status, stdout }) => [status, stdout]);
		const bytes = Array.from({ length: 300 }, (_, index) => `${index + 1}`).join("").length;
		expect(outcomes).toEqual(Array(4).fill([0, `300\n${bytes}\n`]));
	});

	it("waits for another container, though not for ever", async () => {
		const data = volume("mkdir -m 700 .abdicate-copy");
		const other = spawn("sh", ["-c", 'exec 9<"$1"; flock 9; echo locked; cat', "sh", join(data, ".abdicate-copy")]);
		await once(other.stdout, "data");
		const late = await copy({ lock_timeout: "300ms" }, data);
		const waiting = copy({ lock_timeout: "30s" }, data);
		other.stdin.end();
		const { status } = await waiting;
		expect([late.status, error(late.stderr).includes("another container has been copying for 300 ms"), status, listing(data)]).toEqual([
			125,
			true,
			0,
			seeded,
		]);
	});
});

describe("copy when something is wrong", () => {
	it.each([
		["a pipe", "mkdir d; mkfifo d/p"],
		["a device", "mkdir d; mknod d/p c 1 3"],
	])("copies nothing when the source holds %s, unless it is excluded", async (_, script) => {
		const [source, data] = [volume(`touch a; ${script}`), volume("true")];
		const volumes = [`${source}:/seed:ro`, `${data}:/data`];
		const { status, stderr } = await copy({}, data, { volumes });
		const left = readdirSync(data);
		const without = await copy({ exclude: "p" }, data, { volumes });
		expect([status, error(stderr).includes('"/seed/d/p" is a device, a pipe or a socket, which is not copied'), left]).toEqual([
			125,
			true,
			[],
		]);
		expect([without.status, readdirSync(data)]).toEqual([0, ["a", "d"]]);
	});

	it.each<[string, string, object, string]>([
		[
			"the target is the workload's link",
			"chown 1000:1000 .; ln -s /etc d",
			{ to: "/data/d" },
			"/data/d is a symbolic link that is not root's alone",
		],
		["the target is root's link to nowhere", "ln -s /nowhere d", { to: "/data/d" }, '"/data/d" is a symbolic link that leads nowhere'],
		["the source does not exist", "true", { from: "/seed/none" }, 'open: ENOENT on "/seed/none": it does not exist'],
		["nor does its directory", "true", { from: "/seed/no/ne" }, 'open: ENOENT on "/seed/no/ne": it does not exist'],
		["the source is a link", "true", { from: "/seed/out" }, '"/seed/out" is a symbolic link, which is not followed'],
		["the target's directory does not exist", "true", { to: "/data/x/y" }, 'the directory of "/data/x/y" does not exist'],
		["the target lies in the source", "true", { from: "/data", to: "/data/x" }, "CONFIG_CONFLICT"],
		[
			"the workload has made what we would",
			"mkdir .abdicate-copy; chown 1000:1000 .abdicate-copy",
			{ if: "entry-absent" },
			"was not made by this program",
		],
	])("says so: %s", async (_, script, step, message) => {
		const data = volume(script);
		const before = listing(data);
		const { status, stderr } = await copy(step, data);
		expect([status, error(stderr).includes(message), listing(data)]).toEqual([125, true, before]);
	});

	const ofPattern = "no pattern is looked up here: the directory itself copies all that is in it, and exclude leaves names out";

	const mayFail = (from: string) => ({ user: "app", setup: [{ copy: { from, to: "/data" }, on_error: "warn" }] });

	it.each([
		["/seed/none", "name what the image has there, or make it by a step before"],
		["/seed/*", ofPattern],
	])("says what to write where there is no %s, before the first step and in its turn", async (from, remedy) => {
		const told = `open: ENOENT on "${from}": it does not exist\n  ${remedy}\n`;
		const [first, inTurn] = [await copy({ from }, volume("true")), await copy({ from }, volume("true"), { config: mayFail(from) })];
		expect([first, inTurn].map(({ status, stderr }) => [status, /open: .*\n.*\n/.exec(stderr)?.[0]])).toEqual([
			[125, told],
			[0, told],
		]);
	});

	it("needs CHOWN and says so before it makes anything, and nothing when all is there", async () => {
		const data = volume("true");
		const { status, stderr } = await copy({}, data, { caps: { drop: ["CHOWN"] } });
		const full = await copy({}, volume("touch x"), { caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] } });
		expect([status, error(stderr), readdirSync(data), full.status]).toEqual([
			125,
			`abdicate: error[CAPABILITY_MISSING] ${label}: CHOWN is not held, needed to give what is copied to /data its owner`,
			[],
			0,
		]);
	});

	it("leaves nothing behind when it is refused in the middle", async () => {
		const data = volume("true");
		const { status, stderr } = await copy({ owner: "keep", group: "keep", exclude: "out" }, data, { caps: { drop: ["CHOWN"] } });
		expect([status, error(stderr).endsWith('fchown: EPERM on "/data/g": CAP_CHOWN is not held'), readdirSync(data)]).toEqual([
			125,
			true,
			[],
		]);
	});

	it("leaves nothing behind when the file system is full", async () => {
		const source = volume("printf a > a; head -c 1000000 /dev/zero > big");
		const { stdout, stderr } = await copy({ to: "/full" }, source, {
			volumes: [`${source}:/seed:ro`],
			flags: ["--tmpfs=/full:size=64k"],
			entrypoint: "/bin/sh",
			args: ["-c", "/abdicate -- true; echo $?; ls -A /full"],
		});
		expect([
			stdout,
			error(stderr).endsWith(
				'sendfile: ENOSPC on "/full/big": the file system is full: it is mounted at "/full" (tmpfs, 64 KiB in all, 64 KiB free now that what was unfinished is gone), and 988 KiB were to be written',
			),
		]).toEqual(["125\n", true]);
	});

	it("says that the file system is read-only", async () => {
		const data = volume("true");
		const { status, stderr } = await copy({}, data, { volumes: [`${seed}:/seed:ro`, `${data}:/data:ro`] });
		expect([status, error(stderr).includes("EROFS"), error(stderr).endsWith("the file system is mounted read-only")]).toEqual([
			125,
			true,
			true,
		]);
	});

	it("never leaves the tree, whatever the workload does to it meanwhile", async () => {
		const [data, outside] = [volume("mkdir a; chown -R 1000:1000 ."), volume("chmod 777 .")];
		const script = "cd /data; while :; do mv a x; ln -s /outside a; rm a; mkdir -p x/b; mv x a; rm -rf a/b a/link; done 2>/dev/null";
		const attacker = await startHouse({
			image: busybox,
			entrypoint: "/bin/sh",
			args: ["-c", `trap exit TERM; ${script}`],
			user: "1000:1000",
			volumes: [`${data}:/data`, `${outside}:/outside`],
		});
		const volumes = [`${seed}:/seed:ro`, `${data}:/data`, `${outside}:/outside`];
		const statuses = new Set<number>();
		for (let round = 0; round < 12; round++) {
			const setup = Array.from({ length: 60 }, () => ({ copy: { from: "/seed", to: "/data", if: "entry-absent" }, on_error: "warn" }));
			statuses.add((await copy({}, data, { volumes, config: { user: "app", setup } })).status as number);
		}
		expect([attacker.isRunning(), [...statuses], readdirSync(outside), stateOf(outside)]).toEqual([true, [0], [], "0:0 0777"]);
		attacker.remove();
	});
});
