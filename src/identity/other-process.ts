import { CapabilitySet, type CapabilitySets } from "../capability/set.ts";
import { AT, O } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Errno, Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";

/** What the status of any process tells of it. proc_pid_status(5) */
export interface OtherProcess {
	readonly pid: number;
	readonly name: string;
	readonly parent: number;
	/** Real, effective, saved, file system. */
	readonly uids: readonly number[];
	readonly gids: readonly number[];
	readonly groups: readonly number[];
	readonly sets: CapabilitySets;
	/** A line of it by its name, for what is not here; `undefined` where this kernel has none. */
	readonly field: (name: string) => string | undefined;
}

/** A negative errno when there is none or it may not be looked at. */
export function observeOther(reads: Reads, pid: number): OtherProcess | Errno {
	const status = readProc(reads, `${pid}/status`) ?? -errno.ENOENT;
	if (typeof status === "number") {
		return status;
	}
	// Of some sixty lines a few are asked for.
	const lines = `\n${status}`;
	const field = (name: string) => {
		const start = lines.indexOf(`\n${name}:`);
		const end = lines.indexOf("\n", start + 1);
		return start < 0 ? undefined : lines.slice(start + name.length + 2, end < 0 ? undefined : end).trim();
	};
	const numbers = (name: string) => numbersIn(field(name) ?? "");
	const set = (name: string) => CapabilitySet.fromBits(BigInt(`0x${field(name) || "0"}`));
	return {
		pid,
		name: field("Name") ?? "",
		parent: Number(field("PPid")),
		uids: numbers("Uid"),
		get gids() {
			return numbers("Gid");
		},
		get groups() {
			return numbers("Groups");
		},
		sets: {
			bounding: set("CapBnd"),
			permitted: set("CapPrm"),
			effective: set("CapEff"),
			inheritable: set("CapInh"),
			ambient: set("CapAmb"),
		},
		field,
	};
}

export function numbersIn(text: string): number[] {
	return text === "" ? [] : text.split(/\s+/).map(Number);
}

/** Every pid there is to be seen, ascending. */
export function observePids(reads: Reads): number[] {
	const fd = reads.openRead(AT.FDCWD, "/proc", O.RDONLY | O.DIRECTORY, 0);
	const names = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readDirectory(fd));
	const pids = typeof names === "number" ? [] : names.filter((name) => /^[0-9]+$/.test(name)).map(Number);
	return pids.sort((left, right) => left - right);
}
