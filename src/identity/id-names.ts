import type { Reads } from "../sys/native.ts";
import { readSmallFile } from "../sys/observe.ts";

const fileLimit = 10 * 1024 * 1024;

/** The names of ids in an account file, to be shown: without the trust that a run needs, for a name is all that comes of it. */
export function idNames(reads: Reads, file: "/etc/passwd" | "/etc/group"): (id: number) => string | undefined {
	const text = readSmallFile(reads, file, fileLimit);
	const lines = typeof text === "string" ? [...text.matchAll(/^([^:\n]+):[^:\n]*:([0-9]+):/gm)] : [];
	const names = new Map(lines.reverse().map(([, name = "", id]) => [Number(id), name]));
	return (id) => names.get(id);
}
