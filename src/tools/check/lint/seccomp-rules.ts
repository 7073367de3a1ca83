import { capability } from "../../../capability/names.ts";
import { type Abi, auditArch, callNames, isCallName } from "../../../confine/seccomp/calls.ts";
import { isErrno, isPermissive } from "../../../confine/seccomp/decision.ts";
import { expandNames } from "../../../confine/seccomp/exceptions.ts";
import { placeOfName, placeOfRule } from "../../../confine/seccomp/parse.ts";
import type { Action, ProfileRule } from "../../../confine/seccomp/profile.ts";
import { suggestion } from "../../../report/suggest.ts";
import { quoted } from "../../../report/text.ts";
import { yamlScalar } from "../../../report/yaml.ts";
import type { ConfiguredFilter } from "../../seccomp/configured.ts";
import { counts } from "../../seccomp/counts.ts";
import { judgeBy } from "../../seccomp/judge.ts";
import { isAlways, isPossible } from "../../seccomp/words.ts";
import type { Found, Rule } from "./rule.ts";

/** Rules of a profile that has a file of its own; those of docker-default are looked at in the tests. */
export function rulesOf(filter: ConfiguredFilter | undefined): readonly ProfileRule[] {
	return filter?.file === undefined ? [] : filter.profile.rules;
}

export function foundIn({ file }: ConfiguredFilter, rule: ProfileRule, message: string, ...remedy: string[]): Found {
	return { at: ["seccomp"], message, remedy, inFile: { file: file ?? "", ...placeOfRule(rule) } };
}

const knownNames = () => (Object.keys(auditArch) as Abi[]).flatMap(callNames);

export const unknownCall: Rule = {
	severity: "warning",
	summary: "A rule of the seccomp profile names a call that is not known: it is passed over, and the call stays what the default says.",
	find: ({ seccomp }) =>
		rulesOf(seccomp).flatMap((rule) =>
			rule.names.flatMap((name, index): Found[] =>
				isCallName(name)
					? []
					: [
							{
								...foundIn(
									seccomp as ConfiguredFilter,
									rule,
									`${quoted(name)} is no system call that is known here, and is passed over${suggestion(name, knownNames())}`,
									"take it out, or mend the name: explain NAME says of each call what it is",
								),
								inFile: { file: seccomp?.file ?? "", ...placeOfName(rule, index) },
							},
						],
			),
		),
};

export const shadowedCondition: Rule = {
	severity: "warning",
	summary: "A rule of the seccomp profile without conditions takes the meaning of those with some for the same call.",
	find: ({ seccomp }) => {
		const there = seccomp === undefined ? [] : rulesOf(seccomp).filter((rule) => counts(rule, seccomp.reader));
		const always = new Set(there.filter(({ conditions }) => conditions.length === 0).flatMap(({ names }) => names));
		return there
			.filter(({ conditions }) => conditions.length > 0)
			.flatMap((rule) => {
				const shadowed = rule.names.filter((name) => always.has(name));
				return shadowed.length === 0
					? []
					: [
							foundIn(
								seccomp as ConfiguredFilter,
								rule,
								`${shadowed.join(", ")}: a rule without args decides already, so that these conditions are never asked`,
								"take the call out of the one or the other",
							),
						];
			});
	},
};

export const sameArgument: Rule = {
	severity: "warning",
	summary: "One rule of the seccomp profile compares an argument twice, which means that one of the comparisons is enough.",
	find: ({ seccomp }) =>
		rulesOf(seccomp).flatMap((rule) => {
			const indexes = rule.conditions.map(({ index }) => index);
			const twice = indexes.find((index, at) => indexes.indexOf(index) !== at);
			return twice === undefined
				? []
				: [
						foundIn(
							seccomp as ConfiguredFilter,
							rule,
							`${rule.names.join(", ")}: argument ${twice} is compared twice, and runtimes take that as OR: each comparison by itself is enough`,
							"write a rule for each where OR is meant; a range is two rules of the opposite action, or a mask",
						),
					];
		}),
};

export const falseSuccess: Rule = {
	severity: "warning",
	summary: "The seccomp profile answers a call with errno 0: the program takes for done what was not.",
	find: ({ seccomp }) => {
		const isZero = (action: Action) => isErrno(action, 0);
		const remedy = "errnoRet: 1 is EPERM, 38 is ENOSYS";
		const ofDefault =
			seccomp !== undefined && seccomp.setting.action === undefined && isZero(seccomp.profile.defaultAction)
				? [{ at: ["seccomp"], message: "the default of the profile is errno 0: every other call seems to succeed", remedy: [remedy] }]
				: [];
		return [
			...ofDefault,
			...rulesOf(seccomp)
				.filter(({ action }) => isZero(action))
				.map((rule) =>
					foundIn(seccomp as ConfiguredFilter, rule, `${rule.names.join(", ")}: errno 0 says that it was done, and it was not`, remedy),
				),
		];
	},
};

