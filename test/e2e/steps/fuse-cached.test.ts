import { expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";
import { stepLines, volume } from "./volume.ts";

const sftp = "printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir remote; echo from afar > remote/f";
/** What the kernel is told once, it answers for an hour. */
const cached = ["-o", "attr_timeout=3600,entry_timeout=3600"];
const sshfs = ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp", ...cached];
const step = { fuse: { target: "/mnt", command: sshfs, allow_other: true } };
/** The daemon ends, and the kernel still answers a stat: that is shown, so that what follows meets it. */
const killed = {
	run: {
		command: [
			"sh",
			"-c",
			"stat /mnt /mnt/f > /dev/null; pkill -9 sshfs; while stat -f /mnt > /dev/null 2>&1; do sleep 0.1; done; test -f /mnt/f && echo cached",
		],
		user: "target",
	},
};

async function start(...setup: readonly object[]) {
	const { status, stdout, stderr } = await runHouse({
		image: debian,
		config: { user: "app", setup },
		args: ["-v", "--", "sh", "-c", "cat /mnt/f; grep -c ' /mnt ' /proc/self/mountinfo"],
		volumes: [`${volume(sftp)}:/data`],
		caps: { add: ["SYS_ADMIN"] },
		flags: ["--device=/dev/fuse"],
	});
	return [status, stdout, stepLines(stderr)[2]?.replace(/^error.*?: /, "")];
}

const dead = 'ENOTCONN on "/mnt';
const gone = '"/mnt" is a mount (fuse.sshfs), and it is dead, because its server or daemon is gone';

it("is replaced by fuse, though the kernel answers for the daemon that is gone", async () => {
	expect(await start(step, killed, step)).toEqual([
		0,
		"cached\nfrom afar\n1\n",
		"changed  setup[2] fuse sshfs at /mnt: served by /usr/bin/sshfs",
	]);
});

it("is replaced by mount", async () => {
	expect(await start(step, killed, { mount: { type: "tmpfs", target: "/mnt" } })).toEqual([
		0,
		"cached\n1\n",
		"changed  setup[2] mount tmpfs at /mnt: mounted",
	]);
});

it.each<[string, object, string]>([
	["require of a mount", { require: { mount: "/mnt" } }, `fstat: ${dead}": ${gone}`],
	["require of what may be written", { require: { writable: "/mnt/f" } }, `access: ${dead}/f": ${gone}`],
	["run", { run: { command: ["true"], creates: "/mnt/f" } }, `statx: ${dead}/f": ${gone}`],
	["a condition", { mkdir: "/made", when: { exists: "/mnt/f" } }, `statx: ${dead}/f": ${gone}`],
])("is not taken for a served one by %s", async (_, asked, why) => {
	expect(await start(step, killed, asked)).toEqual([125, "cached\n", why]);
});
