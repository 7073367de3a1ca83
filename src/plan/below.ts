import { isDirectory } from "../files/kind.ts";
import { lookTrustedEntry } from "../files/open.ts";
import { openEntryHere } from "../files/same-mount.ts";
import type { Need, WalkedTree } from "../steps/step.ts";
import { O } from "../sys/constants.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { type Foreseen, isReadByRoot } from "./open-to-root.ts";

/** What lies below the tops that a step names, for a grant that shall do for what is there now. No run looks here before it works. */

const mostEntries = 100_000;
/** Each level keeps a descriptor open. */
const mostLevels = 200;

/** What it takes, or why that cannot be said. */
export type Below = { readonly needs: readonly Need[] } | { readonly unseen: string };

/** What those trees make of a path, one after the other. */
export function foreseenBy(trees: readonly WalkedTree[]): Foreseen {
	return (path, stat) => trees.filter((tree) => covers(tree, path, stat)).reduce((found, tree) => tree.becomes(found), stat);
}

export function covers({ path: top, maxDepth, crossMounts, exclude, top: { dev } }: WalkedTree, path: string, stat: Stat): boolean {
	const isBelow = maxDepth > 0 && path.startsWith(`${top}/`) && (crossMounts || stat.dev === dev);
	return (
		path === top ||
		(isBelow &&
			!path
				.slice(top.length)
				.split("/")
				.some((name) => exclude.includes(name)))
	);
}

class Unseen extends Error {}

interface Look {
	readonly reads: Reads;
	readonly tree: WalkedTree;
	readonly foreseen: Foreseen;
	/** The first of each kind. */
	readonly needs: Map<string, Need>;
	entries: number;
}

/** By descriptor, without following a link, and not into other mounts. */
export function lookBelow(tree: WalkedTree, foreseen: Foreseen, reads: Reads): Below {
	const look: Look = { reads, tree, foreseen, needs: new Map(), entries: 0 };
	try {
		visit(look, lookTrustedEntry(reads, tree.path, O.PATH), tree.path, undefined, 0);
		return { needs: [...look.needs.values()] };
	} catch (error) {
		if (error instanceof Unseen) {
			return { unseen: error.message };
		}
		throw error;
	}
}

function visit(look: Look, opened: number, path: string, above: Stat | undefined, depth: number): void {
	const { reads, tree, foreseen } = look;
	const fd = seen(opened, path);
	if (fd === undefined) {
		return;
	}
	withDescriptor(reads, fd, () => {
		const found = reads.fstat(fd);
		if (typeof found === "number") {
			seen(found, path);
			return;
		}
		if (++look.entries > mostEntries) {
			throw new Unseen(`${tree.path} has more than ${mostEntries} entries`);
		}
		const stat = foreseen(path, found);
		note(look, tree.needsAt(stat, above));
		if (!isDirectory(stat) || depth >= tree.maxDepth) {
			return;
		}
		if (!isReadByRoot(stat)) {
			note(look, [toWalk(tree.path)]);
		}
		if (depth >= mostLevels) {
			throw new Unseen(`${tree.path} is deeper than ${mostLevels} levels`);
		}
		descend(look, fd, path, stat, depth);
	});
}

function descend(look: Look, at: number, path: string, stat: Stat, depth: number): void {
	const { reads, tree } = look;
	const directory = seen(reads.openRead(at, ".", O.RDONLY | O.DIRECTORY, 0), path);
	if (directory === undefined) {
		return;
	}
	withDescriptor(reads, directory, () => {
		const names = reads.readDirectory(directory);
		if (typeof names === "number") {
			seen(names, path);
			return;
		}
		for (const name of names.filter((each) => !tree.exclude.includes(each))) {
			const below = `${path}/${name}`;
			const entry = openEntryHere(reads, directory, name);
			if (entry !== -errno.EXDEV) {
				visit(look, entry, below, stat, depth + 1);
			} else if (tree.crossMounts) {
				throw new Unseen(`another mount begins at ${below}`);
			}
		}
	});
}

/** Undefined for what has gone meanwhile, or become something else. */
function seen(result: number, path: string): number | undefined {
	if (result >= 0) {
		return result;
	}
	if ([errno.ENOENT, errno.ENOTDIR, errno.ELOOP].includes(-result as never)) {
		return undefined;
	}
	throw new Unseen(`${path} cannot be looked at: ${errnoName(-result)}`);
}

function note({ needs }: Look, found: readonly Need[]): void {
	for (const need of found.filter(({ isSpare }) => isSpare !== true)) {
		const kind = need.anyOf.join();
		needs.set(kind, needs.get(kind) ?? need);
	}
}

function toWalk(path: string): Need {
	return { anyOf: ["DAC_READ_SEARCH", "DAC_OVERRIDE"], certain: false, purpose: `to walk closed directories of others in ${path}` };
}
