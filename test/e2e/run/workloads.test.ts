import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { busybox, debian } from "../harness/images.ts";
import { nearlyPrivileged, runContainer, startContainer } from "../harness/run.ts";
import { credentials, dropped, none } from "./credentials.ts";

/** The lines of /proc/PID/status that privilege is written in. */
async function status(exec: (args: readonly string[]) => Promise<{ stdout: string }>, pid: number | string) {
	const { stdout } = await exec(["cat", `/proc/${pid}/status`]);
	const field = (name: string) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(stdout)?.[1]?.replaceAll("\t", " ");
	return Object.fromEntries(
		["Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"].map((name) => [name, field(name)]),
	);
}

const empty = { CapInh: none, CapPrm: none, CapEff: none, CapBnd: none, CapAmb: none, NoNewPrivs: "1" };

describe("redis-server from Debian", () => {
	it("starts as root on a volume with wrong owners and serves without any privilege", async () => {
		const volume = mkdtempSync(join(tmpdir(), "abdicate-volume-"));
		mkdirSync(join(volume, "appendonlydir"));
		writeFileSync(join(volume, "dump.rdb"), "");
		rmSync(join(volume, "dump.rdb"));
		writeFileSync(join(volume, "appendonlydir", "left-over"), "");
		try {
			const container = await startContainer({
				image: debian,
				config: { user: "redis", workdir: "/data", setup: [{ own: "/data" }] },
				volumes: [`${volume}:/data`],
				args: ["--", "redis-server", "--appendonly", "yes"],
			});
			await container.waitFor("redis answers", async ({ exec }) => (await exec(["redis-cli", "ping"])).stdout === "PONG\n");
			const [uid, gid] = (await container.exec(["sh", "-c", "id -u redis; id -g redis"])).stdout.trim().split("\n");
			expect(await status(container.exec, 1)).toEqual({
				...empty,
				Uid: Array(4).fill(uid).join(" "),
				Gid: Array(4).fill(gid).join(" "),
				Groups: gid,
			});
			expect((await container.exec(["cat", "/proc/1/comm"])).stdout).toBe("redis-server\n");
			expect(String(statSync(join(volume, "appendonlydir", "left-over")).uid)).toBe(uid);
			expect((await container.stop()).status).toBe(0);
		} finally {
			rmSync(volume, { recursive: true, force: true });
		}
	}, 60_000);

	it("has the securebits locked, as the probe in its place says", async () => {
		const { probe } = await runContainer({ image: debian, config: "user: redis\n", args: ["--", "/probe"] });
		const [uid, gid] = [probe.resuid[0], probe.resgid[0]];
		expect(uid).toBeGreaterThan(0);
		expect(credentials(probe)).toEqual(dropped(uid, gid, [gid]));
	});
});

