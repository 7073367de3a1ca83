import { type Capability, type CapabilityName, capabilityName as nameOf } from "../../capability/names.ts";
import { capabilityName, choice, duration, oneOrMany, path, textLike, userSpec } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, orShort, required } from "../../config/mapping.ts";
import { expandPattern, namesOf } from "../../files/glob.ts";
import { isRegular } from "../../files/kind.ts";
import { openTrusted } from "../../files/open.ts";
import { absolutePath, baseName } from "../../files/path-text.ts";
import { isExecutable } from "../../files/permissions.ts";
import { Failure } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { type ChildIdentity, resolveChild } from "../common/child-identity.ts";
import { refusal } from "../common/refusal.ts";
import { whileHoldingSignals } from "../common/stop-signals.ts";
import type { ApplyContext, Outcome, Phased, Step, StepProgram, Warning } from "../step.ts";
import {
	type ChildEnvironment,
	environmentNotes,
	lateWithheld,
	planChildEnvironment,
	settleChildEnvironment,
} from "./child-environment.ts";
import { childMayNeed, childNeeds, mountsWith, passedOver } from "./child-needs.ts";
import { program as childName, variables } from "./fields.ts";
import { isProgram, refuseShapedProgram } from "./program.ts";
import { anything, hintsFor, requireSuccess } from "./run.ts";
import { hasMore } from "./shapers.ts";

export interface HooksAction extends Phased, ChildEnvironment {
	readonly directory: string;
	readonly pattern: string;
	readonly identity: ChildIdentity;
	readonly capabilities: readonly CapabilityName[];
	/** For each. */
	readonly timeoutMs: number;
	readonly output: "inherit" | "discard";
}

const fields = {
	directory: required(path),
	user: optional(userSpec, "target"),
	capabilities: list(() => oneOrMany(capabilityName())),
	env: optional(variables, {}),
	pattern: optional(() => textLike(/^[^/]+$/, "expected a pattern of names, such as *.sh"), "*"),
	timeout: optional(duration, 60_000),
	output: optional(() => choice("inherit", "discard"), "inherit"),
};

export const hooks: Step<FieldsOutput<typeof fields>, HooksAction> = {
	summary: "Runs the executable files of a directory in the order of their names; as the user, after the drop, unless told otherwise.",
	schema: () => orShort("directory", mapping(fields)),
	plan: (config, context) => {
		const identity = resolveChild(config.user, context);
		const capabilities = config.capabilities.map(nameOf as (each: Capability) => CapabilityName);
		const child = { identity, capabilities, target: context.target };
		return {
			directory: absolutePath(config.directory, mustRead("getcwd", context.reads.getcwd())),
			pattern: config.pattern,
			identity,
			capabilities,
			...planChildEnvironment(context, child, config.env, true),
			timeoutMs: config.timeout,
			output: config.output,
			// What the workload can change must not run while there is a privileged step to come, which it could race.
			afterDrop: identity.uid === context.target.uid && identity.uid !== 0 && !hasMore(child),
		};
	},
	describe: ({ directory, pattern, identity, capabilities, afterDrop }) =>
		`${directory}/${pattern} as uid ${identity.uid} with ${capabilities.join(",") || "no capability"}${afterDrop ? " after the drop" : ""}`,
	needs: ({ directory, identity, capabilities }, reads) => childNeeds(directory, identity, capabilities, reads),
	mayNeed: ({ directory, identity, capabilities }) => childMayNeed(directory, identity, capabilities),
	grants: ({ directory, capabilities }) => mountsWith(capabilities, directory),
	children: ({ identity, capabilities }) => ({ [childName]: { identity, capabilities } }),
	withoutRoot: (action, reads) => {
		const { directory } = action;
		const fd = reads.openRead(AT.FDCWD, directory, O.RDONLY | O.DIRECTORY, 0);
		const isEmpty = fd === -errno.ENOENT || (fd >= 0 && namesOf(reads, fd).length === 0);
		const spared = passedOver(action, reads);
		return spared && isEmpty ? { isReached: true, why: `nothing is in ${directory}` } : spared;
	},
	makes: () => anything,
	idleWithout: ({ directory }) => [directory],
	notes: environmentNotes,
	isAfterDrop: ({ afterDrop }) => afterDrop,
	preparesGround: true,
	programs: programsIn,
	warnings: warningsNow,
	leavesKeys: ({ user }) => user === "root",
	apply: (action, context) => {
		try {
			return runAll(action, context);
		} catch (error) {
			throw error instanceof SyscallError ? whyRefused(error, action, context.host) : error;
		}
	},
};

