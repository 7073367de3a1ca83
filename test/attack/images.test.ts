import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** Devices as a privileged container has them, and two file systems: one of root's, and one whose bytes the workload has chosen. */
const prepare = `
	mknod /dev/loop-control c 10 237; for n in 0 1 2 3 4 5 6 7; do mknod -m 600 /dev/loop$n b 7 $n; done
	mkdir -p /mnt /tmp/good /srv; echo good > /tmp/good/file; mkdir /data/evil; echo evil > /data/evil/file; chown 1000:1000 /data/evil
	mke2fs -q -t ext2 -d /tmp/good /srv/good.img 256k > /dev/null
	app mke2fs -q -t ext2 -d /data/evil /data/evil.img 256k > /dev/null
`;

/** Whether it can be mounted by whoever asks nothing, and what comes of it here; a number of the loop device that is free is not told. */
const both = (source: string) => `
	mount -t ext2 -o loop ${source} /mnt && cat /mnt/file && umount /mnt
	config <<< '{user: app, setup: [{mount: {type: ext2, source: ${source}, target: /mnt, loop: true}}]}'
	/abdicate -- cat /mnt/file || echo "status $?"
`;

describe("rule 9.2: a file system that the workload can write is not mounted", () => {
	it.each([
		["a file of its own", "/data/evil.img", "", "uid 1000|the workload"],
		[
			"its own in place of root's",
			"/data/disk.img",
			"cp /srv/good.img /data/disk.img; app mv -f /data/evil.img /data/disk.img",
			"the workload",
		],
		[
			"root's own in a directory that it can write to",
			"/data/disk.img",
			"cp /data/evil.img /data/disk.img; chown 0:0 /data/disk.img",
			"the workload",
		],
		["a link of its own", "/data/link", "app ln -s evil.img /data/link", "/data/link is a symbolic link that is not root's alone"],
		["a second name of its own file", "/data/second", "app ln /data/evil.img /data/second", "the workload"],
		["a file of its own in a sticky directory", "/tmp/evil.img", "app cp /data/evil.img /tmp/evil.img", "the workload"],
		[
			"root's, which its group may write",
			"/srv/disk.img",
			"cp /data/evil.img /srv/disk.img; chown 0:1000 /srv/disk.img; chmod 660 /srv/disk.img",
			"the workload",
		],
		[
			"root's, which a third user may write",
			"/srv/disk.img",
			"cp /data/evil.img /srv/disk.img; setfacl -m u:1001:rw /srv/disk.img",
			"user 1001",
		],
	])("%s", async (_, source, attack, who) => {
		const { stdout, stderr } = await inHouse(`${prepare}\n${attack}\n${both(source)}`);
		expect(stdout).toBe("evil\nstatus 125\n");
		expect(stderr).toMatch(new RegExp(`error\\[STEP_FAILED\\].*(?:${who})`));
	});

	it("nor one that a FUSE daemon serves as root's", async () => {
		const { stdout, stderr } = await inHouse(`
			${prepare}
			mkdir /remote; fuse_at /remote 'x'
			# A careless one looks at the owner and the mode.
			[ "$(stat -c %u /remote/hello)" = 0 ] && [ -z "$(find /remote/hello -perm /022)" ] && echo trusted
			config <<< '{user: app, setup: [{mount: {type: ext2, source: /remote/hello, target: /mnt, loop: true, options: ro}}]}'
			/abdicate -- true || echo "status $?"
		`);
		expect(stdout).toBe("trusted\nstatus 125\n");
		expect(stderr).toMatch(/"\/remote" lies on fuse, where a server says whom it belongs to/);
	});

	it("nor one whose loop device it can write to", async () => {
		const { stdout, stderr } = await inHouse(`
			${prepare}
			chmod 666 /dev/loop?
			${both("/srv/good.img")}
			config <<< '{user: app, setup: [{mount: {type: ext2, source: /srv/good.img, target: /mnt, loop: true, options: ro}}]}'
			/abdicate -- sh -c 'cat /mnt/file; for n in /dev/loop?; do echo x > $n; done' 2>/dev/null
		`);
		expect([stdout, /"\/dev\/loop\d" is not mounted with more than the workload has: the workload can write to/.test(stderr)]).toEqual([
			"good\nstatus 125\ngood\n",
			true,
		]);
	});

	/** It keeps the image open from when it was its own, and writes into it when it is told to. */
	const keepsOpen = (how: string, place: string) => `
		mkfifo /tmp/opened /tmp/go; chmod 666 /tmp/opened /tmp/go
		app ${how} ${place}/evil.img & writer=$!
		cat /tmp/opened
		config <<< '{user: app, setup: [{own: {path: ${place}, owner: root, group: root, policy: always}},
			{mount: {type: ext2, source: ${place}/evil.img, target: /mnt, loop: true, options: ro}}]}'
	`;
	const writing = `bash -c 'exec 9<>"$0"; echo opened > /tmp/opened; read -r _ < /tmp/go; echo written >&9'`;
	const mapping = `perl -e 'use Fcntl; open(my $f, "+<", $ARGV[0]) or die; my $m = syscall(9, 0, 4096, 3, 1, fileno($f), 0); close($f);
		open(my $o, ">", "/tmp/opened"); print $o "opened\\n"; close($o); open(my $g, "<", "/tmp/go"); <$g>;
		 open(my $d, "+<", "/proc/self/mem"); sysseek($d, $m, 0); syswrite($d, "written\\n")'`;

	it.each([
		["a descriptor", writing, "/data", 'evil.img" is open for writing by another process'],
		["a mapping", mapping, "/data", 'evil.img" is open for writing by another process'],
		["a descriptor in an overlay", writing, "/home/app", 'evil.img" is open for writing by another process'],
		[
			"a mapping in an overlay",
			mapping,
			"/home/app",
			"it lies on an overlay, whose files process \\d+ may have mapped, which is not root's",
		],
	])("nor one that was given to root while it still has it open for writing: by %s", async (_, how, place, why) => {
		const { stdout, stderr } = await inHouse(`
			${prepare}
			[ ${place} = /data ] || { app cp /data/evil.img ${place}; chmod 755 ${place}; }
			${keepsOpen(how, place)}
			/abdicate -- cat /mnt/file || echo "status $?"
			# A careless one sees that it is root's alone.
			[ "$(stat -c %u:%a ${place} ${place}/evil.img | tr '\n' ' ')" = '0:755 0:644 ' ] && mount -t ext2 -o loop,ro ${place}/evil.img /mnt && cat /mnt/file
			echo go > /tmp/go; wait $writer
			head -c 8 ${place}/evil.img; umount /mnt
			# With nobody there any more it is root's.
			/abdicate -- cat /mnt/file
		`);
		expect(stdout).toBe("opened\nstatus 125\nevil\nwritten\nevil\n");
		expect(stderr).toMatch(new RegExp(`error\\[STEP_FAILED\\] setup\\[1\\] .*${why}`));
	});

	it("nor where the kernel does not tell who has it open", async () => {
		const { stdout, stderr } = await inHouse(`
			${prepare}
			config <<< '{user: app, setup: [{mount: {type: ext2, source: /srv/good.img, target: /mnt, loop: true, options: ro}}]}'
			strace -qq -o /tmp/calls -e trace=fcntl /abdicate -- true; call=$(grep -n F_SETLEASE /tmp/calls | head -1 | cut -d: -f1)
			strace -qq -o /dev/null -e trace=fcntl -e inject=fcntl:error=EINVAL:when=$call /abdicate -- true || echo "status $?"
		`);
		expect(stdout).toBe("status 125\n");
		expect(stderr).toContain('"/srv/good.img": whether another process has it open for writing is not to be known: F_SETLEASE: EINVAL');
	});

	it("while two parts of one are mounted writable, by one start", async () => {
		const { stdout, stderr } = await inHouse(`
			${prepare}
			cat /srv/good.img /srv/good.img > /srv/two.img; mkdir /mnt2
			config <<< '{user: app, setup: [{mount: {type: ext2, source: /srv/two.img, target: /mnt, loop: true, size: 256K}},
				{mount: {type: ext2, source: /srv/two.img, target: /mnt2, loop: true, offset: 256K, size: 256K}}]}'
			/abdicate -- cat /mnt/file /mnt2/file
		`);
		expect([stdout, stderr]).toEqual(["good\ngood\n", ""]);
	});

	it("while root's own is", async () => {
		const { stdout } = await inHouse(`${prepare}\n${both("/srv/good.img")}`);
		expect(stdout).toBe("good\ngood\n");
	});
});
