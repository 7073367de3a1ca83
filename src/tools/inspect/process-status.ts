import { securebitNames } from "../../capability/securebits.ts";
import { type OtherProcess, observeOther, observePids } from "../../identity/other-process.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { readProc } from "../../sys/proc.ts";
import { compareNamespaces, type Namespace, namespacesOf } from "./namespaces.ts";

/** What the kernel tells about any process, by way of /proc. proc_pid_status(5) */
export interface ProcessStatus extends Omit<OtherProcess, "field"> {
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
	const found = observeOther(reads, pid);
	if (typeof found === "number") {
		return `/proc/${pid}/status: ${errnoText("status", found).message}`;
	}
	const { field, ...told } = found;
	return {
		...told,
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
