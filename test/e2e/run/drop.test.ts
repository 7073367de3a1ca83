import { describe, expect, it } from "vitest";
import { busybox, scratch } from "../harness/images.ts";
import { nearlyPrivileged, runContainer, startContainer } from "../harness/run.ts";
import { credentials, dropped, netBindService, none } from "./credentials.ts";

const forbidden =
	"try setuid0 -- setgroups -- capset-all -- mount -- mknod /tmp/node -- raw-socket -- sethostname -- read /etc/shadow".split(" ");

describe("a root start with Docker's default capabilities", () => {
	it("leaves the workload nothing", async () => {
		const { status, probe, stderr } = await runContainer({ image: busybox, config: "user: app\n", args: ["--", "/probe", "a b"] });
		expect({ status, stderr, ...credentials(probe), argv: probe.argv, fds: probe.fds.map(({ fd }) => fd), cwd: probe.cwd }).toEqual({
			status: 0,
			stderr: "",
			...dropped(1000, 1000, [44, 1000]),
			argv: ["/probe", "a b"],
			fds: [0, 1, 2],
			cwd: "/",
		});
	});

	it("lets the workload do nothing of what root can", async () => {
		const { acts } = await runContainer({ image: busybox, config: "user: app\n", args: ["--", "/probe", ...forbidden] });
		expect(acts.filter(({ ok }) => ok)).toEqual([]);
		expect(acts).toHaveLength(8);
	});

	it("rule 4.7: sets HOME, USER and LOGNAME, and keeps its own variables to itself", async () => {
		const { probe } = await runContainer({
			image: busybox,
			config: "user: app\n",
			env: { HOME: "/root", USER: "root", ABDICATE_LOG: "json", GREETING: "hello world" },
			args: ["--", "/probe"],
		});
		const names = ["HOME", "USER", "LOGNAME", "ABDICATE_LOG", "GREETING"];
		expect(probe.env.filter((entry) => names.some((name) => entry.startsWith(`${name}=`))).sort()).toEqual([
			"GREETING=hello world",
			"HOME=/home/app",
			"LOGNAME=app",
			"USER=app",
		]);
	});

	it("keeps exactly what is named, in all five sets", async () => {
		const { probe, status } = await runContainer({
			image: busybox,
			config: { user: "app", capabilities: { keep: ["cap_net_bind_service"] } },
			args: ["--", "/probe"],
		});
		expect({ status, ...credentials(probe) }).toEqual({ status: 0, ...dropped(1000, 1000, [44, 1000], netBindService) });
	});

	it("says at -v what it did, and nothing without", async () => {
		const { stderr } = await runContainer({
			image: busybox,
			config: { user: "app", setup: [{ mkdir: "/run/app" }] },
			args: ["-v", "--", "/bin/true"],
		});
		expect(stderr).toBe(
			"abdicate: changed  setup[0] mkdir /run/app mode 0755 owner 1000:1000: made or corrected /run/app\n" +
				"abdicate: verified drop: uid 1000, gid 1000, capabilities none, then /bin/true\n",
		);
	});
});

