import { debian } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { mapperVolumes } from "./mappers.ts";

/** What a job does, as a program that ends with an error where it is not let. */
export interface Trial {
	readonly program: string;
	/** Python unless given. */
	readonly language?: "sh";
	/** What the runtime gives besides the flags, and nothing takes away. */
	readonly given?: Partial<Pick<ContainerOptions, "image" | "volumes" | "env" | "caps" | "flags">>;
	/** Shell, as root, before this program takes its place. */
	readonly before?: string;
	/** Flags that `plan` asks for, for any volume, and this start does without. */
	readonly spare?: readonly string[];
	/** The flags alone make it so, and a step finds it done. */
	readonly metByFlags?: true;
	/** Further flags, without which it does not work either. */
	readonly needs?: readonly string[];
	/** With these flags in addition it does not work. */
	readonly failsWith?: string;
	/** The five sets and no_new_privs, where they are not what is kept. */
	readonly holds?: string;
	/** In a container, as its filter of system calls has a say. */
	readonly filtered?: true;
}

/** What every program of Python's begins with. */
export const prelude = `
import ctypes, fcntl, os, socket, struct
held = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if line.startswith(("Cap", "NoNewPrivs")))
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()) + ": " + name)
    return result
def system_call(x86_64, aarch64, *arguments):
    return call("syscall", ctypes.c_long(x86_64 if os.uname().machine == "x86_64" else aarch64), *arguments)
def run(*words):
    if os.spawnvp(os.P_WAIT, words[0], words) != 0:
        raise SystemExit(words[0])
def said(*words):
    with os.popen(" ".join(words) + " 2>&1") as output:
        return output.read()
def refused(what):
    try:
        what()
    except OSError:
        return
    raise SystemExit("not refused")
def pid_of(name):
    return next(each for each in os.listdir("/proc") if each.isdigit() and open("/proc/" + each + "/comm").read() == name + "\\n")
`;

/** And ends with: what it held when it began. */
export const ending = `
print("worked", *(held[each] for each in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb", "NoNewPrivs")))
`;

/** The same in a shell. */
export const shellEnding = `for each in CapEff CapPrm CapInh CapBnd CapAmb NoNewPrivs; do held="$held $(sed -n "s/^$each:\t//p" /proc/self/status)"; done
echo "worked$held"
`;

const lowPorts = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];
const bindUdp = (number: number) => `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(("0.0.0.0", ${number}))`;
const bindTcp = (number: number) => `socket.socket().bind(("0.0.0.0", ${number}))`;
const packetSocket = "packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))";
const secret = { before: "mkdir -m 700 /srv/closed; umask 077; echo secret >/srv/closed/file" };
const readsSecret = `
assert open("/srv/closed/file").read() == "secret\\n"
refused(lambda: open("/srv/closed/file", "a"))
refused(lambda: open("/srv/closed/another", "w"))`;
const ofOthers = {
	before:
		"mkdir /srv/tree; mkdir -m 700 /srv/tree/closed; echo 1 >/srv/tree/closed/file; chown -R 4242:4343 /srv/tree; chmod 600 /srv/tree/closed/file",
};
const changesOthers = `
os.chown("/srv/tree", 4444, 4545)
open("/srv/tree/closed/file", "a").write("2")
os.chmod("/srv/tree/closed/file", 0o640)
os.chmod("/srv/tree/closed", 0o2750)
assert os.stat("/srv/tree/closed").st_mode & 0o2000`;
const sleeper = { before: "sleep 300 & until [ $(cat /proc/$!/comm) = sleep ]; do :; done" };
const userNamespace = "call('unshare', 0x10000000)";

/** Maps a thousand ids, and becomes one of them. */
const mapsIds: Trial = {
	program: `
import time
child = os.fork()
if child == 0:
    call("unshare", 0x10000000)
    open("/tmp/apart", "w")
    while not os.path.exists("/tmp/mapped"): time.sleep(0.01)
    os.setgid(5)
    os.setuid(5)
    os._exit(7)
while not os.path.exists("/tmp/apart"):
    assert os.waitpid(child, os.WNOHANG)[0] == 0
    time.sleep(0.01)
try:
    run("newgidmap", str(child), "0", "1000", "1", "1", "100000", "1000")
    run("newuidmap", str(child), "0", "1000", "1", "1", "100000", "1000")
except SystemExit:
    os.kill(child, 9)
    raise
open("/tmp/mapped", "w")
assert os.waitpid(child, 0)[1] == 7 << 8`,
	given: { volumes: mapperVolumes },
	needs: ["--security-opt seccomp=unconfined"],
	holds: "0000000000000000 0000000000000000 0000000000000000 00000000000000c0 0000000000000000 0",
	filtered: true,
};

