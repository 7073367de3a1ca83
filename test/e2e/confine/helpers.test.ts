import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox, debian } from "../harness/images.ts";
import { needDocker } from "../harness/need-docker.ts";
import { nearlyPrivileged, runContainer, startContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";

const shell = (script: string) => ["--", "sh", "-c", script];
const sftp = "printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir remote; echo from afar > remote/f";
const sshfs = ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp"];
const setup = [
	{ fuse: { target: "/mnt", command: sshfs } },
	{ run: { command: ["sh", "-c", "sleep 60 & until grep -q sleep /proc/$$!/comm; do :; done"], user: "app", background: true } },
];

/** Of each process its name, whether it is filtered, and what it sees of a mask and of a kernel setting. */
const report = `for pid in $(ls /proc | grep '^[0-9]'); do
	test -r /proc/$pid/root/proc && echo $(cat /proc/$pid/comm) $(grep ^Seccomp_filters: /proc/$pid/status | grep -c -v ':.0$') \
		$(wc -c < /proc/$pid/root/proc/timer_list) $(grep -c ' /proc/sys ro,' /proc/$pid/mountinfo)
done 2>/dev/null | grep -E '^(sshfs|sleep|sh) ' | sort -u`;

describe("what stays beside the workload", () => {
	it("rule 4.10: is filtered, and sees no more than the workload does", async () => {
		const run = (more: object) =>
			runHouse({
				image: debian,
				volumes: [`${volume(sftp)}:/data`],
				flags: nearlyPrivileged,
				config: { user: "app", setup, ...more },
				args: shell(report),
			});
		const [found, naive] = [await run({ confine: "docker-default" }), await run({})];
		expect([found.status, found.stderr, found.stdout.trim().split("\n")]).toEqual([0, "", ["sh 1 0 1", "sleep 1 0 1", "sshfs 1 0 1"]]);
		expect(naive.stdout).not.toContain(" 0 1");
	});
});

describe("enter", () => {
	const config = { user: "app", confine: "docker-default" };

	it("takes the masks of the first program for its own, and refuses where there are none", async () => {
		const start = (more: object) =>
			startContainer({ image: busybox, flags: nearlyPrivileged, config: { ...config, ...more }, args: ["--", "sleep", "600"] });
		const look = ["/abdicate", "enter", ...shell("wc -c < /proc/timer_list; ls /sys/firmware; readlink /proc/self/ns/mnt")];
		const [walled, open] = [await start({}), await start({ confine: "none" })];
		const isUp = async (container: typeof walled) => (await container.exec(["cat", "/proc/1/comm"])).stdout === "sleep\n";
		await Promise.all([walled, open].map((each) => each.waitFor("its workload", () => isUp(each))));
		const entered = await walled.exec(look);
		const ofFirst = await walled.exec(["readlink", "/proc/1/ns/mnt"]);
		expect([entered.status, entered.stderr, entered.stdout]).toEqual([0, "", `0\n${ofFirst.stdout}`]);
		const refused = await open.exec([
			"sh",
			"-c",
			`printf '{"user":"app","paths":"docker-default"}' > /tmp/c.yaml; exec /abdicate enter --config /tmp/c.yaml -- echo ran`,
		]);
		expect([refused.status, refused.stdout]).toEqual([125, ""]);
		expect(refused.stderr).toContain(
			"error[CONFINE_REFUSED] /tmp/c.yaml:1:23 paths: enter masks nothing, and what is to be closed is open here: ",
		);
		walled.remove();
		open.remove();
	});
});

describe("a container of Docker's", () => {
	it("that is ordinary has nothing to do, and one that was given everything is closed", async () => {
		needDocker();
		const config = { user: "app", confine: "docker-default" };
		const args = ["-v", ...shell("wc -c < /proc/timer_list; (echo 1 > /proc/sys/vm/swappiness) 2>&1; ls /sys/firmware")];
		const [ordinary, given] = [
			await runContainer({ image: busybox, config, args }),
			await runContainer({ image: busybox, config, args, flags: nearlyPrivileged }),
		];
		const closed = "0\nsh: can't create /proc/sys/vm/swappiness: Read-only file system\n";
		expect([ordinary.status, ordinary.stdout, given.status, given.stdout]).toEqual([0, closed, 0, closed]);
		const walls = (stderr: string) => /confined walls: (.*)/.exec(stderr)?.[1];
		expect([walls(ordinary.stderr), walls(given.stderr)]).toEqual([
			"seccomp docker-default, from the exec on",
			"namespaces mount; devices null zero full random urandom tty; paths masked (13) and read-only (5); seccomp docker-default, from the exec on",
		]);
	});
});
