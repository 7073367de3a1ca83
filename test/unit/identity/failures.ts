import { Failure } from "../../../src/report/failure.ts";

/** `CODE: message` of the failure an action ends with; what it returned when it does not fail. */
export function failureOf<T>(action: () => T): string | T {
	try {
		return action();
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n");
		}
		throw error;
	}
}
