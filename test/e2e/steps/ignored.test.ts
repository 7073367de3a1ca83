import { existsSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { olderFuse } from "../harness/images.ts";
import { ownerOf, stepLines, volume } from "./volume.ts";

/**
 * Steps below /mnt, where a daemon answers that it has changed modes and owners, and changes none: all there is root's and has these
 * permissions.
 */
async function start(permissions: string, setup: readonly object[], script = "true") {
	const ignoring = ["--chown-ignore", "--chmod-ignore", "--force-user=root", "--force-group=root", `--perms=${permissions}`];
	const mounted = {
		fuse: {
			target: "/mnt",
			command: ["bindfs", "-f", ...ignoring, "/data", "{mountpoint}"],
			options: "default_permissions",
			hand_over: "fusermount",
			allow_other: true,
		},
	};
	const data = volume(`chown 1000:1000 .; ${script}`);
	const { status, stdout, stderr } = await runHouse({
		image: olderFuse,
		config: { user: "app", setup: [mounted, ...setup] },
		args: ["-v", "--", "true"],
		volumes: [`${data}:/data`],
		env: { S: "secret" },
		caps: { add: ["SYS_ADMIN"] },
		flags: ["--device=/dev/fuse"],
	});
	const [error] = /"\/mnt[^"]*": the file system .*/.exec(stderr) ?? [stderr];
	return { status, stdout, data, steps: stepLines(stderr).slice(1), error };
}

const open = "0777";
/** Everybody reads, and nobody but root writes. */
const closed = "0644:a+X";

const secret = (mode: string) => ({ secret: { from: { env: "S" }, path: "/mnt/s", mode, on_disk: "allow" } });
const file = (mode: string, more: object = {}) => ({ file: { path: "/mnt/f", content: "x", mode, ...more } });

