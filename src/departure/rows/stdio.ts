import { CapabilitySet } from "../../capability/set.ts";
import type { Uid } from "../../identity/ids.ts";
import { S } from "../../sys/constants.ts";
import { errnoName } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import type { Journey } from "../journey.ts";
import { row } from "../row.ts";

/** A start without it goes on all the same. */
export const stdioPurpose = "to let the user open its standard input, output and error again";

export const stdioOwner = row<Uid>({
	act: "confine",
	reason: "giving descriptors 0-2 to the user takes CHOWN, which is given up with the rest",
	after: {},
	plan: ({ request: { ofWorkload, changeIdentity, identity } }) => (ofWorkload?.ownsStdio && changeIdentity ? identity.uid : undefined),
	needs: () => CapabilitySet.of("CHOWN"),
	asks: (uid, { now }) =>
		uid > root && (now === undefined || [0, 1, 2].some((fd) => isToBeOwned(now, fd, uid)))
			? [{ name: "CHOWN", purpose: stdioPurpose }]
			: [],
	apply: ({ host, note }, uid) => ownStdio(host, uid, note),
});

/**
 * Opening /dev/stdout again checks the owner of the pipe or terminal behind it, so the workload must own it. What goes on beyond
 * this container stays as it is; a refusal is only a note.
 */
function ownStdio(host: Host, uid: number, note: Journey["note"]): void {
	for (const fd of [0, 1, 2]) {
		if (!isToBeOwned(host, fd, uid)) {
			continue;
		}
		const result = host.fchown(fd, uid, undefined);
		if (result < 0) {
			note(`descriptor ${fd} keeps its owner: fchown: ${errnoName(result)}`);
		}
	}
}

function isToBeOwned(reads: Reads, fd: number, uid: number): boolean {
	const stat = reads.fstat(fd);
	return typeof stat !== "number" && stat.uid !== uid && isReownable(reads, fd, stat);
}

const root = 0;
/** The file systems of pipes without a name and of pseudo-terminals. statfs(2) */
const pipes = 0x5049_5045;
const terminals = 0x1cd1;

/**
 * A pipe without a name, or root's end of a pseudo-terminal: they go with the container. Anything with a name of its own would be
 * given away for good, and a real terminal is the machine's: a FIFO, /dev/zero, /dev/kmsg, /dev/console, /dev/ptmx. pts(4)
 */
function isReownable(reads: Reads, fd: number, { mode, uid, nlink, rdev }: Stat): boolean {
	const type = mode & S.IFMT;
	if (type !== S.IFIFO && type !== S.IFCHR) {
		return false;
	}
	const system = reads.fstatfs(fd);
	const magic = typeof system === "number" ? undefined : system[0];
	const major = Number(rdev.split(":")[0]);
	return type === S.IFIFO ? magic === pipes : magic === terminals && major >= 136 && major <= 143 && uid === root && nlink === 1;
}