export const openDefault: Rule = {
	severity: "warning",
	summary: "The seccomp filter allows what it does not name, and with it every call that a newer kernel has.",
	find: ({ seccomp }) => {
		if (seccomp === undefined) {
			return [];
		}
		const { setting, profile, reader } = seccomp;
		if (setting.action === "log") {
			const message = "with action: log nothing is refused that the profile does not name: it is only written to the kernel's log";
			return [{ at: ["seccomp", "action"], message, remedy: ["for finding out what a program calls; then take it out again"] }];
		}
		if (setting.action !== undefined || !isPermissive(profile.defaultAction)) {
			return [];
		}
		const refused = profile.rules.filter((rule) => counts(rule, reader) && !isPermissive(rule.action)).flatMap(({ names }) => names);
		const closes = refused.length + setting.deny.length > 0;
		return [
			{
				at: ["seccomp"],
				message: closes
					? "a deny list: what the profile does not name is allowed, and so is every call that a newer kernel has"
					: "the profile refuses nothing",
				remedy: ["docker-default, or a profile whose defaultAction is SCMP_ACT_ERRNO; action: errno refuses what it does not name"],
			},
		];
	},
};

export const unmetCapability: Rule = {
	severity: "note",
	summary: "Rules of the seccomp profile are for capabilities that the workload does not keep, and never count.",
	find: ({ seccomp }) => {
		const unmet = rulesOf(seccomp).flatMap(({ includes }) =>
			includes.capabilities.filter((each) => !(seccomp as ConfiguredFilter).reader.kept.has(capability(each))),
		);
		return unmet.length === 0
			? []
			: [
					{
						at: ["seccomp"],
						message: `rules of the profile with caps ${[...new Set(unmet)].join(", ")} never count: the workload does not keep ${unmet.length === 1 ? "it" : "them"}`,
						remedy: ["nothing to do where that is meant; capabilities.keep is what opens them"],
					},
				];
	},
};

export const ownCalls: Rule = {
	severity: "warning",
	summary: "The seccomp filter refuses write or exit_group: an error at the exec goes unsaid, and hardly a program does without.",
	find: ({ seccomp }) => {
		const refused = seccomp === undefined ? [] : ["write", "exit_group"].filter((name) => !isPossible(seccomp.judge(name)));
		return refused.length === 0
			? []
			: [
					{
						at: ["seccomp"],
						message: `${refused.join(" and ")} ${refused.length === 1 ? "is" : "are"} refused: that the command cannot be executed may go unsaid, and hardly a program does without`,
						remedy: [`allow: [${refused.join(", ")}]`],
					},
				];
	},
};

export const execRefused: Rule = {
	severity: "error",
	summary: "The seccomp filter refuses execve, so that the workload could not be started behind it.",
	find: ({ seccomp }) =>
		seccomp === undefined || isPossible(seccomp.judge("execve"))
			? []
			: [
					{
						at: seccomp.setting.deny.includes("execve") ? ["seccomp", "deny", seccomp.setting.deny.indexOf("execve")] : ["seccomp"],
						message: "execve is refused, by which the command itself is started behind the filter",
						remedy: seccomp.setting.deny.includes("execve") ? ["take it out of deny"] : ["allow execve in the profile, or allow: [execve]"],
					},
				],
};

export const idleAllow: Rule = {
	severity: "note",
	summary: "seccomp.allow names a call that the profile allows already.",
	find: ({ seccomp }) =>
		(seccomp?.setting.allow ?? []).flatMap((name, index): Found[] => {
			const { profile, setting, reader } = seccomp as ConfiguredFilter;
			const denied = expandNames([name]).filter((call) => expandNames(setting.deny).includes(call));
			if (denied.length > 0) {
				const message = `${denied.join(", ")} ${denied.length === 1 ? "stands" : "stand"} in deny as well, which wins`;
				return [{ at: ["seccomp", "allow", index], message, remedy: ["take it out of the one or the other"] }];
			}
			return expandNames([name]).every((call) => isAlways(judgeBy(profile, { ...setting, allow: [] }, reader)(call)))
				? [{ at: ["seccomp", "allow", index], message: `${name} is allowed by the profile already`, remedy: ["take it out"] }]
				: [];
		}),
};

const compileIt = 'RUN ["/abdicate", "compile"] in the Dockerfile, after the files that it is made of';

export const unreadProfile: Rule = {
	severity: "note",
	summary: "The seccomp profile is not here, neither at its path nor beside the file, so that nothing is said of it.",
	find: ({ unread }) =>
		unread === undefined
			? []
			: [
					{
						at: ["seccomp"],
						message: `${quoted(unread)} is not here, nor a file of its name beside this one: the profile is not looked at`,
						remedy: ['check it in the image: RUN ["/abdicate", "check"]; a start without it ends with CONFIG_NOT_FOUND'],
					},
				],
};

export const staleFilter: Rule = {
	severity: "warning",
	summary: "What compile stored is of another profile, setting, version or machine: each start compiles the profile anew.",
	find: ({ stored }) =>
		stored?.unused === undefined ? [] : [{ at: ["seccomp"], message: `${quoted(stored.path)}: ${stored.unused}`, remedy: [compileIt] }],
};

export const notStored: Rule = {
	severity: "note",
	summary: "A profile of its own is compiled by each start, which takes some milliseconds: compile would store it in the image.",
	find: ({ stored, seccomp }) =>
		stored?.isThere !== false || seccomp?.file === undefined
			? []
			: [{ at: ["seccomp"], message: "each start compiles this profile, which takes some milliseconds", remedy: [compileIt] }],
};

/** As it is written in a configuration. */
export function profileIn(filter: ConfiguredFilter | undefined): string {
	const profile = filter?.setting.profile ?? "docker-default";
	return profile === "docker-default" ? profile : yamlScalar(profile.path);
}
