import { describe, expect, it } from "vitest";
import { errno } from "../../../src/sys/errno.ts";
import type { Host } from "../../../src/sys/native.ts";
import { observeSockets, socketText } from "../../../src/tools/inspect/sockets.ts";
import { fromKnown, Unknown } from "../../../src/tools/inspect/unknown.ts";
import { dockerRoot, FakeKernel, unprivileged } from "../../fake/index.ts";

const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const line = (local: string, state: string, inode: number) =>
	`   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100\n`;

const link = (content: string) => ({ kind: "link", content }) as const;
const tables = {
	"/proc/7/net/tcp": `${head}${line("0100007F:0050", "0A", 1)}${line("00000000:1F90", "0A", 2)}${line("0100007F:0051", "01", 3)}${line("00000000:0052", "0A", 99)}`,
	"/proc/7/net/tcp6": `${head}${line("00000000000000000000000000000000:0050", "0A", 4)}${line("00001020010000000000000001000000:0019", "0A", 5)}`,
	"/proc/7/net/udp": `${head}${line("00000000:0035", "07", 6)}${line("00000000:0400", "07", 7)}`,
	"/proc/7/net/raw": `${head}${line("00000000:0001", "07", 8)}`,
	"/proc/7/net/raw6": `${head}${line("00000000000000000000000001000000:003A", "07", 9)}`,
	"/proc/7/net/packet":
		"sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n0000000000000000 3      3    88cc   0     1 0      0      10\n",
};
const fds = Object.fromEntries([...Array(10).keys()].map((n) => [`/proc/7/fd/${n + 3}`, link(`socket:[${n + 1}]`)]));
const more = { "/proc/7/fd/0": link("/dev/null"), "/proc/7/fd/1": link("pipe:[99]") };
const namespaces = { "/proc/7/ns/net": link("net:[5]"), "/proc/self/ns/net": link("net:[5]") };

const texts = (files: object) =>
	fromKnown(observeSockets(new FakeKernel({ process: dockerRoot(), files: { ...tables, ...fds, ...more, ...files } }).host, 7), (sockets) =>
		sockets.map(socketText),
	);

const low = ["tcp 127.0.0.1:80", "tcp6 [::]:80", "tcp6 [2010:0:0:1::1]:25", "udp 0.0.0.0:53"];
const rawOnes = ["raw 0.0.0.0 protocol 1", "raw6 [::1] protocol 58", "packet protocol 35020"];

describe("observeSockets", () => {
	it("finds what listens or is bound below the first unprivileged port, raw and packet sockets", () => {
		expect(texts({ ...namespaces, "/proc/sys/net/ipv4/ip_unprivileged_port_start": "1024\n" })).toEqual([...low, ...rawOnes]);
	});

	it("asks the system where privileged ports end, if the network is its own", () => {
		const start = { "/proc/sys/net/ipv4/ip_unprivileged_port_start": "53\n" };
		expect(texts({ ...namespaces, ...start })).toEqual(["tcp6 [2010:0:0:1::1]:25", ...rawOnes]);
		expect(texts({ ...namespaces, ...start, "/proc/7/ns/net": link("net:[6]") })).toEqual([...low, ...rawOnes]);
	});

	it("knows nothing where one descriptor, or a table, is not told", () => {
		const host = (files: object, overrides: Partial<Host> = {}) =>
			new FakeKernel({ process: dockerRoot(), files: { ...tables, ...fds, ...files }, overrides }).host;
		const refusing: Partial<Host> = { readlinkat: () => -errno.EACCES };
		expect(observeSockets(host({}, refusing), 7)).toEqual(
			new Unknown("readlink /proc/7/fd: EACCES: it is of somebody else, and SYS_PTRACE is not held"),
		);
		const asApp = new FakeKernel({
			process: unprivileged(1000, 1000),
			files: { ...tables, ...fds, "/proc/7/net/raw": { mode: 0, uid: 5 } },
		});
		expect(observeSockets(asApp.host, 7)).toEqual(
			new Unknown("open /proc/7/net/raw: EACCES: it is for uid 5 alone, and DAC_READ_SEARCH and SYS_PTRACE are not held"),
		);
	});

	it("tells no socket from no answer", () => {
		const files = { "/proc/7/fd/0": link("/dev/null"), "/proc/8/fd": { kind: "directory", mode: 0o500 } } as const;
		const { host } = new FakeKernel({ process: unprivileged(1000, 1000), files });
		expect([observeSockets(host, 7), observeSockets(host, 8), observeSockets(host, 9)]).toEqual([
			[],
			new Unknown("open /proc/8/fd: EACCES: it is for uid 0 alone, and DAC_READ_SEARCH and SYS_PTRACE are not held"),
			new Unknown("open /proc/9/fd: ENOENT: it does not exist, or a directory above it"),
		]);
	});

	it.each([
		["0 0 4294967295", {}, "it is uid 1000 gid 1000, this is 0 0, and SYS_PTRACE is not held"],
		["0 100000 65536", {}, "its owner is none of this user namespace, where what is held here counts for nothing"],
		["0 0 4294967295", { "/proc/8/uid_map": "0 7 1\n" }, "it is in another user namespace, where what is held here counts for nothing"],
	])("says who refused the directory of another user to root, of a map %j", (map, more, reason) => {
		const files = {
			"/proc/8/fd": { kind: "directory", mode: 0o500, uid: map.startsWith("0 0") ? 1000 : 65_534 },
			"/proc/8/status": `Name:\tapp\nPPid:\t1\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t\n${["Inh", "Prm", "Eff", "Bnd", "Amb"].map((set) => `Cap${set}:\t0000000000000000\n`).join("")}`,
			"/proc/self/uid_map": `${map}\n`,
			"/proc/8/uid_map": `${map}\n`,
			...more,
		} as const;
		const plain: Host = new FakeKernel({ process: dockerRoot(), files }).host;
		const openRead: Host["openRead"] = (dirfd, path, ...rest) =>
			path === "/proc/8/fd" ? -errno.EACCES : plain.openRead(dirfd, path, ...rest);
		const host: Host = new Proxy(plain, { get: (of, name) => (name === "openRead" ? openRead : of[name as keyof Host]) });
		expect(observeSockets(host, 8)).toEqual(new Unknown(`open /proc/8/fd: EACCES: ${reason}`));
	});

	it("of links that are kept back where the directory was read, tells who may not trace", () => {
		const files = {
			"/proc/8/fd": { kind: "directory", mode: 0o500, uid: 1000 },
			"/proc/8/fd/0": link("/dev/null"),
		} as const;
		const { host } = new FakeKernel({ process: dockerRoot(), files, overrides: { readlinkat: () => -errno.EACCES } });
		expect(observeSockets(host, 8)).toEqual(new Unknown("readlink /proc/8/fd: EACCES: it is of somebody else, and SYS_PTRACE is not held"));
	});
});
