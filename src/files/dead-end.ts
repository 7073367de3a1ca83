import { quoted } from "../report/text.ts";
import { AT } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Reads, Stat } from "../sys/native.ts";
import { isDevice, isDirectory, isLink, isRegular } from "./kind.ts";
import { absolutePath, splitPath } from "./path-text.ts";

const mostLinks = 40;

export interface DeadEnd {
	/** As a sentence: `"/srv" is a link to "/gone/app", and "/gone" does not exist`. */
	readonly words: string;
	/** What is not there, or is no directory. */
	readonly missing: string;
	/** Where it comes to in the end, by whatever links: what would have to be there. */
	readonly at: string;
	/** It is simply not there: nothing on the way is a link, or no directory. */
	readonly isPlain: boolean;
}

/** Where an absolute path ends before its end. `undefined` where it leads somewhere, or where that cannot be told. For words alone: what is there may change. */
export function deadEnd(reads: Reads, path: string): DeadEnd | undefined {
	let names = absolutePath(path, "/").slice(1).split("/");
	let at = "";
	const links: string[] = [];
	for (let count = 0; names.length > 0; ) {
		const [name = "", ...rest] = names;
		const here = `${at}/${name}`;
		const stat = reads.statat(AT.FDCWD, here, AT.SYMLINK_NOFOLLOW);
		if (typeof stat === "number") {
			return -stat === errno.ENOENT ? told(links, `${quoted(here)} does not exist`, here, rest, links.length === 0) : undefined;
		}
		if (!isLink(stat)) {
			if (rest.length > 0 && !isDirectory(stat)) {
				return told(links, `${quoted(here)} is ${kindOf(stat)} and no directory`, here);
			}
			[at, names] = [here, rest];
			continue;
		}
		const target = reads.readlinkat(AT.FDCWD, here);
		if (typeof target === "number" || ++count > mostLinks) {
			return count > mostLinks ? told(links.slice(0, 3), "so on: they lead to each other", here) : undefined;
		}
		links.push(`${quoted(here)} is a link to ${quoted(target)}`);
		names = [...absolutePath(target, splitPath(here).parent).slice(1).split("/"), ...rest].filter((each) => each !== "");
		at = "";
	}
	return undefined;
}

function told(links: readonly string[], end: string, missing: string, rest: readonly string[] = [], isPlain = false): DeadEnd {
	return { missing, at: [missing, ...rest].join("/"), words: links.length === 0 ? end : `${links.join(", ")}, and ${end}`, isPlain };
}

function kindOf(stat: Stat): string {
	return isRegular(stat) ? "a file" : isDevice(stat) ? "a device" : "a socket or a pipe";
}