export const trials: Readonly<Record<string, Trial>> = {
	ping: {
		program: `
ping = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
ping.settimeout(5)
ping.sendto(b"\\x08\\0\\0\\0\\0\\0\\0\\x01hello", ("127.0.0.1", 0))
assert ping.recv(99).endswith(b"hello")`,
		failsWith: "--sysctl net.ipv4.ping_group_range=1 0",
	},
	"low-ports": {
		program: `
assert os.environ["LISTEN_FDS"] == "1" and socket.socket(fileno=3).getsockname()[1] == 80
refused(lambda: ${bindTcp(81)})`,
		given: { flags: lowPorts },
		needs: ["--cap-add NET_BIND_SERVICE"],
	},
	"dns-server": { program: bindUdp(53), given: { flags: lowPorts } },
	dhcp: {
		program: `${bindUdp(67)}\n${packetSocket}\nrun("ip", "link", "add", "served", "type", "veth", "peer", "name", "other")`,
		given: { flags: lowPorts },
	},
	"packet-capture": {
		program: `
${packetSocket}
packets.setsockopt(263, 1, struct.pack("iHH8s", socket.if_nametoindex("lo"), 1, 0, b""))
packets.settimeout(5)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"seen", ("127.0.0.1", 4242))
while not packets.recv(999).endswith(b"seen"): pass`,
	},
	openvpn: {
		// runc before 1.2 lets every container open this device.
		spare: ["--device /dev/net/tun:/dev/net/tun:rwm"],
		program: `
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH14s", b"tun0", 1 | 0x1000, b""))
assert "10.8.0.2/24" in said("ip", "address", "show", "tun0")
os.set_blocking(tun, False)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"through", ("10.8.0.9", 4242))
import time
deadline = time.monotonic() + 5
found = b""
while not found.endswith(b"through") and time.monotonic() < deadline:
    try:
        found = os.read(tun, 999)
    except BlockingIOError:
        pass
assert found.endswith(b"through")
refused(lambda: fcntl.ioctl(os.open("/dev/net/tun", os.O_RDWR), 0x400454ca, struct.pack("16sH14s", b"tun1", 1 | 0x1000, b"")))`,
	},
	"firewall-agent": { program: `run("nft", "add", "table", "inet", "agent")` },
	"firewall-at-start": {
		program: `
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 4242))
another = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
another.bind(("127.0.0.1", 4343))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.sendto(b"dropped", ("127.0.0.1", 4242))
sender.sendto(b"passes", ("127.0.0.1", 4343))
another.settimeout(5)
assert another.recv(99) == b"passes"
receiver.setblocking(False)
refused(lambda: receiver.recv(99))
assert "Operation not permitted" in said("nft", "flush", "ruleset")`,
		before: "echo 'table inet filter { chain input { type filter hook input priority 0; udp dport 4242 drop; }; }' >/etc/nftables.conf",
	},
	router: {
		program: `
assert open("/proc/sys/net/ipv4/ip_forward").read() == "1\\n"
socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
${bindTcp(179)}
run("ip", "route", "add", "blackhole", "192.0.2.0/24")`,
		given: { flags: lowPorts },
	},
	keepalived: { program: `socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)\nrun("ip", "address", "add", "192.0.2.1/32", "dev", "lo")` },
	"traffic-shaping": {
		program: `
assert "pfifo" in said("tc", "qdisc", "show", "dev", "lo")
assert "Operation not permitted" in said("tc", "qdisc", "del", "dev", "lo", "root")`,
	},
	"docker-socket": {
		program: `
client = socket.socket(socket.AF_UNIX)
client.connect("/var/run/docker.sock")`,
		before: `python3 -c 'import os, socket, time
server = socket.socket(socket.AF_UNIX); server.bind("/run/docker.sock"); server.listen(); os.chown("/run/docker.sock", 0, 990); os.chmod("/run/docker.sock", 0o660); open("/run/ready", "w"); time.sleep(300)' &
until [ -e /run/ready ]; do :; done`,
		spare: ["--cap-add DAC_READ_SEARCH"],
	},
	kaniko: {
		program: `${changesOthers}
os.setxattr("/srv/tree/closed/file", "security.capability", struct.pack("<IIIII", 0x02000001, 1024, 0, 0, 0))
child = os.fork()
if child == 0:
    os.setgroups([7])
    os.setgid(1000)
    os._exit(3)
assert os.waitpid(child, 0)[1] == 3 << 8
child = os.fork()
if child == 0:
    os.setuid(1000)
    os._exit(3)
assert os.waitpid(child, 0)[1] == 3 << 8`,
		...ofOthers,
	},
	"buildkit-rootless": mapsIds,
	buildah: mapsIds,
	kvm: {
		program: `
kvm = os.open("/dev/kvm", os.O_RDWR)
assert fcntl.ioctl(kvm, 0xae00) == 12`,
	},
	ntp: {
		program: `
state = (ctypes.c_long * 64)()
call("adjtimex", state)
tick = state[11]
assert 9000 < tick < 11000
state[0] = 0x4000
call("adjtimex", state)
assert state[11] == tick`,
		filtered: true,
	},
	"node-exporter": {
		program: `
assert len(open("/host/proc/loadavg").read().split()) == 5
refused(lambda: os.listdir("/host/proc/1/fd"))`,
		given: { volumes: ["/proc:/host/proc:ro"] },
	},
	cadvisor: { program: readsSecret, ...secret },
	"log-shipper": { program: readsSecret, ...secret },
	backup: { program: readsSecret, ...secret },
	restore: { program: changesOthers, ...ofOthers },
	"kernel-log": { program: "call('klogctl', 9, None, 0)", filtered: true },
	"process-monitor": {
		program: `
pid = pid_of("sleep")
assert os.readlink("/proc/" + pid + "/exe").endswith("sleep")
assert "0" in os.listdir("/proc/" + pid + "/fd")
open("/proc/" + pid + "/environ").read()
refused(lambda: call("ptrace", 16, int(pid), None, None))`,
		...sleeper,
	},
	"debugger-of-others": {
		program: `
pid = int(pid_of("sleep"))
call("ptrace", 16, pid, None, None)
assert os.waitpid(pid, 0x40000000)[0] == pid`,
		...sleeper,
	},
	debugger: {
		program: `
child = os.fork()
if child == 0:
    call("ptrace", 0, 0, None, None)
    os.kill(os.getpid(), 19)
    os._exit(0)
assert os.WIFSTOPPED(os.waitpid(child, 0)[1])
call("ptrace", 7, child, None, None)
assert os.waitpid(child, 0)[1] == 0`,
		filtered: true,
	},
	ebpf: {
		program: `
def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes + b"\\0" * (128 - len(attributes)), 128)
    return system_call(321, 280, command, buffer, 128)
bpf(0, struct.pack("IIII", 1, 4, 4, 1))
program = ctypes.create_string_buffer(struct.pack("<BBhi", 0xb7, 0, 0, 0) + struct.pack("<BBhi", 0x95, 0, 0, 0), 16)
licence = ctypes.create_string_buffer(b"GPL")
bpf(5, struct.pack("<IIQQ", 2, 2, ctypes.addressof(program), ctypes.addressof(licence)))`,
	},
	perf: {
		program: `
attributes = ctypes.create_string_buffer(struct.pack("<IIQ", 1, 112, 0), 112)
system_call(298, 241, attributes, -1, 0, -1, 0)`,
	},
	antivirus: {
		program: `
assert open("/srv/closed/file").read() == "secret\\n"
group = call("fanotify_init", 4, 0)
call("fanotify_mark", group, 1, ctypes.c_uint64(0x10000), -100, b"/srv/closed/file")
refused(lambda: call("mount", b"none", b"/srv", b"tmpfs", 0, None))`,
		filtered: true,
		...secret,
	},
	sandbox: {
		program: `
call("unshare", 0x10000000 | 0x20000)
call("mount", b"none", b"/srv", b"tmpfs", 0, None)`,
		filtered: true,
	},
	browser: { program: userNamespace, filtered: true },
	numa: { program: "system_call(238, 237, 0, None, 0)", filtered: true },
	sysctl: { program: `assert open("/proc/sys/net/core/somaxconn").read() == "8192\\n"`, metByFlags: true },
	ulimits: {
		program: `
import resource
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (16384, 16384)
assert resource.getrlimit(resource.RLIMIT_NPROC) == (4096, 4096)
kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(16000)]
for each in kept: os.close(each)`,
		failsWith: "--ulimit nofile=1024:1024",
	},
	mlock: {
		program: `
memory = ctypes.create_string_buffer(3 << 20)
call("mlock", memory, 3 << 20)`,
		given: { flags: ["--ulimit", "memlock=65536:4194304"] },
		failsWith: "--ulimit memlock=65536:65536",
	},
	fuse: {
		program: `[ "$(ls /mnt/remote)" = file ]`,
		given: { image: debian, env: { RCLONE_CONFIG: "/dev/null", RCLONE_CONFIG_REMOTE_TYPE: "alias", RCLONE_CONFIG_REMOTE_REMOTE: "/seed" } },
		before: "mkdir /seed; touch /seed/file",
		language: "sh",
		spare: ["--cap-add DAC_OVERRIDE", "--cap-add FOWNER"],
	},
};