describe("what a file system ignores", () => {
	it.each<[string, string, object, string]>([
		["a secret", open, secret("0400"), '"/mnt/s": the file system made mode 0400, owner 1000:1000, into mode 0777, owner 0:0'],
		["a secret of many", open, secret("0644"), '"/mnt/s": the file system made mode 0644, owner 1000:1000, into mode 0777, owner 0:0'],
		["a file for a group", open, file("0640"), '"/mnt/f": the file system made mode 0640, owner 1000:1000, into mode 0777, owner 0:0'],
		[
			"a file of somebody else's",
			open,
			file("0644", { owner: "nobody" }),
			'"/mnt/f": the file system made mode 0644, owner 65534:1000, into mode 0777, owner 0:0',
		],
		[
			"a file that the user cannot write",
			closed,
			file("0644"),
			'"/mnt/f": the file system made mode 0644, owner 1000:1000, into mode 0644, owner 0:0',
		],
		[
			"a private directory",
			open,
			{ mkdir: { path: "/mnt/d", mode: "0700" } },
			'"/mnt/d": the file system made mode 0700, owner 1000:1000, into mode 0777, owner 0:0',
		],
		[
			"a directory that the user cannot write to",
			closed,
			{ mkdir: "/mnt/d" },
			'"/mnt/d": the file system made mode 0755, owner 1000:1000, into mode 0755, owner 0:0',
		],
		[
			"a directory above",
			open,
			{ mkdir: { path: "/mnt/p/d", parents_mode: "0710" } },
			'"/mnt/p": the file system made mode 0710, owner 0:0, into mode 0777, owner 0:0',
		],
		[
			"a copy",
			closed,
			{ copy: { from: "/etc/fstab", to: "/mnt/c" } },
			'"/mnt/c": the file system made mode 0644, owner 1000:1000, into mode 0644, owner 0:0',
		],
		[
			"a private copy",
			open,
			{ copy: { from: "/etc/shadow", to: "/mnt/c" } },
			'"/mnt/c": the file system made mode 0640, owner 1000:1000, into mode 0777, owner 0:0',
		],
		[
			"a socket",
			open,
			{ listen: { unix: "/mnt/socket", mode: "0600" } },
			'"/mnt/socket": the file system made mode 0600, owner 1000:1000, into mode 0777, owner 0:0',
		],
		["a tree", closed, { own: "/mnt" }, '"/mnt/in": the file system ignored the change: it is mode 0644, owner 0:0'],
		["one entry", closed, { own: "/mnt/in" }, '"/mnt/in": the file system ignored the change: it is mode 0644, owner 0:0'],
		[
			"modes",
			open,
			{ chmod: { path: "/mnt/in", mode: "0600" } },
			'"/mnt/in": the file system ignored the change: it is mode 0777, owner 0:0',
		],
		[
			"modes in a tree",
			open,
			{ chmod: { path: "/mnt", mode: "go-w", recursive: true } },
			'"/mnt/in": the file system ignored the change: it is mode 0777, owner 0:0',
		],
	])("is an error where the user cannot work with it, or others see more: %s", async (_, permissions, step, expected) => {
		const { status, error, data } = await start(permissions, [step], "touch in; chown 1000:1000 in");
		expect([status, error]).toEqual([125, expected]);
		// A directory that did not become what it shall be is not left.
		expect([ownerOf(data), ...["d", "p"].map((name) => existsSync(join(data, name)))]).toEqual(["1000:1000", false, false]);
	});

	it("is an error in a tree that is copied, before others see a byte of it", async () => {
		const script = "mkdir tree; touch tree/open; echo secret > tree/private; chmod 600 tree/private; chown 1000:1000 tree/*";
		const { status, error, data } = await start(open, [{ copy: { from: "/data/tree", to: "/mnt/c" } }], script);
		const expected = '"/mnt/c/private": the file system made mode 0600, owner 1000:1000, into mode 0777, owner 0:0';
		expect([status, error, readdirSync(data)]).toEqual([125, expected, ["tree"]]);
	});

	it.each<[string, string, (data: string) => object, string]>([
		["own", "fchownat", (data) => ({ own: `${data}/in` }), '"DATA/in": the file system ignored the change: it is mode 0644, owner 0:0'],
		[
			"link",
			"symlinkat",
			(data) => ({ link: { path: `${data}/l`, to: "x" } }),
			'"DATA/l": the file system did not keep the link as it was made',
		],
		["hostname", "sethostname", () => ({ hostname: "other" }), 'the name stayed "HOST", although the kernel answered that it was set'],
	])("is found where a filter answers for the kernel: %s", async (_, call, step, expected) => {
		const data = volume("touch in");
		const { status, stderr } = await runHost({
			config: { user: "1000:1000", setup: [step(data)] },
			args: ["--", "/bin/true"],
			strace: ["-qq", `--trace=${call}`, `--inject=${call}:retval=0`],
		});
		const message = expected.replace("DATA", data).replace("HOST", hostname());
		expect([status, stderr.split("\n")[0]?.slice(-message.length)]).toEqual([125, message]);
	});

	const became = (mode: string) => `the file system made mode ${mode}, owner 1000:1000, into mode 0777, owner 0:0, which the user can use`;

	it("is said where the user can work with it all the same", async () => {
		const { status, steps } = await start(open, [
			file("0644"),
			file("0644"),
			{ mkdir: "/mnt/d" },
			{ mkdir: "/mnt/d" },
			{ copy: { from: "/etc/fstab", to: "/mnt/c" } },
			{ listen: { unix: "/mnt/socket" } },
			{ own: "/mnt/d" },
			{ own: { path: "/mnt", exclude: ["c", "socket"] } },
		]);
		expect([status, ...steps]).toEqual([
			0,
			`changed  setup[1] file /mnt/f from the configuration mode 0644 owner 1000:1000: made; ${became("0644")}`,
			`changed  setup[2] file /mnt/f from the configuration mode 0644 owner 1000:1000: replaced; ${became("0644")}`,
			`changed  setup[3] mkdir /mnt/d mode 0755 owner 1000:1000: made or corrected /mnt/d; /mnt/d: ${became("0755")}`,
			`ok       setup[4] mkdir /mnt/d mode 0755 owner 1000:1000: /mnt/d may not be changed, but the user can use it; /mnt/d: ${became("0755")}`,
			`changed  setup[5] copy /etc/fstab to /mnt/c owner 1000:1000 (if absent): 1 entries copied; ${became("0644")}`,
			"changed  setup[6] listen listen on unix /mnt/socket: 1 open",
			'ok       setup[7] own /mnt/d to 1000:1000 (mismatched): the file system ignored the change of "/mnt/d", but the user can read and write there',
			'ok       setup[8] own /mnt to 1000:1000 (mismatched): the file system ignored the change of "/mnt/f and 1 more of 3", but the user can read and write there',
		]);
	});
});
