import type { Config } from "../config/config.ts";
import { planDeparture } from "../departure/departure.ts";
import type { Start } from "../departure/start.ts";
import { readAccounts } from "../identity/account-files.ts";
import type { Accounts, Identity } from "../identity/identity.ts";
import { resolveIdentity } from "../identity/resolve.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { parseUserSpec } from "../identity/user-spec.ts";
import { fail } from "../report/failure.ts";
import { childrenOf, isAfterDrop, socketsOf } from "../steps/index.ts";
import type { ChildRequest } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { planSets } from "./capability-sets.ts";
import { conditionChild, type PlannedChild, planChild } from "./children.ts";
import { chooseCommand, planCommand } from "./command.ts";
import { planDescriptors } from "./descriptors.ts";
import { environmentEntries, planEnvironment } from "./environment.ts";
import { madeBySteps } from "./made.ts";
import type { Plan } from "./plan.ts";
import { settleIdentity } from "./settle-identity.ts";
import { planSetup, type StepWithoutChildren } from "./setup.ts";

export interface PlanInputs {
	readonly config: Config;
	/** The command line after `--`. */
	readonly given: readonly string[];
	/** The environment this program was started with. */
	readonly inherited: ReadonlyMap<string, string>;
	readonly start: Start;
	readonly reads: Reads;
}

/** Decides everything. Looks, never touches; whatever can be known to be wrong is raised here. */
export function buildPlan({ config, given, inherited, start, reads }: PlanInputs): Plan {
	const notes: string[] = [];
	const warnings: string[] = [];
	const { argv, skipSetup } = chooseCommand(given, config.command);
	const accounts = readAccounts(reads);
	const wanted = resolveWanted(config, accounts, start, reads, notes);
	const { identity, change } = settleIdentity(
		wanted,
		start.credentials,
		{ accounts, namespace: observeUserNamespace(reads), whenUnprivileged: config.whenUnprivileged, withheld: start.withheld, warnings },
		notes,
	);

	const environment = planEnvironment(inherited, config, identity, reads);
	const workdir = config.workdir ?? start.workdir;
	const context = { target: identity, accounts, reads, environment, start: start.credentials };
	const circumstances = { reads, environment, command: argv[0], held: start.credentials.sets.permitted, viewer: identity };
	const setup = skipSetup ? [] : planSetup(config.setup, context, circumstances, notes);
	const sockets = setup.flatMap(({ action }) => socketsOf(action));
	const descriptors = planDescriptors({ fds: config.fds, opened: sockets, variables: inherited }, environment, reads, notes);
	const command = planCommand(argv, environment.get("PATH"), workdir, reads, madeBySteps(setup, circumstances));
	const sets = planSets(config.capabilities, start);
	const departure = planDeparture(
		{
			identity,
			changeIdentity: change,
			sets,
			securebits: config.securebits,
			noNewPrivileges: config.noNewPrivileges,
			workdir,
			whenUnprivileged: config.whenUnprivileged,
			ofWorkload: {
				pass: config.fds,
				stdioOwner: config.stdio === "auto" && change ? identity.uid : undefined,
				settings: config.rows,
			},
		},
		start,
		reads,
		notes,
	);
	// A step that runs after the drop begins where that ends.
	const late = { ...start, credentials: departure.expected };
	const withChildren = setup.map((step) => ({
		...step,
		children: planChildren(step, identity, isAfterDrop(step.action) ? late : start, reads),
	}));
	return {
		command,
		identity,
		environment: environmentEntries(environment),
		setup: withChildren,
		descriptors,
		departure,

		notes,
		warnings,
	};
}

function planChildren({ action, when }: StepWithoutChildren, target: Identity, start: Start, reads: Reads): Record<string, PlannedChild> {
	// Whether a path exists is asked for as the user where only that may see it.
	const look = when?.exists === undefined ? {} : { [conditionChild]: { identity: target, capabilities: [] } };
	const requests = Object.entries<ChildRequest>({ ...childrenOf(action, target), ...look });
	return Object.fromEntries(requests.map(([name, request]) => [name, planChild(request, start, reads)]));
}

function resolveWanted(config: Config, accounts: Accounts, start: Start, reads: Reads, notes: string[]): Identity {
	if (config.user === undefined) {
		fail("USER_MISSING", "no user is configured; staying root has to be written as user: root", {
			remedy: ["user: app in the configuration file, or --user app"],
		});
	}
	return resolveIdentity(parseUserSpec(config.user), config.groups, { accounts, reads, start: start.credentials, notes });
}
