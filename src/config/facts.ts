import type { Identity } from "../identity/identity.ts";
import type { ErrorCode } from "../report/codes.ts";
import type { Reads } from "../sys/native.ts";
import { readSmallFile } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";

/** What `${@name}` stands for, looked up only when it is asked for. */
export interface Facts {
	/** Processors the container may use, rounded up. */
	cpus(): string;
	/** Bytes of memory the container may use. */
	memory(): string;
	hostname(): string;
	/** The real ids this program was started with. */
	uid(): string;
	gid(): string;
}

/** Whom `${@user...}` speaks of: who the workload will be. */
export type Target = Pick<Identity, "uid" | "gid" | "name" | "home">;

/** Whom a user spec names, or an option in its place. Throws a Failure for who cannot be found. */
export type FindTarget = (user: string | undefined) => Target;

/** What stands between `${@` and `}`; `undefined` where that is no fact of the user. */
export type ExpandTarget = (inner: string) => string | InterpolationFault | undefined;

/** Why a value could not be completed. */
export interface InterpolationFault {
	readonly code: ErrorCode;
	readonly message: string;
}

export const factNames = ["cpus", "memory", "hostname", "uid", "gid"] as const satisfies readonly (keyof Facts)[];

export function observeFacts(reads: Reads): Facts {
	return {
		cpus: () => cpus(reads).toString(),
		memory: () => memory(reads).toString(),
		hostname: () => reads.uname()[1],
		uid: () => reads.getresuid()[0].toString(),
		gid: () => reads.getresgid()[0].toString(),
	};
}

/** The smaller of the affinity and the quota of cgroup v2 or v1. cgroups(7) */
function cpus(reads: Reads): number {
	const affinity = reads.cpuCount();
	const [quota, period] = fields(reads, "/sys/fs/cgroup/cpu.max") ?? [
		...(fields(reads, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us") ?? []),
		...(fields(reads, "/sys/fs/cgroup/cpu/cpu.cfs_period_us") ?? []),
	];
	const share = Number(quota) / Number(period);
	return share > 0 && Number.isFinite(share) ? Math.min(affinity, Math.ceil(share)) : affinity;
}

/** The smaller of the machine's memory and the limit of cgroup v2 or v1. */
function memory(reads: Reads): bigint {
	const machine = /^MemTotal:\s+([0-9]+) kB$/m.exec(`${readProc(reads, "meminfo") ?? ""}`)?.[1];
	const [limit] = fields(reads, "/sys/fs/cgroup/memory.max") ?? fields(reads, "/sys/fs/cgroup/memory/memory.limit_in_bytes") ?? [];
	const known = [
		machine === undefined ? undefined : BigInt(machine) * 1024n,
		/^[0-9]+$/.test(limit ?? "") ? BigInt(limit as string) : undefined,
	];
	return known.reduce<bigint>((least, each) => (each !== undefined && (least === 0n || each < least) ? each : least), 0n);
}

function fields(reads: Reads, path: string): string[] | undefined {
	const text = content(reads, path);
	return text === "" ? undefined : text.trim().split(" ");
}

function content(reads: Reads, path: string): string {
	const text = readSmallFile(reads, path);
	return typeof text === "number" ? "" : text;
}
