import { type Diagnostic, Failure } from "../../report/failure.ts";
import { errno } from "../../sys/errno.ts";

/** Of a failure for want of room, how much was to be written: who looks closer says what would be enough. */
export function withBytes(error: unknown, bytes: () => number | undefined): unknown {
	const [first, ...others] = error instanceof Failure ? error.diagnostics : [];
	if (first?.refused?.code !== errno.ENOSPC) {
		return error;
	}
	return new Failure({ ...first, refused: { ...first.refused, bytes: bytes() } }, ...(others as Diagnostic[]));
}
