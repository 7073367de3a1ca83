import type { PlacementPart, Resident } from "../departure/resident.ts";
import { SIG } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { readProc } from "../sys/proc.ts";

/** Where a workload stands that has an init. */
export function placementOf(place: Resident["place"], reads: Reads): PlacementPart {
	const terminal = [0, 1, 2].find((fd) => reads.foregroundOf(fd) >= 0);
	return {
		place: place === "auto" ? (reads.getsid() === reads.getpid() ? "session" : "group") : place,
		terminal,
		isForeground: terminal !== undefined && reads.foregroundOf(terminal) === reads.getpgid(),
	};
}

/**
 * Whether somebody watches over jobs here: a shell that does ignores the key itself. Of other parents than the first process it is supposed: who
 * has a terminal and no session of its own was started by one.
 */
export function isWatched(reads: Reads): boolean {
	const parent = reads.getppid();
	if (parent > 1) {
		return true;
	}
	const status = parent === 1 ? readProc(reads, "1/status") : undefined;
	const ignored = typeof status === "string" ? /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] : undefined;
	return ignored !== undefined && ((BigInt(`0x${ignored}`) >> BigInt(SIG.TSTP - 1)) & 1n) === 1n;
}
