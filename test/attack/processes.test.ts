import { expect, it } from "vitest";
import { inHouse, rounds } from "./harness/house.ts";

/**
 * A step that leaves a process of root in a session of its own, which no signal to the step's group would reach, and then does what it
 * is told. `beside` is what the workload finds of it, after a word that it was there.
 */
const lurking = `
	mkdir /opt/hooks /mnt/point
	cp /bin/sleep /opt/lurker
	echo '#!/bin/bash
		setsid bash -c "setsid /opt/lurker 60 & exit" &
		until pgrep -x lurker >/dev/null; do :; done
		echo seen >/run/seen
		eval "$1"' >/opt/step
	echo '#!/bin/bash
		/opt/step "exit 3"' >/opt/hooks/hook
	chmod 755 /opt/step /opt/hooks/hook
	beside='cat /run/seen; pgrep -x lurker | wc -l'
`;

/** The message alone, without pids. */
function told(stderr: string): string {
	const text =
		/^abdicate: (?:warning: |(?:warning|error)\[\w+\] )setup\[0\] .*?: (.*?)(?:: by the kernel for want .*)?\n(?: {2}.*\n)*$/.exec(
			stderr,
		)?.[1] ?? stderr;
	return text.replaceAll(/\(\d+\)/g, "(N)");
}

it.each([
	[
		"whose time is over",
		'run: {command: [/opt/step, "sleep 60"], capabilities: [SYS_ADMIN], timeout: 800ms}',
		'"/opt/step" was stopped after 800 ms',
	],
	["that fails", 'run: {command: [/opt/step, "exit 3"], capabilities: [SYS_ADMIN]}', '"/opt/step" exited 3'],
	["that is killed", 'run: {command: [/opt/step, "kill -9 $$$$"], capabilities: [SYS_ADMIN]}', '"/opt/step" was ended by SIGKILL'],
	["of hooks that fails", "hooks: {directory: /opt/hooks, user: root, capabilities: [SYS_ADMIN]}", '"/opt/hooks/hook" exited 3'],
	[
		"whose daemon of FUSE fails",
		'fuse: {target: /mnt/point, command: [/opt/step, "exit 3", "{mountpoint}"], user: root}',
		'"/opt/step" does not serve "/mnt/point": it exited 3',
	],
	[
		"that ends well and did not say that it leaves something",
		'run: {command: [/opt/step, "exit 0"], capabilities: [SYS_ADMIN]}',
		'"/opt/step" left running what was ended: lurker (N); run with background: true lets it stay',
	],
	[
		"that is not ready in time",
		'run: {command: [/opt/step, "exit 0"], background: true, ready: {file: /run/never}, timeout: 800ms}',
		'"/opt/step" is not ready after 800 ms: file /run/never: ENOENT: it does not exist',
	],
])("rule 9.5: nothing of a step %s goes on beside the workload", async (_, step, message) => {
	const { status, stdout, stderr } = await inHouse(`
		${lurking}
		config <<< '{user: app, setup: [{on_error: warn, ${step}}]}'
		/abdicate -- bash -c "$beside"
	`);
	expect([status, stdout, told(stderr)]).toEqual([0, "seen\n0\n", message]);
});

it("rule 9.5: control: what a careless entrypoint has timed out goes on beside the workload", async () => {
	const { status, stdout, stderr } = await inHouse(`
		${lurking}
		timeout 0.8 /opt/step 'sleep 60' || true
		app bash -c "$beside"
	`);
	expect([status, stdout, stderr]).toEqual([0, "seen\n1\n", ""]);
});

it("rule 9.5: what is said to stay does, with exactly what it was given", async () => {
	const { status, stdout, stderr } = await inHouse(`
		${lurking}
		config <<< '{user: app, setup: [{run: {command: [/opt/step, "exit 0"], capabilities: [NET_ADMIN], background: true}}]}'
		/abdicate -- bash -c 'grep -hE "^(Uid|CapPrm|CapBnd)" /proc/$(pgrep -x lurker)/status'
		pkill -x lurker
		config <<< '{user: app, setup: [{run: {command: [/opt/step, "exec sleep 60"], background: true, ready: {file: /opt/lurker}}}]}'
		/abdicate -- bash -c 'until [ $(pgrep -xc "lurker|sleep") = 2 ]; do :; done; pgrep -xc abdicate'  || true
	`);
	const lines = stdout.trim().split(/\s+/).join(" ");
	expect([status, lines, stderr]).toEqual([0, "Uid: 0 0 0 0 CapPrm: 0000000000001000 CapBnd: 0000000000001000 0", ""]);
});