describe("the workload", () => {
	it("has its own exit status", async () => {
		expect((await runContainer({ image: scratch, args: ["--user", "7:8", "--", "/probe", "exit", "42"] })).status).toBe(42);
	});

	it("runs as numeric ids in an empty image without /etc/passwd", async () => {
		const { status, probe, stderr } = await runContainer({ image: scratch, config: { user: "1234:2345" }, args: ["--", "/probe"] });
		expect({ status, stderr, ...credentials(probe) }).toEqual({ status: 0, stderr: "", ...dropped(1234, 2345, [2345]) });
		expect(probe.env.filter((entry) => /^(HOME|USER|LOGNAME)=/.test(entry))).toEqual(["HOME=/"]);
	});

	it("stays root only when that is written, and is an ordinary user then", async () => {
		const outcome = await runContainer({ image: busybox, config: "user: root\n", args: ["--", "/probe"] });
		expect({ status: outcome.status, ...credentials(outcome.probe) }).toEqual({ status: 0, ...dropped(0, 0, [0]) });
		const { acts } = await runContainer({
			image: busybox,
			config: "user: root\n",
			args: ["--", "/probe", "try", "chown", "/home/app", "--", "mknod", "/tmp/node", "--", "setgroups"],
		});
		expect(acts.map(({ act, ok }) => ({ act, ok }))).toEqual([
			{ act: "chown", ok: false },
			{ act: "mknod", ok: false },
			{ act: "setgroups", ok: false },
		]);
	}, 30_000);

	it("rule 4.1: can open /dev/stdout again although root owned the pipe", async () => {
		const { stdout, status } = await runContainer({
			image: busybox,
			config: "user: app\n",
			args: ["--", "sh", "-c", "echo written >/dev/stdout"],
		});
		expect({ stdout, status }).toEqual({ stdout: "written\n", status: 0 });
	});

	it("keeps bytes that are not UTF-8 in arguments and environment", async () => {
		const script = 'printf "%s" "$1" | od -An -tx1; printf "%s" "$ODD" | od -An -tx1';
		const { stdout } = await runContainer({
			image: busybox,
			entrypoint: "sh",
			args: ["-c", `ODD=$(printf 'a\\377b') /abdicate -u app -- sh -c '${script}' sh "$(printf '\\303\\050\\200')"`],
		});
		expect(stdout).toBe(" c3 28 80\n 61 ff 62\n");
	});
});

describe("enter", () => {
	it("gives a second program the identity and the drop of the first, and does no setup", async () => {
		const container = await startContainer({
			image: busybox,
			config: { user: "app", setup: [{ mkdir: "/run/once" }], capabilities: { keep: ["NET_BIND_SERVICE"] } },
			args: ["--", "/probe", "sleep"],
		});
		await container.waitForOutput("ready");
		expect((await container.exec(["rmdir", "/run/once"])).status).toBe(0);
		const { probe, status, stderr } = await container.exec(["/abdicate", "enter", "-v", "--", "/probe"]);
		expect({ status, ...credentials(probe) }).toEqual({ status: 0, ...dropped(1000, 1000, [44, 1000], netBindService) });
		expect(stderr).toBe("abdicate: verified drop: uid 1000, gid 1000, capabilities NET_BIND_SERVICE, then /probe\n");
		expect((await container.exec(["/abdicate", "enter", "--", "sh", "-c", "exit 3"])).status).toBe(3);
	});
});

describe("more privilege than Docker's default", () => {
	it("is given up as completely", async () => {
		const { probe } = await runContainer({ image: busybox, config: "user: app\n", args: ["--", "/probe"], flags: nearlyPrivileged });
		expect(credentials(probe)).toEqual(dropped(1000, 1000, [44, 1000]));
	});

	it("reaches the workload in the deny-list form, less what is denied", async () => {
		const config = { user: "app", capabilities: { keep: "ALL", drop: ["SYS_CHROOT"] } };
		const { probe } = await runContainer({
			image: busybox,
			config,
			args: ["--", "/probe"],
			caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP", "SYS_CHROOT", "KILL"] },
		});
		expect(probe.caps.bounding).toBe("00000000000001e0");
		expect(probe.caps.ambient).toBe("00000000000001e0");
	});

	it("reaches the workload as five different sets in the expert form", async () => {
		const sets = { bounding: ["CHOWN", "KILL"], permitted: ["CHOWN", "KILL"], effective: ["KILL"], inheritable: ["CHOWN"], ambient: [] };
		const { probe, status, stderr } = await runContainer({
			image: busybox,
			config: { user: "root", securebits: "none", no_new_privileges: false, capabilities: { sets } },
			args: ["--", "/probe"],
		});
		// Without NOROOT the kernel gives root what bounding and inheritable hold. capabilities(7)
		expect({ status, stderr, caps: probe.caps }).toEqual({
			status: 0,
			stderr: "",
			caps: {
				inheritable: "0000000000000001",
				permitted: "0000000000000021",
				effective: "0000000000000021",
				bounding: "0000000000000021",
				ambient: none,
			},
		});
	});
});
