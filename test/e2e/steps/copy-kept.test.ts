import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import type { Without } from "../../harness/house/without.ts";
import { busybox } from "../harness/images.ts";
import { volume } from "./volume.ts";

/** setfattr(1) and getfattr(1) are not everywhere; the numbers of their system calls are those of x86-64, then of arm64. */
const perl = (script: string, ...args: string[]): string =>
	execFileSync("perl", ["-we", `my $x = \`uname -m\` =~ /x86_64/; ${script}`, ...args], { encoding: "utf8" });
const setAttribute = (path: string, name: string, value: string): string =>
	perl("my ($p, $n, $v) = @ARGV; syscall($x ? 188 : 5, $p, $n, $v, length $v, 0) == 0 or die $!", path, name, value);
const attributesOf = (path: string): string[] =>
	perl("my $l = ' ' x 4096; my $c = syscall($x ? 194 : 11, $ARGV[0], $l, 4096); die $! if $c < 0; print substr $l, 0, $c", path)
		.split("\0")
		.filter((name) => name !== "")
		.sort();
const listOf = (path: string): string[] =>
	execFileSync("getfacl", ["-cpn", path], { encoding: "utf8" })
		.split("\n")
		.filter((line) => line !== "");

async function copied(
	source: string,
	step: object = {},
	script = "true",
	without: Without = {},
): Promise<{ data: string; status: number | null; stderr: string }> {
	const data = volume(script);
	const { status, stderr } = await runHouse({
		image: busybox,
		config: { user: "app", setup: [{ copy: { from: "/seed", to: "/data", ...step } }] },
		args: ["--", "true"],
		volumes: [`${source}:/seed:ro`, `${data}:/data`],
		without,
	});
	return { data, status, stderr };
}

/** All that find(1) tells of each entry: type, mode, links, size, time of change to a fraction of a nanosecond. */
function listing(directory: string): string[] {
	const found = execFileSync("find", [".", "-mindepth", "1", "-printf", "%P %y %m %n %s %T@ %l\\n"], { cwd: directory, encoding: "utf8" });
	return found.split("\n").sort();
}

describe("what a copy keeps", () => {
	it.each([{}, { if: "entry-absent" }, { to: "/data/new" }])("times, of directories and links too, and hard links: %j", async (step) => {
		const source = volume(`
			mkdir -p a/b d; printf one > a/f; ln a/f a/b/g; ln a/f h; ln -s f a/l; printf two > plain
			touch -d '2001-02-03 04:05:06.123456789' a/f plain; touch -h -d '2002-03-04 05:06:07.5' a/l; touch -d '1999-01-01' a/b a d
		`);
		const { data, status } = await copied(source, step);
		const copy = "to" in step ? join(data, "new") : data;
		expect([status, listing(copy)]).toEqual([0, listing(source)]);
		const inodes = ["a/f", "a/b/g", "h"].map((name) => statSync(join(copy, name)).ino);
		expect(new Set(inodes).size).toBe(1);
	});

	it("holes, at the beginning, in the middle and at the end", async () => {
		const source = volume(`
			truncate -s 8M end middle all; printf x | dd of=end conv=notrunc status=none
			truncate -s 8M begin; printf x >> begin; head -c 100000 /dev/urandom | dd of=middle bs=4k seek=700 conv=notrunc status=none
			truncate -s 20K small; head -c 40000 /dev/urandom > full
		`);
		const { data, status } = await copied(source);
		const names = ["end", "begin", "middle", "all", "small", "full"];
		const states = (directory: string) =>
			names.map((name) => [name, statSync(join(directory, name)).size, statSync(join(directory, name)).blocks]);
		expect([status, states(data)]).toEqual([0, states(source)]);
		for (const name of names) {
			execFileSync("cmp", [join(source, name), join(data, name)]);
		}
	});

	it.each(["ENOSYS", "EPERM", "EINVAL"] as const)("every byte where a filter answers %s for the quicker ways", async (answer) => {
		const source = volume(`
			head -c 300000 /dev/urandom > full; truncate -s 1M holes; cat full >> holes; cp full first; ln first second
		`);
		const names = ["full", "holes", "second"];
		for (const without of [{ copy_file_range: answer }, { copy_file_range: answer, sendfile: answer }]) {
			const { data, status, stderr } = await copied(source, {}, "true", without);
			expect([status, stderr, listing(data)]).toEqual([0, "", listing(source)]);
			for (const name of names) {
				execFileSync("cmp", [join(source, name), join(data, name)]);
			}
		}
	});

	it("what the group may do, and not what the mask of a list lets others do", async () => {
		const source = volume(`
			mkdir d; touch f d/g; chmod 640 f d/g; chmod 750 d
			setfacl -m u:4242:rwx,g::r f; setfacl -m u:4242:rwx,g::- d d/g
		`);
		const { data, status } = await copied(source);
		const stateOf = (directory: string) => ["f", "d", "d/g"].map((name) => (statSync(join(directory, name)).mode & 0o777).toString(8));
		expect([status, stateOf(source), stateOf(data)]).toEqual([0, ["670", "770", "670"], ["640", "700", "600"]]);
		expect(["f", "d", "d/g"].map((name) => attributesOf(join(data, name)))).toEqual([[], [], []]);
	});

	it("lists and attributes of users if asked to, and never what gives a power", async () => {
		const source = volume(`
			mkdir d; touch f d/g; chmod 640 f d/g; chmod 2750 d
			setfacl -m u:4242:rwx,g::r f; setfacl -m u:4242:rx,d:u:4242:rw d; cp /bin/true ping; setcap cap_net_raw+ep ping
		`);
		for (const name of ["f", "d", "d/g", "ping"]) {
			setAttribute(join(source, name), "user.colour", `of ${name}`);
		}
		setAttribute(join(source, "f"), "trusted.secret", "x");
		const names = ["f", "d", "d/g", "ping"];
		const attributes = (directory: string) => names.map((name) => attributesOf(join(directory, name)));
		const [none, lists, both] = [
			await copied(source),
			await copied(source, { keep: "acl" }),
			await copied(source, { keep: ["acl", "xattrs"] }),
		];
		expect([none.status, lists.status, both.status]).toEqual([0, 0, 0]);
		expect(attributes(none.data)).toEqual([[], [], [], []]);
		expect(attributes(lists.data)).toEqual([["system.posix_acl_access"], ["system.posix_acl_access", "system.posix_acl_default"], [], []]);
		expect(attributes(both.data)).toEqual([
			["system.posix_acl_access", "user.colour"],
			["system.posix_acl_access", "system.posix_acl_default", "user.colour"],
			["user.colour"],
			["user.colour"],
		]);
		for (const name of names) {
			expect(listOf(join(both.data, name))).toEqual(listOf(join(source, name)));
		}
		expect((statSync(join(both.data, "d")).mode & 0o7777).toString(8)).toBe("2750");
	});

	it.each(["lost+found", ".snapshot", "mine"])("a directory with nothing but %s is empty for it", async (name) => {
		const { data, status } = await copied(volume("printf one > f"), { ignore: "mi*" }, `mkdir "${name}"; touch "${name}/x"`);
		expect([
			status,
			listing(data)
				.filter((line) => / f /.test(line))
				.map((line) => line.split(" ")[0]),
		]).toEqual([0, ["f", `${name}/x`].sort()]);
	});
});
