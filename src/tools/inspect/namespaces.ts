import { initialNamespaces } from "../../confine/initial-namespaces.ts";
import { AT } from "../../sys/constants.ts";
import type { Errno, Reads } from "../../sys/native.ts";

export interface Namespace {
	readonly kind: string;
	/** The number in brackets of /proc/PID/ns; `undefined` when it may not be read. */
	readonly id: string | undefined;
	/** The same as that of PID 1; `undefined` when that is not known. */
	readonly sharedWithInit: boolean | undefined;
	/** The one the machine started with, by its fixed number; `undefined` where that is not known. */
	readonly initial: boolean | undefined;
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
export type NamespaceIds = readonly (string | undefined)[];

export function namespacesOf(reads: Reads, pid: number): NamespaceIds {
	return namespaceKinds.map((kind) => {
		const id = namespaceOf(reads, pid, kind);
		return typeof id === "number" ? undefined : id;
	});
}

export function compareNamespaces(reads: Reads, own: NamespaceIds, initial: NamespaceIds): Namespace[] {
	return namespaceKinds.map((kind, index) => {
		const [id, first] = [own[index], initial[index]];
		return {
			kind,
			id,
			sharedWithInit: id === undefined || first === undefined ? undefined : id === first,
			initial: id === undefined ? undefined : isInitial(reads, kind, id),
		};
	});
}
