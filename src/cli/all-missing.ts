import { grantRemedy, rootRemedy, startAsRemedy } from "../capability/grant.ts";
import { type CapabilityName, capability } from "../capability/names.ts";
import { isDenied } from "../capability/withheld.ts";
import type { Config, SetupEntry } from "../config/config.ts";
import { stdioPurpose } from "../departure/rows/stdio.ts";
import { observeStart, type Start } from "../departure/start.ts";
import type { Identity } from "../identity/identity.ts";
import { dueSteps } from "../plan/due-steps.ts";
import { grantedStart, type OtherStart, seenByOther, seenByRoot } from "../plan/granted-start.ts";
import { minimalGrants } from "../plan/grants.ts";
import { preflight } from "../plan/preflight.ts";
import type { Planned } from "../plan/surroundings.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import type { Host, Reads } from "../sys/native.ts";

/** Plans as if the start were another one, or what is written. */
export type MakePlan<P extends Planned = Planned> = (
	reads: Reads,
	suppose: (start: Start) => Start,
	amend?: (config: Config) => {
		readonly config: Config;
		readonly given?: readonly string[];
		readonly isPlanned?: (entry: SetupEntry) => boolean;
	},
) => Promise<P>;

/**
 * A start that lacks one capability may lack others that only show when that one is there: nobody should have to find them out one run at a time. Says all
 * that is missing, and how to start instead by what has been planned for that start: nothing is proposed that would be refused for what is known now.
 */
export async function withAllMissing(failure: Failure, host: Host, makePlan: MakePlan): Promise<Failure> {
	const isOfStart = ({ code }: Diagnostic) => code === "CAPABILITY_MISSING" || code === "ID_UNMAPPED";
	if (!failure.diagnostics.some(isOfStart)) {
		return failure;
	}
	const start = observeStart(host);
	const granted = await tried(() => makePlan(seenByRoot(host), grantedStart));
	const { diagnostics } = failure;
	const told =
		start.credentials.uids.effective === 0
			? withFlags(diagnostics, host, granted, start)
			: asOne(diagnostics, start.credentials.uids.effective);
	const asUser = granted === undefined ? [] : await startAs(granted.plan.identity, host, start, makePlan);
	const last = told.findLastIndex(isOfStart);
	return new Failure(
		...(told.map((each, index) => (index === last ? { ...each, remedy: [...new Set([...(each.remedy ?? []), ...asUser])] } : each)) as [
			Diagnostic,
		]),
	);
}

/** What cannot be found out now adds nothing: the failure that there is goes first. */
async function tried<T>(work: () => Promise<T>): Promise<T | undefined> {
	try {
		return await work();
	} catch {
		return undefined;
	}
}

/** Of root: one line with every flag. */
function withFlags(said: readonly Diagnostic[], host: Host, granted: Planned | undefined, { credentials, withheld }: Start) {
	const purposes = granted === undefined ? new Map<CapabilityName, string>() : neededBy(granted, host);
	const lacking = [...purposes.keys()].filter((name) => !credentials.sets.permitted.has(capability(name)) && !isDenied(name, withheld));
	const missing = lacking.filter((name) => purposes.get(name) !== stdioPurpose);
	const last = said.findLastIndex(({ code }) => code === "CAPABILITY_MISSING");
	if (missing.length === 0 || last < 0) {
		return said;
	}
	const further = missing.filter((name) => !said.some(({ lacks }) => lacks?.includes(name)));
	const words = [
		...further.map((name) => `${name} ${purposes.get(name)}`),
		...lacking.filter((name) => !missing.includes(name)).map((name) => `${name} ${stdioPurpose}, without which it starts too`),
	];
	return said.map((each, index): Diagnostic => {
		const all = [...grantRemedy(missing), ...(words.length === 0 ? [] : [`missing as well: ${words.join("; ")}`])];
		const own = [...grantRemedy(each.lacks ?? []), ...all];
		const others = (each.remedy ?? []).filter((line) => !own.includes(line));
		return { ...each, remedy: index === last ? [...all, ...others] : others };
	});
}

function neededBy(granted: Planned, host: Host): ReadonlyMap<CapabilityName, string> {
	const { capabilities, purposes } = minimalGrants(granted, seenByRoot(host), { outlook: "this-start", runtime: "docker" }).needed;
	return new Map(capabilities.map((name) => [name, purposes.get(name) ?? ""]));
}

/** Of another user, to whom no flag gives any: one error for all that is needed. */
function asOne(said: readonly Diagnostic[], uid: number): readonly Diagnostic[] {
	const lacking = said.filter(({ code, lacks }) => code === "CAPABILITY_MISSING" && lacks !== undefined);
	const [first] = lacking;
	if (first === undefined) {
		return said;
	}
	const names = [...new Set(lacking.flatMap(({ lacks = [] }) => lacks))];
	const needs = new Map<string, readonly string[]>();
	for (const { where = "", lacks = [] } of lacking) {
		needs.set(where, [...new Set([...(needs.get(where) ?? []), ...lacks])]);
	}
	const list = [...needs].map(([where, lacks]) => `${lacks.join(" and ")} for ${where}`);
	const message = `a start as uid ${uid} holds no capability, and this one needs some: ${list.join("; ")}`;
	const one: Diagnostic = {
		...(lacking.length === 1 ? first : { code: first.code, message }),
		lacks: names,
		remedy: [...rootRemedy(names, uid), ...new Set(lacking.flatMap((each) => each.remedy ?? []).filter(isAnother(lacking, uid)))],
	};
	// Another start may find what this one does not.
	return [one, ...said.filter((each) => !lacking.includes(each))];
}

/** Whether a line is none of those that are for one error alone. */
function isAnother(lacking: readonly Diagnostic[], uid: number): (line: string) => boolean {
	const usual = lacking.flatMap(({ lacks = [] }) => rootRemedy(lacks, uid));
	return (line) => !usual.includes(line);
}

/** The kernel goes on to 4294967294; what Docker and the API server of Kubernetes check does not. */
const greatestOfRuntimes = 2_147_483_647;

/** The container as the user itself, where that start would go on and leave nothing out. */
async function startAs({ uid, gid, groups }: Identity, host: Host, start: Start, makePlan: MakePlan): Promise<string[]> {
	const others = groups.filter((group) => group !== gid);
	if (uid === 0 || uid === start.credentials.uids.effective || [uid, gid, ...groups].some((id) => id > greatestOfRuntimes)) {
		return [];
	}
	const goesOn = await tried(() => goesOnAs({ uid, gid, groups }, host, makePlan));
	return goesOn === true ? [startAsRemedy(uid, gid, others)] : [];
}

async function goesOnAs(other: OtherStart, host: Host, makePlan: MakePlan): Promise<boolean> {
	const reads = seenByOther(host, other);
	const planned = await makePlan(reads, (start) => start);
	const needs = dueSteps(planned, reads, { outlook: "this-start", runtime: "docker" }).flatMap(({ isOptional, needs: all }) =>
		isOptional ? [] : all,
	);
	return needs.length === 0 && planned.plan.warnings.length === 0 && preflight(planned, reads).problems.length === 0;
}
