import { AT } from "../../src/sys/constants.ts";
import { errno } from "../../src/sys/errno.ts";
import type { Acts, Errno, Host, Reads } from "../../src/sys/native.ts";
import { type FakeEntry, mayAccess } from "./entry.ts";
import { execCredentials } from "./exec.ts";
import { FakeFiles, toStat } from "./files.ts";
import type { FakeProcess, IdMap, Machine, Outcome } from "./process.ts";
import * as rules from "./process.ts";
import { chooseLabel, labelFiles, labelOfExec, readLabel } from "./security-module.ts";

/** A call by its name and arguments, as it crossed the border. */
export type Call = readonly [name: keyof Host, ...args: unknown[]];

/** What execve left behind: the state of the workload as it begins. */
export interface Workload {
	readonly path: string;
	readonly argv: readonly string[];
	readonly environment: readonly string[];
	readonly workdir: string;
	readonly process: FakeProcess;
	/** The program that was loaded in the same call; absent when none was. */
	readonly filter?: string;
}

/** Thrown where a real execve would not return. */
export class WorkloadStarted extends Error {}

/** Thrown where a real exit would not return. */
export class ProcessExited extends Error {
	readonly status: number;

	constructor(status: number) {
		super(`exit ${status}`);
		this.status = status;
	}
}

export interface FakeKernelOptions {
	readonly process: FakeProcess;
	readonly machine?: Partial<Machine>;
	readonly files?: Readonly<Record<string, Partial<FakeEntry> | string>>;
	/** False for a container without /proc; what `files` has there is an ordinary directory then. */
	readonly proc?: boolean;
	readonly environment?: readonly string[];
	readonly workdir?: string;
	/** Calls that a test answers itself. */
	readonly overrides?: Partial<Host>;
}

const everyId: IdMap = [[0, 0, 4_294_967_295]];
const newestLast = 40;

const PROC_SUPER_MAGIC = 0x9fa0;

/** The descriptor of a ruleset of Landlock, of which there is one at a time. */
const ruleset = 900;

/** Three of its pipes: what an init reads, what it says to, and what says that it is executed. */
const pipes = [
	[901, 902],
	[903, 904],
	[905, 906],
] as const;
/** What is moved out of the way. */
const moved = 907;
const saysReady = pipes[1][0];

export class FakeKernel {
	/** May be replaced: a test that tampers with the state says what the verification must notice. */
	process: FakeProcess;
	workdir: string;
	workload: Workload | undefined;
	readonly machine: Machine;
	readonly files: FakeFiles;
	/** Every call in its order, failed ones too. */
	readonly calls: Call[] = [];
	/** What was written, `descriptor: text`. */
	readonly output: string[] = [];
	readonly host: Host;
	readonly #faults = new Map<keyof Host | number, number>();
	readonly #hasProc: boolean;
	#pipes = 0;
	#blocked = 0n;
	#umask = 0o022;
	#clock = 0;

	constructor({ process, machine, files = {}, proc = true, environment = [], workdir = "/", overrides = {} }: FakeKernelOptions) {
		this.process = process;
		this.workdir = workdir;
		this.machine = { last: newestLast, uidMap: everyId, gidMap: everyId, setgroupsDenied: false, ...machine };
		this.#hasProc = proc;
		this.files = new FakeFiles(proc ? { ...procFiles(this.machine), ...files } : files);
		this.host = this.#border({ ...this.#reads(environment), ...this.#fileReads(), ...this.#acts(), ...overrides });
	}

	/** The calls that may change something. */
	get changes(): Call[] {
		return this.calls.filter(([name]) => !observing.has(name));
	}

	/** Makes a call fail without effect: each one of that name, or the one at that place of `calls`. */
	failOn(which: keyof Host | number, code: number): this {
		this.#faults.set(which, code);
		return this;
	}

