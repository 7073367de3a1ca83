import { capability } from "../../capability/names.ts";
import { abisOf } from "../../confine/seccomp/calls.ts";
import type { Circumstances, ProfileRule } from "../../confine/seccomp/profile.ts";
import { goArchitecture } from "../../confine/seccomp/profile-words.ts";
import { isAtLeast } from "../../confine/seccomp/template.ts";
import type { Reader } from "./judge.ts";

/** Whether a rule of a profile is there at all for whom it is read. */
export function counts({ includes, excludes }: ProfileRule, reader: Reader): boolean {
	const met = (each: Circumstances) => [
		...each.capabilities.map((name) => reader.kept.has(capability(name))),
		...(each.architectures.length === 0 ? [] : [each.architectures.includes(goArchitecture[abisOf(reader.machine).native] ?? "")]),
		...(each.minKernel === undefined ? [] : [isAtLeast(reader.kernel, each.minKernel)]),
	];
	return met(includes).every((each) => each) && !met(excludes).some((each) => each);
}
