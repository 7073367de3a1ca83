import { initialNamespaces } from "../../confine/initial-namespaces.ts";
import { AT } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { whyRefused } from "./refused.ts";
import { fromKnown, type Known, Unknown } from "./unknown.ts";

export interface Namespace {
	readonly kind: NamespaceKind;
	/** The number in brackets of /proc/PID/ns; `undefined` where the kernel has no such kind, or a dead process has left it. */
	readonly id: Known<string | undefined>;
	/** The same as that of PID 1; `undefined` without a namespace. */
	readonly sharedWithInit: Known<boolean | undefined>;
	/** The one the machine started with, by its fixed number. */
	readonly initial: Known<boolean | undefined>;
}

export const namespaceKinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

/** Whether the number is that of the namespace the machine started with; `undefined` where the kernel is older than a fixed number for its kind. */
export function isInitial(reads: Reads, kind: NamespaceKind, id: string): boolean | undefined {
	if (id === `${initialNamespaces[kind]}`) {
		return true;
	}
	const [, major, minor] = /^([0-9]+)\.([0-9]+)/.exec(reads.uname()[2]) ?? [];
	const isFixed = Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 18);
	return isFixed || (kind !== "mnt" && kind !== "net") ? false : undefined;
}

/** By its number; without a fixed one, what PID 1 has is the machine's when PID 1 is the machine's. */
export function isOfMachine({ initial, sharedWithInit }: Namespace, all: readonly Namespace[]): boolean {
	return initial === true || (sharedWithInit === true && all.some((each) => each.kind === "pid" && each.initial === true));
}

/** The number of a namespace; a negative errno when it may not be read, when the process has ended or the kernel has no such kind. namespaces(7) */
export function namespaceOf(reads: Reads, pid: number, kind: NamespaceKind): string | Errno {
	const link = reads.readlinkat(AT.FDCWD, `/proc/${pid}/ns/${kind}`);
	return typeof link === "number" ? link : idIn(link);
}

/** As /proc/PID/ns and the table of mounts write it: `net:[4026531833]`. */
export function idIn(text: string): string {
	return /\[([0-9]+)\]/.exec(text)?.[1] ?? "";
}

/** In the order of `namespaceKinds`. */
export type NamespaceIds = readonly Known<string | undefined>[];

export function namespacesOf(reads: Reads, pid: number): NamespaceIds {
	// Asked once for all: what refuses one link refuses each.
	const reasons = new Map<Errno, Unknown>();
	return namespaceKinds.map((kind) => {
		const id = namespaceOf(reads, pid, kind);
		if (typeof id !== "number") {
			return id;
		}
		if (id === -errno.ENOENT) {
			return undefined;
		}
		const reason = reasons.get(id) ?? new Unknown(whyRefused(reads, pid, { call: "readlink", file: "ns" }, id));
		reasons.set(id, reason);
		return reason;
	});
}

export function compareNamespaces(reads: Reads, own: NamespaceIds, initial: NamespaceIds): Namespace[] {
	return namespaceKinds.map((kind, index) => {
		const [id, first] = [own[index], initial[index]];
		return {
			kind,
			id,
			sharedWithInit: fromKnown(id, (each) => {
				if (each === undefined) {
					return undefined;
				}
				return fromKnown(first, (other) => (other === undefined ? new Unknown("that of PID 1 is not to be seen") : each === other));
			}),
			initial: fromKnown(id, (each) =>
				each === undefined
					? undefined
					: (isInitial(reads, kind, each) ?? new Unknown("before Linux 6.18 the machine's own has no fixed number")),
			),
		};
	});
}
