import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse, startHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stage, stateOf, stepLines, volume } from "./volume.ts";

function file(step: unknown, data: string, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		config: { user: "app", setup: [{ file: step }] },
		args: ["-v", "--", "true"],
		volumes: [`${data}:/data`],
		...more,
	});
}

/** What is there, what it holds, and what else lies in the directory. */
function found(data: string, name = "f"): [state: string, content: string, names: string[]] {
	return [stateOf(data, name), readFileSync(join(data, name), "utf8"), readdirSync(data).sort()];
}

describe("file", () => {
	it("makes the file once, then finds it right, and corrects content, mode and owner", async () => {
		const data = volume("true");
		const step = { path: "/data/f", content: "one\n", mode: "0640" };
		const lines: string[] = [];
		const run = async () => lines.push(...stepLines((await file(step, data)).stderr));
		await run();
		const inode = statSync(join(data, "f")).ino;
		await run();
		expect([statSync(join(data, "f")).ino, ...found(data)]).toEqual([inode, "1000:1000 0640", "one\n", ["f"]]);
		execFileSync("chmod", ["0600", join(data, "f")]);
		await run();
		expect([statSync(join(data, "f")).ino, ...found(data)]).toEqual([inode, "1000:1000 0640", "one\n", ["f"]]);
		// Who could write to it may have it open.
		execFileSync("chmod", ["0666", join(data, "f")]);
		execFileSync("chown", ["7:7", join(data, "f")]);
		await run();
		expect([statSync(join(data, "f")).ino === inode, ...found(data)]).toEqual([false, "1000:1000 0640", "one\n", ["f"]]);
		execFileSync("sh", ["-c", 'printf other > "$1"', "sh", join(data, "f")]);
		await run();
		expect(found(data)).toEqual(["1000:1000 0640", "one\n", ["f"]]);
		const label = "setup[0] file /data/f from the configuration mode 0640 owner 1000:1000";
		expect(lines).toEqual([
			`changed  ${label}: made`,
			`ok       ${label}: already right`,
			`changed  ${label}: mode or owner corrected`,
			`changed  ${label}: replaced`,
			`changed  ${label}: replaced`,
		]);
	});

	it.each(["0077", "0000"])("gives exactly the mode written, whatever the umask: %s", async (umask) => {
		const data = volume("true");
		const { status } = await file({ path: "/data/f", content: "x", mode: "0664", owner: "redis", group: "video" }, data, {
			entrypoint: "/bin/sh",
			args: ["-c", `umask ${umask}; exec /abdicate -- true`],
		});
		expect([status, ...found(data)]).toEqual([0, "999:44 0664", "x", ["f"]]);
	});

	it("does as much as if: says", async () => {
		const results = [];
		for (const policy of ["differs", "absent", "always"]) {
			const data = volume("printf mine > f; chown 7:7 f; printf new > same; chown 1000:1000 same");
			const inode = statSync(join(data, "same")).ino;
			await file({ path: "/data/f", content: "new", if: policy }, data);
			await file({ path: "/data/same", content: "new", if: policy }, data);
			await file({ path: "/data/missing", content: "new", if: policy }, data);
			const isSame = statSync(join(data, "same")).ino === inode;
			results.push([policy, ...found(data).slice(0, 2), isSame, stateOf(data, "missing")]);
		}
		expect(results).toEqual([
			["differs", "1000:1000 0644", "new", true, "1000:1000 0644"],
			["absent", "7:7 0644", "mine", true, "1000:1000 0644"],
			["always", "1000:1000 0644", "new", false, "1000:1000 0644"],
		]);
	});

	it("replaces the declared names of a template and nothing else, and reads no value again", async () => {
		const data = volume("cat > t <<'END'\n$HOST ${HOST} $HOSTS ${OTHER} $uri $$HOST ${HOST:-x} ${APP_A}-$APP_B\nEND\n");
		const { status } = await file({ path: "/data/f", template: "/data/t", vars: ["HOST", "APP_*"] }, data, {
			env: { HOST: "$OTHER ${APP_A}", OTHER: "secret", APP_A: "a", APP_B: "" },
		});
		expect([status, readFileSync(join(data, "f"), "utf8")]).toEqual([
			0,
			"$OTHER ${APP_A} $OTHER ${APP_A} $HOSTS ${OTHER} $uri $$OTHER ${APP_A} ${HOST:-x} a-\n",
		]);
	});

	it("takes its content from a variable, from another file, bytes unharmed, and keeps both out of the plan", async () => {
		const data = volume("printf 'a\\377\\000b\\303' > raw");
		await file({ path: "/data/f", from: "/data/raw" }, data);
		expect(readFileSync(join(data, "f"))).toEqual(readFileSync(join(data, "raw")));
		const config = {
			user: "app",
			setup: [
				{ file: { path: "/data/g", from_env: "CONFIG" } },
				{ file: { path: "/data/h", content: "${CONFIG}" } },
				{ file: { path: "/data/i", template: "/data/raw", vars: ["CONFIG"] } },
			],
		};
		const outputs = [];
		for (const args of [
			["-v", "--", "true"],
			["plan", "--format", "json", "--", "true"],
			["plan", "--", "true"],
		]) {
			const { status, stdout, stderr } = await file({}, data, { config, args, env: { CONFIG: "k: hunter2" } });
			outputs.push([status, `${stdout}${stderr}`.includes("hunter2")]);
		}
		expect([outputs, readFileSync(join(data, "g"), "utf8"), readFileSync(join(data, "h"), "utf8")]).toEqual([
			Array(3).fill([0, false]),
			"k: hunter2",
			"k: hunter2",
		]);
	});

	it("appends a line once, and leaves mode and owner to the file", async () => {
		const data = volume("printf 'a\\nb' > f; chown 7:8 f; chmod 600 f");
		await file({ path: "/data/f", append_line: "c d" }, data);
		const { stderr } = await file({ path: "/data/f", append_line: "c d" }, data);
		expect([found(data), stepLines(stderr)]).toEqual([
			["7:8 0600", "a\nb\nc d\n", ["f"]],
			["ok       setup[0] file /data/f with a line owner -:-: already right"],
		]);
	});

	it("writes in place what is a mount of its own", async () => {
		const [data, other] = [volume("true"), volume("printf 'a long old content' > f; chown 1000:1000 f")];
		const inode = statSync(join(other, "f")).ino;
		const volumes = [`${data}:/data`, `${join(other, "f")}:/data/f`];
		const { stderr } = await file({ path: "/data/f", content: "new", mode: "0600" }, data, { volumes });
		expect([stepLines(stderr), statSync(join(other, "f")).ino, found(other)]).toEqual([
			["changed  setup[0] file /data/f from the configuration mode 0600 owner 1000:1000: written in place, as it is a mount of its own"],
			inode,
			["1000:1000 0600", "new", ["f"]],
		]);
		const hosts = await file({ path: "/etc/hosts", append_line: "10.0.0.1 db" }, data, { args: ["--", "tail", "-n1", "/etc/hosts"] });
		expect([hosts.status, hosts.stdout]).toEqual([0, "10.0.0.1 db\n"]);
	});

	it("needs nothing where the workload may do it itself", async () => {
		const data = volume("chown 1000:1000 .; printf old > f; chown 1000:1000 f");
		const { status, stderr } = await file({ path: "/data/f", content: "x", mode: "0600" }, data, {
			user: "1000:1000",
			caps: { drop: ["ALL"] },
		});
		expect([status, stepLines(stderr).map((line) => line.split(": ").at(-1)), ...found(data)]).toEqual([
			0,
			["replaced"],
			"1000:1000 0600",
			"x",
			["f"],
		]);
	});

	it("replaces a file of the image", async () => {
		const { status, stdout } = await file({ path: "/etc/passwd", append_line: "x:x:77:77::/:" }, volume("true"), {
			args: ["--", "sh", "-c", "tail -n1 /etc/passwd; stat -c '%u:%g %a' /etc/passwd; ls -A /etc | grep abdicate; exit 0"],
		});
		expect([status, stdout]).toEqual([0, "x:x:77:77::/:\n0:0 644\n"]);
	});

	it("removes what an interrupted run has left, and not what another run is at work on", async () => {
		const data = volume(
			`printf half > .abdicate-new-1-1-0; ${stage(".abdicate-new-1-1-1")}; mkdir .abdicate-new-1-1-1/a; touch .abdicate-new-1-1-1/a/b; ln -s /etc .abdicate-new-1-1-1/l; printf x > .abdicate-new-1-1-2`,
		);
		const hold = 'exec 9<"$1"; flock 9; echo locked; cat';
		const other = spawn("sh", ["-c", hold, "sh", join(data, ".abdicate-new-1-1-2")]);
		await once(other.stdout, "data");
		const { status } = await file({ path: "/data/f", content: "x" }, data).finally(() => other.stdin.end());
		expect([status, ...found(data)]).toEqual([0, "1000:1000 0644", "x", [".abdicate-new-1-1-2", "f"]]);
	});

	it("lets no group in that the directory hands on, before or after it has its mode", async () => {
		const data = volume("chown 0:44 .; chmod 2775 .; echo hunter2 > source; printf x > there; chmod 600 there");
		const strace = ["-e", "trace=openat,openat2,mkdirat,fchown,fchownat,fchmod,write,sendfile"];
		const owner = { owner: 7, group: 9 };
		const setup = [
			{ file: { path: `${data}/f`, content: "x", mode: "0640", ...owner } },
			{ secret: { from: { file: `${data}/source` }, path: `${data}/s`, mode: "0440", on_disk: "allow", ...owner } },
			{ file: { path: `${data}/there`, content: "x", mode: "0640", ...owner } },
			{ mkdir: { path: `${data}/d`, mode: "0770", ...owner } },
		];
		const { status, trace } = await runHost({ config: { user: "8:8", setup }, args: ["--", "/bin/true"], strace });
		const changes = trace.split("\n").flatMap((line) => /^(fchown\w*|fchmod|write)\(\d+, (.*?)\)? += /.exec(line)?.slice(1) ?? []);
		const file = (mode: string, length: number) => [
			"fchown",
			"-1, 9",
			"fchmod",
			mode,
			"fchown",
			"7, 9",
			"write",
			expect.stringMatching(new RegExp(` ${length}$`)),
		];
		expect([status, ...changes]).toEqual([
			0,
			...file("0640", 1),
			...file("0440", 7),
			...["fchown", "-1, 9", "fchmod", "0640", "fchown", "7, 9"],
			...["fchownat", '"", -1, 9, AT_EMPTY_PATH', "fchmod", "0770", "fchownat", '"", 7, 9, AT_EMPTY_PATH'],
		]);
		expect(["f", "s", "there", "d"].map((name) => stateOf(data, name))).toEqual(["7:9 0640", "7:9 0440", "7:9 0640", "7:9 0770"]);
	});
});

