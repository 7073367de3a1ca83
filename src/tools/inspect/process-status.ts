import { securebitNames } from "../../capability/securebits.ts";
import { CapabilitySet, type CapabilitySets } from "../../capability/set.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";
import { compareNamespaces, type Namespace, namespacesOf } from "./namespaces.ts";

/** What the kernel tells about any process, by way of /proc. proc_pid_status(5) */
export interface ProcessStatus {
	readonly pid: number;
	readonly name: string;
	readonly parent: number;
	/** Real, effective, saved, file system. */
	readonly uids: readonly number[];
	readonly gids: readonly number[];
	readonly groups: readonly number[];
	readonly sets: CapabilitySets;
	/** By name; the kernel tells them to the process itself alone, so `undefined` for any other. */
	readonly securebits: readonly string[] | undefined;
	readonly noNewPrivileges: boolean;
	readonly seccomp: { readonly mode: "off" | "strict" | "filter"; readonly filters: number | undefined };
	/** The label of AppArmor, SELinux or Smack; `undefined` when no such module is active. */
	readonly label: string | undefined;
	readonly namespaces: readonly Namespace[];
	readonly arguments: readonly string[];
}

const seccompModes = ["off", "strict", "filter"] as const;

/** A process by its pid; the reason as text when there is none or it may not be looked at. */
export function observeProcess(reads: Reads, pid: number, initial = namespacesOf(reads, 1)): ProcessStatus | string {
	const status = readProc(reads, `${pid}/status`) ?? -errno.ENOENT;
	if (typeof status === "number") {
		return `/proc/${pid}/status: ${errnoText("status", status).message}`;
	}
	const fields = new Map(status.split("\n").map((line) => splitOnce(line, ":")));
	const field = (name: string) => fields.get(name)?.trim() ?? "";
	const numbers = (name: string) => (field(name) === "" ? [] : field(name).split(/\s+/).map(Number));
	const set = (name: string) => CapabilitySet.fromBits(BigInt(`0x${field(name) || "0"}`));
	return {
		pid,
		name: field("Name"),
		parent: Number(field("PPid")),
		uids: numbers("Uid"),
		gids: numbers("Gid"),
		groups: numbers("Groups"),
		sets: {
			bounding: set("CapBnd"),
			permitted: set("CapPrm"),
			effective: set("CapEff"),
			inheritable: set("CapInh"),
			ambient: set("CapAmb"),
		},
		securebits: ownSecurebits(reads, pid),
		noNewPrivileges: field("NoNewPrivs") === "1",
		seccomp: {
			mode: seccompModes[Number(field("Seccomp"))] ?? "off",
			filters: field("Seccomp_filters") === "" ? undefined : Number(field("Seccomp_filters")),
		},
		label: readLabel(reads, pid),
		namespaces: compareNamespaces(reads, namespacesOf(reads, pid), initial),
		arguments: readArguments(reads, pid),
	};
}

/** Every process there is, ascending; those that end meanwhile are left out. */
export function observeAll(reads: Reads): ProcessStatus[] {
	const initial = namespacesOf(reads, 1);
	return observePids(reads)
		.map((pid) => observeProcess(reads, pid, initial))
		.filter((each) => typeof each !== "string");
}

/** Every pid there is to be seen, ascending. */
export function observePids(reads: Reads): number[] {
	const fd = reads.openRead(AT.FDCWD, "/proc", O.RDONLY | O.DIRECTORY, 0);
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	const pids = typeof names === "number" ? [] : names.filter((name) => /^[0-9]+$/.test(name)).map(Number);
	return pids.sort((left, right) => left - right);
}

function splitOnce(line: string, separator: string): [string, string] {
	const at = line.indexOf(separator);
	return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}

function ownSecurebits(reads: Reads, pid: number): string[] | undefined {
	const bits = pid === reads.getpid() ? reads.getSecurebits() : -1;
	return bits < 0 ? undefined : securebitNames(bits);
}

function readLabel(reads: Reads, pid: number): string | undefined {
	// With several modules the first one owns the file; AppArmor and Smack have one each besides.
	const found = ["current", "apparmor/current", "smack/current"].map((name) => readProc(reads, `${pid}/attr/${name}`));
	return found
		.find((label) => typeof label !== "number" && label !== "")
		?.toString()
		.replace(/[\0\n]+$/, "");
}

export function readArguments(reads: Reads, pid: number): string[] {
	const line = readProc(reads, `${pid}/cmdline`, 1024 * 1024);
	return typeof line !== "string" || line === "" ? [] : line.replace(/\0$/, "").split("\0");
}
