import { type CapabilityName, capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import type { SetupEntry } from "../config/config.ts";
import type { Start } from "../departure/start.ts";
import { type Preflight, preflight } from "../plan/preflight.ts";
import type { Planned } from "../plan/surroundings.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import type { Host } from "../sys/native.ts";
import { type MakePlan, withAllMissing } from "./all-missing.ts";
import { withCloserLook } from "./closer-look.ts";

/** A plan, the start that it is for, and whether that would go on. */
export type Looked<P extends Planned = Planned> = P & { readonly preflight: Preflight };

/**
 * A plan and what is to be said about it. One that fails for want of capabilities alone is made once more as if those were held, so that it can be shown all
 * the same: what was said about them goes first among the problems. Whatever else is wrong is thrown.
 */
export async function lookAhead<P extends Planned>(host: Host, makePlan: MakePlan<P>, isCommandKnown = true): Promise<Looked<P>> {
	const said: Diagnostic[] = [];
	for (;;) {
		const lacks = CapabilitySet.of(...said.flatMap(lacksOf));
		let start: Start | undefined;
		const suppose = (observed: Start) => {
			start = observed;
			return withHeld(observed, lacks);
		};
		try {
			const made = await makePlan(host, suppose);
			const looked = { ...made, start: start ?? made.start };
			const found = preflight(looked, host, isCommandKnown);
			return { ...looked, preflight: { ...found, problems: await allProblems([...said, ...found.problems], host, makePlan) } };
		} catch (error) {
			if (!(error instanceof Failure)) {
				throw error;
			}
			const isNew = (each: Diagnostic) => lacksOf(each).some((name) => !lacks.has(capability(name)));
			if (error.diagnostics.every((each) => each.code === "COMMAND_NOT_FOUND" || stepLeftOut(each) !== undefined)) {
				throw new Failure(
					...((await besides(error, [...said], (amend) => makePlan(host, suppose, amend), host, makePlan)) as [Diagnostic]),
				);
			}
			if (!error.diagnostics.every(isNew)) {
				const [first, ...others] = error.diagnostics;
				throw said.length === 0 ? error : new Failure(...(said as [Diagnostic]), first, ...others);
			}
			said.push(...error.diagnostics);
		}
	}
}

/** That of a step of the file which has not got its variable. */
function stepLeftOut({ code, where = "" }: Diagnostic): number | undefined {
	const [, index] = (code === "ENVIRONMENT_INVALID" && /^[^-].* setup\[(\d+)\]\.\w+$/.exec(where)) || [];
	return index === undefined ? undefined : Number(index);
}

/** Whether it may come of steps that are left out: anything below the directory that these would write in. */
function mayFollow({ message, where = "" }: Diagnostic, left: readonly SetupEntry[]): boolean {
	return left.some(({ config }) => {
		const [top] = /^\/[^/]+/.exec(`${(config as { readonly path?: unknown } | undefined)?.path}`) ?? [""];
		return `${where} ${message}`.includes(top);
	});
}

/** What is wrong beside a step that is left out, or a command that is not found: `/` stands in its place, unless which steps there are depends on it. */
async function besides(
	{ diagnostics }: Failure,
	said: readonly Diagnostic[],
	plan: (amend: Parameters<MakePlan>[2]) => ReturnType<MakePlan>,
	host: Host,
	makePlan: MakePlan,
): Promise<readonly Diagnostic[]> {
	const isCommandFound = !diagnostics.some(({ code }) => code === "COMMAND_NOT_FOUND");
	let left: readonly SetupEntry[] = [];
	try {
		const planned = await plan((config) => {
			const { command, setup } = config;
			const isAsked =
				command.setupOnlyFor !== undefined || command.skipSetupIf.length > 0 || setup.some(({ when }) => when?.command !== undefined);
			left = diagnostics.flatMap((each) => setup[stepLeftOut(each) ?? -1] ?? []);
			if ((!isCommandFound && isAsked) || (left.length > 0 && setup.some(({ when }) => when !== undefined))) {
				throw new Failure(...diagnostics);
			}
			const isPlanned = (entry: SetupEntry) => !left.includes(entry);
			return isCommandFound
				? { config, isPlanned }
				: { config: { ...config, command: { ...command, prependIf: [] } }, given: ["/"], isPlanned };
		});
		const { problems } = preflight(planned, host, isCommandFound);
		return await allProblems([...said, ...problems.filter((each) => !mayFollow(each, left)), ...diagnostics], host, makePlan);
	} catch (error) {
		if (error instanceof Failure) {
			return [...said, ...diagnostics];
		}
		throw error;
	}
}

async function allProblems([first, ...others]: readonly Diagnostic[], host: Host, makePlan: MakePlan): Promise<readonly Diagnostic[]> {
	return first === undefined ? [] : withCloserLook(await withAllMissing(new Failure(first, ...others), host, makePlan), host).diagnostics;
}

function lacksOf({ lacks = [] }: Diagnostic): readonly CapabilityName[] {
	return lacks as readonly CapabilityName[];
}

function withHeld(start: Start, more: CapabilitySet): Start {
	const { sets } = start.credentials;
	const held = { bounding: sets.bounding.union(more), permitted: sets.permitted.union(more), effective: sets.effective.union(more) };
	return more.isEmpty ? start : { ...start, credentials: { ...start.credentials, sets: { ...sets, ...held } } };
}
