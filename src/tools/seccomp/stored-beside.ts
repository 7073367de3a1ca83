import { readTrustedFile } from "../../config/trust.ts";
import { storedBeside, storedLimit } from "../../plan/seccomp.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";

/** What `compile` stored for a configuration, as a start looks for it. Throws a Failure for one that it does not believe. */
export function readStoredBeside(reads: Reads, file: string): string | undefined {
	const path = storedBeside(file);
	const isThere = typeof reads.statat(AT.FDCWD, path, 0) !== "number";
	return isThere ? readTrustedFile(reads, path, reads.getresuid()[1] === 0, storedLimit) : undefined;
}
