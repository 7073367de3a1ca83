import * as v from "valibot";
import { environmentName, fileMode, flag, integer, oneOrMany, text, textLike, understood } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, record } from "../../config/mapping.ts";
import { typeOf } from "../../files/kind.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { addressForm, parseAddress } from "../../net/address.ts";
import type { Problem } from "../../report/problem.ts";
import { AT, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, SyscallError } from "../../sys/observe.ts";
import { refusedAt, unplaceable, untrustedOnTheWay } from "../common/obstacle.ts";
import { groupField, hasOtherOwner, ownerField, resolveOwner } from "../common/owner.ts";
import { mayTakeAway, toTakeAway } from "../common/reach.ts";
import { makeFirst, refusal } from "../common/refusal.ts";
import type { BoundAddress, Need, Obstacle, Step } from "../step.ts";
import { holderOfPath, holderOfPort } from "./holder.ts";
import { type InternetGoal, type InternetOptions, openInternet } from "./internet-socket.ts";
import { ofForeignNetwork, unprivilegedPortStart, usualPortStart } from "./low-ports.ts";
import { openUnix, type UnixOptions } from "./unix-socket.ts";

export interface ListenAction extends InternetOptions, UnixOptions {
	readonly name: string;
	readonly sockets: readonly SocketGoal[];
	readonly env: Readonly<Record<string, string>>;
}

type SocketGoal = InternetGoal | { readonly type: "unix"; readonly path: string };

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
		mapping(fields, { path: ["unix"], name: ["tcp"] }),
		v.check(({ tcp, udp, unix }) => tcp.length + udp.length + unix.length > 0, "expected at least one of tcp, udp and unix"),
	);

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
	needs: (action, reads) => {
		const self = { uid: reads.getresuid()[1], gid: reads.getresgid()[1] };
		return needsOf(action, unprivilegedPortStart(reads), self, (path) => toTakeAway(path, reads));
	},
	// A directory may hand its group on to what is made in it.
	mayNeed: (action) => needsOf(action, usualPortStart, { uid: 0, gid: -1 }, mayTakeAway),
	obstacles: ({ sockets }, reads, isClose) =>
		pathsOf(sockets).flatMap((path) => {
			const found = unplaceable(reads, path, "open", { meanings: meaningsAt(path) });
			return isClose
				? [...(found.length > 0 ? found : untrustedOnTheWay(reads, path, splitPath(path).parent)), ...taken(path, reads)]
				: found;
		}),
	binds: (action) => action.sockets.flatMap((goal) => (goal.type === "unix" || goal.address.port === 0 ? [] : [boundAs(goal, action)])),
	makes: ({ sockets }) => pathsOf(sockets).map((path) => ({ path })),
	constraints: {
		"": { anyOf: ["tcp", "udp", "unix"].map((name) => ({ required: [name], properties: { [name]: { not: { const: [] } } } })) },
	},
	sockets: ({ name, sockets, env }) => sockets.map(() => ({ name, env })),
	apply: (action, { host, target, handOver }) => {
		const notes: string[] = [];
		for (const goal of action.sockets) {
			try {
				if (goal.type === "unix") {
					const { fd, note } = openUnix(host, action, goal.path, target);
					handOver(fd);
					notes.push(...(note === undefined ? [] : [note]));
				} else {
					handOver(openInternet(host, action, goal));
				}
			} catch (error) {
				const isInUse = error instanceof SyscallError && error.is("EADDRINUSE");
				throw refusal(error, {
					reads: host,
					path: goal.type === "unix" ? goal.path : goalText(goal),
					meanings: {
						...meaningsAt(goal.type === "unix" ? goal.path : ""),
						...(isInUse && { EADDRINUSE: holderOf(host, goal) }),
						...(goal.type !== "unix" && ofForeignNetwork(host, goal.address.port)),
					},
				});
			}
		}
		return { state: "changed", detail: [`${action.sockets.length} open`, ...notes].join("; ") };
	},
};

function holderOf(reads: Reads, goal: SocketGoal): Problem {
	return goal.type === "unix" ? holderOfPath(reads, goal.path) : holderOfPort(reads, goal.type, goal.address);
}

function meaningsAt(path: string) {
	return {
		EADDRNOTAVAIL: {
			message: "the address is none of this network's",
			remedy: ["write the port alone, which is every address, or one of ip addr"],
		},
		ENOENT: makeFirst("the socket's directory does not exist", splitPath(path).parent),
	};
}

/** Whether somebody answers on a socket that is there, only a connection tells. */
function taken(path: string, reads: Reads): Obstacle[] {
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	return typeof stat === "number" || typeOf(stat) === S.IFSOCK
		? []
		: [refusedAt(reads, path, new SyscallError("bindUnix", errno.EADDRINUSE))];
}

function boundAs({ type, address: { ip, port, text } }: InternetGoal, { v6only, reusePort }: ListenAction): BoundAddress {
	const isAll = ip === undefined || ip === "::" || ip === "0.0.0.0";
	const isSix = ip?.includes(":") ?? true;
	const families = isSix && isAll && v6only !== true ? ([4, 6] as const) : isSix ? ([6] as const) : ([4] as const);
	return { type, families, ip: isAll ? undefined : ip, port, text, isShared: reusePort };
}

function goalText(goal: SocketGoal): string {
	return goal.type === "unix" ? `unix ${goal.path}` : `${goal.type} ${goal.address.text}`;
}

function needsOf(
	{ sockets, uid, gid }: ListenAction,
	start: number,
	self: { readonly uid: number; readonly gid: number },
	toMake: (path: string) => readonly Need[],
): Need[] {
	const low = sockets.find((goal) => goal.type !== "unix" && goal.address.port > 0 && goal.address.port < start);
	const paths = pathsOf(sockets);
	return [
		...(low === undefined
			? []
			: [{ anyOf: ["NET_BIND_SERVICE"], certain: true, purpose: `to bind ${goalText(low)}`, isFreeInDocker: true } as const]),
		...(paths.length > 0 && hasOtherOwner(self, { uid, gid })
			? [{ anyOf: ["CHOWN"], certain: true, purpose: "to give the socket's file its owner" } as const]
			: []),
		...paths.flatMap(toMake),
	];
}

function pathsOf(sockets: readonly SocketGoal[]): string[] {
	return sockets.flatMap((goal) => (goal.type === "unix" && !goal.path.startsWith("@") ? [goal.path] : []));
}
