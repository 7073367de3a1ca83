import { observeUserNamespace } from "../../identity/user-namespace.ts";
import { OVERFLOW_ID } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";

/** In a user namespace an owner without a number there looks like this one, which may be a user of its own as well: only a change tells. */
export function mayBeUnmapped(reads: Reads, ...ids: readonly (number | undefined)[]): boolean {
	return ids.some((id) => id === OVERFLOW_ID) && observeUserNamespace(reads) !== undefined;
}
