import { describe, expect, it } from "vitest";
import { runHouse, startHouse } from "../../harness/house/run.ts";
import { servers } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { volume } from "./volume.ts";

/** A program that accepts sockets as sd_listen_fds(3) has it, and says what the kernel says of each. */
const report = `
import json, os, socket
assert os.environ["LISTEN_PID"] == str(os.getpid())
def told(fd):
    s = socket.socket(fileno=fd)
    name = s.getsockname()
    v6 = s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) if s.family == socket.AF_INET6 else None
    return [fd, s.family.name, s.type.name, name.decode() if isinstance(name, bytes) else name if isinstance(name, str) else "%s %d" % name[:2],
        v6, s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), os.get_inheritable(fd)]
files = sorted(int(fd) for fd in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + fd))
sockets = [told(fd) for fd in range(3, 3 + int(os.environ["LISTEN_FDS"]))]
print(json.dumps({"sockets": sockets, "variables": sorted(k + "=" + v for k, v in os.environ.items() if k.startswith("LISTEN_")), "open": files}))
`;
/** Networks without an interface have no ::1 until they are asked. */
const withIpv6 = ["--sysctl", "net.ipv6.conf.lo.disable_ipv6=0"];

function optionsFor(steps: readonly object[], script: string, more: Partial<ContainerOptions> = {}): ContainerOptions {
	return {
		image: servers,
		config: { user: "app", setup: steps.map((listen) => ({ listen })) },
		args: ["--", "python3", "-c", script],
		flags: withIpv6,
		...more,
	};
}

async function reported(options: ContainerOptions): Promise<{ sockets: unknown[][]; variables: string[]; open: number[] }> {
	const { status, stdout, stderr } = await runHouse(options);
	expect([status, stderr]).toEqual([0, ""]);
	return JSON.parse(stdout);
}

describe("what listen hands over", () => {
	it("rule 4.3: is every kind of socket, at its address, with its name", async () => {
		const steps = [
			{ name: "all", tcp: [80, "0.0.0.0:81", "[::1]:82"] },
			{ name: "six", tcp: "[::]:83", v6only: true },
			{ name: "dns", udp: [53, "127.0.0.1:54", "[::1]:55"] },
			{ name: "local", unix: ["/run/control", "@abstract"] },
		];
		const { sockets, variables, open } = await reported(optionsFor(steps, report));
		// An address of one's own is IPv6 alone to the kernel, whatever was asked for. ipv6(7)
		expect(sockets).toEqual([
			[3, "AF_INET6", "SOCK_STREAM", ":: 80", 0, 1, true],
			[4, "AF_INET", "SOCK_STREAM", "0.0.0.0 81", null, 1, true],
			[5, "AF_INET6", "SOCK_STREAM", "::1 82", 1, 1, true],
			[6, "AF_INET6", "SOCK_STREAM", ":: 83", 1, 1, true],
			[7, "AF_INET6", "SOCK_DGRAM", ":: 53", 0, 0, true],
			[8, "AF_INET", "SOCK_DGRAM", "127.0.0.1 54", null, 0, true],
			[9, "AF_INET6", "SOCK_DGRAM", "::1 55", 1, 0, true],
			[10, "AF_UNIX", "SOCK_STREAM", "/run/control", null, 1, true],
			[11, "AF_UNIX", "SOCK_STREAM", "\0abstract", null, 1, true],
		]);
		expect(variables).toEqual(["LISTEN_FDNAMES=all:all:all:six:dns:dns:dns:local:local", "LISTEN_FDS=9", "LISTEN_PID=1"]);
		expect(open).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
	});

	it("answers: datagrams, an abstract socket, and IPv6 without IPv4", async () => {
		const echo = `
import socket, threading
datagrams, abstract, six = (socket.socket(fileno=fd) for fd in (3, 4, 5))
def serve(listener, word):
    while True:
        client, _ = listener.accept()
        client.sendall(word); client.close()
for listener, word in ((abstract, b"abstract"), (six, b"six")):
    threading.Thread(target=serve, args=(listener, word)).start()
while True:
    text, sender = datagrams.recvfrom(100)
    datagrams.sendto(b"echo " + text, sender)
`;
		const ask = `
import socket
def tried(ask):
    try: return ask()
    except OSError as error: return type(error).__name__
def stream(family, address):
    s = socket.socket(family); s.settimeout(5); s.connect(address); return s.recv(100).decode()
def datagram(family, address):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(5); s.sendto(b"hello", address); return s.recv(100).decode()
print([tried(each) for each in (
    lambda: datagram(socket.AF_INET, ("127.0.0.1", 53)), lambda: datagram(socket.AF_INET6, ("::1", 53)),
    lambda: stream(socket.AF_UNIX, "\\0abstract"), lambda: stream(socket.AF_INET6, ("::1", 83)), lambda: stream(socket.AF_INET, ("127.0.0.1", 83)))])
`;
		const container = await startHouse(optionsFor([{ udp: 53 }, { unix: "@abstract" }, { tcp: "[::]:83", v6only: true }], echo));
		const { status, stdout } = await container.exec(["python3", "-c", ask]);
		expect([status, stdout]).toEqual([0, "['echo hello', 'echo hello', 'abstract', 'six', 'ConnectionRefusedError']\n"]);
		container.remove();
	});
});

