import { existsSync, readFileSync } from "node:fs";
import type { Flags } from "./flags.ts";

/** mount(2) */
const flag = { readOnly: 1, noSuid: 2, noDev: 4, noExec: 8, strictAtime: 1 << 24 };
const noneOfIt = flag.noSuid | flag.noDev | flag.noExec;

const fixed: readonly (readonly string[])[] = [
	mount("proc", "proc", "/proc", noneOfIt),
	mount("tmpfs", "tmpfs", "/dev", flag.noSuid | flag.strictAtime, "mode=755,size=65536k"),
	mount("devpts", "devpts", "/dev/pts", flag.noSuid | flag.noExec, "newinstance,ptmxmode=0666,mode=0620,gid=5"),
	mount("sysfs", "sysfs", "/sys", noneOfIt | flag.readOnly),
	mount("mqueue", "mqueue", "/dev/mqueue", noneOfIt),
	mount("tmpfs", "shm", "/dev/shm", noneOfIt, "mode=1777,size=67108864"),
	...["null:3", "zero:5", "full:7", "random:8", "urandom:9"].map((each) => {
		const [name, minor] = each.split(":") as [string, string];
		return ["node", `/dev/${name}`, "c", "666", "1", minor];
	}),
	["node", "/dev/tty", "c", "666", "5", "0"],
	["link", "/proc/self/fd", "/dev/fd"],
	["link", "/proc/self/fd/0", "/dev/stdin"],
	["link", "/proc/self/fd/1", "/dev/stdout"],
	["link", "/proc/self/fd/2", "/dev/stderr"],
	...(existsSync("/proc/kcore") ? [["link", "/proc/kcore", "/dev/core"]] : []),
	["link", "pts/ptmx", "/dev/ptmx"],
];

const masked = [
	...["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list"],
	...["/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"],
];
const readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** What a root is made of besides flags. */
export interface Place {
	/** Trees that lie over each other, the uppermost first. */
	readonly layers: readonly string[];
	readonly volumes: readonly string[];
	/** The machine's own network instead of one of its own with nothing but loopback. */
	readonly isHostNetwork: boolean;
	readonly hostname: string;
	readonly flags: Flags;
}

/** The operations that make a root as Docker makes it. */
export function rootOperations({ layers, volumes, isHostNetwork, hostname, flags }: Place): string[] {
	const files = [
		["/etc/resolv.conf", readFileSync("/etc/resolv.conf", "utf8")],
		["/etc/hostname", `${hostname}\n`],
		["/etc/hosts", isHostNetwork ? readFileSync("/etc/hosts", "utf8") : hosts],
	].map(([path = "", content = ""]) => file(path, content, flags.readOnly));
	const mounts = [...files, ...volumes.map(volume), ...flags.tmpfs.map(tmpfs)].sort((left, right) => left.depth - right.depth);
	return [
		["overlay", layers.join(":")],
		...fixed,
		...mounts.flatMap(({ operations }) => operations),
		...flags.devices.map(({ path, type, mode, number }) => ["node", path, type, mode.toString(8), `${number >> 8}`, `${number & 255}`]),
		["hostname", hostname],
		...(isHostNetwork ? [] : [["loopback"], ...ofOwnNetwork.map(([key, value]) => sysctl(key, value))]),
		...flags.sysctls.map(([key, value]) => sysctl(key, value)),
		...(flags.readOnly ? [["remount", "/", `${flag.readOnly}`]] : []),
		...(flags.masked ? [...readOnly.map((path) => ["readonly", path]), ...masked.map((path) => ["mask", path])] : []),
	].flat();
}

const hosts = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

const ofOwnNetwork = [
	["net.ipv4.ip_unprivileged_port_start", "0"],
	["net.ipv4.ping_group_range", "0 2147483647"],
	["net.ipv6.conf.all.disable_ipv6", "1"],
	["net.ipv6.conf.default.disable_ipv6", "1"],
] as const;

function mount(type: string, source: string, target: string, flags: number, data = ""): readonly string[] {
	return ["mount", type, source, target, `${flags}`, data];
}

function sysctl(key: string, value: string): string[] {
	return ["write", `/proc/sys/${key.replaceAll(".", "/")}`, value];
}

interface Mount {
	readonly depth: number;
	readonly operations: readonly (readonly string[])[];
}

const depthOf = (path: string): number => path.split("/").filter(Boolean).length;

function file(path: string, content: string, isReadOnly: boolean): Mount {
	const write = ["file", path, content];
	return { depth: depthOf(path), operations: isReadOnly ? [write, ["remount", path, `${flag.readOnly}`]] : [write] };
}

function volume(text: string): Mount {
	const [source = "", target = "", mode = "rw", ...rest] = text.split(":");
	if (!source.startsWith("/") || !target.startsWith("/") || !["rw", "ro"].includes(mode) || rest.length > 0) {
		throw new Error(`a house does not do --volume=${text}: this test needs runContainer`);
	}
	const bind = ["bind", source, target];
	return { depth: depthOf(target), operations: mode === "ro" ? [bind, ["remount", target, `${flag.readOnly}`]] : [bind] };
}

const tmpfsFlags: Readonly<Record<string, readonly [set: number, clear: number]>> = {
	ro: [flag.readOnly, 0],
	rw: [0, flag.readOnly],
	exec: [0, flag.noExec],
	noexec: [flag.noExec, 0],
	suid: [0, flag.noSuid],
	dev: [0, flag.noDev],
};

function tmpfs({ target, options }: Flags["tmpfs"][number]): Mount {
	let flags = noneOfIt;
	const data: string[] = [];
	for (const option of options) {
		const known = tmpfsFlags[option];
		if (known === undefined) {
			data.push(option);
		} else {
			flags = (flags | known[0]) & ~known[1];
		}
	}
	return { depth: depthOf(target), operations: [["tmpfs", target, `${flags}`, data.join()]] };
}
