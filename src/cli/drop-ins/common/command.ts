import { Failure, fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import { ExecRefused } from "../../../sys/exec-refused.ts";
import type { Reads } from "../../../sys/native.ts";

/** No file is found by the name of its directory. */
export function commandName([first]: readonly [string, ...string[]]): string {
	return first === "" ? fail("COMMAND_NOT_FOUND", `${quoted(first)} is no name of a program`, { where: "command" }) : first;
}

/** What a refused exec is told as; anything else is as it was. */
export async function explained(reads: Reads, error: unknown, isWalled = false): Promise<unknown> {
	if (!(error instanceof ExecRefused)) {
		return error;
	}
	const { explainExec } = await import("../../../processes/explain-exec.ts");
	const { message, remedy } = explainExec(reads, error, isWalled ? "drop-in behind Landlock" : "drop-in");
	return new Failure({ code: "COMMAND_NOT_EXECUTABLE", where: "command", message, remedy });
}