	/** Records, injects faults, and turns a call that is not modelled into an error that names it. */
	#border(implemented: Partial<Host>): Host {
		return new Proxy({} as Host, {
			get: (_, property) => {
				const name = property as keyof Host;
				return (...args: unknown[]) => {
					const fault = this.#faults.get(this.calls.length) ?? this.#faults.get(name);
					this.calls.push([name, ...args]);
					if (fault !== undefined) {
						return -fault;
					}
					const perform = implemented[name] as ((...args: unknown[]) => unknown) | undefined;
					if (perform === undefined) {
						throw new Error(`the fake kernel has no ${String(name)}`);
					}
					return perform(...args);
				};
			},
		});
	}

	#become(outcome: Outcome): Errno {
		if (typeof outcome === "number") {
			return outcome;
		}
		this.process = outcome;
		return 0;
	}

	#isProc(fd: number): boolean {
		return this.#hasProc && /^\/proc(?:\/|$)/.test(this.files.pathOf(fd) ?? "");
	}

	#absolute(dirfd: number, path: string): string {
		const base = dirfd === AT.FDCWD ? this.workdir : (this.files.pathOf(dirfd) ?? "/");
		return path.startsWith("/") ? path : `${base}/${path}`;
	}

	#reads(environment: readonly string[]): Partial<Reads> {
		return {
			argv: () => ["abdicate"],
			environ: () => [...environment],
			atSecure: () => false,
			getpid: () => (this.process.forked === undefined ? 1 : 2),
			getppid: () => 0,
			heldMask: () => undefined,
			executedAs: () => "/usr/bin/abdicate",
			getsid: () => 1,
			getpgid: () => 1,
			foregroundOf: () => -25,
			windowColumns: () => -25,
			sigPending: () => 0n,
			getresuid: () => [...this.process.uids],
			getresgid: () => [...this.process.gids],
			getgroups: () => [...this.process.groups],
			capget: () => [this.process.effective, this.process.permitted, this.process.inheritable],
			capbsetReadAll: () => [this.process.bounding, this.machine.last],
			capAmbientReadAll: () => this.process.ambient,
			getSecurebits: () => this.process.securebits,
			getNoNewPrivs: () => Number(this.process.noNewPrivs),
			getKeepCaps: () => Number((this.process.securebits & rules.SECBIT.KEEP_CAPS) !== 0),
			landlockAbi: () => 7,
			getSeccomp: () => 0,
			takesFilters: () => 0,
			takesMounts: () => 0,
			getParentDeathSignal: () => this.process.parentDeathSignal,
			getUmask: () => this.#umask,
			getcwd: () => this.workdir,
			uname: () => ["Linux", "fake", "6.18.0", "#1", "x86_64"],
			cpuCount: () => 2,
			clock: () => ++this.#clock,
		};
	}

	#fileReads(): Partial<Reads> {
		const resolve = (dirfd: number, path: string, flags: number) =>
			path === "" && (flags & AT.EMPTY_PATH) !== 0
				? this.files.stat(dirfd)
				: stated(this.files.resolve(this.process, this.#absolute(dirfd, path), (flags & AT.SYMLINK_NOFOLLOW) === 0));
		return {
			openRead: (dirfd, path, flags, resolve) => this.files.open(this.process, this.#absolute(dirfd, path), flags, resolve),
			close: (fd) => (fd >= ruleset ? 0 : this.files.close(fd)),
			fstat: (fd) => this.files.stat(fd),
			statat: resolve,
			readAll: (fd, limit) =>
				this.files.pathOf(fd) === ownStatus ? statusOf(this.process) : (this.#labelOf(fd) ?? this.files.read(fd, limit, false)),
			read: (fd, limit) => (fd === saysReady ? this.#waited() : this.files.read(fd, limit, true)),
			readDirectory: (fd) => this.files.names(fd),
			fstatfs: (fd) => (this.#isProc(fd) ? [PROC_SUPER_MAGIC, 0] : this.files.system(fd)),
			// No list on anything.
			getxattr: () => -errno.ENODATA,
			readlinkat: (dirfd, path) => {
				const found = this.files.resolve(this.process, this.#absolute(dirfd, path), false);
				return typeof found === "number" ? found : found.entry.kind === "link" ? found.entry.content : -errno.EINVAL;
			},
			faccessat: (dirfd, path, mode) => {
				const found = this.files.resolve(this.process, this.#absolute(dirfd, path));
				return typeof found === "number" ? found : mayAccess(this.process, found.entry, mode) ? 0 : -errno.EACCES;
			},
		};
	}

	#waited(): string {
		this.process = rules.waitForParent(this.process);
		return this.process.forked === undefined ? "" : "1";
	}

	#acts(): Partial<Acts> {
		return {
			setgroups: (groups) => this.#become(rules.setgroups(this.process, this.machine, groups)),
			setresuid: (...ids) => this.#become(rules.setresuid(this.process, this.machine, ...ids)),
			setresgid: (...ids) => this.#become(rules.setresgid(this.process, this.machine, ...ids)),
			capset: (...sets) => this.#become(rules.capset(this.process, this.machine, ...sets)),
			capbsetDrop: (capability) => this.#become(rules.capbsetDrop(this.process, this.machine, capability)),
			capAmbientRaise: (capability) => this.#become(rules.ambientRaise(this.process, this.machine, capability)),
			capAmbientLower: (capability) => this.#become({ ...this.process, ambient: this.process.ambient & ~(1n << BigInt(capability)) }),
			capAmbientClearAll: () => this.#become({ ...this.process, ambient: 0n }),
			setSecurebits: (bits) => this.#become(rules.setSecurebits(this.process, bits)),
			setKeepCaps: (value) => this.#become(rules.setKeepCaps(this.process, value)),
			setNoNewPrivs: () => this.#become({ ...this.process, noNewPrivs: true }),
			setParentDeathSignal: (signal) => (signal > 64 ? -errno.EINVAL : this.#become({ ...this.process, parentDeathSignal: signal })),
			joinSessionKeyring: () => this.#become({ ...this.process, keyring: this.process.uids[0] }),
			landlockCreateRuleset: () => ruleset,
			landlockAddPort: (fd) => (fd === ruleset ? 0 : -errno.EBADF),
			landlockAddPath: (fd) => (fd === ruleset ? 0 : -errno.EBADF),
			landlockRestrictSelf: (fd) => this.#become(fd === ruleset ? rules.restrictSelf(this.process) : -errno.EBADF),
			loadFilter: () => this.#become(rules.loadFilter(this.process)),
			pipe: () => [...(pipes[this.#pipes++ % pipes.length] as readonly [number, number])],
			dupAbove: () => moved,
			part: () => {
				this.#become(rules.fork(this.process));
				return 0;
			},
			setsid: () => this.#become(rules.lead(this.process, "session")),
			setpgid: () => this.#become(rules.lead(this.process, "group")),
			sigDefaultAll: () => this.#become(rules.resetSignals(this.process)),
			chdir: (path) => this.#chdir(path),
			sigmask: (mask) => {
				const former = this.#blocked;
				this.#blocked = mask;
				return former;
			},
			umask: (mask) => {
				const former = this.#umask;
				this.#umask = mask;
				return former;
			},
			open: (dirfd, path, flags) => this.files.open(this.process, this.#absolute(dirfd, path), flags),
			write: (fd, text) => {
				const { securityModule } = this.machine;
				if (securityModule !== undefined && this.#labelFile(fd) === "exec") {
					const result = this.#become(chooseLabel(securityModule, this.process, text));
					return result < 0 ? result : text.length;
				}
				this.output.push(`${fd}: ${text}`);
				return text.length;
			},
			exit: (status) => {
				throw new ProcessExited(status);
			},
			execve: (paths, argv, environment, passedOver, program) => this.#execveBehind(paths, argv, environment, passedOver, program),
		};
	}

	#labelFile(fd: number): "current" | "exec" | undefined {
		const { securityModule } = this.machine;
		return securityModule && labelFiles(securityModule)[this.files.pathOf(fd) ?? ""];
	}

	#labelOf(fd: number): string | Errno | undefined {
		const { securityModule } = this.machine;
		const which = this.#labelFile(fd);
		return securityModule && which && readLabel(securityModule, this.process, which);
	}

	#chdir(path: string): number | Errno {
		const found = this.files.resolve(this.process, this.#absolute(AT.FDCWD, path));
		if (typeof found === "number") {
			return found;
		}
		if (found.entry.kind !== "directory") {
			return -errno.ENOTDIR;
		}
		if (!mayAccess(this.process, found.entry, 1)) {
			return -errno.EACCES;
		}
		this.workdir = found.path;
		return 0;
	}

	#execveBehind(...[paths, argv, environment, passedOver, program]: Parameters<Acts["execve"]>): Errno[] {
		if (program === undefined) {
			return this.#execve(paths, argv, environment, passedOver);
		}
		const { noNewPrivs, effective } = this.process;
		if (!noNewPrivs && (effective & (1n << 21n)) === 0n) {
			return [-errno.EACCES];
		}
		try {
			return [0, ...this.#execve(paths, argv, environment, passedOver)];
		} catch (error) {
			this.workload = error instanceof WorkloadStarted && this.workload ? { ...this.workload, filter: program } : this.workload;
			throw error;
		}
	}

	#execve(paths: readonly string[], argv: readonly string[], environment: readonly string[], passedOver: readonly number[]): Errno[] {
		const refusals: Errno[] = [];
		for (const path of paths) {
			refusals.push(this.#tryExecve(path, argv, environment));
			if (!passedOver.includes(-(refusals.at(-1) as number))) {
				break;
			}
		}
		return refusals;
	}

	#tryExecve(path: string, argv: readonly string[], environment: readonly string[]): Errno {
		const found = this.files.resolve(this.process, this.#absolute(AT.FDCWD, path));
		if (typeof found === "number") {
			return found;
		}
		if (found.entry.kind !== "file" || !mayAccess(this.process, found.entry, 1)) {
			return -errno.EACCES;
		}
		const process = execCredentials(this.process, found.entry);
		if (typeof process === "number") {
			return process;
		}
		this.workload = { path, argv, environment, workdir: this.workdir, process: labelOfExec(process) };
		throw new WorkloadStarted(path);
	}
}

function stated(found: ReturnType<FakeFiles["resolve"]>): ReturnType<Reads["statat"]> {
	return typeof found === "number" ? found : toStat(found.entry);
}

function procFiles({ uidMap, gidMap, setgroupsDenied, securityModule }: Machine): Record<string, Partial<FakeEntry> | string> {
	const text = (map: IdMap) => map.map((range) => `${range.map((number) => number.toString().padStart(10)).join(" ")}\n`).join("");
	return {
		"/proc/self/uid_map": text(uidMap),
		"/proc/self/gid_map": text(gidMap),
		"/proc/self/setgroups": setgroupsDenied ? "deny\n" : "allow\n",
		[ownStatus]: "",
		"/proc/self/exe": { mode: 0o755 },
		...(securityModule && Object.fromEntries(Object.keys(labelFiles(securityModule)).map((path) => [path, { mode: 0o666 }]))),
	};
}

const ownStatus = "/proc/self/status";

/** proc_pid_status(5) */
function statusOf({ uids, gids, groups, ...process }: FakeProcess): string {
	const hex = (set: bigint) => set.toString(16).padStart(16, "0");
	const lines = {
		Name: "abdicate",
		Uid: [...uids, uids[1]].join("\t"),
		Gid: [...gids, gids[1]].join("\t"),
		Groups: groups.map((group) => `${group} `).join(""),
		CapInh: hex(process.inheritable),
		CapPrm: hex(process.permitted),
		CapEff: hex(process.effective),
		CapBnd: hex(process.bounding),
		CapAmb: hex(process.ambient),
		NoNewPrivs: Number(process.noNewPrivs),
	};
	return Object.entries(lines)
		.map(([name, value]) => `${name}:\t${value}\n`)
		.join("");
}

/** Names of the calls that only look; a call that is not among them counts as a change. */
const observing: ReadonlySet<keyof Host> = new Set<keyof Reads>([
	"argv",
	"environ",
	"atSecure",
	"getpid",
	"getppid",
	"heldMask",
	"executedAs",
	"getsid",
	"getpgid",
	"foregroundOf",
	"windowColumns",
	"getresuid",
	"getresgid",
	"getgroups",
	"capget",
	"capbsetReadAll",
	"capAmbientReadAll",
	"getSecurebits",
	"getNoNewPrivs",
	"getKeepCaps",
	"landlockAbi",
	"getSeccomp",
	"takesFilters",
	"takesMounts",
	"getParentDeathSignal",
	"getUmask",
	"sigPending",
	"getcwd",
	"uname",
	"cpuCount",
	"clock",
	"openRead",
	"close",
	"fstat",
	"statat",
	"readAll",
	"read",
	"readDirectory",
	"fstatfs",
	"getxattr",
	"readlinkat",
	"faccessat",
]);
