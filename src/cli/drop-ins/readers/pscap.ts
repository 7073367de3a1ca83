import { capabilityAt } from "../../../capability/names.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import { idNames } from "../../../identity/id-names.ts";
import { type OtherProcess, observeOther, observePids } from "../../../identity/other-process.ts";
import { printable } from "../../../report/text.ts";
import { AT } from "../../../sys/constants.ts";
import type { Reads } from "../../../sys/native.ts";
import { mustRead } from "../../../sys/observe.ts";
import { observeProc, readProc } from "../../../sys/proc.ts";
import { endingAs } from "../common/ends.ts";
import { complain, ends } from "./ends.ts";

/** pscap(8) of libcap-ng 0.8.3: every process with an effective capability but itself and, without -a, the first. */
export const pscap = endingAs(ends, (host, name, args) => {
	if (args.length > 1 || (args[0] ?? "-a") !== "-a") {
		return complain(host, "USAGE", name, "expected nothing, or -a for the first process too");
	}
	if (observeProc(host) !== true) {
		return complain(host, "PROCESS_UNKNOWN", name, "the kernel's /proc is not to be seen", [
			"mount /proc: every container runtime does unless told otherwise",
		]);
	}
	const own = host.getpid();
	const asked = observePids(host).filter((pid) => pid !== own && (pid !== 1 || args[0] === "-a"));
	const lines = linesOf(host, asked);
	if (lines.length > 0) {
		host.write(1, `${[row("ppid", "pid", "name", "command", "capabilities"), ...lines].join("\n")}\n`);
	}
	return 0;
});

function linesOf(reads: Reads, pids: readonly number[]): string[] {
	const [nameOf, own] = [idNames(reads, "/etc/passwd"), userNamespaceOf(reads, "self")];
	const all = CapabilitySet.upTo(capabilityAt(mustRead("prctl(PR_CAPBSET_READ)", reads.capbsetReadAll())[1]));
	return pids.flatMap((pid) => {
		const process = observeOther(reads, pid);
		const told = typeof process === "number" || process.sets.effective.isEmpty ? undefined : toldInStat(reads, pid);
		if (told === undefined || typeof process === "number") {
			return [];
		}
		const uid = process.uids[1] ?? Number.NaN;
		const other = userNamespaceOf(reads, pid);
		const mark = other === undefined || own === undefined || other === own ? "" : " *";
		const user = uid === 0 ? "root" : (nameOf(uid) ?? `${uid}`);
		return [row(`${process.parent}`, `${pid}`, printable(user), `${printable(told)}${mark}`, held(process, all))];
	});
}

function row(parent: string, pid: string, user: string, command: string, capabilities: string): string {
	return `${parent.padEnd(5)} ${pid.padEnd(5)} ${user.padEnd(10)}  ${command.padEnd(18)}  ${capabilities}`;
}

/** What is permitted, unless all is effective; `@` for an ambient and `+` for a bounding set that is not empty. */
function held({ sets }: OtherProcess, all: CapabilitySet): string {
	const names = sets.effective.includes(all) ? "full" : sets.permitted.names().join(", ").toLowerCase() || "none";
	return `${names}${sets.ambient.isEmpty ? "" : " @"}${sets.bounding.isEmpty ? "" : " +"}`;
}

/** The flag of a thread of the kernel's, PF_KTHREAD. proc_pid_stat(5) */
const kernelThread = 0x0020_0000;

/** The name as the kernel has it, which status escapes in its own way; `undefined` for one of its threads. */
function toldInStat(reads: Reads, pid: number): string | undefined {
	const stat = readProc(reads, `${pid}/stat`);
	if (typeof stat !== "string") {
		return undefined;
	}
	const end = stat.lastIndexOf(")");
	const flags = Number(stat.slice(end + 2).split(" ")[6]);
	return (flags & kernelThread) === 0 ? stat.slice(stat.indexOf("(") + 1, end) : undefined;
}

function userNamespaceOf(reads: Reads, process: number | "self"): string | undefined {
	const link = reads.readlinkat(AT.FDCWD, `/proc/${process}/ns/user`);
	return typeof link === "number" ? undefined : link;
}