describe("sockets that came with the start", () => {
	/** Opens two sockets and some other descriptors as a service manager would, and becomes the entrypoint. */
	const manager = (variables: string) => `
import os, socket
first, second = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
first.bind(("127.0.0.1", 1001)); first.listen(); second.bind(("127.0.0.1", 1002))
spare = [os.dup(first.fileno()), os.dup(second.fileno())]
high = [os.dup2(fd, 40 + n) for n, fd in enumerate(spare)]
os.dup2(high[0], 3); os.dup2(high[1], 4)
stray = os.open("/etc/passwd", os.O_RDONLY)
for fd in (5, 6, 9): os.dup2(stray, fd)
os.environ.update(${variables})
os.execv("/abdicate", ["abdicate", "--", "python3", "-c", ${JSON.stringify(report)}])
`;
	const start = (variables: string) =>
		reported(
			optionsFor([{ name: "ours", tcp: ["127.0.0.1:80", "127.0.0.1:81"] }], "", {
				entrypoint: "python3",
				args: ["-c", manager(variables)],
			}),
		);
	const inherited = [
		[3, "AF_INET", "SOCK_STREAM", "127.0.0.1 1001", null, 1, true],
		[4, "AF_INET", "SOCK_DGRAM", "127.0.0.1 1002", null, 0, true],
	];
	const ours = (from: number) =>
		[80, 81].map((port, index) => [from + index, "AF_INET", "SOCK_STREAM", `127.0.0.1 ${port}`, null, 1, true]);

	it.each([
		["with names", '"LISTEN_FDNAMES": "a:b"', "a:b"],
		["with a name too few", '"LISTEN_FDNAMES": "a"', "a:unknown"],
		["without names", '"LISTEN_PIDFDID": "7"', "unknown:unknown"],
	])("rule 4.3: stay first, %s, and strays do not come along", async (_, extra, names) => {
		const { sockets, variables, open } = await start(`{"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", ${extra}}`);
		expect({ sockets, variables, open }).toEqual({
			sockets: [...inherited, ...ours(5)],
			variables: [`LISTEN_FDNAMES=${names}:ours:ours`, "LISTEN_FDS=4", "LISTEN_PID=1"],
			open: [0, 1, 2, 3, 4, 5, 6],
		});
	});

	it.each([
		["another process", '{"LISTEN_PID": "2", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b"}'],
		["nobody", '{"LISTEN_FDS": "2"}'],
	])("are none of ours when they were meant for %s", async (_, given) => {
		const { sockets, variables, open } = await start(given);
		expect({ sockets, variables, open }).toEqual({
			sockets: ours(3),
			variables: ["LISTEN_FDNAMES=ours:ours", "LISTEN_FDS=2", "LISTEN_PID=1"],
			open: [0, 1, 2, 3, 4],
		});
	});
});

describe("the name of a Unix socket", () => {
	const nameOf = async (path: string, data: string) => {
		const { sockets } = await reported(optionsFor([{ unix: path }], report, { volumes: [`${data}:/data`] }));
		return sockets[0]?.[3];
	};

	it("is the path that was written, as sd_is_socket_unix(3) compares it, also where the directory is the workload's", async () => {
		const data = volume("chown 1000:1000 .");
		expect([await nameOf("/data/s", data), await nameOf("/var/run/s", data)]).toEqual(["/data/s", "/var/run/s"]);
	});

	it("leads by descriptor where somebody else could exchange a directory above", async () => {
		const data = volume("mkdir own; chown -R 1000:1000 .");
		expect(await nameOf("/data/own/s", data)).toMatch(/^\/proc\/self\/fd\/\d+\/s$/);
	});

	it("may be longer than a socket's name can be", async () => {
		const long = "d".repeat(120);
		const data = volume(`mkdir ${long}`);
		expect(await nameOf(`/data/${long}/s`, data)).toMatch(/^\/proc\/self\/fd\/\d+\/s$/);
	});
});
