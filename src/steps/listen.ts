import * as v from "valibot";
import { environmentName, fileMode, flag, integer, oneOrMany, text, textLike, understood } from "../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, record } from "../config/mapping.ts";
import { must } from "../sys/act.ts";
import { AF, AT, O, S, SOCK } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host, Reads, Stat } from "../sys/native.ts";
import { mustRead, readSmallFile, SyscallError, withDescriptor } from "../sys/observe.ts";
import { absolutePath, mustOpenTrusted, splitPath, walkTrusted } from "../sys/paths.ts";
import { type Address, addressForm, parseAddress } from "./address.ts";
import { groupField, hasOtherOwner, type Owner, ownerField, resolveOwner } from "./owner.ts";
import { toWriteBeside } from "./reach.ts";
import { refusal } from "./refusal.ts";
import type { Step } from "./step.ts";

export interface ListenAction extends Owner {
	readonly name: string;
	readonly sockets: readonly SocketGoal[];
	readonly backlog: number;
	readonly reusePort: boolean;
	/** `undefined` leaves the choice to the address: all addresses means IPv6 and IPv4. */
	readonly v6only: boolean | undefined;
	/** Of a Unix socket's file. */
	readonly mode: number;
	readonly env: Readonly<Record<string, string>>;
}

type SocketGoal = { readonly type: "tcp" | "udp"; readonly address: Address } | { readonly type: "unix"; readonly path: string };

const address = () =>
	understood(
		"expected a port or address:port, such as 80, 127.0.0.1:80 or [::1]:80",
		(value) => parseAddress(typeof value === "number" ? value.toString() : value),
		{ like: addressForm },
	);
const socketPath = () => textLike(/^(?:\/|\.{1,2}\/|@).+$/, "expected a path, or @name for an abstract socket");

const fields = {
	tcp: list(() => oneOrMany(address())),
	udp: list(() => oneOrMany(address())),
	unix: list(() => oneOrMany(socketPath())),
	name: optional(() => textLike(/^[^:\x00-\x1f\x7f]{1,255}$/, "expected a name without colons"), "listen"),
	backlog: optional(() => integer(1, 65_535), 511),
	reuse_port: optional(flag, false),
	v6only: optional(flag),
	mode: optional(fileMode, 0o666),
	owner: ownerField,
	group: groupField,
	env: optional(() => record(environmentName(), text(), "expected NAME: value"), {}),
};

const schema = () =>
	v.pipe(
		mapping(fields),
		v.check(({ tcp, udp, unix }) => tcp.length + udp.length + unix.length > 0, "expected at least one of tcp, udp and unix"),
	);

const SOL = { SOCKET: 1, IPV6: 41 } as const;
const SO = { REUSEADDR: 2, REUSEPORT: 15 } as const;
const IPV6_V6ONLY = 26;

export const listen: Step<FieldsOutput<typeof fields>, ListenAction> = {
	summary: "Opens sockets while ports may be bound and hands them to the workload by LISTEN_FDS.",
	schema,
	plan: (config, { target, accounts, reads }) => ({
		...resolveOwner(config.owner, config.group, target, accounts),
		name: config.name,
		sockets: [
			...config.tcp.map((each) => ({ type: "tcp", address: each }) as const),
			...config.udp.map((each) => ({ type: "udp", address: each }) as const),
			...config.unix.map(
				(each) => ({ type: "unix", path: each.startsWith("@") ? each : absolutePath(each, mustRead("getcwd", reads.getcwd())) }) as const,
			),
		],
		backlog: config.backlog,
		reusePort: config.reuse_port,
		v6only: config.v6only,
		mode: config.mode,
		env: config.env,
	}),
	describe: ({ name, sockets }) => `${name} on ${sockets.map(goalText).join(" ")}`,
	needs: ({ sockets, uid, gid }, reads) => {
		const start = unprivilegedPortStart(reads);
		const low = sockets.find((goal) => goal.type !== "unix" && goal.address.port > 0 && goal.address.port < start);
		const hasPath = sockets.some((goal) => goal.type === "unix" && !goal.path.startsWith("@"));
		return [
			...(low === undefined ? [] : [{ anyOf: ["NET_BIND_SERVICE"], certain: true, purpose: `to bind ${goalText(low)}` } as const]),
			...(hasPath && hasOtherOwner({ uid: reads.getresuid()[1], gid: reads.getresgid()[1] }, { uid, gid })
				? [{ anyOf: ["CHOWN"], certain: true, purpose: "to give the socket's file its owner" } as const]
				: []),
			...sockets.flatMap((goal) => (goal.type === "unix" && !goal.path.startsWith("@") ? [toWriteBeside(goal.path)] : [])),
		];
	},
	sockets: ({ name, sockets, env }) => sockets.map(() => ({ name, env })),
	apply: (action, { host, handOver }) => {
		for (const goal of action.sockets) {
			try {
				handOver(goal.type === "unix" ? openUnix(host, action, goal.path) : openInternet(host, action, goal));
			} catch (error) {
				throw refusal(error, { reads: host, path: goalText(goal), meanings });
			}
		}
		return { state: "changed", detail: `${action.sockets.length} open` };
	},
};

const meanings = {
	EADDRINUSE: { reason: "something else has this address" },
	EADDRNOTAVAIL: { reason: "the address is none of this machine's" },
	ENOENT: { reason: "the socket's directory does not exist", remedy: ["make it first with mkdir"] },
} as const;

function goalText(goal: SocketGoal): string {
	return goal.type === "unix" ? `unix ${goal.path}` : `${goal.type} ${goal.address.text}`;
}