describe("a port below 1024", () => {
	const sysctl = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];

	it("is bound by the workload itself through the ambient set", async () => {
		const config = { user: "app", capabilities: { keep: ["NET_BIND_SERVICE"] } };
		const { acts } = await runContainer({ image: busybox, flags: sysctl, config, args: ["--", "/probe", "try", "bind", "80"] });
		expect(acts).toEqual([{ act: "bind", ok: true, errno: null }]);
	});

	it("is out of reach without", async () => {
		const { acts } = await runContainer({
			image: busybox,
			flags: sysctl,
			config: "user: app\n",
			args: ["--", "/probe", "try", "bind", "80"],
		});
		expect(acts).toEqual([{ act: "bind", ok: false, errno: "EACCES" }]);
	});

	it("is handed over, bound before the drop", async () => {
		const container = await startContainer({
			image: busybox,
			flags: sysctl,
			config: { user: "app", setup: [{ listen: { name: "web", tcp: 80 } }] },
			args: ["--", "/probe", "serve"],
		});
		const reply = await container.waitFor("the server answers", async ({ exec }) => {
			const { stdout } = await exec(["sh", "-c", "nc 127.0.0.1 80 </dev/null"]);
			return stdout === "" ? undefined : stdout;
		});
		expect(reply).toBe("ok web\n");
		const { probe } = await container.logs();
		expect(credentials(probe)).toEqual(dropped(1000, 1000, [44, 1000]));
		expect(probe.fds.map(({ fd, type }) => [fd, type])).toEqual([
			[0, expect.any(String)],
			[1, expect.any(String)],
			[2, expect.any(String)],
			[3, "socket"],
		]);
		expect(probe.env.filter((entry) => entry.startsWith("LISTEN_")).sort()).toEqual(["LISTEN_FDNAMES=web", "LISTEN_FDS=1", "LISTEN_PID=1"]);
	});

	it("counts only the sockets whose conditions hold", async () => {
		const setup = [{ when: { env: "TLS" }, listen: { name: "tls", tcp: 443 } }, { listen: { name: "web", tcp: 80 } }];
		const { probe } = await runContainer({ image: busybox, config: { user: "app", setup }, args: ["--", "/probe"] });
		expect(probe.env.filter((entry) => entry.startsWith("LISTEN_")).sort()).toEqual(["LISTEN_FDNAMES=web", "LISTEN_FDS=1", "LISTEN_PID=1"]);
		expect(probe.fds.map(({ fd }) => fd)).toEqual([0, 1, 2, 3]);
		const tolerant = { user: "app", setup: [{ on_error: "warn", listen: { tcp: 80 } }] };
		const { status: code, stderr } = await runContainer({ image: busybox, config: tolerant, args: ["--", "/probe"] });
		expect({ code, error: /error\[(\w+)\]/.exec(stderr)?.[1] }).toEqual({ code: 125, error: "CONFIG_CONFLICT" });
	});

	it("needs the capability, and the step says so", async () => {
		const { status: code, stderr } = await runContainer({
			image: busybox,
			flags: sysctl,
			caps: { drop: ["NET_BIND_SERVICE"] },
			config: { user: "app", setup: [{ listen: { tcp: 80 } }] },
			args: ["--", "/probe"],
		});
		expect(code).toBe(125);
		expect(stderr).toContain(
			"error[CAPABILITY_MISSING] setup[0] listen listen on tcp 80: NET_BIND_SERVICE is not held, needed to bind tcp 80",
		);
	});
});

