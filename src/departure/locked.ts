import { fail } from "../report/failure.ts";

/** Securebits that a parent has locked may forbid what is planned: said now, not in the middle of the drop. capabilities(7) */
export function refuseLocked(message: string): never {
	return fail("CAPABILITY_MISSING", message, { where: "securebits", remedy: ["start this program before the securebits are locked"] });
}
