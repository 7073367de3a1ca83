import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { servers } from "../harness/images.ts";
import { type Acts, expectActs } from "./acts.ts";

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

/** What the acts below are made of: the rules of Landlock for ports by themselves, and ways to a port that it is not asked about. */
const ways = `
import struct, mmap
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    if (result := libc.syscall(number, *args)) < 0: raise OSError(ctypes.get_errno(), "")
    return result
def careless():
    ruleset = call(444, struct.pack("QQQ", 0, 3, 0), 24, 0)
    call(445, ruleset, 2, struct.pack("QQ", 3, 8002), 0)
    call(446, ruleset, 0)
def mptcp(family=socket.AF_INET): return socket.socket(family, socket.SOCK_STREAM, 262)
to = ("127.0.0.1", 8001)
FAST = 0x20000000
def sendmmsg():
    address = ctypes.create_string_buffer(struct.pack("=H", 2) + struct.pack("!H", 8001) + bytes([127, 0, 0, 1]) + bytes(8))
    vector = ctypes.create_string_buffer(struct.pack("PN", ctypes.addressof(data), 1))
    message = ctypes.create_string_buffer(struct.pack("PIxxxxPNPNixxxxIxxxx", ctypes.addressof(address), 16, ctypes.addressof(vector), 1, 0, 0, 0, 0))
    stream = tcp()
    if libc.sendmmsg(stream.fileno(), message, 1, FAST) < 0: raise OSError(ctypes.get_errno(), "")
data = ctypes.create_string_buffer(b"x")
def i386(number, *args):
    code = mmap.mmap(-1, 4096, prot=7)
    code.write(bytes.fromhex("53 89f8 89f3 87d1 cd80 5b c3"))
    enter = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_int] * 4)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    if (result := enter(number, *args)) < 0: raise OSError(-result, "")
`;

describe("a port that is not named", () => {
	/** With no wall around it and with Landlock's rules alone it is the same: they work. */
	// Python calls EOPNOTSUPP by its other name.
	const acts = (open: (refused: string, works?: string) => string): Acts => ({
		"mptcp().connect(to)": open("EPROTONOSUPPORT"),
		"mptcp(socket.AF_INET6)": open("EPROTONOSUPPORT", "ok"),
		"mptcp().bind(to)": open("EPROTONOSUPPORT", "ok"),
		'tcp().sendto(b"x", FAST, to)': open("ENOTSUP"),
		'tcp().sendmsg([b"x"], [], FAST, to)': open("ENOTSUP"),
		"sendmmsg()": open("ENOTSUP"),
		"socket.socket(43, socket.SOCK_STREAM)": "EAFNOSUPPORT",
		'tcp().setsockopt(6, 31, b"none")': open("ENOPROTOOPT", "ENOENT"),
		"call(425, 4, ctypes.create_string_buffer(120))": open("ENOSYS", "ok"),
		...(process.arch === "x64" && {
			"i386(359, 2, 1, 262)": open("EPROTONOSUPPORT", "ok"),
			"i386(359, 2, 1, 0)": "ok",
			// Where the arguments lie.
			"i386(102, 1, 0, 0)": open("ENOSYS", "EFAULT"),
		}),
		// What all of that is for.
		"connect(8002)": "ECONNREFUSED",
		"bind(8002)": "ok",
		'tcp().setsockopt(6, 1, b"\\1\\0\\0\\0")': "ok",
		'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", to)': "ok",
		"socket.socketpair()": "ok",
	});
	const works = acts((_, works = "ECONNREFUSED") => works);

	it("is reached past Landlock by MPTCP, data in the first packet, and io_uring", () =>
		expectActs({ scope: "signals" }, { "careless()": "ok", "connect(8001)": "EACCES", "bind(8001)": "EACCES", ...works }, {}, ways));

	it("is not reached by them past the wall", async () => {
		const refused = { "connect(8001)": "EACCES", "bind(8001)": "EACCES", ...acts((refused) => refused) };
		await expectActs({ connect: [8002], bind: [8002] }, refused, {}, ways);
		const one = ["mptcp().connect(to)", 'tcp().sendto(b"x", FAST, to)'] as const;
		for (const landlock of [{ connect: 8002 }, { bind: 8002 }]) {
			await expectActs(landlock, { [one[0]]: "EPROTONOSUPPORT", [one[1]]: "ENOTSUP" }, {}, ways);
		}
	});

	it("is walled by one filter more, behind which the one that is configured is loaded", async () => {
		const filters = async (config: object) => {
			const args = ["--", "grep", "Seccomp_filters", "/proc/self/status"];
			const { status, stdout, stderr } = await runHouse({ image: servers, config: { user: "app", ...config }, args });
			expect([status, stderr]).toEqual([0, ""]);
			return Number(stdout.split(":")[1]);
		};
		const none = await filters({});
		expect(await filters({ landlock: { scope: "signals" } })).toBe(none);
		expect(await filters({ landlock: { bind: 80 } })).toBe(none + 1);
		expect(await filters({ landlock: { bind: 80 }, seccomp: "docker-default" })).toBe(none + 2);
	});

	it("is not walled without filters: the start is refused", async () => {
		const start = { image: servers, config: { user: "app", landlock: { bind: 80 } }, args: ["--", "true"] };
		const { status, stderr } = await runHouse({ ...start, without: { seccomp: "ENOSYS" } });
		expect([status, stderr.split("\n").filter((line) => !/^ {4}/.test(line))]).toEqual([
			125,
			[
				"abdicate: error[LANDLOCK_UNAVAILABLE] /etc/entrypoint.yaml:1:26 landlock: connect and bind take a seccomp filter, for MPTCP and what else passes Landlock: ENOSYS: this kernel does not have the call, or a seccomp filter hides it",
				"  a kernel, and a filter of the runtime, that let seccomp(2) pass",
				"  or leave connect and bind out",
				"",
			],
		]);
		expect(
			await runHouse({ ...start, config: { user: "app", landlock: { scope: "signals" } }, without: { seccomp: "ENOSYS" } }),
		).toMatchObject({
			status: 0,
			stderr: "",
		});
	});
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
