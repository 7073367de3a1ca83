import { describe, expect, it } from "vitest";
import { inHouse, rounds } from "./harness/house.ts";

/** A directory of root's on the workload's volume, as `copy owner: keep` or an older program leaves one, with what the workload cannot take away. */
const treasure = "mkdir -m 700 /data/kept; echo of root >/data/kept/file";

describe("an older directory of root's under the name of a stage", () => {
	it("control: who removes what is root's and has the right name removes it", async () => {
		const { stdout } = await inHouse(`
			${treasure}
			app rm -rf /data/kept 2>/dev/null && echo removed by the workload
			app mv /data/kept /data/.stage-1
			for each in /data/.stage-*; do [ "$(stat -c %u $each)" = 0 ] && rm -rf $each; done
			find /data -mindepth 1 | wc -l
		`);
		expect(stdout).toBe("0\n");
	});

	it.each([
		["a whole copy", ".abdicate-new-1-1-0", "{copy: {from: /seed, to: /data/c}}", 0],
		["a file", ".abdicate-new-1-1-0", "{file: {path: /data/c, content: x}}", 0],
		["a device", ".abdicate-new-1-1-0", "{device: {path: /data/c, major: 1, minor: 5}}", 0],
		["a seeded directory", ".abdicate-copy", "{copy: {from: /seed, to: /data}}", 0],
		["a seeded directory, entry by entry", ".abdicate-copy", "{copy: {from: /seed, to: /data, if: entry-absent}}", 125],
	])("rule 9.3: %s leaves it as it is", async (_, name, step, expected) => {
		const { stdout } = await inHouse(`
			${treasure}; mkdir /seed; touch /seed/f
			app mv /data/kept /data/${name}
			config <<< '{user: app, setup: [${step}]}'
			set +e; /abdicate -- true 2>/dev/null; echo $?
			cat /data/${name}/file
		`);
		expect(stdout).toBe(`${expected}\nof root\n`);
	});

	it("rule 9.3: what a killed run has left is known from within, and removed", async () => {
		const { stdout } = await inHouse(`
			mkdir /seed; echo x >/seed/f
			for name in .abdicate-new-1-1-0 .abdicate-copy; do
				mkdir -m 700 /data/$name; mkdir /data/$name/.abdicate-new-stage; mkdir -p /data/$name/a/b; touch /data/$name/a/b/c
			done
			config <<< '{user: app, setup: [{copy: {from: /seed, to: /data}}]}'
			/abdicate -- find /data -mindepth 1
		`);
		expect(stdout).toBe("/data/f\n");
	});
});

/**
 * Puts a directory or a file of its own in the place of each new one in /data as soon as that is seen, and watches what is made in it. Leaves how often
 * it could exchange one, and how often something was made in its own.
 */
const swapper = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
fd = libc.inotify_init1(0)
CREATED = 0x100 | 0x80
# A file when it gets its owner, which is later than it was first looked at.
data = libc.inotify_add_watch(fd, b"/data", 0x4 | 0x2 if sys.argv[2] == "file" else 0x100)
seen = caught = made = 0
def prepare():
    global made
    made += 1
    if sys.argv[2] == "file":
        open("/data/mine-%d" % made, "w").write("wrong")
        return
    os.mkdir("/data/mine-%d" % made)
    os.chmod("/data/mine-%d" % made, 0o777)
    libc.inotify_add_watch(fd, b"/data/mine-%d" % made, CREATED)
prepare()
print("ready", flush=True)
while True:
    events = os.read(fd, 65536)
    while events:
        watch, mask, _, length = struct.unpack("iIII", events[:16])
        name = events[16:16 + length].rstrip(b"\\0")
        events = events[16 + length:]
        if watch != data:
            caught += mask & CREATED != 0
        elif name.startswith(sys.argv[1].encode()):
            if libc.renameat2(-100, b"/data/" + name, -100, b"/data/mine-%d" % made, 2) == 0:
                seen += 1
                prepare()
        open("/tmp/count", "w").write("%d %d" % (seen, caught))
`;

function race(prefix: string, kind: "directory" | "file", victim: string, tries: number): string {
	return `
		set +e
		cat >/tmp/swapper.py <<'END'
