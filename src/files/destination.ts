import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { isLink } from "./kind.ts";
import { absolutePath, splitPath } from "./path-text.ts";
import { walk } from "./walk.ts";

const mostLinks = 16;

/**
 * Where an absolute path leads, without a link on the way, through what is not there yet as well. For a guess alone: whose links they
 * are is not asked, what a server answers for is not looked at, and what is there may change.
 */
export function destination(reads: Reads, path: string, links = 0): string {
	const found = walk(
		reads,
		path,
		{ followLast: false, mayFollow: () => true, mayEnter: ({ isServed }) => (isServed ? -errno.EACCES : undefined) },
		({ place }) => ({ at: place.path, target: isLink(place.stat) ? reads.readlinkat(place.fd, "") : undefined }),
	);
	if (typeof found === "number") {
		const { parent, name } = splitPath(path);
		return name === "" ? "/" : absolutePath(name, destination(reads, parent, links));
	}
	const { at, target } = found;
	return typeof target === "string" && links < mostLinks ? destination(reads, absolutePath(target, splitPath(at).parent), links + 1) : at;
}
