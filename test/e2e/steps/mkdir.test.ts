import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

function mkdir(step: unknown, data: string, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		config: { user: "app", setup: [{ mkdir: step }] },
		args: ["-v", "--", "true"],
		volumes: [`${data}:/data`],
		...more,
	});
}

describe("mkdir", () => {
	it("makes what is missing, parents for root, and finds it right the second time", async () => {
		const data = volume("mkdir old; chown 7:7 old; chmod 711 old");
		const first = await mkdir("/data/old/a/b", data);
		const second = await mkdir("/data/old/a/b", data);
		expect([...stepLines(first.stderr), ...stepLines(second.stderr)]).toEqual([
			"changed  setup[0] mkdir /data/old/a/b mode 0755 owner 1000:1000: made or corrected /data/old/a/b",
			"ok       setup[0] mkdir /data/old/a/b mode 0755 owner 1000:1000: already there",
		]);
		expect(["old", "old/a", "old/a/b"].map((name) => stateOf(data, name))).toEqual(["7:7 0711", "0:0 0755", "1000:1000 0755"]);
	});

	it.each(["0077", "0000"])("gives exactly the modes written, whatever the umask: %s", async (umask) => {
		const data = volume("true");
		const { status } = await mkdir({ path: ["/data/a/b", "/data/c"], mode: "3775", parents_mode: "0711" }, data, {
			entrypoint: "/bin/sh",
			args: ["-c", `umask ${umask}; exec /abdicate -- true`],
		});
		expect([status, ...["a", "a/b", "c"].map((name) => stateOf(data, name))]).toEqual([0, "0:0 0711", "1000:1000 3775", "1000:1000 3775"]);
	});

	it("corrects mode and owner of the last component alone", async () => {
		const data = volume("mkdir -p a/b; touch a/b/f; chown -R 7:7 a; chmod 700 a a/b");
		expect((await mkdir({ path: "/data/a/b", mode: "2750", owner: "redis", group: "video" }, data)).status).toBe(0);
		expect(["a", "a/b", "a/b/f"].map((name) => stateOf(data, name))).toEqual(["7:7 0700", "999:44 2750", "7:7 0644"]);
	});

	it("keeps the setgid bit of a directory above as far as the mode written allows", async () => {
		const data = volume("mkdir shared; chown 7:4242 shared; chmod 2775 shared");
		expect((await mkdir({ path: "/data/shared/x", mode: "2770", group: "keep" }, data)).status).toBe(0);
		expect((await mkdir({ path: "/data/shared/y", mode: "0770", group: "keep" }, data)).status).toBe(0);
		expect([stateOf(data, "shared/x"), stateOf(data, "shared/y")]).toEqual(["1000:4242 2770", "1000:4242 0770"]);
	});

	it("reaches what is right already through a directory that is closed to root", async () => {
		const data = volume("mkdir -p home/d; chown -R 1000:1000 home; chmod 700 home");
		const { status, stderr } = await mkdir("/data/home/d", data);
		expect([status, ...stepLines(stderr)]).toEqual([0, "ok       setup[0] mkdir /data/home/d mode 0755 owner 1000:1000: already there"]);
	});

	it("names the link that leads nowhere, where the start is not root's, and not who may write beside it", async () => {
		const data = volume("chown 7:7 .; ln -s /gone link");
		const asUser = { user: "1000:1000", caps: { drop: ["ALL"] } };
		const { status, stderr } = await mkdir("/data/link/x", data, asUser);
		expect([status, stderr.split("\n").find((line) => line.includes("error["))]).toEqual([
			125,
			'abdicate: error[STEP_FAILED] setup[0] mkdir /data/link/x mode 0755 owner 1000:1000: "/data/link/x": /data/link is a symbolic link that is not root\'s alone; it is not followed',
		]);
	});

	it("follows a link that is root's alone", async () => {
		const data = volume("mkdir run; ln -s run link");
		expect((await mkdir("/data/link/app", data)).status).toBe(0);
		expect(stateOf(data, "run/app")).toBe("1000:1000 0755");
	});
});

