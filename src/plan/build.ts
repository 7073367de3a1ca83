import type { Config, SetupEntry } from "../config/config.ts";
import { planDeparture } from "../departure/departure.ts";
import type { DepartureRequest, FilterPlanner } from "../departure/request.ts";
import type { Start } from "../departure/start.ts";
import type { Walls } from "../departure/walls.ts";
import { readAccounts } from "../identity/account-files.ts";
import { type Credentials, isRoot, lacking } from "../identity/credentials.ts";
import type { Identity } from "../identity/identity.ts";
import { type ResolveContext, tryToResolve } from "../identity/resolve.ts";
import { observeUserNamespace, type UserNamespace } from "../identity/user-namespace.ts";
import { parseUserSpec } from "../identity/user-spec.ts";
import { Attempts, withUnknown } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { childrenOf, isAfterDrop, socketsOf } from "../steps/index.ts";
import type { ChildRequest } from "../steps/step.ts";
import { givenVariable } from "../sys/environ.ts";
import type { Reads } from "../sys/native.ts";
import { planSets } from "./capability-sets.ts";
import { type ChildBeginning, conditionChild, type PlannedChild, planChild } from "./children.ts";
import { chooseCommand, planCommand } from "./command.ts";
import { planDescriptors } from "./descriptors.ts";
import { environmentEntries, planEnvironment, type TakeFiles } from "./environment.ts";
import { madeBySteps } from "./made.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { settleIdentity } from "./settle-identity.ts";
import { planSetup, type StepWithoutChildren } from "./setup.ts";
import type { Circumstances } from "./when.ts";

export interface PlanInputs {
	readonly config: Config;
	/** The command line after `--`. */
	readonly given: readonly string[];
	/** The environment this program was started with. */
	readonly inherited: ReadonlyMap<string, string>;
	readonly start: Start;
	readonly reads: Reads;
	/** Which steps of the setup there are to be; all of them unless it is given. */
	readonly isPlanned?: ((entry: SetupEntry) => boolean) | undefined;
	/** There for a configuration with `env.from_file`. */
	readonly takeFiles?: TakeFiles | undefined;
	/** There for a configuration with `seccomp`. */
	readonly planFilter?: FilterPlanner | undefined;
	/** There for the walls that are configured. */
	readonly walls?: Walls | undefined;
	readonly isEntering?: boolean | undefined;
}