it.each([
	["ends", "kill -9 $$PPID", "seen\n0\n", 'error[PROCESS_LEFT] "/opt/step" has ended the process that watches over it'],
	["stops", "kill -STOP $$PPID; sleep 60", "workload\nseen\n0\n", 'warning[STEP_FAILED] "/opt/step" was stopped after 800 ms'],
])("rule 9.5: a step that %s the process which watches over it leaves nothing", async (_, act, output, message) => {
	const { stdout, stderr } = await inHouse(`
		${lurking}
		config <<< '{user: app, setup: [{on_error: warn, run: {command: [/opt/step, "${act}"], timeout: 800ms}}]}'
		/abdicate -- echo workload || true
		bash -c "$beside"
	`);
	expect([stdout, /(error|warning).*/.exec(stderr)?.[0].replace(/ setup.*?: /, " ")]).toEqual([output, message]);
});

it("rule 9.5: control: a watcher that nobody watches over can be ended", async () => {
	const { stdout } = await inHouse(`
		${lurking}
		timeout 1 /opt/step 'kill -9 $PPID; sleep 60' || true
		app bash -c "$beside"
	`);
	expect(stdout).toBe("seen\n1\n");
});

/** Each generation lives for as long as it takes to make the next, in a session of its own. */
const runaway = `
	echo '$0 = "chain"; use POSIX; while (1) { exit if fork; POSIX::setsid(); }' >/opt/chain.pl
	echo 'perl /opt/chain.pl & until pgrep -x chain >/dev/null; do :; done; sleep 60' >/opt/runaway
`;

it("rule 9.5: who runs away from being ended is caught", async () => {
	const { status, stdout, stderr } = await inHouse(`
		${runaway}
		config <<< '{user: app, setup: [{on_error: warn, run: {command: [sh, /opt/runaway], timeout: 200ms}}]}'
		for round in $(seq ${rounds(3)}); do /abdicate -q -- pgrep -xc chain || true; done
	`);
	expect([status, stdout, stderr]).toEqual([0, "0\n".repeat(rounds(3)), ""]);
});

it("rule 9.5: control: it is not, by the signal that ends its group", async () => {
	const { stdout } = await inHouse(`
		${runaway}
		timeout -s KILL 0.3 sh /opt/runaway || true
		until pgrep -x chain >/dev/null; do :; done
		echo it runs
	`);
	expect(stdout).toBe("it runs\n");
});

it("rule 9.5: without pidfd_open, and without /proc, nothing goes on either", async () => {
	const { status, stdout, stderr } = await inHouse(`
		${lurking}
		config <<< '{user: app, setup: [{on_error: warn, run: {command: [/opt/step, "sleep 60"], timeout: 800ms}}]}'
		strace -f -qq -o /dev/null --inject=pidfd_open:error=ENOSYS /abdicate -q -- bash -c "$beside"
		echo 'setsid setsid /opt/lurker 60 & exit 3' >/opt/blind
		config <<< '{user: app, setup: [{on_error: warn, run: [sh, /opt/blind]}]}'
		umount /proc
		/abdicate -q -- true
		mount -t proc proc /proc
		bash -c "$beside"
	`);
	expect([status, stdout, stderr]).toEqual([0, "seen\n0\nseen\n0\n", ""]);
});

it("rule 9.5: control: who fails after fork leaves the child alone", async () => {
	const { stdout } = await inHouse(`
		${lurking}
		echo 'import os
pid = os.fork()
if pid == 0: os.execv("/opt/lurker", ["lurker", "60"])
os.pidfd_open(pid)' >/opt/careless.py
		strace -D -f -qq -o /dev/null --inject=pidfd_open:error=ENOSYS python3 /opt/careless.py 2>/dev/null || true
		until pgrep -x lurker >/dev/null; do :; done
		bash -c "$beside"
	`);
	expect(stdout).toBe("1\n");
});

