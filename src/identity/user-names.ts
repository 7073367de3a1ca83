import type { Reads } from "../sys/native.ts";
import { readSmallFile } from "../sys/observe.ts";

const fileLimit = 16 * 1024 * 1024;

/** The name of an id in /etc/passwd, to be shown: without the trust that a run needs, for a name is all that comes of it. */
export function userNames(reads: Reads): (uid: number) => string | undefined {
	const text = readSmallFile(reads, "/etc/passwd", fileLimit);
	const lines = typeof text === "string" ? [...text.matchAll(/^([^:\n]+):[^:\n]*:([0-9]+):/gm)] : [];
	const names = new Map(lines.reverse().map(([, name = "", uid]) => [Number(uid), name]));
	return (uid) => names.get(uid);
}