/** Docker sets it to 0 in its private networks, where low ports take no capability. ip(7) */
function unprivilegedPortStart(reads: Reads): number {
	const text = readSmallFile(reads, "/proc/sys/net/ipv4/ip_unprivileged_port_start");
	return typeof text === "string" && /^[0-9]+\n$/.test(text) ? Number(text) : 1024;
}

/** A port alone means every address: one IPv6 socket that takes IPv4 too, or IPv4 where there is no IPv6. */
function openInternet(host: Host, action: ListenAction, goal: Extract<SocketGoal, { address: Address }>): number {
	const { ip, port } = goal.address;
	const open = (family: number, literal: string) =>
		bound(
			host,
			family,
			goal.type,
			(fd) => prepare(host, action, family, fd),
			(fd) => must(host, "bindInet", fd, literal, port),
			action.backlog,
		);
	if (ip !== undefined) {
		return open(ip.includes(":") ? AF.INET6 : AF.INET, ip);
	}
	try {
		return open(AF.INET6, "::");
	} catch (error) {
		if (error instanceof SyscallError && error.is("EAFNOSUPPORT", "EADDRNOTAVAIL")) {
			return open(AF.INET, "0.0.0.0");
		}
		throw error;
	}
}

function prepare(host: Host, { reusePort, v6only }: ListenAction, family: number, fd: number): void {
	must(host, "setsockoptInt", fd, SOL.SOCKET, SO.REUSEADDR, 1);
	if (reusePort) {
		must(host, "setsockoptInt", fd, SOL.SOCKET, SO.REUSEPORT, 1);
	}
	if (family === AF.INET6) {
		must(host, "setsockoptInt", fd, SOL.IPV6, IPV6_V6ONLY, v6only === true ? 1 : 0);
	}
}

function bound(
	host: Host,
	family: number,
	type: SocketGoal["type"],
	before: (fd: number) => void,
	bind: (fd: number) => void,
	backlog: number,
): number {
	const fd = must(host, "socket", family, type === "udp" ? SOCK.DGRAM : SOCK.STREAM, 0) as number;
	try {
		before(fd);
		bind(fd);
		if (type !== "udp") {
			must(host, "listen", fd, backlog);
		}
		return fd;
	} catch (error) {
		host.close(fd);
		throw error;
	}
}

function openUnix(host: Host, action: ListenAction, path: string): number {
	const open = (name: string) =>
		bound(
			host,
			AF.UNIX,
			"unix",
			() => {},
			(fd) => must(host, "bindUnix", fd, name),
			action.backlog,
		);
	if (path.startsWith("@")) {
		return open(path);
	}
	const { parent, name } = splitPath(path);
	const directory = mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY);
	return withDescriptor(host, directory, () => {
		const bindable = bindableName(host, path, directory);
		removeStale(host, directory, name, bindable);
		// The mode comes from the umask, so that the file never has a wider one than its last.
		const former = host.umask(0o777 & ~action.mode);
		try {
			const fd = open(bindable);
			giveAway(host, directory, name, action, fd);
			return fd;
		} finally {
			host.umask(former);
		}
	});
}

/** Of sun_path without the NUL at its end. unix(7) */
const longestName = 107;

/**
 * What bind(2) is told is what clients and sd_is_socket_unix(3) see. That is the path where nobody but root can lead it elsewhere
 * meanwhile, else the descriptor, so that the way is not looked up again; without /proc only the path is left.
 */
function bindableName(host: Host, path: string, directory: number): string {
	const { parent, name } = splitPath(path);
	const byDescriptor = `/proc/self/fd/${directory}`;
	const isOnlyPath = typeof host.statat(AT.FDCWD, byDescriptor, 0) === "number";
	return isOnlyPath || (path.length <= longestName && isFixed(host, parent)) ? path : `${byDescriptor}/${name}`;
}

/** Whether all directories above this one are root's alone. Its own owner can make entries in it, and bind(2) takes none that is there. */
function isFixed(reads: Reads, directory: string): boolean {
	const way: Stat[] = [];
	const fd = walkTrusted(reads, directory, O.PATH | O.DIRECTORY, { visit: (stat) => way.push(stat) });
	if (fd < 0) {
		return false;
	}
	reads.close(fd);
	return way.slice(0, -1).every(({ uid, mode }) => uid === 0 && (mode & 0o022) === 0);
}

/** Gives the socket's file its owner. What stands there by now has to be that file and not a link to something else. */
function giveAway(host: Host, directory: number, name: string, { uid, gid }: Owner, socket: number): void {
	try {
		const file = must(host, "open", directory, name, O.PATH | O.NOFOLLOW, 0, 0) as number;
		withDescriptor(host, file, () => {
			const { mode, nlink } = mustRead("fstat", host.fstat(file));
			if ((mode & S.IFMT) !== S.IFSOCK || nlink !== 1) {
				throw new SyscallError("bindUnix", errno.EADDRINUSE);
			}
			must(host, "fchownat", file, "", uid, gid, AT.EMPTY_PATH);
		});
	} catch (error) {
		host.close(socket);
		host.unlinkat(directory, name, 0);
		throw error;
	}
}

/** Only a socket that nobody answers on is in the way of nobody. */
function removeStale(host: Host, directory: number, name: string, path: string): void {
	const stat = host.statat(directory, name, AT.SYMLINK_NOFOLLOW);
	if (typeof stat === "number" || (stat.mode & S.IFMT) !== S.IFSOCK) {
		return;
	}
	const probe = must(host, "socket", AF.UNIX, SOCK.STREAM | SOCK.NONBLOCK, 0) as number;
	const answer = withDescriptor(host, probe, () => host.connectUnix(probe, path));
	if (answer === -errno.ECONNREFUSED) {
		must(host, "unlinkat", directory, name, 0);
	}
}
