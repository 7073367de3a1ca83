import { CapabilitySet } from "../capability/set.ts";
import { Authority } from "../departure/authority.ts";
import { viewerOf } from "../files/permissions.ts";
import { endFaults } from "../plan/end-faults.ts";
import { forLooking, NothingDone } from "../plan/first-look.ts";
import { problemsOfEach } from "../plan/first-problems.ts";
import { preflight } from "../plan/preflight.ts";
import type { Planned } from "../plan/surroundings.ts";
import { workdirRefusal } from "../plan/workdir-words.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import type { Host } from "../sys/native.ts";
import { type MakePlan, withAllMissing } from "./all-missing.ts";
import { lookAhead } from "./look-ahead.ts";

/** A start that ends before it has done anything says at once all that `plan` would say of it: nobody should have to find that out one start at a time. */
export async function allAtOnce(
	error: Failure | NothingDone,
	host: Host,
	planned: Planned | undefined,
	makePlan: MakePlan,
): Promise<Failure> {
	if (error instanceof NothingDone) {
		return withAllMissing(closely(error, host, planned as Planned), host, makePlan);
	}
	if (planned === undefined) {
		return withAllMissing(withMore(error, await problemsAhead(host, makePlan)), host, makePlan);
	}
	const isAnother = ({ code, where }: Diagnostic) => !error.diagnostics.some((each) => each.code === code && each.where === where);
	const [first, ...others] = error.diagnostics.map((each) => closer(each, planned, host)) as [Diagnostic];
	return withMore(new Failure(first, ...others), endFaults(planned, host).filter(isAnother));
}

/** With what a closer look finds. */
function closely({ looks }: NothingDone, host: Host, planned: Planned): Failure {
	const { credentials, withheld } = planned.start;
	// Steps begin with nothing effective.
	const authority = new Authority(host, { ...credentials.sets, effective: CapabilitySet.empty });
	return authority.with(forLooking, () => {
		const seen = [
			...problemsOfEach(looks, { reads: host, permitted: authority.permitted, withheld, target: planned.plan.identity }).values(),
		].flat();
		const more = preflight(planned, host).problems;
		// Who looks closer has looked at the same, and may know better what it is.
		const isToldBetter = (each: Diagnostic) => more.some(({ code, where }) => code === each.code && where === each.where);
		const [first, ...others] = [...seen.filter((each) => !isToldBetter(each)), ...more];
		return new Failure(first as Diagnostic, ...others);
	});
}

/** By now this is the user. */
function closer(diagnostic: Diagnostic, { plan }: Planned, host: Host): Diagnostic {
	const { workdir } = plan.departure.rows;
	if (diagnostic.where !== "drop workdir" || workdir === undefined) {
		return diagnostic;
	}
	const code = -host.chdir(workdir);
	return code <= 0 ? diagnostic : { ...diagnostic, ...workdirRefusal(host, workdir, code, viewerOf(plan.identity)) };
}

/** What cannot be found out now adds nothing: the failure that there is goes first. */
async function problemsAhead(host: Host, makePlan: MakePlan): Promise<readonly Diagnostic[]> {
	try {
		return (await lookAhead(host, makePlan)).preflight.problems;
	} catch (error) {
		return error instanceof Failure ? error.diagnostics : [];
	}
}

/** What is known already may have got a remedy more, or be one of several that are told as one. */
function withMore({ diagnostics }: Failure, more: readonly Diagnostic[]): Failure {
	const isSame = (one: Diagnostic, other: Diagnostic) =>
		one.code === other.code && ((one.where === other.where && one.message === other.message) || isPart(one, other));
	const [first, ...others] = [...diagnostics.filter((each) => !more.some((other) => isSame(each, other))), ...more] as [Diagnostic];
	return new Failure(first, ...others);
}

function isPart({ lacks = [] }: Diagnostic, { where, lacks: all = [] }: Diagnostic): boolean {
	return where === undefined && lacks.length > 0 && lacks.every((name) => all.includes(name));
}
