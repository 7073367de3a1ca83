import { absentCommand } from "../../../plan/command.ts";
import { Failure, fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
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
	if (!(error instanceof ExecRefused)) {
		return isAbsent(error) && command[0] !== "" ? absent(reads, command[0], path) : error;
	}
	const { explainExec } = await import("../../../processes/explain-exec.ts");
	const { message, remedy } = explainExec(reads, error, isWalled ? "drop-in behind Landlock" : "drop-in");
	return new Failure({ code: "COMMAND_NOT_EXECUTABLE", where: "command", message, remedy });
}

function isAbsent(error: unknown): boolean {
	return error instanceof Failure && error.diagnostics[0].code === "COMMAND_NOT_FOUND";
}

/** Of whom the command is, is the caller's affair. */
export function absent(reads: Reads, name: string, path?: string): Failure {
	const remedy = [`install it in the image${name.includes("/") ? "" : ", or write its whole path"}`];
	return new Failure({ code: "COMMAND_NOT_FOUND", where: "command", message: absentCommand(reads, name, path), remedy });
}