/** Decides everything. Looks, never touches; whatever can be known to be wrong is raised here, all of it at once. */
export function buildPlan({
	config,
	given,
	inherited,
	start,
	reads,
	isPlanned,
	takeFiles,
	planFilter,
	walls = {},
	isEntering = false,
}: PlanInputs): Plan {
	const errors = new Attempts();
	const notes: string[] = [];
	const warnings: Problem[] = [];
	const chosen = errors.attempt(() => chooseCommand(given, config.command, config.lacks));
	const accounts = readAccounts(reads);
	const wanted = resolveWanted(config, { accounts, reads, start: start.credentials, notes, warnings }, errors);
	const namespace = observeUserNamespace(reads);
	const settled = errors.attempt(() =>
		settleIdentity(
			wanted,
			start.credentials,
			{
				accounts,
				namespace,
				whenUnprivileged: config.whenUnprivileged,
				withheld: start.withheld,
				home: givenVariable(inherited, "HOME"),
				warnings,
			},
			notes,
		),
	);
	const { identity, change } = settled ?? { identity: wanted, change: false };
	const lost = settled === undefined || change ? [] : wanted.groups.filter((gid) => gid !== wanted.gid && !identity.groups.includes(gid));
	if (config.groups.fromPath.length > 0 && lost.length > 0) {
		warnings.push({
			message: `groups.from_path: groups ${lost.join(" ")} cannot be added by a start without SETGID`,
			remedy: [
				`docker run ${lost.map((gid) => `--group-add ${gid}`).join(" ")} ... | compose: group_add: [${lost.map((gid) => `"${gid}"`).join(", ")}] | kubernetes: spec.securityContext.supplementalGroups: [${lost.join(", ")}]`,
			],
		});
	}

	const environment = planEnvironment(inherited, config, identity, { errors, notes, takeFiles });
	const workdir = config.workdir ?? start.workdir;
	const context = { target: identity, accounts, reads, environment, start: start.credentials };
	const known = { reads, environment, held: start.credentials.sets.permitted, viewer: identity };
	const circumstances = chosen === undefined ? withUnknown<Circumstances>(known, "command") : { ...known, command: chosen.argv[0] };
	const cannotBecomeRoot = !isRoot(start.credentials) && lacking(start.credentials, "SETUID", "SETGID").length > 0;
	const adapts = cannotBecomeRoot && config.whenUnprivileged === "adapt";
	const skipSetup = chosen === undefined ? config.command.setupOnlyFor !== undefined : chosen.skipSetup !== undefined;
	if (chosen?.skipSetup !== undefined && config.setup.length > 0) {
		notes.push(`the setup is passed over: ${chosen.skipSetup}`);
	}
	const failed: SetupEntry[] = [];
	const setup = skipSetup ? [] : planSetup(config.setup, context, circumstances, { notes, warnings, adapts, errors, isPlanned, failed });
	const isChild = config.rows["init"] !== undefined && !isEntering;
	const sockets = setup.flatMap(({ action }) => socketsOf(action));
	const descriptors = errors.attempt(() =>
		planDescriptors({ fds: config.fds, opened: sockets, isChild, variables: inherited }, environment, reads, notes),
	);
	const mayMake = madeBySteps(setup, circumstances, failed);
	const path = errors.attempt(() => givenVariable(environment, "PATH"));
	const command = chosen && errors.attempt(() => planCommand(chosen.argv, path, workdir, reads, mayMake));
	const sets = errors.attempt(() => planSets(config.capabilities, start));
	const warn = (message: string, remedy?: readonly string[]) => warnings.push({ message, remedy });
	const request = {
		identity,
		changeIdentity: change,
		securebits: config.securebits,
		noNewPrivileges: config.noNewPrivileges,
		workdir,
		whenUnprivileged: config.whenUnprivileged,
		planFilter: planFilter?.({ warn, note: (message) => notes.push(message) }),
		ofWorkload: {
			pass: config.fds === "inherit" ? ("all" as const) : (descriptors?.inherited ?? []),
			ownsStdio: config.stdio === "auto",
			settings: config.rows,
			walls,
			leavesFor: { command, path, workdir, mayMake },
			setup,
			isEntering,
			warn,
		},
	};
	const departure = errors.attempt(() =>
		planDeparture(sets === undefined ? withUnknown<DepartureRequest>(request, "sets") : { ...request, sets }, start, reads, notes),
	);
	errors.end();
	const decided = { command, identity, environment: environmentEntries(environment), descriptors, departure, notes, warnings };
	return {
		...decided,
		setup: withChildren(setup, identity, { start, reads, namespace, planFilter, expected: departure?.expected as Credentials }),
	} as Plan;
}

interface Beginnings {
	readonly start: Start;
	readonly reads: Reads;
	readonly namespace: UserNamespace | undefined;
	readonly planFilter: FilterPlanner | undefined;
	/** A step that runs after the drop begins where that ends. */
	readonly expected: Credentials;
}

function withChildren(setup: readonly StepWithoutChildren[], target: Identity, { start, expected, ...more }: Beginnings): PlannedStep[] {
	const late = { ...start, credentials: expected };
	return setup.map((step) => ({
		...step,
		children: planChildren(step, target, { ...more, start: isAfterDrop(step.action) ? late : start }),
	}));
}

function planChildren({ action, when }: StepWithoutChildren, target: Identity, beginning: ChildBeginning): Record<string, PlannedChild> {
	// Whether a path exists is asked for as the user where only that may see it.
	const look = when?.exists === undefined ? {} : { [conditionChild]: { identity: target, capabilities: [] } };
	const requests = Object.entries<ChildRequest>({ ...childrenOf(action, target), ...look });
	return Object.fromEntries(requests.map(([name, request]) => [name, planChild(request, beginning)]));
}

function resolveWanted(config: Config, context: ResolveContext, errors: Attempts): Identity {
	const spec = errors.attempt(() => parseUserSpec(config.user ?? failWithoutUser()));
	return tryToResolve(spec, config.groups, context, errors);
}

function failWithoutUser(): never {
	fail("USER_MISSING", "no user is configured; staying root has to be written as user: root", {
		remedy: ["user: app in the configuration file, or --user app"],
	});
}
