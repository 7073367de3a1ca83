import { typeOf } from "../../files/kind.ts";
import type { Address } from "../../net/address.ts";
import type { Problem } from "../../report/problem.ts";
import { quoted } from "../../report/text.ts";
import { AT, S } from "../../sys/constants.ts";
import { givenIn } from "../../sys/environ.ts";
import type { Reads } from "../../sys/native.ts";
import { readProc } from "../../sys/proc.ts";
import { keeperOf } from "./keeper.ts";

/** A socket of this network namespace that stands in the way. */
interface Found {
	readonly inode: string;
	/** Of whom it is; a socket of the file system tells no uid. */
	readonly uid?: string | undefined;
	readonly address: string;
}

const mostBytes = 4 * 1024 * 1024;
const listening = "0A";

/** Which process has a port: asked when binding has failed, and of this moment. proc_pid_net(5) */
export function holderOfPort(reads: Reads, type: "tcp" | "udp", address: Address): Problem {
	const found = [type, `${type}6`].flatMap((table) => inTable(reads, table, type, address.port));
	const other = `choose another port in listen and in what connects to it, or ${type === "tcp" ? "reuse_port: true where all who have it say so" : "stop it"}`;
	return told(reads, found, `port ${address.port}`, other);
}

/** Which process listens on a path. */
export function holderOfPath(reads: Reads, path: string): Problem {
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	if (typeof stat !== "number" && typeOf(stat) !== S.IFSOCK) {
		return {
			message: "something that is no socket is there already",
			remedy: ["choose another path, or remove it by a step before: remove"],
		};
	}
	const table = readProc(reads, "net/unix", mostBytes);
	const lines = typeof table === "string" ? table.split("\n").map((line) => line.trim().split(/ +/)) : [];
	const found = lines.filter((fields) => fields[7] === path).map((fields): Found => ({ inode: fields[6] ?? "", address: `unix ${path}` }));
	return told(reads, found, quoted(path), "choose another path, or have what listens there end before");
}

/** Those that listen; of UDP all. Lines of /proc/net/tcp: number, local address, remote one, state, ..., uid, timeout, inode. */
function inTable(reads: Reads, table: string, type: "tcp" | "udp", port: number): Found[] {
	const text = readProc(reads, `net/${table}`, mostBytes);
	const lines = typeof text === "string" ? text.split("\n").slice(1) : [];
	return lines.flatMap((line) => {
		const [, local = "", , state, , , , uid = "", , inode = ""] = line.trim().split(/ +/);
		const [ip = "", hex = ""] = local.split(":");
		const isInTheWay = Number.parseInt(hex, 16) === port && (type === "udp" || state === listening);
		return isInTheWay ? [{ inode, uid, address: `${type} ${addressText(ip)}:${port}` }] : [];
	});
}

/** Words of 32 bits in the byte order of the machine, which is little-endian on those that this program is made for. */
function addressText(hex: string): string {
	const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
	if (bytes.length === 4) {
		return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
	}
	const groups = bytes.flatMap((byte, index) =>
		index % 2 === 0 ? [`${byte}${bytes[index + 1]}`.toLowerCase().replace(/^0{1,3}/, "")] : [],
	);
	return `[${groups.every((each) => each === "0") ? "::" : groups.join(":")}]`;
}

function told(reads: Reads, [first]: readonly Found[], what: string, other: string): Problem {
	if (first === undefined) {
		return {
			message: `something has ${what} that this network namespace does not show (/proc/net has no socket of it)`,
			remedy: [other],
		};
	}
	const { inode, uid, address } = first;
	const owner = uid === undefined ? "" : ` of uid ${uid}`;
	const keeper = keeperOf(reads, inode, uid);
	switch (keeper.kind) {
		case "self": {
			const isPassed = givenIn(reads.environ(), "LISTEN_FDS") !== undefined;
			return {
				message: `this start has it itself (${address}), by an earlier listen${isPassed ? ", or handed over by its parent" : ""}`,
				remedy: [other],
			};
		}
		case "seen":
			return { message: `${keeper.who}${owner} has it (${address})`, remedy: [...endingIt(keeper.isOurs), other] };
		case "closed":
			return {
				message: `a socket${owner} has it (${address}), of a process whose descriptors are closed to this start: ${keeper.who}`,
				remedy: [...endingIt(keeper.isOurs), other],
			};
		case "elsewhere":
			return {
				message: `a socket${owner} has it (${address}), and of no process that /proc shows here: one that is hidden, of another container that shares this network, or of the machine`,
				remedy: [
					"docker run --network host is the machine's own network: ss -lntup there names it | kubernetes: another container of the Pod has it, or hostNetwork: true shares the machine's",
					other,
				],
			};
	}
}

function endingIt(isOurs: boolean): string[] {
	return [
		isOurs
			? "a step before has left it running (background: true, fuse): leave that out, or have one of both use another port"
			: "let that process end before: this start has not started it",
	];
}
