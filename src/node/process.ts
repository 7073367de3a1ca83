import { readFileSync } from "node:fs";
import { arch, availableParallelism, getPriority, hostname, machine, release, type, version } from "node:os";
import { CLOCK, RLIM_INFINITY } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { attempt } from "./files.ts";

/**
 * The process as far as Node can see it: on Linux by /proc/self/status, elsewhere an ordinary process without capabilities.
 * Not to be seen are securebits, keep_caps and the parent-death signal; they are taken to be what they are at every start.
 */
const lastKnown = 40;
/** Rows of /proc/self/limits by RLIMIT_ number. proc_pid_limits(5) */
const limitRows = [
	"cpu time",
	"file size",
	"data size",
	"stack size",
	"core file size",
	"resident set",
	"processes",
	"open files",
	"locked memory",
	"address space",
	"file locks",
	"pending signals",
	"msgqueue size",
	"nice priority",
	"realtime priority",
	"realtime timeout",
] as const;

export const processReads = {
	argv: () => ["abdicate", ...process.argv.slice(2)],
	environ: () => Object.entries(process.env).map(([name, value]) => `${name}=${value}`),
	atSecure: () => false,
	getpid: () => process.pid,
	// It is the image's program that is spoken of.
	executedAs: () => "/abdicate",
	getppid: () => process.ppid,
	getresuid: () => ids("Uid", process.getuid?.(), process.geteuid?.()),
	getresgid: () => ids("Gid", process.getgid?.(), process.getegid?.()),
	getgroups: () =>
		field("Groups")
			?.split(" ")
			.filter((each) => each !== "")
			.map(Number) ??
		process.getgroups?.() ??
		[],
	capget: (pid) => [mask("CapEff", pid), mask("CapPrm", pid), mask("CapInh", pid)],
	capbsetReadAll: () => [mask("CapBnd"), Number(content("/proc/sys/kernel/cap_last_cap") ?? lastKnown)],
	capAmbientReadAll: () => mask("CapAmb"),
	getSecurebits: () => 0,
	getNoNewPrivs: () => Number(field("NoNewPrivs") ?? 0),
	getKeepCaps: () => 0,
	// Node cannot ask; what is written is planned for a kernel that has it.
	landlockAbi: () => 6,
	getSeccomp: () => Number(field("Seccomp") ?? 0),
	// Nobody could be asked: that the machine of the start takes filters is found out there.
	takesFilters: () => 0,
	getParentDeathSignal: () => 0,
	getpriority: () => attempt(() => getPriority() + 20),
	getrlimit: (resource) => limit(limitRows[resource] ?? ""),
	getUmask: () => Number.parseInt(field("Umask") ?? "022", 8),
	uname: () => [type(), hostname(), release(), version(), machine?.() ?? arch()],
	getcwd: () => attempt(() => process.cwd()),
	windowColumns: (fd) => {
		const stream = fd === 1 ? process.stdout : process.stderr;
		return stream.isTTY ? stream.columns : -errno.EINVAL;
	},
	cpuCount: () => availableParallelism(),
	clock: () => Math.floor(performance.now()),
	clockGettime: (clock) => (clock === CLOCK.REALTIME ? Date.now() : -errno.EINVAL),
	getxattr: () => -errno.EOPNOTSUPP,
} satisfies Partial<Reads>;

function content(path: string): string | undefined {
	const text = attempt(() => readFileSync(path, "utf8"));
	return typeof text === "number" ? undefined : text;
}

/** A line of the status of this process, or of another. proc_pid_status(5) */
function field(name: string, pid = 0): string | undefined {
	const lines = content(`/proc/${pid === 0 ? "self" : pid}/status`)?.split("\n") ?? [];
	return lines
		.find((line) => line.startsWith(`${name}:`))
		?.slice(name.length + 1)
		.trim();
}

function mask(name: string, pid?: number): bigint {
	return BigInt(`0x${field(name, pid) ?? "0"}`);
}

/** Real, effective, saved; nobody where there are no ids. */
function ids(name: string, real = 65_534, effective = real): [number, number, number] {
	const [first = real, second = effective, third = effective] = field(name)?.split("\t").map(Number) ?? [];
	return [first, second, third];
}

function limit(row: string): [bigint, bigint] {
	const [, soft, hard] = new RegExp(`^Max ${row}\\s+(\\w+)\\s+(\\w+)`, "m").exec(content("/proc/self/limits") ?? "") ?? [];
	const value = (text = "unlimited") => (text === "unlimited" ? RLIM_INFINITY : BigInt(text));
	return [value(soft), value(hard)];
}
