import { describe, expect, it } from "vitest";
import { runHost } from "./harness/host.ts";
import { busybox, debian, scratch } from "./harness/images.ts";
import { probeFile } from "./harness/paths.ts";
import { nearlyPrivileged, runContainer, startContainer } from "./harness/run.ts";

/** Docker's fourteen, in the order of their numbers. */
const dockerDefault = "00000000a80425fb";
const none = "0000000000000000";

describe("the probe without abdicate", () => {
	it.each([scratch, busybox, debian])("sees root with Docker's default capabilities in %s", async (image) => {
		const { status, probe } = await runContainer({ image, entrypoint: "/probe" });
		expect({ status, uids: probe.resuid, gids: probe.resgid, caps: probe.caps }).toEqual({
			status: 0,
			uids: [0, 0, 0],
			gids: [0, 0, 0],
			caps: { inheritable: none, permitted: dockerDefault, effective: dockerDefault, bounding: dockerDefault, ambient: none },
		});
		expect({
			securebits: probe.securebits,
			noNewPrivs: probe.noNewPrivs,
			seccomp: probe.seccomp,
			fds: probe.fds.map(({ fd }) => fd),
		}).toEqual({
			securebits: 0,
			noNewPrivs: 0,
			seccomp: 2,
			fds: [0, 1, 2],
		});
	});

	it("sees a user, groups, environment and arguments", async () => {
		const { probe } = await runContainer({
			image: busybox,
			entrypoint: "/probe",
			args: ["a b", 'c"d'],
			user: "app",
			env: { GREETING: "hello" },
			flags: ["--group-add", "123", "--security-opt", "no-new-privileges", "--hostname", "box"],
		});
		expect({
			uids: probe.resuid,
			gids: probe.resgid,
			groups: probe.groups,
			argv: probe.argv,
			nnp: probe.noNewPrivs,
			caps: probe.caps.effective,
		}).toEqual({
			uids: [1000, 1000, 1000],
			gids: [1000, 1000, 1000],
			groups: [44, 123, 1000],
			argv: ["/probe", "a b", 'c"d'],
			nnp: 1,
			caps: none,
		});
		expect(probe.env).toContain("GREETING=hello");
		expect(probe.hostname).toBe("box");
	});

	it("can do as root what is forbidden to a workload", async () => {
		const { acts } = await runContainer({ image: busybox, entrypoint: "/probe", args: forbidden });
		expect(acts.filter(({ ok }) => !ok)).toEqual([
			{ act: "mount", ok: false, errno: "EPERM" },
			{ act: "sethostname", ok: false, errno: "EPERM" },
			{ act: "unshare-mount", ok: false, errno: "EPERM" },
			{ act: "capset-all", ok: false, errno: "EPERM" },
		]);
	});

	it("can do all of it but capset-all in a nearly privileged container", async () => {
		const { acts } = await runContainer({ image: busybox, entrypoint: "/probe", args: forbidden, flags: nearlyPrivileged });
		expect(acts.filter(({ ok }) => !ok)).toEqual([{ act: "capset-all", ok: false, errno: "EPERM" }]);
	});

	it("can do none of it as another user", async () => {
		const { acts } = await runContainer({ image: busybox, entrypoint: "/probe", args: forbidden, user: "app", caps: { drop: ["ALL"] } });
		expect(acts.filter(({ ok }) => ok)).toEqual([]);
		expect(acts).toHaveLength(forbidden.filter((word) => word === "--").length + 1);
	});

	it("reports a container in the background, its signals and its end", async () => {
		const container = await startContainer({ image: scratch, entrypoint: "/probe", args: ["sleep"] });
		await container.waitForOutput("ready");
		expect((await container.exec(["/probe", "exit", "7"])).status).toBe(7);
		container.signal("USR1");
		const { status, stdout, probe } = await container.wait();
		expect({ status, pid: probe.pid, last: stdout.trim().split("\n").at(-1) }).toEqual({ status: 138, pid: 1, last: "signal USR1" });
		container.remove();
	});

	it("runs on the machine itself, in namespaces", async () => {
		const { status, probe, trace } = await runHost({
			program: probeFile,
			args: ["x"],
			wrapper: ["setpriv", "--no-new-privs"],
			strace: ["-e", "trace=execve"],
		});
		expect({ status, argv: probe.argv, nnp: probe.noNewPrivs }).toEqual({ status: 0, argv: [probeFile, "x"], nnp: 1 });
		expect(trace).toContain("execve(");
	});
});

const forbidden = [
	"try setuid0 -- setgid0 -- setgroups -- chown /home/app -- chroot / -- raw-socket -- mknod /tmp/node -- read /etc/shadow -- write /etc/passwd",
	"-- mount /tmp -- sethostname -- unshare-mount -- capset-all",
]
	.join(" ")
	.split(" ");
