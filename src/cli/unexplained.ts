import type { Diagnostic } from "../report/failure.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import { filterRemedy } from "../sys/filter.ts";
import { SyscallError } from "../sys/observe.ts";

/** What ended a start and is no failure with words of its own: a refusal of the kernel's that nothing is to be had without, or a defect of ours. */
export function unexplained(error: unknown): Diagnostic {
	if (error instanceof SyscallError) {
		const { message, remedy = [] } = errnoText(error.call, error.errno);
		return {
			code: "CALL_REFUSED",
			message: `${error.call}: ${message}; this start cannot do without it`,
			remedy: [...remedy, ...filterRemedy(error)],
		};
	}
	return { code: "INTERNAL", message: String(error), remedy: error instanceof Error ? [error.stack ?? ""] : [] };
}
