import { rows } from "../../../departure/rows.ts";
import { observeCredentials } from "../../../identity/credentials.ts";
import { Failure, fail } from "../../../report/failure.ts";
import { openLog } from "../../../report/log.ts";
import { quoted } from "../../../report/text.ts";
import { AT } from "../../../sys/constants.ts";
import { givenIn } from "../../../sys/environ.ts";
import { ExecRefused } from "../../../sys/exec-refused.ts";
import { forkChild } from "../../../sys/fork.ts";
import type { Host } from "../../../sys/native.ts";
import { mustRead } from "../../../sys/observe.ts";
import { describeStatus, exitStatus } from "../../../sys/wait-status.ts";
import { absent } from "../common/command.ts";
import type { Leave } from "./act.ts";
import { type Session, usualShell } from "./session.ts";
import { warningsAtExec } from "./warnings.ts";

/** Becomes the shell, or this program again, with the rest of the words. The status of what was waited for. */
export async function leave(session: Session, { to, forks }: Leave, rest: readonly string[]): Promise<number> {
	const { host } = session;
	const log = openLog(host, { level: 0 });
	for (const warning of warningsAtExec(session, observeCredentials(host))) {
		log.warn(`capsh: ${warning}`);
	}
	const argv = to === "shell" ? ([session.shell, ...rest] as const) : againWith(session, rest);
	if (!forks) {
		return await become(session, argv);
	}
	const tellWhy = await tellerOf(session, argv);
	const pid = forkChild(host, () => {
		try {
			return execute(session, argv);
		} catch (error) {
			tellWhy(error);
			return 1;
		}
	});
	return endOf(host, pid);
}

type Argv = readonly [string, ...string[]];

function execute({ journey, environment }: Session, argv: Argv): never {
	rows.exec.apply(journey, { argv, candidates: [argv[0]], environment });
	throw new Error("exec came back");
}

async function become(session: Session, argv: Argv): Promise<never> {
	try {
		return execute(session, argv);
	} catch (error) {
		throw whyRefused(session.host, argv, error, await import("../../../processes/explain-exec.ts"));
	}
}

/** With all that it takes at hand: a child does its work in one go. */
async function tellerOf({ host }: Session, argv: Argv): Promise<(error: unknown) => void> {
	const [{ tell }, explaining] = await Promise.all([import("../../../report/tell.ts"), import("../../../processes/explain-exec.ts")]);
	return (error) => {
		const failure = whyRefused(host, argv, error, explaining);
		const told = failure instanceof Failure ? failure.diagnostics : [];
		tell(
			host,
			{ format: "text" },
			told.map((each) => ({ ...each, where: "capsh" })),
		);
	};
}

type Explaining = Pick<typeof import("../../../processes/explain-exec.ts"), "explainExec">;

function whyRefused(host: Host, [path]: Argv, error: unknown, { explainExec }: Explaining): unknown {
	if (error instanceof ExecRefused) {
		return new Failure({ code: "COMMAND_NOT_EXECUTABLE", where: "command", ...explainExec(host, error, { isDropIn: true }) });
	}
	return error instanceof Failure ? (path === usualShell ? noShell() : absent(host, path)) : error;
}

function noShell(): Failure {
	return new Failure({
		code: "COMMAND_NOT_FOUND",
		where: "command",
		message: `${usualShell} is not there, and capsh runs everything behind -- by it`,
		remedy: ["capsh --shell=/bin/sh ... -- -c 'COMMAND', or without any shell: --shell=/PROGRAM -- ARGUMENTS"],
	});
}

/** Looked for where the root directory is by now. What makes this program capsh comes along. */
function againWith({ host, self, environment, isQuiet }: Session, rest: readonly string[]): Argv {
	const [name, ...words] = self;
	return [findSelf(host, name, environment), ...words, ...(isQuiet ? ["--quiet"] : []), ...rest];
}

const execute_ok = 1;

function findSelf(host: Host, name: string, environment: readonly string[]): string {
	if (name.includes("/")) {
		return name;
	}
	const places = (givenIn(environment, "PATH") ?? "").split(":").filter((directory) => directory !== "");
	const found = places.map((directory) => `${directory}/${name}`).find((path) => host.faccessat(AT.FDCWD, path, execute_ok) >= 0);
	return found ?? fail("COMMAND_NOT_FOUND", `${quoted(name)} is not in PATH, so it cannot be run again`, { where: "command" });
}

/** As a shell has it, but that a signal is 1. */
function endOf(host: Host, pid: number): number {
	const [, status] = mustRead("waitpid", host.waitpid(pid, 0));
	return exitStatus(status) ?? fail("INTERRUPTED", `process ${pid} ${describeStatus(status)}`);
}
