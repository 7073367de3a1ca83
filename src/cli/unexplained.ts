import type { Diagnostic } from "../report/failure.ts";
import { refusedCall } from "../sys/filter.ts";
import { SyscallError } from "../sys/observe.ts";

/** What ended a start and is no failure with words of its own: a refusal of the kernel's that nothing is to be had without, or a defect of ours. */
export function unexplained(error: unknown): Diagnostic {
	if (error instanceof SyscallError) {
		const { message, remedy } = refusedCall(error);
		return { code: "CALL_REFUSED", message: `${error.call}: ${message}; this start cannot do without it`, remedy };
	}
	return { code: "INTERNAL", message: String(error), remedy: error instanceof Error ? [error.stack ?? ""] : [] };
}