${swapper}
END
		app python3 /tmp/swapper.py ${prefix} ${kind} >/tmp/said &
		until grep -q ready /tmp/said; do :; done
		cd /data
		for round in $(seq ${tries}); do
			${victim}
		done
		cat /tmp/count
	`;
}

describe("a stage that is exchanged for the workload's own directory while it is made", () => {
	it("control: who trusts the name puts a file of root's into it", async () => {
		const { stdout } = await inHouse(
			race(
				".stage",
				"directory",
				`mkdir -m 700 .stage-$round
				for each in $(seq 5000); do [ -O .stage-$round ] || break; done
				cp -p /etc/shadow .stage-$round/shadow; mv .stage-$round/shadow placed-$round`,
				3,
			),
		);
		const [windows = 0, caught = 0] = stdout.split(" ").map(Number);
		expect([windows > 0, caught > 0]).toEqual([true, true]);
	});

	it("rule 9.3: is not used, and nothing is made in it", async () => {
		const { stdout } = await inHouse(
			`mkdir /seed; echo of root >/seed/f
			config <<< '{user: app, setup: [{copy: {from: /seed, to: /data/c, owner: root, group: 0}}, {device: {path: /data/d, major: 1, minor: 5}}]}'
			${race(".abdicate-new", "directory", "/abdicate -- true 2>/dev/null; rm -rf c d", rounds(20))}`,
			{ seconds: 120 },
		);
		const [windows = 0, caught = -1] = stdout.split(" ").map(Number);
		console.log(`exchanged ${windows} stages`);
		expect([windows > 0, caught]).toEqual([true, 0]);
	}, 120_000);
});

describe("a file that is exchanged for the workload's own before it gets its name", () => {
	it("control: who renames by name alone gives the name to the other file", async () => {
		const { stdout } = await inHouse(
			race(
				".new",
				"file",
				`echo right >.new-$round; for each in $(seq 5000); do [ -O .new-$round ] || break; done; mv -f .new-$round conf
				grep -q wrong conf && echo caught`,
				3,
			),
		);
		expect(stdout.split("\n")[0]).toBe("caught");
	});

	it("rule 9.3: never has the name when the step says that it is done", async () => {
		const { stdout } = await inHouse(
			`config <<< '{user: app, setup: [{file: {path: /data/conf, content: right, if: always}}]}'
			${race(".abdicate-new", "file", '/abdicate -- true 2>/dev/null && [ "$(cat conf)" != right ] && echo caught', rounds(30))}`,
			{ seconds: 120 },
		);
		const lines = stdout.split("\n");
		const windows = Number(lines.at(-1)?.split(" ")[0]);
		console.log(`exchanged ${windows} files`);
		expect([windows > 0, lines.slice(0, -1)]).toEqual([true, []]);
	}, 120_000);
});

describe("a second name of what is root's", () => {
	/** As it is where fs.protected_hardlinks is off, and as root's own programs make them. */
	const linked = `
		mkdir /srv/private; mkfifo -m 600 /srv/private/pipe; mknod -m 600 /srv/private/zero c 1 5; ln -s nowhere /srv/private/link
		python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/srv/private/socket")'
		mv /srv/private /data/private
		for each in pipe zero link socket; do ln -P /data/private/$each /data/$each; done
	`;

	it("control: chown follows every name", async () => {
		const { stdout } = await inHouse(`
			${linked}
			find /data -maxdepth 1 -mindepth 1 ! -type d -exec chown -h app {} +
			stat -c '%n %u' /data/private/*
		`);
		expect(stdout).toBe("/data/private/link 1000\n/data/private/pipe 1000\n/data/private/socket 1000\n/data/private/zero 1000\n");
	});

	it("rule 9.3: is left alone by own and chmod, in a tree and alone, unless it is said", async () => {
		const { stdout, stderr } = await inHouse(`
			${linked}
			show() { stat -c '%n %u %a' /data/private/*; }
			config <<'END'
user: app
setup:
  - own: {path: /data, exclude: [private]}
  - own: /data/pipe
  - chmod: {path: [/data/zero, /data/socket], mode: 666}
END
			/abdicate -v -- true 2>&1 | sed -n 's/.*left alone/left alone/p'
			show
			config <<< '{user: app, setup: [{own: {path: /data, exclude: [private], hard_links: change}}]}'
			/abdicate -- true
			stat -c '%u' /data/private/*
		`);
		expect([stderr, stdout.split("\n")]).toEqual([
			"",
			[
				"left alone",
				"left alone: it has 2 links",
				"left alone: it has 2 links",
				"/data/private/link 0 777",
				"/data/private/pipe 0 600",
				"/data/private/socket 0 755",
				"/data/private/zero 0 600",
				...Array(4).fill("1000"),
				"",
			],
		]);
	});
});

describe("a file that somebody else may hold open", () => {
	const held = `
		app sh -c 'printf right >/data/conf; chmod 600 /data/conf'
		app sh -c 'exec 8<>/data/conf; touch /tmp/held; until [ -e /tmp/go ]; do :; done; printf wrong >&8; touch /tmp/gone' &
		until [ -e /tmp/held ]; do :; done
	`;

	it("control: a new owner does not take the descriptor back", async () => {
		const { stdout } = await inHouse(`
			${held}
			chown 0:0 /data/conf; chmod 600 /data/conf
			touch /tmp/go; until [ -e /tmp/gone ]; do :; done; cat /data/conf
		`);
		expect(stdout).toBe("wrong");
	});

	it("rule 9.3: is another's by a new file", async () => {
		const { stdout } = await inHouse(`
			${held}
			config <<< '{user: app, setup: [{file: {path: /data/conf, content: right, mode: 600, owner: root, group: 0}}]}'
			/abdicate -- true
			touch /tmp/go; until [ -e /tmp/gone ]; do :; done; cat /data/conf; stat -c ' %u %a' /data/conf
		`);
		expect(stdout).toBe("right 0 600\n");
	});
});
