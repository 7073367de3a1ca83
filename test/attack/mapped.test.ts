import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** What is the workload's on disk in a volume of a third user's: a program, and a file system. */
const prepare = `
	mknod /dev/loop-control c 10 237; for n in 0 1 2 3 4 5 6 7; do mknod -m 600 /dev/loop$n b 7 $n; done
	mkdir -p /mnt /srv/x /vol; mount -t tmpfs -o mode=777 vol /vol
	app mkdir /vol/own; printf '#!/bin/sh\\nid -u\\n' > /tmp/p; app cp /tmp/p /vol/own/p; app chmod 755 /vol/own/p
	mkdir /data/content; echo evil > /data/content/file; app mke2fs -q -t ext2 -d /data/content /vol/own/disk 256k > /dev/null
`;

/** Mounted as the workload's: what is root's on disk is shown as its own then, and what is its own as root's. */
const mapped = "{mount: {type: bind, source: /vol, target: /mnt, idmap: target, options: ro}}";
const part = "{mount: {type: bind, source: /mnt/own, target: /srv/x}}";
const careless = `[ "$(stat -c %u /srv/x/p)" = 0 ] && [ -z "$(find /srv/x/p -perm /022)" ] && /srv/x/p`;

const attempt = (...steps: readonly string[]) => `
	config <<< '{user: app, setup: [${[mapped, part, ...steps].join(", ")}]}'
	/abdicate -- true || echo "status $?"
`;

describe("rule 9.2: on a mount with mapped ids nobody says whom something belongs to", () => {
	it.each([
		["a program of the workload's is not run as root's", "{run: {command: [/srv/x/p], capabilities: [CHOWN]}}"],
		["nor as a third user's", "{run: {command: [/srv/x/p], user: other}}"],
		["nor where it was mapped", "{run: {command: [/mnt/own/p], capabilities: [CHOWN]}}"],
		[
			"an image that the workload can write is not mounted",
			"{mount: {type: ext2, source: /srv/x/disk, target: /opt, loop: true, options: ro}}",
		],
	])("%s", async (_, step) => {
		const { stdout, stderr } = await inHouse(`${prepare}${attempt(step)}
			# A careless one looks at the owner and the mode.
			config <<< '{user: app, setup: [${mapped}, ${part}, {run: {command: [sh, -c, "${careless.replaceAll('"', '\\"')}"], user: root}}]}'
			/abdicate -- true
		`);
		expect(stdout).toBe("status 125\n0\n");
		expect(stderr).toMatch(
			/error\[STEP_FAILED\] setup\[2\] .*"\/(?:srv\/x|mnt)" lies on tmpfs, mounted with mapped ids, which are not those on disk/,
		);
	});

	it("nor where an overlay shows what lies on one", async () => {
		const overlay = '{mount: {type: overlay, target: /opt, options: ["lowerdir=/srv/x:/srv/none", ro]}}';
		const { stdout, stderr } = await inHouse(`${prepare}
			mkdir /srv/none
			${attempt(overlay, "{run: {command: [/opt/p], capabilities: [CHOWN]}}")}
		`);
		expect(stdout).toBe("status 125\n");
		expect(stderr).toMatch(/"\/opt" lies on overlay, mounted with mapped ids/);
	});

	it("nor a configuration of the workload's by the next start", async () => {
		const { stdout, stderr } = await inHouse(`${prepare}
			printf 'user: root\\ncommand: {default: [id, -u]}\\n' > /tmp/c; app cp /tmp/c /vol/own/c
			config <<< '{user: app, setup: [${mapped}, ${part}]}'
			/abdicate -- true
			stat -c '%u %a' /srv/x /srv/x/c
			/abdicate -c /srv/x/c || echo "status $?"
		`);
		expect(stdout).toBe("0 755\n0 644\nstatus 125\n");
		expect(stderr).toMatch(/error\[CONFIG_UNTRUSTED\] \/srv\/x: the directory "\/srv\/x" lies on tmpfs, mounted with mapped ids/);
	});

	it("while a variable has what the workload may read there", async () => {
		const { stdout } = await inHouse(`${prepare}
			config <<< '{user: app, setup: [${mapped}]}'
			echo of-root > /vol/value; /abdicate -- true
			config <<< '{user: app, env: {from_file: [P]}}'
			P_FILE=/mnt/value /abdicate -- sh -c 'echo $P'
		`);
		expect(stdout).toBe("of-root\n");
	});
});

describe("rule 9.2: what is shown as the workload's is what was named", () => {
	const secret = `
		mkdir -p /data/a/v /data/z/v; chown 1000:1000 /data/a /data/z
		mount -t tmpfs -o uid=7,gid=8,mode=755 v /data/a/v; mount -t tmpfs -o uid=1001,gid=1001,mode=700 w /data/z/v
		echo "of another" > /data/z/v/secret; chown 1001:1001 /data/z/v/secret; chmod 600 /data/z/v/secret
		app mv /data/a /data/b; app mv /data/z /data/a
	`;

	it.each([
		["a bind", "{mount: {type: bind, source: /data/a/v, target: /mnt, idmap: target}}"],
		["a bind of root's, read-only", "{mount: {type: bind, source: /data/a/v, target: /mnt, idmap: root-to-target, options: ro}}"],
	])("%s whose source the workload has moved shows it nothing", async (_, step) => {
		const { stdout, stderr } = await inHouse(`${secret}
			config <<< '{user: app, setup: [${step}]}'
			/abdicate -- cat /mnt/secret || echo "status $?"
			# A careless one maps what it finds there.
			mkdir /fixed; mount --bind /data/a/v /fixed
			config <<< '{user: app, setup: [{mount: {type: bind, source: /fixed, target: /mnt, idmap: target}}]}'
			/abdicate -- cat /mnt/secret
		`);
		expect(stdout).toBe("status 125\nof another\n");
		expect(stderr).toMatch(/"\/data\/a\/v" cannot be shown as another's: somebody else than root can lead its path/);
	});

	it("own maps no volume that the workload can move", async () => {
		const { stderr } = await inHouse(`
			mkdir -p /data/a/v; chown 1000:1000 /data/a; mount -t tmpfs -o uid=7,gid=8 v /data/a/v
			config <<< '{user: app, setup: [{own: {path: /data/a/v, policy: idmap-or-chown}}]}'
			/abdicate -v -- true
		`);
		expect(stderr).toMatch(/not mapped, because somebody else than root can lead its path to another volume: 1 of 1 entries re-owned/);
	});

	it("and neither user nor group is root's", async () => {
		const { stdout, stderr } = await inHouse(`
			mkdir /vol; mount -t tmpfs -o uid=7,gid=8 v /vol
			config <<< '{user: "1000:0", setup: [{mount: {type: bind, source: /vol, target: /mnt, idmap: target}}]}'
			/abdicate -- true || echo "status $?"
			config <<< '{user: "1000:0", setup: [{own: {path: /vol, policy: idmap-or-chown}}]}'
			/abdicate -v -- true
		`);
		expect(stdout).toBe("status 125\n");
		expect(stderr).toMatch(/CONFIG_CONFLICT.*idmap would show what belongs to somebody else as root's group's/);
		expect(stderr).toMatch(/not mapped, because what shall be root's group's is not mapped: 1 of 1 entries re-owned/);
	});
});
