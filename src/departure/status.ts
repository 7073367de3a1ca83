import { errno, errnoName } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { readProc } from "../sys/proc.ts";
import type { Departure } from "./departure.ts";
import type { Witness } from "./row.ts";
import type { RowName } from "./rows.ts";

type Witnesses = readonly { readonly row: RowName; readonly witness: Pick<Witness, "line"> }[];

/** With 65536 groups, which is the most. setgroups(2) */
const statusLimit = 1024 * 1024;

/**
 * What /proc/self/status says otherwise than planned. It is the second witness: capget(2) leaves out what an AppArmor profile denies,
 * this file does not. Only a container without /proc is excused; a witness that cannot be asked does not agree. proc_pid_status(5)
 */
export function compareStatus(departure: Pick<Departure, "expected" | "rows">, witnesses: Witnesses, reads: Reads): string[] {
	const status = readProc(reads, "self/status", statusLimit);
	if (typeof status === "number") {
		const hint = status === -errno.EMFILE ? "; limits.nofile has to leave one descriptor for the verification" : "";
		return [`/proc/self/status: ${errnoName(status)}, so that it says nothing${hint}`];
	}
	return status === undefined ? [] : compareLines(departure, witnesses, status);
}

/** A line that stands before the one that was found last is looked for from the beginning. */
function compareLines({ expected, rows }: Pick<Departure, "expected" | "rows">, witnesses: Witnesses, status: string): string[] {
	const differences: string[] = [];
	let from = 0;
	for (const { row, witness } of witnesses) {
		const want = witness.line?.planned(expected, rows[row]);
		if (witness.line === undefined || want === undefined) {
			continue;
		}
		const { name, normal, isNewer } = witness.line;
		const at = indexFrom(status, `\n${name}:\t`, from);
		if (at < 0) {
			if (isNewer !== true) {
				differences.push(`${name} in /proc/self/status: planned ${want}, and there is no such line`);
			}
			continue;
		}
		from = status.indexOf("\n", at + 1);
		const found = status.slice(at + name.length + 3, from).trimEnd();
		if (found !== want && normal?.(found) !== want) {
			differences.push(`${name} in /proc/self/status: planned ${want}, the kernel says ${found}`);
		}
	}
	return differences;
}

function indexFrom(text: string, part: string, from: number): number {
	const at = text.indexOf(part, from);
	return at < 0 ? text.indexOf(part) : at;
}