describe("mkdir when something is wrong", () => {
	it.each([
		["the user's directory", "chown 1000:1000 .; ln -s /data2 link"],
		["everybody's directory", "chmod 1777 .; ln -s /data2 link"],
		["the user's link", "ln -s /data2 link; chown -h 1000:1000 link"],
	])("does not follow a link in or of %s", async (_, script) => {
		const outside = volume("true");
		for (const path of ["/data/link/x", "/data/link"]) {
			const { status, stderr } = await mkdir(path, volume(script), { volumes: [`${volume(script)}:/data`, `${outside}:/data2`] });
			expect({ status, stderr: stderr.includes("/data/link is a symbolic link that is not root's alone") }).toEqual({
				status: 125,
				stderr: true,
			});
		}
		expect([existsSync(join(outside, "x")), stateOf(outside)]).toEqual([false, "0:0 0755"]);
	});

	it("says that a file is in the way, and leaves it", async () => {
		const data = volume("touch f");
		for (const path of ["/data/f", "/data/f/x"]) {
			const { status, stderr } = await mkdir(path, data);
			expect({ status, stderr: stderr.trim() }).toEqual({
				status: 125,
				stderr: `abdicate: error[STEP_FAILED] setup[0] mkdir ${path} mode 0755 owner 1000:1000: "${path}" or something on the way to it is there and is not a directory`,
			});
		}
		expect(stateOf(data, "f")).toBe("0:0 0644");
	});

	it("needs CHOWN for a new directory, and says so before it makes one", async () => {
		const data = volume("true");
		const { status, stderr } = await mkdir("/data/x", data, { caps: { drop: ["CHOWN"] } });
		expect({ status, stderr: stderr.split("\n")[0], made: existsSync(join(data, "x")) }).toEqual({
			status: 125,
			stderr:
				"abdicate: error[CAPABILITY_MISSING] setup[0] mkdir /data/x mode 0755 owner 1000:1000: CHOWN is not held, needed to give /data/x its owner",
			made: false,
		});
	});

	it("does not leave the setgid bit out in silence", async () => {
		const data = volume("mkdir d; chown 0:4242 d");
		const { status, stderr } = await mkdir({ path: "/data/d", mode: "2755", owner: "keep", group: "keep" }, data, {
			caps: { drop: ["FSETID"] },
		});
		expect({ status, stderr: stderr.includes("the setgid bit was not set: CAP_FSETID is not held") }).toEqual({
			status: 125,
			stderr: true,
		});
	});

	const caps = { drop: ["CHOWN", "FOWNER"] };

	it.each<[string, string, object, Partial<ContainerOptions>]>([
		["without the capabilities", "chown 7:1000 d; chmod 0770 d", { mode: "0775" }, { caps }],
		["as the user", "chown 7:1000 d; chmod 0770 d", { mode: "0775" }, { user: "1000:1000" }],
		["with the owner that it has", "chown 7:1000 d; chmod 0770 d", { mode: "0775", owner: "keep", group: "keep" }, { caps }],
		["to be read alone", "chown 7:1000 d; chmod 0550 d", { mode: "0550" }, { caps }],
		["more guarded than was wanted", "chown 7:1000 d; chmod 1770 d", { mode: "0770" }, { caps }],
	])("is content with a directory that the user can use and that nobody gets more from: %s", async (_, script, step, start) => {
		const data = volume(`mkdir d; ${script}`);
		const before = stateOf(data, "d");
		const { status, stderr } = await mkdir({ path: "/data/d", ...step }, data, start);
		expect([status, stepLines(stderr).map((line) => line.split(": ").at(-1)), stateOf(data, "d")]).toEqual([
			0,
			["/data/d may not be changed, but the user can use it"],
			before,
		]);
	});

	it.each<[string, string, object, string?]>([
		["gives others more", "chown 7:1000 d; chmod 0777 d", { mode: "0700" }],
		["lets everybody remove what is another's", "chown 7:1000 d; chmod 0777 d", { mode: "1777" }],
		["hands its group on", "chown 7:1000 d; chmod 2770 d", { mode: "0770" }],
		["is closed to the user", "chown 7:7 d; chmod 0770 d", { mode: "0775" }, "fchownat: EPERM, CAP_CHOWN"],
	])("names the capability when a directory that it may not change %s", async (_, script, step, expected = "fchmod: EPERM, CAP_FOWNER") => {
		const data = volume(`mkdir d; ${script}`);
		const before = stateOf(data, "d");
		const { status, stderr } = await mkdir({ path: "/data/d", ...step }, data, { caps });
		const [, call, capability] = /(\w+: EPERM) on "\/data\/d": (\w+) is not held/.exec(stderr) ?? [];
		expect([status, `${call}, ${capability}`, stateOf(data, "d")]).toEqual([125, expected, before]);
	});

	it("says that the file system is read-only, unless there is nothing to do", async () => {
		const data = volume("mkdir d; chown 1000:1000 d");
		const flags = ["--read-only"];
		expect((await mkdir("/data/d", data, { volumes: [`${data}:/data:ro`], flags })).status).toBe(0);
		const { status, stderr } = await mkdir("/data/e", data, { volumes: [`${data}:/data:ro`], flags });
		expect({ status, stderr: stderr.includes('"/data/e" cannot be made: the file system is mounted read-only') }).toEqual({
			status: 125,
			stderr: true,
		});
	});
});
