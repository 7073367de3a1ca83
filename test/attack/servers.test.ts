import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

const evil = "user: root\ncommand: {default: [echo, evil]}";

describe("rule 9.2: whom something belongs to is believed only where this kernel itself knows it", () => {
	it("a configuration on FUSE is the daemon's, whatever owner it names", async () => {
		const { status, stdout, stderr } = await inHouse(`
			mkdir /remote; fuse_at /remote '${evil}'
			stat -c '%u %a' /remote /remote/hello
			/abdicate -c /remote/hello || echo "status $?"
			# A careless one looks at the owner and the mode.
			[ "$(stat -c %u /remote/hello)" = 0 ] && [ -z "$(find /remote/hello -perm /022)" ] && cat /remote/hello
		`);
		expect([status, stdout]).toEqual([0, `0 555\n0 555\nstatus 125\n${evil}`]);
		expect(stderr).toMatch(/^abdicate: error\[CONFIG_UNTRUSTED\] \/remote: the directory "\/remote" lies on fuse, where a server says/);
	});

	it("a FUSE daemon that does not answer does not keep a start waiting", async () => {
		const { stdout } = await inHouse(
			`
			mkdir /remote; fuse_at /remote 'x'; kill -STOP $daemon
			config <<< '{user: app, env: {from_file: [P]}, groups: {from_path: [/remote/hello, /remote]}, setup: [{mkdir: /data/d}]}'
			time=$SECONDS
			P_FILE=/remote/hello timeout 20 /abdicate -- true || echo "status $?"
			config <<< '{user: app, groups: {from_path: [/remote]}, setup: [{mkdir: /data/d}]}'
			timeout 20 /abdicate -- echo started
			timeout 20 /abdicate -c /remote/hello || echo "status $?"
			[ $((SECONDS - time)) -lt 3 ] && echo in time
			timeout --signal=KILL 1 cat /remote/hello || echo 'a careless one waits'
			kill -KILL $daemon
		`,
			{ seconds: 60 },
		);
		expect(stdout).toBe("status 125\nstarted\nstatus 125\nin time\na careless one waits\n");
	});

	it("nor does it keep wait_for longer than its time", async () => {
		const { stdout, stderr } = await inHouse(
			`
			mkdir /remote; fuse_at /remote 'x'; kill -STOP $daemon
			config <<< '{user: app, setup: [{wait_for: {file: /remote/hello, unix: /remote/socket, timeout: 200ms}}]}'
			timeout --signal=KILL 20 /abdicate -- true || echo "status $?"
			kill -KILL $daemon
		`,
			{ seconds: 60 },
		);
		expect(stdout).toBe("status 125\n");
		expect(/not there after .*/.exec(stderr)?.[0]).toBe(
			"not there after 200 ms: unix /remote/socket: ETIMEDOUT: nothing answers; file /remote/hello: ETIMEDOUT: nothing answers",
		);
	});

	it("a variable does not get what a FUSE daemon says, nor a group what it names", async () => {
		const { stdout, stderr } = await inHouse(`
			mkdir /remote; fuse_at /remote 'made up'
			config <<< '{user: app, env: {from_file: [P]}}'
			P_FILE=/remote/hello /abdicate -- true || echo "status $?"
			P=$(cat /remote/hello); echo "$P"
		`);
		expect([stdout, stderr]).toEqual([
			"status 125\nmade up\n",
			`abdicate: error[ENVIRONMENT_INVALID] /etc/entrypoint.yaml:1:31 env.from_file[0]: P_FILE: "/remote/hello" lies on fuse, where a server says what is there
    {user: app, env: {from_file: [P]}}
                                  ^
  mount the file itself, or keep it in the image or on a tmpfs
`,
		]);
	});

	it.each([
		["a directory of the workload's", "/data/conf", "mount --bind /data/conf /conf; mount -o remount,ro,bind /conf"],
		[
			"a file of the workload's",
			"/data/conf",
			"touch /conf/c.yaml; mount --bind /data/conf/c.yaml /conf/c.yaml; mount -o remount,ro,bind /conf/c.yaml",
		],
	])("%s that is mounted read-only is not a configuration", async (_, __, bind) => {
		const { stdout, stderr } = await inHouse(`
			app mkdir /data/conf; app sh -c "echo '${evil}' > /data/conf/c.yaml"; mkdir /conf
			${bind}
			/abdicate -c /conf/c.yaml || echo "status $?"
			# A careless one: nobody can write there.
			! touch /conf/c.yaml 2>/dev/null && cat /conf/c.yaml
		`);
		expect(stdout).toBe(`status 125\n${evil}\n`);
		expect(stderr).toMatch(/^abdicate: error\[CONFIG_UNTRUSTED\] \/conf/);
	});

	it("what Kubernetes mounts, and a file of the machine's that is mounted read-only, are", async () => {
		const { stdout, stderr } = await inHouse(`
			mkdir /host /config /elsewhere; mount -t tmpfs -o mode=777 kubelet /host
			mkdir -m 777 /host/..1; echo '{user: app, command: {default: [echo, ConfigMap]}}' > /host/..1/c.yaml; chmod 666 /host/..1/c.yaml
			ln -s ..1 /host/..data; ln -s ..data/c.yaml /host/c.yaml
			mount --bind /host /config; mount -o remount,ro,bind /config; umount /host
			/abdicate -c /config/c.yaml
			mount -t tmpfs machine /host; mkdir /host/home; echo '{user: app, command: {default: [echo, file]}}' > /host/home/c.yaml; chown -R 1000 /host/home
			touch /etc/c.yaml; mount --bind /host/home/c.yaml /etc/c.yaml; mount -o remount,ro,bind /etc/c.yaml
			/abdicate -c /etc/c.yaml || echo "status $?"
			umount /host
			/abdicate -c /etc/c.yaml
		`);
		expect(stdout).toBe("ConfigMap\nstatus 125\nfile\n");
		expect(stderr).toContain(
			'error[CONFIG_UNTRUSTED] /etc/c.yaml: the file "/etc/c.yaml" is mounted read-only, but this container has it writable at another place',
		);
	});

	it.each([
		["a FUSE daemon of root's", "{fuse: {target: /mnt, command: [/hello-fs, '{mountpoint}', /data/disk], user: root}}"],
		["a program that may mount", "{run: {command: [/bin/sh, -c, 'exit 0', --image=/data/disk], capabilities: [SYS_ADMIN]}}"],
	])("%s gets no file system that the workload can change meanwhile", async (_, step) => {
		const { stdout, stderr } = await inHouse(`
			app sh -c 'echo made up > /data/disk'
			config <<< "{user: app, setup: [${step}]}"
			/abdicate -- true || echo "status $?"
			grep -c ' /mnt ' /proc/mounts || true
			# A careless one has it taken for true.
			fuse_at /mnt "$(cat /data/disk)"; cat /mnt/hello
		`);
		expect(stdout).toBe("status 125\n0\nmade up");
		expect(stderr).toContain('"/data/disk" is not mounted with more than the workload has: the workload can write to "/data"');
	});

	it("a FUSE daemon with the workload's own user may have what it likes", async () => {
		const { stdout } = await inHouse(`
			config <<< "{user: app, setup: [{fuse: {target: /mnt, command: [/hello-fs, '{mountpoint}', /data/disk]}}]}"
			app touch /data/disk; /abdicate -- cat /mnt/hello
		`);
		expect(stdout).toBe("/data/disk");
	});

	it("a root program on FUSE is the daemon's, and so is a PATH", async () => {
		const { stdout, stderr } = await inHouse(`
			mkdir /remote; fuse_at /remote '#!/bin/sh
echo evil > /etc/evil'
			[ "$(stat -c '%u %a' /remote/hello)" = '0 555' ]
			for step in '{run: [/remote/hello]}' '{run: [hello]}'; do
				config <<< "{user: app, setup: [$step]}"
				PATH=/remote:$PATH /abdicate -- true || echo "status $?"
			done
			[ -e /etc/evil ] || echo unharmed
			/remote/hello; cat /etc/evil
		`);
		expect(stdout).toBe("status 125\nstatus 125\nunharmed\nevil\n");
		expect(stderr).toContain('"/remote" lies on fuse, where a server says whom it belongs to');
		expect(stderr).toContain('not looked for in "/remote" in PATH: "/remote" lies on fuse');
	});

	it("hooks and programs of a ConfigMap run, whose directory everybody may write to: it is mounted read-only", async () => {
		const { stdout, stderr } = await inHouse(`
			mkdir /host /hooks; mount -t tmpfs -o mode=777 kubelet /host; mkdir -m 777 /host/..1
			printf '#!/bin/sh\necho "hook of $(id -u)"\n' > /host/..1/a; chmod 777 /host/..1/a; ln -s ..1 /host/..data; ln -s ..data/a /host/a
			config <<< '{user: app, setup: [{hooks: {directory: /hooks, user: root}}, {run: [/hooks/a]}]}'
			mount --bind /host /hooks
			/abdicate -- true || echo "writable: $?"
			mount -o remount,ro,bind /hooks
			/abdicate -- true || echo "writable elsewhere: $?"
			umount /host
			/abdicate -- true
		`);
		expect(stdout).toBe("writable: 125\nwritable elsewhere: 125\nhook of 0\nhook of 0\n");
		expect(stderr).toContain("/hooks/a is a symbolic link that is not root's alone; it is not followed");
	});

	it("a condition on a server's answer is asked for when no step runs a program", async () => {
		const { stdout } = await inHouse(`
			mkdir /remote; fuse_at /remote x
			for path in /remote/hello /remote/none; do
				config <<< "{user: app, setup: [{mkdir: {path: /made$path}, when: {exists: $path}}]}"
				/abdicate -- sh -c "[ -d /made$path ] && echo due || echo passed over"
			done
		`);
		expect(stdout).toBe("due\npassed over\n");
	});

	it("a path through /proc is not what it is for the program that runs", async () => {
		const { stdout, stderr } = await inHouse(`
			printf '#!/bin/sh\necho evil of $(id -u)\n' > /data/evil; chmod 755 /data/evil; chown app /data/evil; ln -s /proc/self/cwd /opt/here
			for words in '[/proc/self/cwd/evil]' '[/bin/sh, /proc/self/cwd/evil]' '[/opt/here/evil]' '[evil]'; do
				config <<< "{user: app, setup: [{run: {command: $words, cwd: /data}}]}"
				PATH=/proc/self/cwd:$PATH /abdicate -q -- true || echo "status $?"
			done
			cd /data; PATH=/proc/self/cwd:$PATH evil
		`);
		expect(stdout).toBe(`${"status 125\n".repeat(4)}evil of 0\n`);
		expect(stderr).toContain('"/proc" is /proc, where a path leads every process elsewhere');
	});
});
