import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeConfigFile } from "./config-file.ts";
import { binary } from "./paths.ts";
import { type Outcome, runProcess } from "./process.ts";

/** One run of the binary without Docker, in namespaces that end with it. The root file system is the machine's own. */
export interface HostOptions {
	/** Arguments of the binary. */
	readonly args: readonly string[];
	/** Given to the binary as `ABDICATE_CONFIG`. */
	readonly config?: string | object;
	/** The whole environment, beside a PATH. */
	readonly env?: Readonly<Record<string, string>>;
	/** The binary under test unless given. */
	readonly program?: string;
	/** Words put before the program, such as `["setpriv", "--no-new-privs"]`. */
	readonly wrapper?: readonly string[];
	/** Arguments of strace; its report is the outcome's `trace`. */
	readonly strace?: readonly string[];
	readonly input?: string;
	/** Seconds; 30 unless given. */
	readonly timeout?: number;
}

export interface HostOutcome extends Outcome {
	/** What strace wrote; empty without `strace`. */
	readonly trace: string;
}

/** Runs the binary as root in its own mount, PID, network, IPC and UTS namespace. */
export async function runHost(options: HostOptions): Promise<HostOutcome> {
	const { args, env = {}, program = binary, wrapper = [], strace } = options;
	const directory = mkdtempSync(join(tmpdir(), "abdicate-host-"));
	const traceFile = join(directory, "trace");
	const config = options.config === undefined ? undefined : writeConfigFile(options.config);
	const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	try {
		const done = await runProcess(
			"unshare",
			[
				...["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"],
				...(strace === undefined ? [] : ["strace", "-o", traceFile, ...strace]),
				...wrapper,
				program,
				...args,
			],
			{
				input: options.input,
				seconds: options.timeout,
				env: { PATH: path, ...(config === undefined ? {} : { ABDICATE_CONFIG: config.file }), ...env },
			},
		);
		return Object.assign(done, { trace: strace === undefined ? "" : readFileSync(traceFile, "utf8") });
	} finally {
		rmSync(directory, { recursive: true, force: true });
		config?.remove();
	}
}