it.each([
	["TERM", 143],
	["INT", 130],
	["QUIT", 131],
	["HUP", 129],
])("rule 9.5: SIG%s reaches the step of a start that is process 1, and ends both", async (signal, status) => {
	const { stdout, stderr } = await inHouse(`
		${lurking}
		echo 'trap "echo the step has it; exit" ${signal}; echo begun >/run/begun; while :; do sleep 0.01; done' >/opt/obedient
		config <<< '{user: app, setup: [{on_error: warn, run: [/opt/step, ". /opt/obedient"]}]}'
		env --default-signal=INT,QUIT unshare --pid --fork --kill-child=KILL /abdicate -- echo workload & start=$!
		until [ -e /run/begun ]; do :; done
		kill -${signal} $(pgrep -P $start)
		wait $start || echo $?
		bash -c "$beside"
	`);
	expect([stdout, /error.*/.exec(stderr)?.[0].replace(/ setup.*?: /, " ")]).toEqual([
		`the step has it\n${status}\nseen\n0\n`,
		`error[INTERRUPTED] told to stop by SIG${signal} while waiting`,
	]);
});

it("rule 9.5: control: the kernel throws away what is sent to a process 1 that does not ask for it", async () => {
	const { stdout } = await inHouse(`
		unshare --pid --fork --kill-child=KILL bash -c 'echo begun >/run/begun; sleep 60; true' &
		until [ -e /run/begun ]; do :; done
		first=$(pgrep -P $!)
		kill -TERM $first
		grep -c 'ShdPnd:.*0000$' /proc/$first/status
	`);
	expect(stdout).toBe("1\n");
});

/** Answers the kernel's greeting, takes the first look at the mount, and is gone without an answer to that: only an abort ends it. */
const quitter = `
	mkdir /mnt/point
	echo 'import os, struct, sys
fd = int(sys.argv[1].split("/")[-1])
unique = os.read(fd, 1 << 20)[8:16]
os.write(fd, struct.pack("<Ii", 80, 0) + unique + struct.pack("<4I2H2I2HI28x", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, 0))
os.read(fd, 1 << 20)' >/opt/quitter.py
`;

it("rule 9.5: a daemon of FUSE that ends without an answer leaves no probe that waits for itself", async () => {
	const { status, stdout, stderr } = await inHouse(`
		${quitter}
		config <<'YAML'
user: app
setup: [{on_error: warn, fuse: {target: /mnt/point, command: [python3, /opt/quitter.py, "{mountpoint}"], ready_timeout: 5s}}]
YAML
		/abdicate -- bash -c 'ps -e -o stat=,comm= | grep -c "^[DZ]"; grep -c fuse /proc/self/mounts' || true
	`);
	expect([status, stdout, told(stderr).split(":")[0]]).toEqual([0, "0\n0\n", '"python3" does not serve "/mnt/point"']);
});

it("rule 9.5: control: a probe that holds the device waits for itself", async () => {
	const { stdout } = await inHouse(`
		${quitter}
		echo 'import ctypes, os, subprocess
device = os.open("/dev/fuse", os.O_RDWR)
data = "fd=%d,rootmode=40000,user_id=0,group_id=0" % device
assert ctypes.CDLL(None).mount(b"fs", b"/mnt/point", b"fuse", 0, data.encode()) == 0
probe = os.fork()
if probe == 0:
    os.stat("/mnt/point")
    os._exit(0)
subprocess.run(["python3", "/opt/quitter.py", "/dev/fd/%d" % device], pass_fds=[device])
os.close(device)
os.kill(probe, 9)
while " D " not in open("/proc/%d/stat" % probe).read(): pass
print("it waits")' >/opt/careless.py
		python3 /opt/careless.py
		umount -f /mnt/point
	`);
	expect(stdout).toBe("it waits\n");
});