describe("sshfs", () => {
	const config = {
		user: "app",
		setup: [
			{
				run: {
					command: [
						"sh",
						"-c",
						"mkdir -p /srv/remote /mnt/remote; echo far away >/srv/remote/file; printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' >/srv/sftp; chmod 755 /srv/sftp",
					],
				},
			},
			{ fuse: { target: "/mnt/remote", command: ["sshfs", "-f", "localhost:/srv/remote", "{mountpoint}", "-o", "ssh_command=/srv/sftp"] } },
		],
	};
	const grants = ["--device", "/dev/fuse", "--cap-add", "SYS_ADMIN"];

	it("is mounted while that is allowed, and neither workload nor daemon holds a capability", async () => {
		const container = await startContainer({
			image: debian,
			config,
			flags: [...grants, "--security-opt", "apparmor=unconfined"],
			args: ["--", "/probe", "sleep"],
		});
		await container.waitForOutput("ready");
		const app = { user: "app" };
		expect((await container.exec(["cat", "/mnt/remote/file"], app)).stdout).toBe("far away\n");
		const daemon = (await container.exec(["pidof", "sshfs"])).stdout.trim();
		const expected = { ...empty, Uid: "1000 1000 1000 1000", Gid: "1000 1000 1000 1000", Groups: "44 1000" };
		expect(await status(container.exec, 1)).toEqual(expected);
		expect(await status(container.exec, daemon)).toEqual(expected);
		const { probe } = await container.logs();
		expect(probe.fds.map(({ fd }) => fd)).toEqual([0, 1, 2]);
	}, 60_000);

	it("is read by the workload through the mount", async () => {
		const { stdout, status: code } = await runContainer({ image: debian, config, flags: grants, args: ["--", "cat", "/mnt/remote/file"] });
		expect({ stdout, code }).toEqual({ stdout: "far away\n", code: 0 });
	});

	it.each([
		["no device", ["--cap-add", "SYS_ADMIN"], "ENOENT: there is no such device in this container", "--device /dev/fuse"],
		["no capability", ["--device", "/dev/fuse"], "SYS_ADMIN is not held", "--cap-add SYS_ADMIN"],
		[
			"a device that may not be opened",
			["--cap-add", "SYS_ADMIN", "--device", "/dev/fuse:/dev/fuse:m"],
			"EPERM: the device cgroup of the container forbids it",
			"--device /dev/fuse",
		],
	])("with %s says which is missing", async (_, flags, says, remedy) => {
		const { status: code, stderr } = await runContainer({ image: debian, config, flags, args: ["--", "/bin/true"] });
		expect(code).toBe(125);
		expect(stderr).toContain(says);
		expect(stderr).toContain(remedy);
	});

	it("that does not come up leaves no mount behind", async () => {
		const broken = {
			user: "app",
			setup: [
				{ mkdir: "/mnt/remote" },
				{ name: "remote", fuse: { target: "/mnt/remote", command: ["false", "{mountpoint}"] }, on_error: "warn" },
			],
		};
		const {
			stdout,
			stderr,
			status: code,
		} = await runContainer({
			image: debian,
			config: broken,
			flags: grants,
			args: ["--", "sh", "-c", "grep -c fuse /proc/self/mountinfo; true"],
		});
		expect({ code, stdout }).toEqual({ code: 0, stdout: "0\n" });
		expect(stderr).toContain('warning[STEP_FAILED] remote fuse false at /mnt/remote: "false" does not serve "/mnt/remote": it exited 1');
	});
});

describe("own", () => {
	it("never follows a link in the volume", async () => {
		const script = [
			"mkdir -p /data/deep && ln -s /etc/shadow /data/root-link && ln -s /etc/shadow /data/deep/app-link && ln -s /etc /data/etc",
			"chown -h app /data/deep/app-link && touch /data/file",
			"before=$(stat -c '%u:%g' /etc/shadow /etc /etc/passwd | tr '\\n' ' ')",
			"/abdicate -v -u redis --setup 'own: /data' -- true",
			"echo $before = $(stat -c '%u:%g' /etc/shadow /etc /etc/passwd); stat -c '%n %u:%g' /data /data/file /data/root-link /data/deep/app-link",
		].join("; ");
		const { stdout, stderr } = await runContainer({ image: busybox, entrypoint: "sh", args: ["-c", script] });
		expect(stderr).toContain("6 of 6 entries re-owned");
		expect(stdout).toBe(
			"0:0 0:0 0:0 = 0:0 0:0 0:0\n/data 999:999\n/data/file 999:999\n/data/root-link 999:999\n/data/deep/app-link 999:999\n",
		);
	});

	it("does not walk through a link that the workload made on the way", async () => {
		const { stderr, status: code } = await runContainer({
			image: busybox,
			entrypoint: "sh",
			args: ["-c", "mkdir /data; chown app /data; ln -s /etc /data/conf; exec /abdicate -u app --setup 'own: /data/conf/ssl' -- true"],
			flags: nearlyPrivileged,
		});
		expect(code).toBe(125);
		expect(stderr).toBe(
			`abdicate: error[STEP_FAILED] setup[0] own /data/conf/ssl to 1000:1000 (mismatched): "/data/conf/ssl": /data/conf is a symbolic link that is not root's alone; it is not followed\n  name the real path, or let root own the link and its directory\n`,
		);
	});
});
