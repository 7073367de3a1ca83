import { abisOf, callNumber } from "../../../confine/seccomp/calls.ts";
import { isPermissive, sameAction } from "../../../confine/seccomp/decision.ts";
import { expandNames } from "../../../confine/seccomp/exceptions.ts";
import { callsWithOlder, olderCalls } from "../../../confine/seccomp/older-calls.ts";
import type { ProfileRule } from "../../../confine/seccomp/profile.ts";
import { abisFor } from "../../../confine/seccomp/resolve.ts";
import { printable } from "../../../report/text.ts";
import { errno } from "../../../sys/errno.ts";
import type { ConfiguredFilter } from "../../seccomp/configured.ts";
import { counts } from "../../seccomp/counts.ts";
import { sameEffect } from "../../seccomp/same-effect.ts";
import { decisionWords, isAlways, isPossible } from "../../seccomp/words.ts";
import type { Found, Rule } from "./rule.ts";
import { foundIn, profileIn, rulesOf } from "./seccomp-rules.ts";

export const lostFallback: Rule = {
	severity: "warning",
	summary:
		"A newer call gets another errno than ENOSYS, for which alone programs take the older call that is allowed: threads, ls, mv fail.",
	find: ({ seccomp }) => {
		const lost = seccomp === undefined ? [] : callsWithOlder.filter((name) => isLost(name, seccomp));
		const older = lost.map((name) => olderCalls(name)[0]);
		return lost.length === 0
			? []
			: [
					{
						at: ["seccomp"],
						message: `${lost.join(", ")}: refused with another errno than ENOSYS, for which alone programs take ${older.join(", ")} instead: they fail`,
						remedy: [
							`seccomp: {profile: ${profileIn(seccomp)}, deny: [${lost.join(", ")}]}, by which ${lost.length === 1 ? "it gets" : "these get"} ENOSYS; "errnoRet": 38 in the profile`,
						],
					},
				];
	},
};

function isLost(name: string, { judge, reader }: ConfiguredFilter): boolean {
	const { native } = abisOf(reader.machine);
	const isOpen = (each: string) => callNumber(native, each) !== undefined && isPossible(judge(each));
	const decision = judge(name);
	const refused = decision.otherwise;
	return (
		callNumber(native, name) !== undefined &&
		!isPossible(decision) &&
		refused.kind === "errno" &&
		refused.value !== errno.ENOSYS &&
		refused.value !== 0 &&
		olderCalls(name).some(isOpen)
	);
}

export const otherWay: Rule = {
	severity: "warning",
	summary: "A call is denied, and others that have its effect as well are allowed, such as fchmodat and fchmodat2 beside chmod.",
	find: ({ seccomp }) => (seccomp === undefined ? [] : [...aroundDeny(seccomp), ...aroundRules(seccomp)]),
};

function aroundDeny(filter: ConfiguredFilter): Found[] {
	const { setting, judge } = filter;
	const closed = setting.deny.filter((name) => !isPossible(judge(name)));
	return gaps(closed, filter, (each) => isPossible(judge(each))).map(({ names, open }) => ({
		at: ["seccomp", "deny", setting.deny.indexOf(names[0] as string)],
		...gapWords("denied", names, open, filter),
	}));
}

/** Of a profile that allows what it does not name. */
function aroundRules(filter: ConfiguredFilter): Found[] {
	const { setting, profile, reader, judge } = filter;
	if (setting.action !== undefined || !isPermissive(profile.defaultAction)) {
		return [];
	}
	return rulesOf(filter)
		.filter((rule) => counts(rule, reader) && !isPermissive(rule.action))
		.flatMap((rule) =>
			gaps(rule.names, filter, (each) => isAlways(judge(each))).map(({ names, open }) => {
				const { message, remedy } = gapWords("refused", names, open, filter);
				return foundIn(filter, rule, message, ...remedy);
			}),
		);
}

interface Gap {
	readonly names: readonly string[];
	readonly open: readonly string[];
}

/** Who closes a call that has an older one wants programs to take that. */
function gaps(closed: readonly string[], { profile, setting, reader }: ConfiguredFilter, isOpen: (name: string) => boolean): Gap[] {
	const abis = abisFor(profile, setting, reader.machine);
	const found = new Map<string, string[]>();
	for (const name of closed.filter((each) => olderCalls(each).length === 0)) {
		const open = sameEffect(name).filter((each) => abis.some((abi) => callNumber(abi, each) !== undefined) && isOpen(each));
		if (open.length > 0) {
			found.set(open.join(" "), [...(found.get(open.join(" ")) ?? []), name]);
		}
	}
	return [...found].map(([open, names]) => ({ names, open: open.split(" ") }));
}

function gapWords(
	closed: string,
	names: readonly string[],
	open: readonly string[],
	{ reader }: ConfiguredFilter,
): Pick<Found, "message" | "remedy"> {
	const { native } = abisOf(reader.machine);
	const isForeign = open.every((each) => callNumber(native, each) === undefined);
	const verb = (all: readonly string[]) => (all.length === 1 ? "is" : "are");
	const calls = `${open.join(", ")}${isForeign ? " of programs for other architectures" : ""}`;
	return {
		message: `${names.join(", ")} ${verb(names)} ${closed}, and ${calls}, by which the same can be done, ${verb(open)} allowed`,
		remedy: [
			names.includes("connect")
				? "deny: [socket] leaves no way to a network; these are what programs send by, too"
				: isForeign
					? "architectures: [native]"
					: `${closed === "denied" ? "deny" : "refuse"} ${open.join(", ")} as well`,
		],
	};
}

export const twoRules: Rule = {
	severity: "warning",
	summary:
		"Two rules of the seccomp profile without conditions say different things of one call: the first that is not the default decides.",
	find: ({ seccomp }) => {
		if (seccomp === undefined) {
			return [];
		}
		const { setting, reader, judge } = seccomp;
		const decidedBySetting = new Set([...expandNames(setting.allow), ...setting.deny]);
		const there = rulesOf(seccomp).filter((rule) => rule.conditions.length === 0 && counts(rule, reader));
		const about = new Map<string, ProfileRule[]>();
		for (const rule of there) {
			for (const name of new Set(rule.names)) {
				about.set(name, [...(about.get(name) ?? []), rule]);
			}
		}
		const isIdle = (rule: ProfileRule, name: string) =>
			!decidedBySetting.has(name) && (about.get(name)?.length ?? 0) > 1 && !sameAction(rule.action, judge(name).otherwise);
		return there.flatMap((rule) => {
			const [name, ...others] = [...new Set(rule.names)].filter((each) => isIdle(rule, each));
			return name === undefined
				? []
				: [
						foundIn(
							seccomp,
							rule,
							`${[name, ...others].map(printable).join(", ")}: another rule without args says something else, and decides: ${decisionWords(name, judge(name))}`,
							"take the call out of the one or the other",
						),
					];
		});
	},
};
