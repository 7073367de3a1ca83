import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/**
 * The workload of an earlier start, which had the whole volume, leaves something at the path that the next start opens to its workload:
 * `arranged` in /data. What is tried then is to read a secret of the image's that only root's modes, and here the wall, keep closed.
 */
const start = (arranged: string, landlock: string, act: string) => `
	mkdir -p /etc/secrets; echo hidden >/etc/secrets/key; chmod 755 /etc/secrets; chmod 644 /etc/secrets/key
	app sh -c '${arranged}'
	config <<< '{user: app, landlock: ${landlock}}'
	/abdicate -- bash -c '${act}' 2>/tmp/told || echo "status $?"
`;

/** A careless wall: its paths are opened by their names, as root, links and all. The descriptor is inherited, and so is what it leads to. */
const careless = (arranged: string, path: string) => `
	mkdir -p /etc/secrets; echo hidden >/etc/secrets/key; chmod 755 /etc/secrets; chmod 644 /etc/secrets/key
	app sh -c '${arranged}'
	python3 - <<-'END'
	import ctypes, os, struct
	call = ctypes.CDLL(None, use_errno=True).syscall
	ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
	ruleset = call(444, struct.pack("QQQ", 1 << 2 | 1 << 3, 0, 0), 24, 0)
	rule = lambda path, rights: call(445, ruleset, 1, struct.pack("=Qi", rights, os.open(path, os.O_PATH)), 0)
	rule("${path}", 1 << 2 | (1 << 3 if os.path.isdir("${path}") else 0))
	call(446, ruleset, 0)
	try: print(open("/etc/secrets/key").read(), end="")
	except PermissionError: print("closed")
	END
`;

const read = "read -r line </etc/secrets/key && echo $line";

describe("rule 9.11: no path of landlock is shaped by the workload", () => {
	it.each([
		["a link in place of its directory", "ln -s / /data/sub", "/data/sub"],
		["a link above it", "ln -s /etc /data/sub", "/data/sub/secrets"],
		["a link in place of its file", "ln -s /etc/secrets/key /data/file", "/data/file"],
		["a link to a link of root's", "ln -s /proc/self/root /data/sub", "/data/sub/etc"],
	])("%s", async (_, arranged, path) => {
		expect(await inHouse(careless(arranged, path))).toMatchObject({ status: 0, stdout: "hidden\n" });
		for (const key of ["read", "write", "execute"]) {
			const { stdout } = await inHouse(`${start(arranged, `{${key}: ["${path}"]}`, read)} cat /tmp/told`);
			expect(stdout.split("\n").slice(0, 2)).toEqual(["status 125", expect.stringContaining("error[LANDLOCK_RULE]")]);
			expect(stdout).toMatch(/ is a symbolic link that is not root's alone; it is not followed/);
		}
	});

	it("a directory of root's with a link in it, moved to where the path leads", async () => {
		const moved = "mv /data/made /data/sub";
		const made = "mkdir /data/made; ln -s /etc/secrets /data/made/out; chmod 755 /data/made;";
		expect(await inHouse(`${made} ${careless(moved, "/data/sub/out")}`)).toMatchObject({ status: 0, stdout: "hidden\n" });
		const { stdout } = await inHouse(`${made} ${start(moved, '{read: ["/data/sub/out"]}', read)} cat /tmp/told`);
		expect(stdout).toMatch(/^status 125\n.*error\[LANDLOCK_RULE\].*\/data\/sub\/out is a symbolic link that is not root's alone/);
	});

	it.each(["/data/open/file", "/data/file"])("another name of a file that lies elsewhere: %s", async (path) => {
		const both = `mkdir -p /data/open /data/closed; echo hidden >/data/closed/key; ln /data/closed/key ${path}`;
		const act = "read -r line </data/closed/key && echo $line";
		const naive = careless(both, path).replace('/etc/secrets/key").read', '/data/closed/key").read');
		expect(await inHouse(naive)).toMatchObject({ status: 0, stdout: "hidden\n" });
		const { stdout } = await inHouse(`${start(both, `{read: ["${path}"]}`, act)} cat /tmp/told`);
		expect(stdout).toBe(
			`status 125\nabdicate: error[DROP_FAILED] drop landlock: "${path}" has a second name, and somebody other than root could have given it this one\n  let root own its directory\n`,
		);
	});

	it("is opened where it is what it says", async () => {
		const plain = "mkdir -p /data/sub; echo mine >/data/sub/file; echo single >/data/file";
		const act =
			"read -r line </data/sub/file && echo $line; read -r line </data/file && echo $line; read -r line </etc/secrets/key || echo closed";
		const { stdout } = await inHouse(start(plain, '{read: ["/data/sub", "/data/file"]}', act));
		expect(stdout).toBe("mine\nsingle\nclosed\n");
	});
});

describe("behind the wall", () => {
	it("nothing is widened by what is done there: links, renames, mounts, another wall, the loader", async () => {
		const act = [
			"ln -s /etc/secrets /data/link; read -r line </data/link/key || echo link",
			"mv /etc/secrets /data/moved 2>/dev/null || echo moved",
			"ln /etc/secrets/key /data/hard 2>/dev/null || echo hard",
			"read -r line </proc/self/root/etc/secrets/key || echo proc",
			"read -r line </proc/1/root/etc/secrets/key || echo init",
			"cd /etc/secrets && read -r line <key || echo directory",
			"/lib64/ld-linux-x86-64.so.2 /usr/bin/cat /etc/secrets/key || echo loader",
		].join("; ");
		const { stdout } = await inHouse(start(": ", '{write: ["/data"]}', `exec 2>/dev/null; ${act}`));
		expect(stdout).toBe("link\nmoved\nhard\nproc\ninit\ndirectory\nloader\n");
	});

	it("a descriptor that was open before the wall is the start's, and none of those that a step had", async () => {
		const { stdout } = await inHouse(`
			echo hidden >/etc/secret; chmod 600 /etc/secret
			config <<< '{user: app, setup: [{file: {path: /run/a, from: /etc/secret}}], landlock: {write: [/tmp]}}'
			exec 7</etc/secret
			/abdicate -- bash -c 'echo /proc/self/fd/*; read -r line <&7' 2>/dev/null || echo closed
		`);
		expect(stdout).toMatch(/^\/proc\/self\/fd\/0 \/proc\/self\/fd\/1 \/proc\/self\/fd\/2( \/proc\/self\/fd\/3)?\nclosed\n$/);
	});
});
