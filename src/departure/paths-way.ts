import type { Target } from "../confine/paths/setting.ts";
import { mountIdOf, tableOf } from "../files/mount-facts.ts";
import type { MountLine } from "../files/mountinfo.ts";
import { isOfRootAlone, lookTrusted } from "../files/open.ts";
import { isWithin, splitPath } from "../files/path-text.ts";
import { UntrustedLink, walk } from "../files/walk.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { O } from "../sys/constants.ts";
import { saysAbsent } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";

const systems = ["proc", "sysfs", "cgroup", "cgroup2"];

/**
 * Who can rename a directory on the way leads a place away while it is looked for, so that it seems not to be there, and brings it back open.
 * So every way has to be root's alone: that to a path of a list, and that to each mount of the kernel's own.
 */
export function requireWays(targets: readonly Target[], table: readonly MountLine[], reads: Reads): void {
	const isMeant = ({ point }: MountLine) => targets.some(({ path }) => isWithin(path, point));
	for (const mount of table.filter((each) => isLoose(each, table) && isMeant(each))) {
		requireMount(mount, reads);
	}
	const written = targets.filter(({ path, rule }) => path === rule && !["/proc", "/sys"].some((top) => isWithin(rule, top)));
	for (const { path } of written) {
		requireFixed(path, reads);
	}
}

/** Nothing is renamed in the kernel's own file systems, nor a directory of / that something is mounted on. */
function isLoose({ type, point, parent }: MountLine, table: readonly MountLine[]): boolean {
	if (!systems.includes(type) || point.lastIndexOf("/") === 0) {
		return false;
	}
	const above = table.find(({ id }) => id === parent);
	return above === undefined || !systems.includes(above.type) || isLoose(above, table);
}

function requireMount(mount: MountLine, reads: Reads): void {
	const { point } = mount;
	for (let at = point; ; at = splitPath(at).parent) {
		const fd = lookTrusted(reads, at, O.PATH);
		const id = fd < 0 ? undefined : withDescriptor(reads, fd, () => mountIdOf(reads, fd));
		if (id === mount.id) {
			requireFixed(point, reads);
			return;
		}
		if (fd >= 0 || !saysAbsent(fd) || at === "/") {
			// What is refused or not told is left to the look, for which it is open.
			if (id !== undefined && isAbove(id, mount, tableOf(reads))) {
				refuseMoved(point);
			}
			return;
		}
	}
}

/** Below a mount that is none of those that it stands on it is hidden, and nobody reaches it. */
function isAbove(id: string, { parent }: MountLine, table: readonly MountLine[]): boolean {
	const above = parent === id ? undefined : table.find((each) => each.id === parent);
	return parent === id || (above !== undefined && above.parent !== parent && isAbove(id, above, table));
}

function refuseMoved(point: string): never {
	return fail("CONFINE_REFUSED", `${quoted(point)} is mounted and not found there: somebody moves a directory on the way`, {
		where: "paths",
		remedy: ["mount it where every directory on the way is root's alone, such as /mnt"],
	});
}

function requireFixed(path: string, reads: Reads): void {
	const loose = looseOn(path, reads);
	if (loose !== undefined) {
		fail(
			"CONFINE_REFUSED",
			`${quoted(path)} cannot be closed for good: ${quoted(loose)}, on the way, is not root's alone, and its owner can rename what is in it`,
			{
				where: "paths",
				remedy: [
					"name or mount what lies in directories of root's alone, such as /mnt",
					"or let root own the directory: chown root, chmod go-w",
				],
			},
		);
	}
}

/** The first directory or link on the way that is not root's alone, as far as the way goes. */
function looseOn(path: string, reads: Reads): string | undefined {
	let loose: string | undefined;
	let above = "/";
	try {
		walk(
			reads,
			path,
			{
				mayFollow: isOfRootAlone,
				visit: (place, isFixed) => {
					loose ??= isFixed ? undefined : above;
					above = place.path;
					return undefined;
				},
			},
			() => 0,
		);
	} catch (error) {
		if (!(error instanceof UntrustedLink)) {
			throw error;
		}
		loose ??= error.link;
	}
	return loose;
}
