import type { Diagnostic } from "../report/failure.ts";
import { commandFault, type Outlook, workdirFault } from "./foretell.ts";

/** What would go wrong at the end of a run, when the setup is done, as far as it is known now. */
export function endFaults(outlook: Outlook, isCommandKnown = true): Diagnostic[] {
	const [workdir, command] = [workdirFault(outlook), isCommandKnown ? commandFault(outlook) : undefined];
	return [
		...(workdir === undefined ? [] : [{ code: "DROP_FAILED", where: "drop workdir", ...workdir } as const]),
		...(command === undefined ? [] : [{ code: "COMMAND_NOT_EXECUTABLE", where: "command", ...command } as const]),
	];
}
