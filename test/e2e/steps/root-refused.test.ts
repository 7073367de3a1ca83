import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { olderFuse } from "../harness/images.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

/** Steps below /mnt, a mount of the user's that lets in nobody else, root included, as a home on NFS with root squashed does. */
async function start(setup: readonly object[], script = "true", more: object = {}) {
	const data = volume(`chown 1000:1000 .; ${script}`);
	const fuse = {
		target: "/mnt",
		command: ["bindfs", "-f", "/data", "{mountpoint}"],
		options: "default_permissions",
		hand_over: "fusermount",
	};
	const { status, stdout, stderr } = await runHouse({
		image: olderFuse,
		config: { user: "app", setup: [{ fuse }, ...setup], ...more },
		args: ["-v", "--", "sh", "-c", "grep -h -E '^(Uid|Gid|CapEff)' /proc/self/status"],
		volumes: [`${data}:/data`],
		env: { S: "from a variable" },
		caps: { add: ["SYS_ADMIN"] },
		flags: ["--device=/dev/fuse"],
	});
	return { status, stdout, stderr, data, steps: stepLines(stderr).slice(1) };
}

const as = "as uid 1000, because the file system does not let root in";

describe("a file system that refuses root", () => {
	it("is worked with as the user", async () => {
		const { status, stderr, stdout, steps, data } = await start(
			[
				{ mkdir: { path: "/mnt/a/b", mode: "0750" } },
				{ file: { path: "/mnt/f", content: "x", mode: "0640" } },
				{ file: { path: "/mnt/f", content: "x", mode: "0640" } },
				{ file: { path: "/mnt/f", append_line: "y" } },
				{ file: { path: "/mnt/of-root", from: "/etc/shadow-", mode: "0600" } },
				{ secret: { from: { env: "S" }, path: "/mnt/s", on_disk: "allow" } },
				{ copy: { from: "/etc/skel", to: "/mnt/skel" } },
				{ link: { path: "/mnt/l", to: "f" } },
				{ chmod: { path: "/mnt/old/*", mode: "0600" } },
				{ remove: { path: "/mnt/old", recursive: true } },
			],
			"mkdir old; touch old/f; chown -R 1000:1000 old; chmod 700 .",
		);
		expect([
			status,
			...steps.map((line) => line.replace(/^(\w+) +setup\[\d+\] (\w+) .*?: (?!f|\/)/, "$1 $2: ").replace(/\d+ entries/, "N entries")),
		]).toEqual([
			0,
			`changed mkdir: made or corrected /mnt/a/b; ${as}`,
			`changed file: made; ${as}`,
			`ok file: already right; ${as}`,
			`changed file: replaced; ${as}`,
			`changed file: made; ${as}`,
			`changed secret: made; ${as}`,
			`changed copy: N entries copied; ${as}`,
			`changed link: made; ${as}`,
			`changed chmod: mode set; ${as}`,
			`changed remove: 1 removed; ${as}`,
		]);
		expect(stderr).not.toContain("error");
		expect(["a", "a/b", "f", "of-root", "s", "skel"].map((name) => stateOf(data, name))).toEqual([
			"1000:1000 0755",
			"1000:1000 0750",
			"1000:1000 0640",
			"1000:1000 0600",
			"1000:1000 0400",
			"1000:1000 0755",
		]);
		expect([readFileSync(join(data, "f"), "utf8"), readFileSync(join(data, "s"), "utf8"), readlinkSync(join(data, "l"))]).toEqual([
			"x\ny\n",
			"from a variable",
			"f",
		]);
		expect(stdout).toBe("Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n");
	});

	it("is passed over in a tree, as any other mount is", async () => {
		const fuse = {
			target: "/data/m",
			command: ["bindfs", "-f", "/etc", "{mountpoint}"],
			options: "default_permissions",
			hand_over: "fusermount",
		};
		const data = volume("mkdir m; touch f");
		const { status, stderr } = await runHouse({
			image: olderFuse,
			config: { user: "app", setup: [{ fuse }, { own: "/data" }] },
			args: ["-v", "--", "true"],
			volumes: [`${data}:/data`],
			caps: { add: ["SYS_ADMIN"] },
			flags: ["--device=/dev/fuse"],
		});
		expect([status, ...stepLines(stderr).slice(1)]).toEqual([
			0,
			"changed  setup[1] own /data to 1000:1000 (mismatched): 2 of 3 entries re-owned, 1 on other mounts left alone",
		]);
	});

	it("is named, and not a security module, where the user may not do it either", async () => {
		const { status, stderr } = await start([{ mkdir: "/mnt/d/e" }], "mkdir -m 700 d");
		expect([status, stderr.slice(stderr.indexOf("abdicate: error"))]).toEqual([
			125,
			'abdicate: error[STEP_FAILED] setup[1] mkdir /mnt/d/e mode 0755 owner 1000:1000: open: EACCES on "/mnt/d/e": the file system (fuse) refused it: there capabilities do not count; as uid 1000 it fails as well: open: EACCES on "/mnt/d/e"\n' +
				"  give the files their owner where they really are, on the server or the host (NFS: or export with no_root_squash)\n" +
				"  or mount it with allow_other, where it lets nobody in but its user\n",
		]);
	});

	it.each<[string, object]>([
		["what is somebody else's", { file: { path: "/mnt/f", content: "x", owner: "root", group: "root" } }],
		["what is root's", { mkdir: { path: "/mnt/d", owner: "nobody" } }],
	])("is not worked with as the user for %s", async (_, step) => {
		const { status, stderr, data } = await start([step]);
		expect([status, /the file system .*/.exec(stderr)?.[0], stateOf(data)]).toEqual([
			125,
			"the file system (fuse) refused it: there capabilities do not count",
			"1000:1000 0755",
		]);
	});

	it("shows the user no more than it sees itself", async () => {
		const secrets = { copy: { from: "/root/private", to: "/mnt/private" } };
		const run = { run: ["sh", "-c", "mkdir -m 700 /root/private; echo secret > /root/private/key"] };
		const links = { file: { path: "/mnt/link/made", content: "x" } };
		const copied = await start([run, secrets]);
		const linked = await start([links], "ln -s /etc link; chown -h 1000:1000 link");
		expect([copied, linked].map(({ status, stderr }) => [status, /as uid 1000 it .*/.exec(stderr)?.[0]])).toEqual([
			[125, expect.stringContaining("as uid 1000 it fails as well: ")],
			[125, expect.stringContaining("/mnt/link is a symbolic link that is not root's alone; it is not followed")],
		]);
	});
});