/** After the drop no capability would help that a runtime can grant. */
function whyRefused(error: SyscallError, { directory, afterDrop }: HooksAction, reads: Reads): Failure {
	return afterDrop && error.is("EACCES")
		? new Failure({
				code: "STEP_FAILED",
				message: `the user cannot read ${quoted(directory)}: ${error.message}`,
				remedy: ["let the user read it and enter each directory above it"],
			})
		: refusal(error, { reads, path: directory, readsOnly: true });
}

/** After the drop they have no more than the workload, and what it can change it may run. */
function programsIn(action: HooksAction, reads: Reads): StepProgram[] {
	const { directory, afterDrop } = action;
	const names = () => namesOf(reads, reads.openRead(AT.FDCWD, directory, O.RDONLY | O.DIRECTORY, 0));
	const matching = afterDrop ? [] : matchingIn(action, names(), reads);
	return matching.filter((each) => isProgram(reads, each)).map((each) => ({ ...action, argv: [each], workdir: "/" }));
}

/** All are looked at before the first runs. */
function runAll(action: HooksAction, context: ApplyContext): Outcome {
	const { host, target, spawn } = context;
	const { directory, identity, capabilities, timeoutMs, output } = action;
	const child = { identity, capabilities, target };
	const names = namesIn(host, directory);
	if (names === undefined) {
		return { state: "skipped", detail: "there is no such directory" };
	}
	const matching = matchingIn(action, names, host);
	// A link may lead to one, as in a mounted configuration; whose it may be is asked before it runs with more than the workload has.
	const programs = matching.filter((each) => isProgram(host, each));
	const warning = notRun(matching, host);
	if (warning !== undefined) {
		context.warn(warning);
	}
	const settled = settleChildEnvironment(host, action, child);
	const { environment, inherits, path } = settled;
	for (const program of programs) {
		refuseShapedProgram([program], { reads: host, path, workdir: "/" }, child);
	}
	for (const program of programs) {
		const request = { child: childName, argv: [program] as const, environment, inherits, output };
		whileHoldingSignals(host, () =>
			requireSuccess(spawn(request), program, timeoutMs, context, () => hintsFor(host, child, settled), { output }),
		);
	}
	const others = matching.length - programs.length;
	const note = others === 0 ? "" : `; ${others} passed over, not executable`;
	const late = lateWithheld(settled);
	return { state: programs.length === 0 ? "ok" : "changed", detail: `${programs.length} ran${note}${late}` };
}

const whatMakesHooks = "chmod +x makes them hooks, a narrower pattern leaves them out";

/** A script without its `x` was meant to run, as a rule: nobody looks for it at -v. Directories and links to nowhere are nothing that could. */
function notRun(matching: readonly string[], reads: Reads): string | undefined {
	const files = matching.filter((each) => {
		const stat = reads.statat(AT.FDCWD, each, 0);
		return typeof stat !== "number" && isRegular(stat) && !isExecutable(stat);
	});
	const [shown, more] = [files.slice(0, 3).map((each) => quoted(baseName(each))), files.length - 3];
	const names = `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
	return files.length === 0 ? undefined : `not executable, and so not run: ${names}; ${whatMakesHooks}`;
}

function matchingIn({ directory, pattern }: HooksAction, names: readonly string[], reads: Reads): string[] {
	return expandPattern(reads, `/${pattern}`, () => names).map((each) => `${directory}${each}`);
}

/** A directory that cannot be read is told otherwise. */
function warningsNow(action: HooksAction, reads: Reads): Warning[] {
	try {
		const message = notRun(matchingIn(action, namesIn(reads, action.directory) ?? [], reads), reads);
		return message === undefined ? [] : [{ message, at: action.directory }];
	} catch (error) {
		if (error instanceof SyscallError) {
			return [];
		}
		throw error;
	}
}

function namesIn(reads: Reads, directory: string): readonly string[] | undefined {
	const found = openTrusted(reads, directory, O.RDONLY | O.DIRECTORY);
	const fd = found === -errno.ENOENT ? undefined : mustRead<number>("open", found);
	return fd === undefined ? undefined : withDescriptor(reads, fd, () => mustRead("getdents64", reads.readDirectory(fd)));
}
