import { abisOf } from "../../confine/seccomp/calls.ts";
import { isOfMachine, isThere } from "../../confine/seccomp/circumstances.ts";
import type { ProfileRule } from "../../confine/seccomp/profile.ts";
import { goArchitecture } from "../../confine/seccomp/profile-words.ts";
import type { Reader } from "./judge.ts";

/** Whether a rule of a profile is there at all for whom it is read. */
export function counts(rule: ProfileRule, { machine, kernel, kept }: Reader): boolean {
	return isOfMachine(rule, goArchitecture[abisOf(machine).native] ?? "") && isThere(rule, { capabilities: kept, kernel });
}
