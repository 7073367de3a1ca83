import { ascending, type Credentials } from "../identity/credentials.ts";
import type { Gid } from "../identity/ids.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { readProc } from "../sys/proc.ts";

/** With 65536 groups, which is the most. setgroups(2) */
const statusLimit = 1024 * 1024;

/**
 * What /proc/self/status says otherwise than planned. It is the second witness: capget(2) leaves out what an AppArmor profile denies,
 * this file does not. Only a container without /proc is excused; a witness that cannot be asked does not agree. proc_pid_status(5)
 */
export function compareStatus(expected: Credentials, reads: Reads): string[] {
	const status = readProc(reads, "self/status", statusLimit);
	if (typeof status === "number") {
		const hint = status === -errno.EMFILE ? "; limits.nofile has to leave one descriptor for the verification" : "";
		return [`/proc/self/status: ${errnoName(status)}, so that it says nothing${hint}`];
	}
	return status === undefined ? [] : compareLines(expected, status);
}

function compareLines(expected: Credentials, status: string): string[] {
	const differences: string[] = [];
	let at = 0;
	for (const [name, planned, normal] of statusLines(expected)) {
		const start = status.indexOf(`\n${name}:\t`, at);
		if (start < 0) {
			if (!newer.includes(name)) {
				differences.push(`${name} in /proc/self/status: planned ${planned}, and there is no such line`);
			}
			continue;
		}
		at = status.indexOf("\n", start + 1);
		const found = status.slice(start + name.length + 3, at).trimEnd();
		if (found !== planned && normal?.(found) !== planned) {
			differences.push(`${name} in /proc/self/status: planned ${planned}, the kernel says ${found}`);
		}
	}
	return differences;
}

/** Lines that kernels before 4.3 and 4.10 lack. */
const newer: readonly string[] = ["CapAmb", "NoNewPrivs"];

type Line = readonly [name: string, planned: string, normal?: (found: string) => string];

/** In the order of the file. The fourth id is that of file accesses, which follows the effective one. */
function statusLines({ uids, gids, groups, sets, noNewPrivileges }: Credentials): Line[] {
	return [
		["Uid", [uids.real, uids.effective, uids.saved, uids.effective].join("\t")],
		["Gid", [gids.real, gids.effective, gids.saved, gids.effective].join("\t")],
		["Groups", groups.join(" "), ascendingOnce],
		["CapInh", sets.inheritable.hex()],
		["CapPrm", sets.permitted.hex()],
		["CapEff", sets.effective.hex()],
		["CapBnd", sets.bounding.hex()],
		["CapAmb", sets.ambient.hex()],
		["NoNewPrivs", noNewPrivileges ? "1" : "0"],
	];
}

/** Groups that nobody set may stand there twice. */
function ascendingOnce(groups: string): string {
	return ascending(groups.split(" ").map((group) => Number(group) as Gid)).join(" ");
}
