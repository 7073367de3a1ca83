import { describe, expect, it } from "vitest";
import { shell, startUnder, type Under } from "../../harness/init/inits.ts";
import { volume } from "../steps/volume.ts";

const sftp = "printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir remote; echo from afar > remote/f";
const sshfs = ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp"];

const mounts = (daemons: "warn" | "terminate"): Under => ({
	workload: "app",
	init: { daemons },
	keys: { setup: [{ fuse: { target: "/mnt", command: sshfs } }] },
	volumes: [`${volume(sftp)}:/data`],
	caps: { add: ["SYS_ADMIN"] },
	flags: ["--device=/dev/fuse"],
});

const server = shell('trap "echo told; exit 0" TERM; cat /mnt/f; while :; do sleep .05; done');

describe("a file system's daemon that ends", () => {
	it("is told of, and ends the workload where that is wanted", async () => {
		const house = await startUnder("ours", server, mounts("terminate"));
		await house.waitForOutput("from afar");
		await house.exec(["pkill", "-KILL", "sshfs"]);
		const { status, stdout, stderr } = await house.wait();
		expect([status, stdout]).toEqual([0, "from afar\ntold\n"]);
		expect(stderr).toMatch(/^abdicate: warning: init: sshfs \(\d+\), .* 137; the workload is told to end$/m);
		house.remove();
	});

	it("is told of, and the workload goes on otherwise", async () => {
		const house = await startUnder("ours", server, mounts("warn"));
		await house.waitForOutput("from afar");
		await house.exec(["pkill", "-KILL", "sshfs"]);
		const { stderr } = await house.waitForOutput("sshfs");
		expect(stderr).toMatch(/^abdicate: warning: init: sshfs \(\d+\), .* 137$/m);
		expect((await house.exec(["cat", "/mnt/f"], { user: "app" })).stderr).toMatch(/not connected/);
		house.signal("TERM");
		expect((await house.wait()).stdout).toBe("from afar\ntold\n");
		house.remove();
	});
});
