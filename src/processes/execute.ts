import type { CommandPlan } from "../plan/plan.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { errno } from "../sys/errno.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import type { Errno, Host } from "../sys/native.ts";

/**
 * The deciding look-up: each candidate in turn, as the user, with execve alone. There is no fall-back to a shell for a file
 * without `#!`. Only returns by throwing.
 */
export function execute(host: Host, { argv, candidates }: CommandPlan, environment: readonly string[]): never {
	let denied: { path: string; code: Errno } | undefined;
	for (const path of candidates) {
		const code = host.execve(path, argv, environment);
		if (!isAbsent(host, path, code)) {
			if (code !== -errno.EACCES) {
				throw new ExecRefused(path, code);
			}
			denied ??= { path, code };
		}
	}
	throw denied === undefined ? new Failure(notFound(argv[0])) : new ExecRefused(denied.path, denied.code);
}

/** ENOENT may also mean that the interpreter is missing; then the file itself is there. execve(2) */
function isAbsent(host: Host, path: string, code: Errno): boolean {
	return (code === -errno.ENOENT || code === -errno.ENOTDIR) && typeof host.statat(-100, path, 0) === "number";
}

function notFound(name: string): Diagnostic {
	return { code: "COMMAND_NOT_FOUND", where: "command", message: `${quoted(name)} was not found by the user the workload runs as` };
}
