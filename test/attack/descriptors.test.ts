import { expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** A caller that passes a directory, root's secrets and two sockets, becomes the program given, and says that all five are sockets. */
const caller = `
	echo 'import os, socket, sys
directory, secrets = os.open("/root", os.O_RDONLY), os.open("/etc/shadow", os.O_RDONLY)
stream, datagrams = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
read, write = os.pipe()
wanted = [directory, stream.fileno(), secrets, read, datagrams.fileno()]
high = [os.dup2(fd, 100 + n) for n, fd in enumerate(wanted)]
for n, fd in enumerate(high): os.dup2(fd, 3 + n); os.close(fd)
os.environ.update({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "5", "LISTEN_FDNAMES": "host:web:shadow:pipe:dns"})
os.execvp(sys.argv[1], sys.argv[1:])' >/opt/caller.py
	echo 'import os
told = []
for fd in sorted(int(each) for each in os.listdir("/proc/self/fd")):
    try: told.append("%d %s" % (fd, os.readlink("/proc/self/fd/%d" % fd).split(":")[0]))
    except OSError: pass
print([each for each in told if 2 < int(each.split()[0]) < 100], *(os.environ.get(name) for name in ("LISTEN_FDS", "LISTEN_FDNAMES")))' >/opt/report.py
	report="python3 /opt/report.py"
`;

it("rule 9.6: of what the caller says to be sockets, sockets alone reach the workload, packed and named", async () => {
	const { status, stdout, stderr } = await inHouse(`
		${caller}
		config <<< '{user: app, setup: [{listen: {name: ours, unix: "@ours"}}]}'
		python3 /opt/caller.py /abdicate -v -- $report
	`);
	const notes = [...stderr.matchAll(/note: (.*?);/g)].map(([, note]) => note);
	expect([status, stdout, notes]).toEqual([
		0,
		"['3 socket', '4 socket', '5 socket'] 3 web:dns:ours\n",
		[
			"descriptor 3 (host) is in LISTEN_FDS and no socket: it is closed",
			"descriptor 5 (shadow) is in LISTEN_FDS and no socket: it is closed",
			"descriptor 6 (pipe) is in LISTEN_FDS and no socket: it is closed",
		],
	]);
});

it("rule 9.6: control: whoever passes on what it is given passes the secrets of root", async () => {
	const { stdout } = await inHouse(`
		${caller}
		python3 /opt/caller.py setpriv --reuid=1000 --regid=1000 --clear-groups $report
	`);
	expect(stdout).toBe("['3 /root', '4 socket', '5 /etc/shadow', '6 pipe', '7 socket'] 5 host:web:shadow:pipe:dns\n");
});

it.each(["listen", "inherit"])("rule 9.6: a program of a step has nothing of it with fds: %s", async (fds) => {
	const { status, stdout, stderr } = await inHouse(`
		${caller}
		config <<< '{user: app, fds: ${fds}, setup: [{run: [python3, /opt/report.py]}, {run: {command: [python3, /opt/report.py], user: target}}]}'
		python3 /opt/caller.py /abdicate -- true
	`);
	expect([status, [...stdout.matchAll(/^\[.*?\]/gm)].map(([open]) => open), stderr]).toEqual([0, ["[]", "[]"], ""]);
});

it("rule 9.6: a filter that says that descriptors are closed, and leaves them open, is not believed", async () => {
	const { status, stdout, stderr } = await inHouse(`
		${caller}
		config <<< '{user: app}'
		strace -f -qq -o /dev/null --inject=close_range:retval=0 python3 /opt/caller.py /abdicate -- $report
	`);
	expect([status, stdout, /error.*/.exec(stderr)?.[0]]).toEqual([
		125,
		"",
		"error[CALL_REFUSED]: close_range was answered, and did not close an open descriptor",
	]);
});

/** A link of the workload's, where the next start goes as the user: through a descriptor of the caller's that is still open. */
const throughDescriptor = `
	mkdir -p /data/work; chown 1000:1000 /data/work
	mkdir -m 700 /root/closed; mkdir /root/closed/open; cd /root/closed/open
	echo secret >file; printf '#!/bin/sh\\necho ran\\n' >program; chmod 755 program; cd /
	ln -sfn /proc/self/fd/7 /data/work/place; ln -sfn /proc/self/fd/7/program /data/work/program
	exec 7</root/closed/open
`;

it("rule 9.6: no descriptor of the caller's is a way for a link of the workload's", async () => {
	const { stdout } = await inHouse(`
		${throughDescriptor}
		config <<< '{user: app, workdir: /data/work/place}'
		/abdicate -- cat file || echo $?
		config <<< '{user: app}'
		/abdicate -- /data/work/program || echo $?
		config <<< '{user: app, setup: [{run: {command: [cat, file], user: target, cwd: /data/work/place}}]}'
		/abdicate -- true || echo $?
	`);
	expect(stdout).toBe("125\n127\n125\n");
});

it("rule 9.6: control: whoever leaves it open goes through", async () => {
	const { stdout } = await inHouse(`
		${throughDescriptor}
		cd /data/work/place && setpriv --reuid=1000 --clear-groups cat file
		setpriv --reuid=1000 --clear-groups /data/work/program
	`);
	expect(stdout).toBe("secret\nran\n");
});

it("rule 9.6: control: whoever believes it passes them on", async () => {
	const { stdout } = await inHouse(`
		${caller}
		echo 'import os
os.closerange(3, 100)
os.execvp("python3", ["python3", "/opt/report.py"])' >/opt/careless.py
		strace -f -qq -o /dev/null --inject=close_range:retval=0 python3 /opt/caller.py python3 /opt/careless.py
	`);
	expect(stdout).toMatch(/^\['3 \/root', '4 socket', '5 \/etc\/shadow'/);
});
