import { describe, it } from "vitest";
import { expectActs } from "./acts.ts";

describe("ports", () => {
	it("may be connected to and listened on where they are named, and files stay open", () =>
		expectActs(
			{ connect: [8001], bind: [8002] },
			{
				"connect(8001)": "ECONNREFUSED",
				"connect(8002)": "EACCES",
				"bind(8002)": "ok",
				"bind(8001)": "EACCES",
				"bind(0)": "EACCES",
				'os.listdir("/")': "ok",
				'make("/tmp/a")': "ok",
				'run("/bin/true")': "ok",
				// A ruleset that has some right on files refuses this one by itself.
				'os.rename("/tmp/a", "/var/tmp/a") if os.stat("/tmp").st_dev == os.stat("/var/tmp").st_dev else 1': "ok",
				'os.mkdir("/tmp/d") or make("/tmp/b") or os.rename("/tmp/b", "/tmp/d/b") or os.link("/tmp/d/b", "/tmp/c")': "ok",
			},
		));

	it("are all closed by an empty list, and one that the kernel chooses is 0", async () => {
		await expectActs({ connect: [] }, { "connect(8001)": "EACCES", "bind(8002)": "ok" });
		await expectActs({ bind: [] }, { "connect(8001)": "ECONNREFUSED", "bind(8002)": "EACCES" });
		await expectActs({ bind: 0 }, { "bind(0)": "ok", "bind(8002)": "EACCES" });
	});

	it("that a step listens on are the workload's", () =>
		expectActs(
			{ bind: [] },
			{ 'socket.socket(fileno=3).getsockname()[1] == 8003 or write("/nowhere")': "ok", "bind(8004)": "EACCES" },
			{ config: { setup: [{ listen: { tcp: "127.0.0.1:8003" } }] } },
		));
});

describe("scopes", () => {
	const setup = [
		{
			run: {
				command: ["python3", "-c", "import socket, time; s = socket.socket(socket.AF_UNIX); s.bind('\\0out'); s.listen(); time.sleep(60)"],
				user: "target",
				background: true,
				ready: { file: "/bin/true" },
			},
		},
	];
	const daemon = `[int(each) for each in os.listdir("/proc") if each.isdigit() and "sleep" in open("/proc/" + each + "/cmdline").read() and int(each) != os.getpid()][-1]`;
	const acts = (outside: string, signals: string) => ({
		// Until it listens.
		'[connect and __import__("time").sleep(0.02) for _ in range(20)] and None': "ok",
		'abstract("out")': outside,
		[`os.kill(${daemon}, 0)`]: signals,
		"os.kill(os.getpid(), 0)": "ok",
	});

	it("are open unless they are asked for", () => expectActs({ connect: [] }, acts("ok", "ok"), { config: { setup } }));
	it("keep signals in", () => expectActs({ scope: "signals" }, acts("ok", "EPERM"), { config: { setup } }));
	it("keep from abstract sockets of others", () => expectActs({ scope: ["abstract_sockets"] }, acts("EPERM", "ok"), { config: { setup } }));
	it("do both", () => expectActs({ scope: ["signals", "abstract_sockets"] }, acts("EPERM", "EPERM"), { config: { setup } }));
});
