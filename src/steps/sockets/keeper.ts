import { quoted } from "../../report/text.ts";
import { AT, O } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";

/** Whose descriptor a socket is. `who` names processes: `process 7 ("httpd")`; ours is what this start has started. */
export type Keeper =
	| { readonly kind: "self" | "elsewhere" }
	| { readonly kind: "seen" | "closed"; readonly who: string; readonly isOurs: boolean };

/** Of what proc_pid_status(5) tells. */
interface Process {
	readonly pid: string;
	readonly name: string;
	readonly parent: string;
	readonly uid: string;
}

const mostNames = 3;

/** By the descriptors of every process here. Those of other users are closed to root without SYS_PTRACE: then by who has the socket's uid. proc_pid_fd(5) */
export function keeperOf(reads: Reads, inode: string, uid: string | undefined): Keeper {
	const link = `socket:[${inode}]`;
	const has = (pid: string) =>
		namesIn(reads, `/proc/${pid}/fd`)?.some((fd) => reads.readlinkat(AT.FDCWD, `/proc/${pid}/fd/${fd}`) === link);
	if (has("self")) {
		return { kind: "self" };
	}
	const processes = (namesIn(reads, "/proc") ?? []).filter((name) => /^[0-9]+$/.test(name)).flatMap((pid) => processAt(reads, pid) ?? []);
	const told = (kind: "seen" | "closed", those: readonly Process[]): Keeper => ({
		kind,
		who: those
			.slice(0, mostNames)
			.map(({ pid, name }) => `process ${pid} (${quoted(name)})`)
			.join(" or "),
		isOurs: those.every((each) => isOurs(reads, each, processes)),
	});
	const seen = processes.find(({ pid }) => has(pid));
	if (seen !== undefined) {
		return told("seen", [seen]);
	}
	const closed = processes.filter(({ pid }) => namesIn(reads, `/proc/${pid}/fd`) === undefined);
	const likely = closed.filter((each) => each.uid === uid);
	// It may have become somebody else since.
	return closed.length === 0 ? { kind: "elsewhere" } : told("closed", likely.length === 0 ? closed : likely);
}

function isOurs(reads: Reads, { parent }: Process, processes: readonly Process[]): boolean {
	const above = processes.find(({ pid }) => pid === parent);
	return parent === `${reads.getpid()}` || (above !== undefined && isOurs(reads, above, processes));
}

/** Its arguments may be secrets. */
function processAt(reads: Reads, pid: string): Process | undefined {
	const text = readProc(reads, `${pid}/status`);
	const field = (name: string) => (typeof text === "string" ? new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(text)?.[1] : undefined) ?? "";
	return typeof text === "string" ? { pid, name: field("Name"), parent: field("PPid"), uid: field("Uid") } : undefined;
}

/** `undefined` where they are kept back. */
function namesIn(reads: Reads, path: string): readonly string[] | undefined {
	const fd = reads.openRead(AT.FDCWD, path, O.RDONLY | O.DIRECTORY, 0);
	const names = fd < 0 ? undefined : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	return typeof names === "number" ? undefined : names;
}
