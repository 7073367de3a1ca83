import type { Reads } from "../sys/native.ts";
import { mustReadProc } from "../sys/proc.ts";
import type { Identity } from "./identity.ts";

interface Range {
	readonly first: number;
	readonly length: number;
}

/** What this user namespace leaves out of the ids of the machine. user_namespaces(7) */
export interface UserNamespace {
	readonly uids: readonly Range[];
	readonly gids: readonly Range[];
	/** setgroups(2) is forbidden for good. */
	readonly setgroupsDenied: boolean;
}

const everyId = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * `undefined` where every id exists, or where there is no /proc to say otherwise; a file that is there and cannot be read says nothing
 * of the kind. One file is enough to know that this is the
 * machine's own namespace, which is the common case and the one that is timed.
 */
export function observeUserNamespace(reads: Reads): UserNamespace | undefined {
	const uids = mustReadProc(reads, "self/uid_map");
	if (uids === undefined || everyId.test(uids)) {
		return undefined;
	}
	return {
		uids: parseMap(uids),
		gids: parseMap(mustReadProc(reads, "self/gid_map") ?? ""),
		setgroupsDenied: mustReadProc(reads, "self/setgroups")?.startsWith("deny") ?? false,
	};
}

/** Lines of first id inside, first id outside, length. */
function parseMap(map: string): Range[] {
	return map.split("\n").flatMap((line) => {
		const [first, , length] = line.trim().split(/\s+/).map(Number);
		return first === undefined || length === undefined ? [] : [{ first, length }];
	});
}

/** Why the kernel would answer EINVAL to these ids in the middle of the drop; `undefined` when they all exist. */
export function unmappedId(
	{ uid, gid, groups }: Pick<Identity, "uid" | "gid" | "groups">,
	{ uids, gids }: UserNamespace,
): string | undefined {
	if (!isMapped(uid, uids)) {
		return explain(`uid ${uid}`, uids, "/proc/self/uid_map");
	}
	const missing = [gid, ...groups].find((id) => !isMapped(id, gids));
	return missing === undefined ? undefined : explain(`gid ${missing}`, gids, "/proc/self/gid_map");
}

export function isMapped(id: number, ranges: readonly Range[]): boolean {
	return ranges.some(({ first, length }) => id >= first && id < first + length);
}

function explain(id: string, ranges: readonly Range[], file: string): string {
	const known = ranges.map(({ first, length }) => (length === 1 ? `${first}` : `${first}-${first + length - 1}`)).join(", ");
	return `${id} does not exist in this user namespace: ${file} ${known === "" ? "is empty" : `has ${known}`}`;
}
