import { capability } from "../../capability/names.ts";
import type { CapabilitySet } from "../../capability/set.ts";
import { type Abi, callNumber } from "../../confine/seccomp/calls.ts";
import { expandNames } from "../../confine/seccomp/exceptions.ts";
import type { Action, Circumstances, Profile, ProfileRule } from "../../confine/seccomp/profile.ts";
import type { SeccompSetting } from "../../confine/seccomp/setting.ts";
import { errno } from "../../sys/errno.ts";
import type { Verdict } from "./words.ts";

/** For whom a profile is read. */
export interface Reader {
	/** What the bounding set of the process keeps. */
	readonly kept: CapabilitySet;
	/** The machine's own. */
	readonly abi: Abi;
	readonly kernel: readonly [number, number];
}

type Changes = Pick<SeccompSetting, "allow" | "deny" | "action">;

const allow: Action = { kind: "allow" };
const denied: Action = { kind: "errno", value: errno.EPERM };
const absent: Action = { kind: "errno", value: errno.ENOSYS };

/** What a profile makes of a call: `deny` goes before everything, then `allow`, then the first rule without conditions, then all with some. */
export function judge(profile: Profile, { allow: allowed, deny, action }: Changes, reader: Reader, name: string): Verdict {
	const byDefault = action === undefined ? profile.defaultAction : instead[action];
	if (expandNames(deny).includes(name)) {
		return { otherwise: action === undefined ? denied : instead[action], where: [] };
	}
	if (expandNames(allowed).includes(name)) {
		return { otherwise: allow, where: [] };
	}
	const rules = rulesFor(profile, reader, name).filter((each) => !isSame(each.action, byDefault));
	const whole = rules.find(({ conditions }) => conditions.length === 0);
	if (whole !== undefined) {
		return { otherwise: whole.action, where: [] };
	}
	const isNew = rules.length === 0 && isRefusal(byDefault) && isNewer(profile, allowed, reader, name);
	return { otherwise: isNew ? absent : byDefault, where: rules };
}

/** A call whose number is above all that the profile knows is answered as by a kernel without it, so that programs take an older one. */
function isNewer(profile: Profile, allowed: readonly string[], reader: Reader, name: string): boolean {
	const numberOf = (each: string) => callNumber(reader.abi, each) ?? -1;
	const known = profile.rules.filter((rule) => isThere(rule, reader)).flatMap(({ names }) => names);
	return numberOf(name) > Math.max(...[...known, ...expandNames(allowed)].map(numberOf));
}

function isRefusal({ kind }: Action): boolean {
	return kind !== "allow" && kind !== "log";
}

const instead: Readonly<Record<NonNullable<SeccompSetting["action"]>, Action>> = {
	errno: denied,
	kill: { kind: "kill-process" },
	log: { kind: "log" },
	trap: { kind: "trap" },
};

function rulesFor({ rules }: Profile, reader: Reader, name: string): ProfileRule[] {
	return rules.filter((rule) => rule.names.includes(name) && isThere(rule, reader));
}

function isThere({ includes, excludes }: ProfileRule, reader: Reader): boolean {
	return holdsAll(includes, reader) && !holdsAny(excludes, reader);
}

/** In Go's words, as profiles have them. */
const goNames: Readonly<Record<Abi, string>> = { x86_64: "amd64", x86: "386", x32: "amd64p32", aarch64: "arm64", arm: "arm" };

function holdsAll({ capabilities, architectures, minKernel }: Circumstances, { kept, abi, kernel }: Reader): boolean {
	return (
		capabilities.every((each) => kept.has(capability(each))) &&
		(architectures.length === 0 || architectures.includes(goNames[abi])) &&
		(minKernel === undefined || isAtLeast(kernel, minKernel))
	);
}

function holdsAny({ capabilities, architectures, minKernel }: Circumstances, { kept, abi, kernel }: Reader): boolean {
	return (
		capabilities.some((each) => kept.has(capability(each))) ||
		architectures.includes(goNames[abi]) ||
		(minKernel !== undefined && isAtLeast(kernel, minKernel))
	);
}

function isAtLeast([major, minor]: readonly [number, number], [leastMajor, leastMinor]: readonly [number, number]): boolean {
	return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function isSame(left: Action, right: Action): boolean {
	return left.kind === right.kind && (left.kind !== "errno" || left.value === (right as typeof left).value);
}
