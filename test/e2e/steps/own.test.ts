import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { ownerOf, stateOf, stepLines, volume } from "./volume.ts";

/** Runs `own` on /data as redis (999:999), then a command as the workload. */
function own(step: unknown, data: string, more: Partial<ContainerOptions> & { readonly command?: readonly string[] } = {}) {
	const { command = ["true"], volumes = [], ...rest } = more;
	return runHouse({
		image: busybox,
		config: { user: "redis", setup: [{ own: step }] },
		args: ["-v", "--", ...command],
		volumes: [`${data}:/data`, ...volumes],
		...rest,
	});
}

describe("own", () => {
	it("changes what has another owner, and nothing the second time", async () => {
		const data = volume("mkdir -p a/b; touch a/b/c d; chown 4242:4242 a d; chown 999:999 a/b");
		const first = await own("/data", data);
		const second = await own("/data", data);
		expect([first, second].map(({ status, stderr }) => [status, ...stepLines(stderr)])).toEqual([
			[0, "changed  setup[0] own /data to 999:999 (mismatched): 4 of 5 entries re-owned"],
			[0, "ok       setup[0] own /data to 999:999 (mismatched): 0 of 5 entries re-owned"],
		]);
		expect(["", "a", "a/b", "a/b/c", "d"].map((name) => ownerOf(data, name))).toEqual(Array(5).fill("999:999"));
	});

	it("takes owner and group by name, by id, kept, and as the login group", async () => {
		const data = volume("touch f; chown 7:8 . f");
		for (const [step, expected] of [
			[{ owner: "app", group: "keep" }, "1000:8"],
			[{ owner: "keep", group: 44 }, "1000:44"],
			[{ owner: "app", group: "login" }, "1000:1000"],
			[{ owner: 12, group: "video" }, "12:44"],
			[{}, "999:999"],
		] as const) {
			expect((await own({ path: "/data", ...step }, data)).status).toBe(0);
			expect([ownerOf(data), ownerOf(data, "f")]).toEqual([expected, expected]);
		}
	});

	it("does as much as its policy says", async () => {
		const script = "touch f; chown 7:7 . f";
		const results = [];
		for (const policy of ["off", "top-only", "if-root-differs", "mismatched"]) {
			const data = volume(script);
			await own({ path: "/data", policy }, data);
			results.push([policy, ownerOf(data), ownerOf(data, "f")]);
		}
		const rootIsRight = volume("touch f; chown 999:999 .; chown 7:7 f");
		await own({ path: "/data", policy: "if-root-differs" }, rootIsRight);
		expect([...results, ["root is right", ownerOf(rootIsRight), ownerOf(rootIsRight, "f")]]).toEqual([
			["off", "7:7", "7:7"],
			["top-only", "999:999", "7:7"],
			["if-root-differs", "999:999", "999:999"],
			["mismatched", "999:999", "999:999"],
			["root is right", "999:999", "7:7"],
		]);
	});

	it("changes only what the user cannot use with policy unusable, and makes it usable", async () => {
		const data = volume(
			"mkdir d; touch d/mine d/group d/locked; chown 999:7 . d d/mine; chown 7:999 d/group; chmod 660 d/group; chmod 400 d/locked d/mine",
		);
		const first = await own({ path: "/data", policy: "unusable" }, data);
		const second = await own({ path: "/data", policy: "unusable" }, data);
		expect([first, second].flatMap(({ stderr }) => stepLines(stderr))).toEqual([
			"changed  setup[0] own /data to 999:999 (unusable): 2 of 5 entries re-owned, 2 modes set",
			"ok       setup[0] own /data to 999:999 (unusable): 0 of 5 entries re-owned",
		]);
		expect(["", "d", "d/mine", "d/group", "d/locked"].map((name) => stateOf(data, name))).toEqual([
			"999:7 0755",
			"999:7 0755",
			"999:999 0600",
			"7:999 0660",
			"999:999 0600",
		]);
	});

	it("gives the owner again with policy always, which takes set-user-ID bits away", async () => {
		const data = volume("touch f; chown 999:999 . f; chmod 4755 f");
		const { stderr } = await own({ path: "/data", policy: "always" }, data);
		expect([...stepLines(stderr), stateOf(data, "f")]).toEqual([
			"changed  setup[0] own /data to 999:999 (always): 2 of 2 entries re-owned",
			"999:999 0755",
		]);
	});

	it("sets the modes of directories and files in the same walk, where they differ", async () => {
		const data = volume("mkdir -m 700 d; touch d/f; chmod 600 d/f; ln -s f d/link; chown -Rh 7:7 .");
		const step = { path: "/data", modes: { dirs: "2770", files: "0660" } };
		const results = [await own(step, data), await own(step, data)];
		expect(results.flatMap(({ stderr }) => stepLines(stderr))).toEqual([
			"changed  setup[0] own /data to 999:999 dirs 2770 files 0660 (mismatched): 4 of 4 entries re-owned, 3 modes set",
			"ok       setup[0] own /data to 999:999 dirs 2770 files 0660 (mismatched): 0 of 4 entries re-owned",
		]);
		expect(["", "d", "d/f"].map((name) => stateOf(data, name))).toEqual(["999:999 2770", "999:999 2770", "999:999 0660"]);
	});

	it("lets no group in that an entry had, before or after it has its mode", async () => {
		const data = volume("touch f; chmod 600 f; chown -R 7:44 .");
		const step = { path: data, owner: 7, group: 9, modes: { files: "0640" } };
		const { status, trace } = await runHost({
			config: { user: "8:8", setup: [{ own: step }] },
			args: ["--", "/bin/true"],
			strace: ["-qq"],
		});
		// An older strace knows fchmodat2(2) by its number alone.
		const change = /^(?:fchownat|f?chmod\w*|syscall_0x1c4)\(.*?(-1, 9|7, 9|0640|0x1a0),/;
		const changes = trace.split("\n").flatMap((line) => change.exec(line)?.[1] ?? []);
		const mode = expect.stringMatching(/^(?:0640|0x1a0)$/);
		expect([status, ...changes, stateOf(data, "f")]).toEqual([0, "-1, 9", mode, "7, 9", "7, 9", "7:9 0640"]);
	});

	it("does not touch a directory that holds what only_if_contents does not expect", async () => {
		const step = { path: "/data", only_if_contents: ["*.rdb", "appendonlydir"] };
		const redis = volume("touch dump.rdb; mkdir appendonlydir; chown -R 7:7 .");
		const home = volume("touch dump.rdb thesis.tex; chown -R 7:7 .");
		const hidden = volume("touch .bashrc; chown -R 7:7 .");
		expect([(await own(step, redis)).status, ownerOf(redis), ownerOf(redis, "dump.rdb")]).toEqual([0, "999:999", "999:999"]);
		const { status, stderr } = await own(step, home);
		expect([status, stderr.split("\n")[0], ownerOf(home), ownerOf(home, "dump.rdb")]).toEqual([
			125,
			'abdicate: error[STEP_FAILED] setup[0] own /data to 999:999 (mismatched): "/data" holds "thesis.tex", which only_if_contents does not expect; nothing was changed',
			"7:7",
			"7:7",
		]);
		expect([(await own(step, hidden)).status, ownerOf(hidden)]).toEqual([125, "7:7"]);
	});

	it("leaves what is excluded and what is mounted inside, unless told", async () => {
		const data = volume("mkdir -p keep/x inner; touch keep/x/f; chown -R 7:7 .");
		const inner = volume("touch f; chown -R 7:7 .");
		const volumes = [`${inner}:/data/inner`];
		const { stderr } = await own({ path: "/data", exclude: "keep" }, data, { volumes });
		const seen = [ownerOf(data), ownerOf(data, "keep"), ownerOf(data, "keep/x/f"), ownerOf(inner), ownerOf(inner, "f")];
		expect([...stepLines(stderr), ...seen]).toEqual([
			"changed  setup[0] own /data to 999:999 (mismatched): 1 of 2 entries re-owned, 1 on other mounts left alone",
			"999:999",
			"7:7",
			"7:7",
			"7:7",
			"7:7",
		]);
		await own({ path: "/data", cross_mounts: true }, data, { volumes });
		expect([ownerOf(data, "keep/x/f"), ownerOf(inner), ownerOf(inner, "f")]).toEqual(["999:999", "999:999", "999:999"]);
	});

	it("stops at max_depth and says so", async () => {
		const data = volume("mkdir -p a/b/c; chown -R 7:7 .");
		const { status, stderr } = await own({ path: "/data", max_depth: 2 }, data);
		expect({ status, stderr: stderr.split("\n")[0] }).toEqual({
			status: 125,
			stderr: 'abdicate: error[STEP_FAILED] setup[0] own /data to 999:999 (mismatched): "/data/a/b" lies deeper than max_depth 2',
		});
	});

	it("expands patterns in the last components and passes over what does not match", async () => {
		const data = volume("mkdir -p one/log two/log three .hidden/log; touch one/log/f; chown -R 7:7 .");
		const { stderr } = await own("/data/*/log", data);
		expect(stepLines(stderr)).toEqual([
			"changed  setup[0] own /data/*/log to 999:999 (mismatched): 2 of 2 entries re-owned; 1 of 1 entries re-owned",
		]);
		expect(["", "one", "one/log", "one/log/f", "two/log", "three", ".hidden/log"].map((name) => ownerOf(data, name))).toEqual([
			"7:7",
			"7:7",
			"999:999",
			"999:999",
			"999:999",
			"7:7",
			"7:7",
		]);
		expect(stepLines((await own("/data/none*", data)).stderr)).toEqual([
			"ok       setup[0] own /data/none* to 999:999 (mismatched): nothing matches",
		]);
	});
});

describe("own and what an attacker left in the volume", () => {
	const look = ["sh", "-c", "stat -c %u:%g /etc/shadow /etc/passwd /etc"];
	const untouched = "0:0\n0:0\n0:0\n";

	it.each(["0:0", "999:999", "4242:4242"])("never follows a link to /etc/shadow that belongs to %s", async (owner) => {
		const data = volume(
			`ln -s /etc/shadow link; mkdir sub; ln -s ../../etc/passwd sub/up; ln -s /etc sub/dir; chown -h ${owner} link sub sub/up sub/dir`,
		);
		const { status, stdout } = await own("/data", data, { command: look });
		expect({ status, stdout }).toEqual({ status: 0, stdout: untouched });
		expect(["link", "sub/up", "sub/dir"].map((name) => ownerOf(data, name))).toEqual(["999:999", "999:999", "999:999"]);
	});

	it.each(["/data/*", "/data/*/shadow", ["/data/?ink", "/data/dir*/passwd"]])(
		"never follows one that the pattern %j finds",
		async (path) => {
			const data = volume("ln -s /etc/shadow link; ln -s /etc dir; chown -h 999:999 . link dir");
			const { status, stdout } = await own(path, data, { command: look });
			expect({ status, stdout }).toEqual({ status: 0, stdout: untouched });
		},
	);

	it.each(["0:0", "999:999"])("refuses a path that is a link of %s", async (owner) => {
		const data = volume(`ln -s /etc/shadow link; chown -h ${owner} link`);
		const { status, stderr } = await own("/data/link", data, { command: look });
		expect({ status, stderr }).toEqual({
			status: 125,
			stderr:
				'abdicate: error[STEP_FAILED] setup[0] own /data/link to 999:999 (mismatched): "/data/link" is a symbolic link, which is not followed\n' +
				(owner === "0:0"
					? '  name the real path: it leads to "/etc/shadow"\n'
					: "  remove it: it is not root's, and who made it would be given what it leads to\n"),
		});
	});

	it("refuses a path through a link that the workload could have made, and names it", async () => {
		for (const script of ["chown 999:999 .; ln -s /etc link", "ln -s /etc link; chown -h 999:999 link", "chmod 1777 .; ln -s /etc link"]) {
			const { status, stderr, stdout } = await own("/data/link/shadow", volume(script), { command: look });
			expect({ status, stdout, stderr: stderr.split("\n")[0] }).toEqual({
				status: 125,
				stdout: "",
				stderr:
					'abdicate: error[STEP_FAILED] setup[0] own /data/link/shadow to 999:999 (mismatched): "/data/link/shadow": /data/link is a symbolic link that is not root\'s alone; it is not followed',
			});
		}
	});

	it("follows a link on the way that is root's alone, as images have them", async () => {
		const data = volume("mkdir real; touch real/f; ln -s real link");
		expect((await own("/data/link/f", data)).status).toBe(0);
		expect([ownerOf(data, "real"), ownerOf(data, "real/f"), ownerOf(data, "link")]).toEqual(["0:0", "999:999", "0:0"]);
	});

	it("leaves a file with another hard link alone, unless told", async () => {
		const data = volume("mkdir d; echo secret > ../outside; ln ../outside d/inside; ln ../outside top; chown 999:999 d");
		const { stderr } = await own(["/data/d", "/data/top"], data);
		expect(stepLines(stderr)).toEqual([
			"ok       setup[0] own /data/d /data/top to 999:999 (mismatched): 0 of 2 entries re-owned, 1 with several links left alone; /data/top is left alone: it has 3 links",
		]);
		expect(ownerOf(join(data, ".."), "outside")).toBe("0:0");
		await own({ path: "/data/d", hard_links: "change" }, data);
		expect(ownerOf(join(data, ".."), "outside")).toBe("999:999");
	});

	it.each(["/", "/etc", "/usr/", "/proc", "/etc/../etc", "/*", "/etc/*", "/var"])("refuses %s before anything is done", async (path) => {
		const { status, stderr } = await own([path], volume("true"));
		expect({ status, code: /error\[(\w+)\]/.exec(stderr)?.[1] }).toEqual({ status: 125, code: "CONFIG_INVALID_VALUE" });
	});

	it("refuses a system directory that a pattern finds", async () => {
		const { status, stderr } = await own("/e*", volume("true"), { command: look });
		expect({ status, stderr: stderr.includes('own "/etc": the directories of the system are not given away') }).toEqual({
			status: 125,
			stderr: true,
		});
	});
});

describe("own when it is refused", () => {
	const caps = { drop: ["CHOWN"] };

	it("names the capability, and how to grant it", async () => {
		const data = volume("touch f; chown 7:7 f");
		const { status, stderr } = await own("/data", data, { caps });
		expect({ status, stderr }).toEqual({
			status: 125,
			stderr:
				'abdicate: error[STEP_FAILED] setup[0] own /data to 999:999 (mismatched): fchownat: EPERM on "/data/f": CAP_CHOWN is not held\n' +
				"  docker run --cap-add CHOWN ...\n  compose: cap_add: [CHOWN]\n",
		});
	});

	it("re-owns set-user-ID files, for which the kernel wants FOWNER too", async () => {
		const data = volume("touch f; chown 7:7 f; chmod 4711 f; chown 999:999 .");
		const { status, stderr } = await own("/data", data, { caps: { drop: ["FOWNER"] } });
		expect({ status, stderr: stderr.split("\n")[0] }).toEqual({
			status: 125,
			stderr:
				'abdicate: error[STEP_FAILED] setup[0] own /data to 999:999 (mismatched): fchownat: EPERM on "/data/f": CAP_FOWNER is not held',
		});
		expect([(await own("/data", data)).status, stateOf(data, "f")]).toEqual([0, "999:999 0711"]);
	});

	it("is content when the user can read and write all the same", async () => {
		const data = volume("mkdir d; touch d/f; chown -R 7:999 .; chmod 775 . d; chmod 664 d/f");
		const { status, stderr } = await own("/data", data, { caps });
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			'ok       setup[0] own /data to 999:999 (mismatched): EPERM on "/data/d/f and 1 more of 3", but the user can read and write there',
		]);
	});

	it("is not content when one of them cannot be written", async () => {
		const data = volume("touch a b; chown -R 7:999 .; chmod 775 .; chmod 664 a; chmod 644 b");
		expect((await own("/data", data, { caps })).status).toBe(125);
	});

	it("does without any capability when all is right", async () => {
		const data = volume("touch f; chown -R 999:999 .");
		const { status, stderr } = await own("/data", data, { caps });
		expect([status, ...stepLines(stderr)]).toEqual([0, "ok       setup[0] own /data to 999:999 (mismatched): 0 of 2 entries re-owned"]);
	});

	it("names the capability to look into a directory of somebody else", async () => {
		const data = volume("mkdir d; chown 7:7 d; chmod 700 d; chown 999:999 .");
		const { status, stderr } = await own("/data", data, { caps: { drop: ["DAC_OVERRIDE"] } });
		expect({ status, stderr: stderr.split("\n")[0] }).toEqual({
			status: 125,
			stderr:
				'abdicate: error[STEP_FAILED] setup[0] own /data to 999:999 (mismatched): openat: EACCES on "/data/d": CAP_DAC_READ_SEARCH (or CAP_DAC_OVERRIDE) is not held: uid 0 (groups 0) may not read "/data/d", which is of 7:7 with mode 0700',
		});
	});

	it("does not take a directory that it may not look into for an empty one", async () => {
		const data = volume("mkdir d; touch d/f; chown -R 7:7 d; chmod 700 d");
		const refused = await own("/data/d/*", data, { caps: { drop: ["DAC_OVERRIDE"] } });
		const empty = await own("/data/d/*.log", data);
		expect([refused.status, /open: .*/.exec(refused.stderr)?.[0], ...stepLines(empty.stderr)]).toEqual([
			125,
			'open: EACCES on "/data/d": CAP_DAC_READ_SEARCH (or CAP_DAC_OVERRIDE) is not held: uid 0 (groups 0) may not read "/data/d", which is of 7:7 with mode 0700',
			"ok       setup[0] own /data/d/*.log to 999:999 (mismatched): nothing matches",
		]);
	});

	it("says that the volume is mounted read-only", async () => {
		const data = volume("touch f; chown 7:7 f; chmod 777 .; chmod 600 f");
		const { status, stderr } = await runHouse({
			image: busybox,
			config: { user: "redis", setup: [{ own: "/data" }] },
			args: ["--", "true"],
			volumes: [`${data}:/data:ro`],
		});
		expect({ status, stderr }).toEqual({
			status: 125,
			stderr:
				'abdicate: error[STEP_FAILED] setup[0] own /data to 999:999 (mismatched): fchownat: EROFS on "/data/f": the file system is mounted read-only\n' +
				"  mount it writable (no :ro, no readOnly: true), or leave this step out\n",
		});
	});

	it("says that there is nothing", async () => {
		const { status, stderr } = await own("/data/absent", volume("true"));
		expect({ status, stderr }).toEqual({
			status: 125,
			stderr:
				'abdicate: error[STEP_FAILED] setup[0] own /data/absent to 999:999 (mismatched): open: ENOENT on "/data/absent": it does not exist\n  make it first: - mkdir: /data/absent\n',
		});
	});
});
