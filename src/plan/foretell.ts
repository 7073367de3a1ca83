import { effectiveFileCapabilities } from "../capability/file-capabilities.ts";
import { capability } from "../capability/names.ts";
import type { CapabilitySet } from "../capability/set.ts";
import { killedFault } from "../confine/seccomp/killed.ts";
import type { Start } from "../departure/start.ts";
import { closedDirectory, type Executor } from "../files/execute-access.ts";
import { isDirectory } from "../files/kind.ts";
import { octal } from "../files/permissions.ts";
import { programFault } from "../files/program-file.ts";
import type { Problem } from "../report/problem.ts";
import { operand } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { idleWithout } from "../steps/facts.ts";
import { alteredBy, madeBy } from "../steps/index.ts";
import { AT, O } from "../sys/constants.ts";
import { errno, saysAbsent } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { errnoOf, withDescriptor } from "../sys/observe.ts";
import { beforeOf } from "./as-left.ts";
import { placesOf } from "./command.ts";
import { type MadeAt, madeAtBySteps, madeBySteps } from "./made.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { type AsLeft, readsAsLeft } from "./reads-as-left.ts";
import type { Circumstances } from "./when.ts";
import { circumstancesNow, knownUnmet } from "./when.ts";
import { workdirRefusal } from "./workdir-words.ts";

/** What a plan is looked at with, and what its steps can still change. */
export interface Outlook {
	readonly plan: Plan;
	readonly start: Start;
	readonly reads: Reads;
	/** What steps may make at a path, or of what is there. */
	readonly changed: MadeAt;
	/** Whether the setup leaves what is at a path as it is. */
	readonly isSettled: (path: string) => boolean;
	/** What is there then, as far as that is certain. */
	readonly left: AsLeft;
	readonly idle: readonly IdleStep[];
}

export function outlookOf(plan: Plan, start: Start, reads: Reads, isFailing?: (step: PlannedStep) => boolean): Outlook {
	const circumstances = circumstancesNow(plan, start, reads);
	const idle = idleSteps(plan, circumstances);
	const steps = plan.setup.filter((_, index) => !idle.some((each) => each.index === index));
	const changed = madeAtBySteps(steps, circumstances, (action) => [...madeBy(action), ...alteredBy(action)]);
	const due = steps.filter(({ when }) => knownUnmet(when && { ...when, exists: undefined }, circumstances) === undefined);
	const left = readsAsLeft(beforeOf(due), { reads, permitted: start.credentials.sets.permitted }, isFailing);
	return { plan, start, reads, changed, isSettled: (path) => changed(path).length === 0 || left.isSettled(path), left, idle };
}

/** A step that would do nothing, because what it is about is not there. */
export interface IdleStep extends Problem {
	readonly index: number;
	readonly label: string;
}

function idleSteps({ setup }: Plan, circumstances: Circumstances): IdleStep[] {
	return setup.flatMap(({ action, label }, index) => {
		const mayMake = madeBySteps(setup.slice(0, index), circumstances);
		const isMissing = (path: string) => errnoOf(circumstances.reads.statat(AT.FDCWD, path, 0)) === errno.ENOENT && !mayMake(path);
		const missing = idleWithout(action).find(isMissing);
		return missing === undefined
			? []
			: [{ index, label, message: `${quoted(missing)} does not exist, so that ${action.kind} would do nothing` }];
	});
}

interface CommandFault extends Problem {
	readonly code?: "COMMAND_NOT_FOUND";
}

