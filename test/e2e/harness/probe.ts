type Three = readonly [real: number, effective: number, saved: number];
type Limit = number | "unlimited";

/** The five sets as 16 hexadecimal digits, as `/proc/PID/status` writes them. */
export interface Caps {
	readonly inheritable: string;
	readonly permitted: string;
	readonly effective: string;
	readonly bounding: string;
	readonly ambient: string;
}

/** What `probe` prints: the state of its process as the kernel tells it. */
export interface ProbeState {
	readonly resuid: Three;
	readonly resgid: Three;
	readonly fsuid: number;
	readonly fsgid: number;
	readonly groups: readonly number[];
	readonly caps: Caps;
	readonly lastCap: number;
	readonly fds: readonly ProbeFd[];
	readonly signalMask: string;
	readonly ignoredSignals: readonly number[];
	readonly limits: Readonly<Record<string, readonly [soft: Limit, hard: Limit]>>;
	readonly argv: readonly string[];
	readonly env: readonly string[];
	readonly securebits: number;
	readonly noNewPrivs: number;
	readonly seccomp: number;
	/** Null without /proc. */
	readonly seccompFilters: number | null;
	readonly keepCaps: number;
	readonly dumpable: number;
	readonly umask: string;
	readonly pid: number;
	readonly ppid: number;
	readonly pgid: number;
	readonly sid: number;
	readonly pdeathsig: number;
	readonly nice: number;
	readonly hasProc: boolean;
	/** Whether the root directory can be opened, which everybody may by its mode. */
	readonly opensRoot: boolean;
	readonly hostname: string;
	readonly cwd: string | null;
}

export interface ProbeFd {
	readonly fd: number;
	readonly type: "file" | "directory" | "char" | "block" | "fifo" | "socket" | "link" | "anonymous" | "unknown";
	readonly access: "read" | "write" | "both" | "path";
	readonly uid: number;
	readonly gid: number;
	readonly mode: string;
	/** Null without /proc. */
	readonly target: string | null;
}

/** What `probe try` prints for each act. */
export interface ProbeAct {
	readonly act: string;
	readonly ok: boolean;
	readonly errno: string | null;
	/** Only of an act `read` that worked. */
	readonly content?: string;
}

/** The state in a process's output: its first line that is a JSON object. */
export function parseState(stdout: string): ProbeState {
	return JSON.parse(lineWith(stdout, "{")) as ProbeState;
}

/** The outcomes of `probe try`. */
export function parseActs(stdout: string): readonly ProbeAct[] {
	return JSON.parse(lineWith(stdout, "[")) as readonly ProbeAct[];
}

function lineWith(stdout: string, start: string): string {
	const line = stdout.split("\n").find((text) => text.startsWith(start));
	if (line === undefined) {
		throw new Error(`the probe did not report; standard output was: ${JSON.stringify(stdout)}`);
	}
	return line;
}
