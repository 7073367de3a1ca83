import { absentCommand, candidatesOf } from "../../../plan/command.ts";
import { Failure, fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import { AT } from "../../../sys/constants.ts";
import { errno, saysAbsent } from "../../../sys/errno.ts";
import { ExecRefused } from "../../../sys/exec-refused.ts";
import type { Reads } from "../../../sys/native.ts";

/** No file is found by the name of its directory. */
export function commandName([first]: readonly [string, ...string[]]): string {
	return first === "" ? fail("COMMAND_NOT_FOUND", `${quoted(first)} is no name of a program`, { where: "command" }) : first;
}

interface Tried {
	readonly command: readonly [string, ...string[]];
	/** Where it was looked for. */
	readonly path: string | undefined;
	/** By Landlock. */
	readonly isWalled?: boolean;
}

/** What a refused exec, and a program that is nowhere, are told as; anything else is as it was. */
export async function explained(reads: Reads, error: unknown, { command, path, isWalled = false }: Tried): Promise<unknown> {
	if (isAbsent(error) || isUnseen(reads, error, command[0])) {
		return command[0] === "" ? error : absent(reads, command[0], path);
	}
	if (!(error instanceof ExecRefused)) {
		return error;
	}
	const { explainExec } = await import("../../../processes/explain-exec.ts");
	const { message, remedy } = explainExec(reads, error, { isDropIn: true, isWalled });
	return new Failure({ code: "COMMAND_NOT_EXECUTABLE", where: "command", message, remedy });
}

function isAbsent(error: unknown): boolean {
	return error instanceof Failure && error.diagnostics[0].code === "COMMAND_NOT_FOUND";
}

/** One of PATH's directories may not be searched, and so may have it or not; no other has it. */
function isUnseen(reads: Reads, error: unknown, name: string): boolean {
	return (
		error instanceof ExecRefused &&
		error.errno === errno.EACCES &&
		!name.includes("/") &&
		reads.statat(AT.FDCWD, error.path, 0) === -errno.EACCES
	);
}

/** What is nowhere is told before anything changes, by who sees more than the user may. */
export function requireSomewhere(reads: Reads, [name]: readonly [string, ...string[]], candidates: readonly string[], path?: string): void {
	if (candidates.every((each) => isMissing(reads.statat(AT.FDCWD, each, 0)))) {
		throw absent(reads, name, path);
	}
}

function isMissing(stat: unknown): boolean {
	return typeof stat === "number" && saysAbsent(stat);
}

/** Of whom the command is, is the caller's affair. */
export function absent(reads: Reads, name: string, path?: string): Failure {
	const closed = closedTo(reads, name, path);
	return new Failure({
		code: "COMMAND_NOT_FOUND",
		where: "command",
		message: `${absentCommand(reads, name, path)}${closed.length === 0 ? "" : `, where ${closed.map(quoted).join(", ")} cannot be searched`}`,
		remedy: [`install it in the image${name.includes("/") ? "" : ", or write its whole path"}`],
	});
}

/** Directories of PATH. */
function closedTo(reads: Reads, name: string, path: string | undefined): string[] {
	const there = name.includes("/") ? [] : candidatesOf(name, path);
	return there.filter((each) => reads.statat(AT.FDCWD, each, 0) === -errno.EACCES).map((each) => each.slice(0, -name.length - 1));
}