/** Why the command could not be executed, as far as that can be known before the setup: a run finds it at its end. */
export function commandFault(
	{ plan, start, reads: now, changed, isSettled, left }: Outlook,
	judgesCapabilities = true,
): CommandFault | undefined {
	const { command, departure } = plan;
	const workdir = departure.rows.workdir ?? start.workdir;
	const { seccomp } = departure.rows;
	const barred = seccomp === undefined ? undefined : (head: string) => killedFault(seccomp, head);
	const executor = { ...executorOf(plan), workdir, isSettled, barred };
	const { reads } = left;
	const faults: CommandFault[] = [];
	for (const place of placesOf(command, workdir)) {
		const isAbsent = saysAbsent(errnoOf((isSettled(place) ? reads : now).statat(AT.FDCWD, place, 0)));
		if (left.gone(place) !== undefined) {
			faults.push(left.because({ code: "COMMAND_NOT_FOUND", message: `${quoted(place)} does not exist` }, place));
		} else if (!isSettled(place)) {
			const fault = isAbsent ? madeFault(place, changed(place)) : undefined;
			if (fault === undefined) {
				return undefined;
			}
			faults.push(fault);
		} else if (!isAbsent) {
			const withheld = judgesCapabilities ? withheldCapabilities(reads, place, departure.expected.sets.bounding) : undefined;
			const fault = withheld ?? programFault(reads, place, executor);
			// Another format may have a handler.
			if (fault === undefined || ("isCertain" in fault && !fault.isCertain)) {
				return undefined;
			}
			faults.push({ message: `${quoted(place)} cannot be executed: ${fault.message}`, remedy: fault.remedy });
		}
	}
	return faults[0];
}

/** What a step will make there is known by its mode alone. */
function madeFault(place: string, made: ReturnType<MadeAt>): Problem | undefined {
	const modes = made.map(({ mode }) => mode);
	const mode = modes.at(-1);
	return mode === undefined || modes.includes(undefined) || (mode & 0o111) !== 0
		? undefined
		: {
				message: `${quoted(place)} cannot be executed: the step that makes it gives it the mode ${octal(mode)}`,
				remedy: ['mode: "0755" of the step'],
			};
}

function withheldCapabilities(reads: Reads, path: string, bounding: CapabilitySet): Problem | undefined {
	const fd = reads.openRead(AT.FDCWD, path, O.PATH, 0);
	const missing = fd < 0 ? undefined : withDescriptor(reads, fd, () => effectiveFileCapabilities(reads, fd)?.minus(bounding));
	return missing === undefined || missing.isEmpty
		? undefined
		: {
				message: `it has the file capabilities ${missing} marked effective, and the bounding set will lack them`,
				remedy: [`capabilities.keep_if_present: [${missing}], where the runtime gives them`, `or setcap -r ${operand(path)} in the image`],
			};
}

function executorOf({ identity, departure }: Plan): Omit<Executor, "workdir"> {
	const { effective } = departure.expected.sets;
	const overrides = (["DAC_OVERRIDE", "DAC_READ_SEARCH"] as const).some((name) => effective.has(capability(name)));
	return { viewer: { uid: identity.uid, groups: [identity.gid, ...identity.groups] }, overrides };
}

/** The first directory on the way to a path that the workload may not search when the steps are done, of those that are known then. */
export function closedToWorkload(
	{ plan, left }: Pick<Outlook, "plan" | "left">,
	path: string,
	isSettled: (path: string) => boolean = left.isKnown,
): string | undefined {
	const { viewer, overrides } = executorOf(plan);
	return overrides ? undefined : closedDirectory(left.reads, path, { viewer, workdir: "/", isSettled });
}

/** Why the working directory that is configured could not be entered. */
export function workdirFault({ plan, start, isSettled, left }: Outlook): Problem | undefined {
	const path = plan.departure.rows.workdir;
	// It is in the other already.
	if (path === undefined || path === start.workdir || !isSettled(path)) {
		return undefined;
	}
	const { reads, because } = left;
	const stat = reads.statat(AT.FDCWD, path, 0);
	const closed = closedToWorkload({ plan, left }, `${path}/x`, isSettled);
	const code = typeof stat === "number" ? -stat : isDirectory(stat) ? (closed === undefined ? 0 : errno.EACCES) : errno.ENOTDIR;
	if (code === 0) {
		return undefined;
	}
	return because(workdirRefusal(reads, path, code, executorOf(plan).viewer), path);
}
