import { isDirectory } from "../../files/kind.ts";
import { lookTrustedEntry } from "../../files/open.ts";
import { directoriesTo } from "../../files/path-text.ts";
import { AT, O, RESOLVE } from "../../sys/constants.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { PROC_SUPER_MAGIC, SYSFS_MAGIC } from "../../sys/proc.ts";
import { believedFiles, isBelieved } from "../common/believed.ts";
import { isDead } from "../common/dead-mount.ts";
import { sharedPaths, systemPaths } from "../common/system-names.ts";

/** What a path is, whatever it is called: /proc/self/root/etc, a link and a second mount are /etc. */
export type SystemPlace = "system" | "believed" | "shared" | undefined;

/** Whether nobody but root may have it. */
export function isRoots(place: SystemPlace): boolean {
	return place === "system" || place === "believed";
}

export function believedPlace(reads: Reads, path: string): SystemPlace {
	return isBelieved(path, ...believedFiles(reads)) ? "believed" : undefined;
}

export function placeOf(reads: Reads, path: string): SystemPlace {
	const fd = lookTrustedEntry(reads, path, O.PATH);
	if (fd < 0) {
		return undefined;
	}
	return withDescriptor(reads, fd, () => {
		const stat = reads.fstat(fd);
		if (typeof stat === "number") {
			return isDead(stat) ? undefined : "system";
		}
		return placeOfOpened(reads, fd, stat);
	});
}

export function placeOfOpened(reads: Reads, fd: number, stat: Stat): SystemPlace {
	const system = reads.fstatfs(fd);
	if (typeof system === "number") {
		// What is to be changed and cannot be looked at is nobody's to give.
		return "system";
	}
	if (system[0] === PROC_SUPER_MAGIC || (isDirectory(stat) && system[0] === SYSFS_MAGIC)) {
		return "system";
	}
	const believed = believedFiles(reads);
	const isOnWay = [...(isDirectory(stat) ? believed.flatMap(directoriesTo) : [...believed, ...accountFiles])].some(
		(path) => keyAt(reads, path) === keyOf(stat),
	);
	const place = isDirectory(stat) ? placeOfDirectory(reads, fd, stat) : undefined;
	return isOnWay && place !== "system" ? "believed" : place;
}

const accountFiles: readonly string[] = ["/etc/passwd", "/etc/group", "/etc/shadow"];

/** Those that may be file systems of their own. */
const oftenMounted: readonly string[] = ["/dev", "/run", "/usr", "/boot", "/var"];
const parents: readonly string[] = ["/", "/usr", "/var"];

/** Few are worth comparing: what lies elsewhere in the image cannot be one, unless it is one that is mounted there a second time. */
function placeOfDirectory(reads: Reads, fd: number, stat: Stat): SystemPlace {
	const key = keyOf(stat);
	const root = keyAt(reads, "/");
	if (key === root) {
		return "system";
	}
	if (root?.split(" ")[0] !== stat.dev) {
		return compare(reads, key, oftenMounted);
	}
	const above = reads.openRead(fd, "..", O.PATH | O.DIRECTORY, RESOLVE.NO_XDEV);
	const parent = above < 0 ? undefined : withDescriptor(reads, above, () => reads.fstat(above));
	const isFar = typeof parent === "object" && !parents.some((path) => keyAt(reads, path) === keyOf(parent));
	return isFar ? undefined : compare(reads, key, [...sharedPaths, ...systemPaths]);
}

function compare(reads: Reads, key: string, paths: readonly string[]): SystemPlace {
	const path = paths.find((each) => keyAt(reads, each) === key);
	return path === undefined ? undefined : systemPaths.includes(path) ? "system" : "shared";
}

/** Device and inode, looked up once in a start: a step may mount something over one of them, which is refused by its name then. */
const known = new WeakMap<Reads, Map<string, string | undefined>>();

function keyAt(reads: Reads, path: string): string | undefined {
	const keys = known.get(reads) ?? new Map<string, string | undefined>();
	known.set(reads, keys);
	if (!keys.has(path)) {
		const stat = reads.statat(AT.FDCWD, path, 0);
		keys.set(path, typeof stat === "number" ? undefined : keyOf(stat));
	}
	return keys.get(path);
}

function keyOf({ dev, ino }: Stat): string {
	return `${dev} ${ino}`;
}
