import { parseMounts } from "../../files/mountinfo.ts";
import { idNames } from "../../identity/id-names.ts";
import { observePids } from "../../identity/other-process.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { readProc } from "../../sys/proc.ts";
import { idIn, isInitial, type NamespaceKind, namespaceKinds, namespaceOf } from "./namespaces.ts";
import { readArguments } from "./process-status.ts";
import { hidingOption } from "./refused.ts";
import { isKnown } from "./unknown.ts";

/** A namespace and who is in it, as lsns(8) lists them. */
export interface NamespaceRow {
	readonly type: NamespaceKind;
	/** "unknown" is no namespace: it stands for all processes whose own may not be read. */
	readonly id: string;
	/** The one the machine started with, by its fixed number; `undefined` where that is not known. */
	readonly initial: boolean | undefined;
	readonly processes: number;
	/** The lowest; `undefined`, like all about it, for one that only a mount keeps. */
	readonly pid: number | undefined;
	/** Effective. */
	readonly uid: number | "unknown" | undefined;
	/** By our own /etc/passwd, else the number. */
	readonly user: string | undefined;
	readonly command: string | undefined;
	/** Where it is mounted, and so outlives its processes. ip-netns(8) */
	readonly mounts: readonly string[];
}

export interface AllNamespaces {
	readonly namespaces: readonly NamespaceRow[];
	/** The option by which /proc keeps processes of others from us; there may be namespaces of theirs. proc(5) */
	readonly hidden: string | undefined;
}

const tableLimit = 16 * 1024 * 1024;
const unknown = "unknown";

/** All there are to be seen; with a pid, those that this process is in. A process that ends meanwhile is left out. */
export function observeAllNamespaces(reads: Reads, only?: number): AllNamespaces {
	const text = readProc(reads, "self/mountinfo", tableLimit);
	const mounts = parseMounts(typeof text === "string" ? text : "");
	const pids = observePids(reads);
	const nameOf = idNames(reads, "/etc/passwd");
	const rows = namespaceKinds.flatMap((type) => {
		const members = membersOf(reads, type, pids);
		const mounted = mountsOf(mounts, type);
		const ids = [...members.keys(), ...(only === undefined ? [...mounted.keys()] : [])];
		return [...new Set(ids)]
			.filter((id) => only === undefined || members.get(id)?.includes(only))
			.sort((left, right) => numberOf(left) - numberOf(right))
			.map((id): NamespaceRow => {
				const within = members.get(id) ?? [];
				return {
					type,
					id,
					initial: id === unknown ? undefined : isInitial(reads, type, id),
					processes: within.length,
					...describe(reads, within[0], nameOf),
					mounts: mounted.get(id) ?? [],
				};
			});
	});
	return { namespaces: rows, hidden: hidingOption(reads) };
}

/** The unknown come last. */
function numberOf(id: string): number {
	return id === unknown ? Number.POSITIVE_INFINITY : Number(id);
}

/** A dead process that waits for its parent has left most of its namespaces, which the kernel says otherwise than that it tells nothing. */
function membersOf(reads: Reads, type: NamespaceKind, pids: readonly number[]): Map<string, number[]> {
	const found = new Map<string, number[]>();
	for (const pid of pids) {
		const id = namespaceOf(reads, pid, type);
		if (typeof id === "number" && (saysAbsent(id) || id === -errno.ESRCH)) {
			continue;
		}
		const name = typeof id === "number" ? unknown : id;
		found.set(name, [...(found.get(name) ?? []), pid]);
	}
	return found;
}

function mountsOf(mounts: ReturnType<typeof parseMounts>, type: NamespaceKind): Map<string, string[]> {
	const found = new Map<string, string[]>();
	for (const { type: system, root, point } of mounts) {
		if (system === "nsfs" && root.startsWith(`${type}:[`)) {
			found.set(idIn(root), [...(found.get(idIn(root)) ?? []), point]);
		}
	}
	return found;
}

function describe(
	reads: Reads,
	pid: number | undefined,
	nameOf: (uid: number) => string | undefined,
): Pick<NamespaceRow, "pid" | "uid" | "user" | "command"> {
	if (pid === undefined) {
		return { pid, uid: undefined, user: undefined, command: undefined };
	}
	const status = readProc(reads, `${pid}/status`);
	if (typeof status !== "string") {
		return { pid, uid: unknown, user: unknown, command: unknown };
	}
	const uid = Number(/^Uid:\s+[0-9]+\s+([0-9]+)/m.exec(status)?.[1]);
	const name = /^Name:\t(.*)$/m.exec(status)?.[1];
	const words = readArguments(reads, pid);
	return { pid, uid, user: nameOf(uid) ?? `${uid}`, command: (isKnown(words) && words.join(" ")) || name };
}