describe("file when something is wrong", () => {
	it.each(["/sys/kernel/setting", "/proc/sys/vm/swappiness", "/proc/setting"])("says of %s that it is the kernel's", async (path) => {
		const { status, stderr } = await runHost({
			config: { user: "8:8", setup: [{ file: { path, content: "1" } }] },
			args: ["--", "/bin/true"],
		});
		expect([status, ...stderr.trimEnd().split("\n")]).toEqual([
			125,
			expect.stringMatching(/: "\/(?:sys|proc)\/.*" is a setting of the kernel, for the whole machine: it is no file that a step makes$/),
			"  set it on the machine; what a container has of its own below /proc/sys, the step sysctl sets",
		]);
	});

	const error = (stderr: string): string => stderr.split("\n").find((line) => line.includes("error[")) ?? stderr;

	it.each([
		["a link in its place", "ln -s /etc/passwd f", '"/data/f" is a symbolic link, which is neither followed nor replaced'],
		["a link in the workload's directory", "chown 1000:1000 .; ln -s /etc/hostname f", "is a symbolic link"],
		["a directory", "mkdir f", '"/data/f" is a directory and not a file'],
		["a pipe", "mkfifo f", '"/data/f" is not a regular file'],
		["no directory", "true", 'open: ENOENT on "/data/d/f": its directory does not exist'],
	])("says so: %s", async (what, script, message) => {
		const data = volume(script);
		const { status, stderr } = await file({ path: what === "no directory" ? "/data/d/f" : "/data/f", content: "x" }, data);
		expect([status, error(stderr).includes(message)]).toEqual([125, true]);
	});

	it("does not go through a link that the workload could have made", async () => {
		const [data, outside] = [volume("chown 1000:1000 .; ln -s /outside d"), volume("true")];
		const { status, stderr } = await file({ path: "/data/d/f", content: "x" }, data, {
			volumes: [`${data}:/data`, `${outside}:/outside`],
		});
		expect([status, stderr.includes("/data/d is a symbolic link that is not root's alone"), readdirSync(outside)]).toEqual([125, true, []]);
	});

	it("gives another name of a file no new owner: the name gets a new file", async () => {
		const data = volume("mkdir w; printf same > precious; ln precious w/f; chown 1000:1000 w");
		expect((await file({ path: "/data/w/f", content: "same" }, data)).status).toBe(0);
		expect([stateOf(data, "precious"), stateOf(data, "w/f"), statSync(join(data, "precious")).nlink]).toEqual([
			"0:0 0644",
			"1000:1000 0644",
			1,
		]);
	});

	it("names the capability that is missing before anything is made, and needs none when all is right", async () => {
		const data = volume("true");
		const caps = { drop: ["CHOWN"] };
		const { status, stderr } = await file({ path: "/data/f", content: "x" }, data, { caps });
		expect([status, error(stderr), readdirSync(data)]).toEqual([
			125,
			"abdicate: error[CAPABILITY_MISSING] setup[0] file /data/f from the configuration mode 0644 owner 1000:1000: CHOWN is not held, needed to give /data/f its owner",
			[],
		]);
		await file({ path: "/data/f", content: "x" }, data);
		expect(
			(await file({ path: "/data/f", content: "x" }, data, { caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] } })).status,
		).toBe(0);
	});

	it("names CHOWN when a file that is there cannot be replaced, and leaves it and nothing else", async () => {
		const data = volume("printf old > f; chown 1000:1000 f");
		const { status, stderr } = await file({ path: "/data/f", content: "x" }, data, { caps: { drop: ["CHOWN"] } });
		expect([status, error(stderr).endsWith('fchown: EPERM on "/data/f": CAP_CHOWN is not held'), ...found(data)]).toEqual([
			125,
			true,
			"1000:1000 0644",
			"old",
			["f"],
		]);
	});

	it("is content with a file that may not be changed, if the user can use it and nobody gets more", async () => {
		const caps = { drop: ["CHOWN", "FOWNER"] };
		const results = [];
		for (const script of [
			"chown 7:1000 f; chmod 660 f",
			"chown 7:1000 f; chmod 440 f",
			"chown 7:7 f; chmod 664 f",
			"chown 7:1000 f; chmod 666 f",
		]) {
			const { status, stderr } = await file({ path: "/data/f", content: "x", mode: "0664" }, volume(`printf x > f; ${script}`), { caps });
			results.push([status, stderr.includes("EPERM on its mode or owner, but the user can use it")]);
		}
		expect(results).toEqual([
			[0, true],
			[125, false],
			[125, false],
			[125, false],
		]);
	});

	it("leaves what was there when the file system is full", async () => {
		const source = volume("head -c 100000 /dev/zero > big");
		const { stdout, stderr } = await file({ path: "/full/f", from: "/data/big" }, source, {
			flags: ["--tmpfs=/full:size=16k"],
			entrypoint: "/bin/sh",
			args: ["-c", "printf old > /full/f; /abdicate -- true; echo $?; cat /full/f; ls -A /full"],
		});
		expect([
			stdout,
			error(stderr).endsWith(
				'write: ENOSPC on "/full/f": the file system is full: it is mounted at "/full" (tmpfs, 16 KiB in all, 12 KiB free now that what was unfinished is gone), and 98 KiB were to be written',
			),
		]).toEqual(["125\noldf\n", true]);
	});

	it("says that the file system is read-only, unless there is nothing to do", async () => {
		const data = volume("printf x > f; chown 1000:1000 f");
		const volumes = [`${data}:/data:ro`];
		expect((await file({ path: "/data/f", content: "x" }, data, { volumes })).status).toBe(0);
		const { status, stderr } = await file({ path: "/data/f", content: "y" }, data, { volumes });
		expect([status, error(stderr).endsWith('open: EROFS on "/data/f": the file system is mounted read-only')]).toEqual([125, true]);
	});

	it.each([
		[{ path: "/data/f" }, "CONFIG_MISSING_KEY", "give exactly one of content, template, from_env, from, append_line"],
		[{ path: "/data/f", content: "a", from: "/x" }, "CONFIG_CONFLICT", "give exactly one of"],
		[{ path: "/data/f", template: "/x" }, "CONFIG_CONFLICT", "template and vars belong together"],
		[{ path: "/data/f", content: "a", vars: ["A"] }, "CONFIG_CONFLICT", "template and vars belong together"],
		[{ path: "/data/f", from_env: "NOT_SET" }, "ENVIRONMENT_INVALID", "the variable NOT_SET is not set"],
		[{ path: "/data/f", content: "a", mode: "4755" }, "CONFIG_INVALID_VALUE", "the mode of a file is at most 0777"],
		[{ path: "/data/f", append_line: "a\nb" }, "CONFIG_INVALID_VALUE", "append_line is one line"],
		[{ path: "/data/", content: "a" }, "CONFIG_INVALID_VALUE", "cannot be a file"],
	])("refuses %j", async (step, code, message) => {
		const data = volume("true");
		const { status, stderr } = await file(step, data);
		expect([status, error(stderr).includes(`error[${code}]`), error(stderr).includes(message), readdirSync(data)]).toEqual([
			125,
			true,
			true,
			[],
		]);
	});

	it("does not want what a step lacks that is passed over", async () => {
		const data = volume("true");
		const config = { user: "app", setup: [{ when: { env: "CONFIG" }, file: { path: "/data/f", from_env: "CONFIG" } }] };
		const without = await file({}, data, { config });
		expect([without.status, existsSync(join(data, "f"))]).toEqual([0, false]);
		const given = await file({}, data, { config, env: { CONFIG: "c" } });
		expect([given.status, ...found(data)]).toEqual([0, "1000:1000 0644", "c", ["f"]]);
	});
});

