import { lockedSecurebits } from "../capability/securebits.ts";
import { CapabilitySet } from "../capability/set.ts";
import { type Departing, type Departure, planDeparture } from "../departure/departure.ts";
import type { Start } from "../departure/start.ts";
import { type Credentials, lacking } from "../identity/credentials.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import type { ChildRequest } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { inAllSets } from "./capability-sets.ts";

/** A process of a step: how it departs, or why it cannot. */
export type PlannedChild = Departing | { readonly refused: readonly [Diagnostic, ...Diagnostic[]] };

/** The name of the process that looks whether the condition of a step holds. */
export const conditionChild = "when";

/** What a start lacks for a child is told when it is its turn: the step may be passed over. */
export function planChild(request: ChildRequest, start: Start, reads: Reads): PlannedChild {
	try {
		const bare = departureOf({ identity: request.identity, capabilities: [] }, start, reads);
		const { capabilities, workdir = "/" } = request;
		return capabilities.length === 0 && workdir === "/"
			? { departure: bare, bare }
			: { departure: departureOf(request, start, reads), bare };
	} catch (error) {
		if (error instanceof Failure) {
			return { refused: error.diagnostics };
		}
		throw error;
	}
}

/** By the same rows as the workload's, with the child's own smaller request. */
function departureOf({ identity, capabilities, workdir }: ChildRequest, start: Start, reads: Reads): Departure {
	const changeIdentity = lacking(start.credentials, "SETUID", "SETGID").length === 0 && !mustStay(reads, start.credentials, identity);
	const { uids, gids } = start.credentials;
	if (!changeIdentity && (identity.uid !== uids.effective || identity.gid !== gids.effective)) {
		throw new Failure({
			code: "CAPABILITY_MISSING",
			message: `SETUID and SETGID are not held, needed to become uid ${identity.uid}, gid ${identity.gid}`,
		});
	}
	const request = {
		identity,
		changeIdentity,
		sets: inAllSets(CapabilitySet.of(...capabilities)),
		securebits: lockedSecurebits,
		noNewPrivileges: true,
		workdir: workdir ?? "/",
		whenUnprivileged: "adapt",
	} as const;
	return planDeparture(request, start, reads, []);
}

/** Where the user namespace forbids setgroups, the user that this is already is the only one there can be. user_namespaces(7) */
function mustStay(reads: Reads, { uids, gids }: Credentials, { uid, gid }: ChildRequest["identity"]): boolean {
	const isSame = Object.values(uids).every((each) => each === uid) && Object.values(gids).every((each) => each === gid);
	return isSame && observeUserNamespace(reads)?.setgroupsDenied === true;
}
