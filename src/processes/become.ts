import { lockedSecurebits } from "../capability/securebits.ts";
import { CapabilitySet } from "../capability/set.ts";
import { permanentlyDrop } from "../departure/drop.ts";
import type { DropPlan } from "../departure/drop-plan.ts";
import type { Start } from "../departure/start.ts";
import { verifyDrop } from "../departure/verify.ts";
import type { Credentials } from "../identity/credentials.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { inAllSets } from "../plan/capability-sets.ts";
import { planDrop } from "../plan/drop.ts";
import { lacking } from "../plan/settle-identity.ts";
import { fail } from "../report/failure.ts";
import type { SpawnRequest } from "../steps/step.ts";
import type { Host } from "../sys/native.ts";

/** What children inherit from the run. */
export interface SpawnContext {
	readonly host: Host;
	readonly start: Start;
	/** The workload's environment, for children that inherit it. */
	readonly environment: readonly string[];
	/** The signal mask of the start, which programs get back. */
	readonly mask: bigint;
}

/** The same drop as for the workload, with the child's own smaller plan. Decided before the fork, so that a refusal needs no child. */
export function planChild(
	{ host, start }: SpawnContext,
	{ identity, capabilities, workdir }: Pick<SpawnRequest, "identity" | "capabilities" | "workdir">,
): DropPlan {
	const changeIdentity = lacking(start.credentials, "SETUID", "SETGID").length === 0 && !mustStay(host, start.credentials, identity);
	const { uids, gids } = start.credentials;
	if (!changeIdentity && (identity.uid !== uids.effective || identity.gid !== gids.effective)) {
		fail("CAPABILITY_MISSING", `SETUID and SETGID are not held, needed to become uid ${identity.uid}, gid ${identity.gid}`);
	}
	return planDrop(
		{
			identity,
			changeIdentity,
			sets: inAllSets(CapabilitySet.of(...capabilities)),
			securebits: lockedSecurebits,
			noNewPrivileges: true,
			workdir: workdir ?? "/",
			parentDeathSignal: 0,
			whenUnprivileged: "adapt",
		},
		start,
		[],
	);
}

/** Done by the child itself. */
export function become({ host, start }: SpawnContext, drop: DropPlan): void {
	permanentlyDrop(host, drop);
	verifyDrop(host, drop.expected, start.last);
}

/** Where the user namespace forbids setgroups, the user that this is already is the only one there can be. user_namespaces(7) */
function mustStay(host: Host, { uids, gids }: Credentials, { uid, gid }: SpawnRequest["identity"]): boolean {
	const isSame = Object.values(uids).every((each) => each === uid) && Object.values(gids).every((each) => each === gid);
	return isSame && observeUserNamespace(host)?.setgroupsDenied === true;
}