describe("file against a workload that is at work", () => {
	it("changes nothing but its own file, whatever is exchanged meanwhile", async () => {
		const data = volume("mkdir d; chown -R 1000:1000 .");
		const outside = volume("chmod 777 .; printf precious > f; chmod 600 f");
		const script = `cd /data; while :; do
			ln -sf /outside/f d/f; mv d e; ln -s /outside d; rm d; mv e d; rm -f d/f; printf x > d/f; mkdir -p x; mv -T x d/f; rm -rf d/f; done 2>/dev/null`;
		const volumes = [`${data}:/data`, `${outside}:/outside`];
		const attacker = await startHouse({
			image: busybox,
			entrypoint: "/bin/sh",
			args: ["-c", `trap exit TERM; ${script}`],
			user: "1000:1000",
			volumes,
		});
		const steps = [
			{ file: { path: "/data/d/f", content: "x", mode: "0666" }, on_error: "warn" },
			{ file: { path: "/data/d/f", append_line: "y", owner: "app" }, on_error: "warn" },
		];
		const results = [];
		const seen = new Set<string>();
		for (let round = 0; round < 8; round++) {
			const setup = Array.from({ length: 120 }, (_, index) => steps[index % 2]);
			const { status, stderr } = await file({}, data, { volumes, config: { user: "app", setup } });
			results.push(status);
			for (const line of stepLines(stderr)) {
				seen.add(line.split(" ")[0] as string);
			}
		}
		expect([attacker.isRunning(), new Set(results), seen.has("changed"), readdirSync(outside), stateOf(outside, "f")]).toEqual([
			true,
			new Set([0]),
			true,
			["f"],
			"0:0 0600",
		]);
		expect([readFileSync(join(outside, "f"), "utf8"), stateOf(outside)]).toEqual(["precious", "0:0 0777"]);
		attacker.remove();
	});
});
