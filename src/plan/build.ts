import type { Config, SetupEntry } from "../config/config.ts";
import type { Start } from "../departure/start.ts";
import { readAccounts } from "../identity/account-files.ts";
import type { Identity } from "../identity/identity.ts";
import { type ResolveContext, tryToResolve } from "../identity/resolve.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { parseUserSpec } from "../identity/user-spec.ts";
import { Attempts, withUnknown } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import { socketsOf } from "../steps/index.ts";
import type { Reads } from "../sys/native.ts";
import { planSets } from "./capability-sets.ts";
import { chooseCommand, planCommand } from "./command.ts";
import { planDescriptors } from "./descriptors.ts";
import { planDrop } from "./drop.ts";
import { environmentEntries, planEnvironment } from "./environment.ts";
import type { Plan } from "./plan.ts";
import { planProcess } from "./process.ts";
import { settleIdentity } from "./settle-identity.ts";
import { planSetup } from "./setup.ts";
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
}

/** Decides everything. Looks, never touches; whatever can be known to be wrong is raised here, all of it at once. */
export function buildPlan({ config, given, inherited, start, reads, isPlanned }: PlanInputs): Plan {
	const errors = new Attempts();
	const notes: string[] = [];
	const warnings: string[] = [];
	const chosen = errors.attempt(() => chooseCommand(given, config.command));
	const accounts = readAccounts(reads);
	const wanted = resolveWanted(config, { accounts, reads, start: start.credentials, notes }, errors);
	const settled = errors.attempt(() =>
		settleIdentity(
			wanted,
			start.credentials,
			{ accounts, namespace: observeUserNamespace(reads), whenUnprivileged: config.whenUnprivileged, withheld: start.withheld, warnings },
			notes,
		),
	);
	const { identity, change } = settled ?? { identity: wanted, change: false };

	const environment = planEnvironment(inherited, config, identity, reads, errors);
	const workdir = config.workdir ?? start.workdir;
	const context = { target: identity, accounts, reads, environment, start: start.credentials };
	const circumstances = { reads, environment, held: start.credentials.sets.permitted, viewer: identity };
	const skipSetup = chosen?.skipSetup ?? config.command.setupOnlyFor !== undefined;
	const setup = skipSetup
		? []
		: planSetup(
				config.setup,
				context,
				chosen === undefined ? withUnknown<Circumstances>(circumstances, "command") : { ...circumstances, command: chosen.argv[0] },
				{ notes, errors, isPlanned },
			);
	const sockets = setup.flatMap(({ action }) => socketsOf(action));
	const descriptors = errors.attempt(() =>
		planDescriptors({ fds: config.fds, opened: sockets, variables: inherited }, environment, reads, notes),
	);
	const command = chosen && errors.attempt(() => planCommand(chosen.argv, environment.get("PATH"), workdir, reads));
	const sets = errors.attempt(() => planSets(config.capabilities, start));
	const stdioOwner = change ? errors.attempt(() => identity.uid) : undefined;
	const process = errors.attempt(() => planProcess(config, start, reads, stdioOwner, notes));
	const drop =
		sets &&
		errors.attempt(() =>
			planDrop(
				{
					identity,
					changeIdentity: change,
					sets,
					securebits: config.securebits,
					noNewPrivileges: config.noNewPrivileges,
					newSessionKeyring: config.sessionKeyring === "new",
					workdir,
					parentDeathSignal: config.parentDeathSignal ?? start.parentDeathSignal,
					whenUnprivileged: config.whenUnprivileged,
				},
				start,
				notes,
			),
		);
	errors.end();
	return { command, identity, environment: environmentEntries(environment), setup, process, descriptors, drop, notes, warnings } as Plan;
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
