import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";
import { type Asked, whyRefused } from "./refused.ts";
import { isKnown, type Known, Unknown } from "./unknown.ts";

/** An open socket that took a privilege to make: it outlives the loss of that privilege. */
export interface PrivilegedSocket {
	readonly kind: Table;
	/** Of internet sockets, literal. */
	readonly address?: string;
	/** Of TCP and UDP, below the first unprivileged one. */
	readonly port?: number;
	/** IP protocol of a raw socket, EtherType of a packet socket (3 is all). */
	readonly protocol?: number;
}

const tables = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6", "packet"] as const;
type Table = (typeof tables)[number];

const tableLimit = 64 * 1024 * 1024;
const usualStart = 1024;
const tcpListen = "0A";

/** Those among the descriptors of a process. */
export function observeSockets(reads: Reads, pid: number): Known<PrivilegedSocket[]> {
	const inodes = socketInodes(reads, pid);
	if (!isKnown(inodes) || inodes.size === 0) {
		return isKnown(inodes) ? [] : inodes;
	}
	const start = unprivilegedPortStart(reads, pid);
	const found = tables.map((kind): Known<PrivilegedSocket[]> => {
		const text = readProc(reads, `${pid}/net/${kind}`, tableLimit);
		if (typeof text !== "string") {
			// Without IPv6, or packet sockets, a kernel has no such table; each has TCP.
			const isAbsent = text === -errno.ENOENT && kind !== "tcp";
			return isAbsent ? [] : new Unknown(whyRefused(reads, pid, { call: "open", file: `net/${kind}` }, text ?? -errno.ENOENT));
		}
		const lines = text.trim().split("\n").slice(1);
		return lines.flatMap((line) => socketOf(kind, line.trim().split(/\s+/), inodes, start) ?? []);
	});
	return found.find((each) => !isKnown(each)) ?? found.filter(isKnown).flat();
}

/** What is closed meanwhile is left out. */
function socketInodes(reads: Reads, pid: number): Known<Set<string>> {
	const refused = (call: Asked["call"], code: Errno) => new Unknown(whyRefused(reads, pid, { call, file: "fd" }, code));
	const directory = reads.openRead(AT.FDCWD, `/proc/${pid}/fd`, O.RDONLY | O.DIRECTORY, 0);
	if (directory < 0) {
		return refused("open", directory);
	}
	const names = withDescriptor(reads, directory, () => reads.readDirectory(directory));
	if (typeof names === "number") {
		return refused("read", names);
	}
	const links = names.map((name) => reads.readlinkat(AT.FDCWD, `/proc/${pid}/fd/${name}`));
	const failed = links.find((link) => typeof link === "number" && link !== -errno.ENOENT);
	return typeof failed === "number"
		? refused("readlink", failed)
		: new Set(links.flatMap((link) => /^socket:\[([0-9]+)\]$/.exec(`${link}`)?.[1] ?? []));
}

/** /proc/sys shows the network namespace of the one who reads; another one's value is not visible. ip(7) */
function unprivilegedPortStart(reads: Reads, pid: number): number {
	const [own, other] = ["self", pid].map((each) => reads.readlinkat(AT.FDCWD, `/proc/${each}/ns/net`));
	const text = own === other ? readProc(reads, "sys/net/ipv4/ip_unprivileged_port_start") : -1;
	return typeof text === "number" ? usualStart : Number(text);
}

/** A line of proc_pid_net(5); raw sockets have the protocol in the place of the port. */
function socketOf(kind: Table, fields: readonly string[], inodes: ReadonlySet<string>, start: number): PrivilegedSocket | undefined {
	if (!inodes.has((kind === "packet" ? fields.at(-1) : fields[9]) ?? "")) {
		return undefined;
	}
	if (kind === "packet") {
		return { kind, protocol: Number.parseInt(fields[3] ?? "", 16) };
	}
	const [digits = "", end = ""] = fields[1]?.split(":") ?? [];
	const [address, number] = [digits.length === 8 ? ipv4(digits) : ipv6(digits), Number.parseInt(end, 16)];
	if (kind === "raw" || kind === "raw6") {
		return { kind, address, protocol: number };
	}
	const isBound = !kind.startsWith("tcp") || fields[3] === tcpListen;
	return isBound && number > 0 && number < start ? { kind, address, port: number } : undefined;
}

/** The kernel prints words of 32 bits as the machine has them, which is least byte first. */
function bytesOf(word: string): string[] {
	return (word.match(/../g) ?? []).reverse();
}

function ipv4(digits: string): string {
	return bytesOf(digits)
		.map((byte) => Number.parseInt(byte, 16))
		.join(".");
}

/** RFC 5952: no leading zeros, the longest run of zeros left out. */
function ipv6(digits: string): string {
	const bytes = (digits.match(/.{8}/g) ?? []).map((word) => bytesOf(word).join("")).join("");
	const text = (bytes.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16)).join(":");
	const runs = [...text.matchAll(/\b0(?::0)+\b/g)].map(({ 0: run, index }) => ({ run, index }));
	const { run, index } = runs.reduce((longest, each) => (each.run.length > longest.run.length ? each : longest), { run: "", index: 0 });
	return run === "" ? text : `${text.slice(0, index).replace(/:$/, "")}::${text.slice(index + run.length).replace(/^:/, "")}`;
}

/** `tcp 0.0.0.0:80`, `raw6 [::] protocol 58`, `packet protocol 3` */
export function socketText({ kind, address, port, protocol }: PrivilegedSocket): string {
	const host = address === undefined ? "" : ` ${address.includes(":") ? `[${address}]` : address}`;
	return `${kind}${host}${port === undefined ? "" : `:${port}`}${protocol === undefined ? "" : ` protocol ${protocol}`}`;
}
