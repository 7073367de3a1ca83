import { lockedSecurebits } from "../capability/securebits.ts";
import { CapabilitySet } from "../capability/set.ts";
import { lackOf } from "../capability/withheld.ts";
import { type Departing, type Departure, planDeparture } from "../departure/departure.ts";
import type { FilterPlanner } from "../departure/request.ts";
import type { Start } from "../departure/start.ts";
import { hasIds, lacking } from "../identity/credentials.ts";
import { type UserNamespace, unmappedId } from "../identity/user-namespace.ts";
import { type Diagnostic, Failure, fail } from "../report/failure.ts";
import type { ChildRequest } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { inAllSets } from "./capability-sets.ts";

/** A process of a step: how it departs, or why it cannot. */
export type PlannedChild = Departing | { readonly refused: readonly [Diagnostic, ...Diagnostic[]] };

/** The name of the process that looks whether the condition of a step holds. */
export const conditionChild = "when";

/** What a child comes from. */
export interface ChildBeginning {
	readonly start: Start;
	readonly reads: Reads;
	readonly namespace: UserNamespace | undefined;
	readonly planFilter?: FilterPlanner | undefined;
}

/** What a start lacks for a child is told when it is its turn: the step may be passed over. */
export function planChild(request: ChildRequest, beginning: ChildBeginning): PlannedChild {
	try {
		const bare = departureOf({ identity: request.identity, capabilities: [] }, beginning);
		const { capabilities, workdir = "/", stays = false } = request;
		const isFiltered = stays && beginning.planFilter !== undefined;
		return capabilities.length === 0 && workdir === "/" && !isFiltered
			? { departure: bare, bare }
			: { departure: departureOf(request, beginning), bare };
	} catch (error) {
		if (error instanceof Failure) {
			return { refused: error.diagnostics };
		}
		throw error;
	}
}

/** What a filter is in want of is told once, of the workload's. */
const nobody = { warn: () => {}, note: () => {} };

/** By the same rows as the workload's, with the child's own smaller request. */
function departureOf(
	{ identity, capabilities, workdir, stays }: ChildRequest,
	{ start, reads, namespace, planFilter }: ChildBeginning,
): Departure {
	const { withheld } = start;
	const canChange = lacking(start.credentials, "SETUID", "SETGID").length === 0;
	const { uids, gids } = start.credentials;
	if (!canChange && (identity.uid !== uids.effective || identity.gid !== gids.effective)) {
		fail("CAPABILITY_MISSING", `SETUID and SETGID are not held, needed to become uid ${identity.uid}, gid ${identity.gid}`, {
			lacks: ["SETUID", "SETGID"],
			remedy: lackOf(["SETUID", "SETGID"], withheld).remedy,
		});
	}
	// Where setgroups is forbidden, the user that this is already is the only one there can be. user_namespaces(7)
	const mustStay = namespace?.setgroupsDenied === true && hasIds(start.credentials, identity);
	if (canChange && !mustStay && namespace !== undefined) {
		requireMapped(identity, namespace);
	}
	const request = {
		identity,
		changeIdentity: canChange && !mustStay,
		sets: inAllSets(CapabilitySet.of(...capabilities)),
		securebits: lockedSecurebits,
		noNewPrivileges: true,
		workdir: workdir ?? "/",
		whenUnprivileged: "adapt",
		planFilter: stays && planFilter?.(nobody),
	} as const;
	return planDeparture(request, start, reads, []);
}

function requireMapped(identity: ChildRequest["identity"], namespace: UserNamespace): void {
	const reason = unmappedId(identity, namespace) ?? (namespace.setgroupsDenied ? "this user namespace forbids setgroups" : undefined);
	if (reason !== undefined) {
		fail("ID_UNMAPPED", reason, { remedy: ["map a range of ids in the runtime (subuid, subgid), or run it as the user of the start"] });
	}
}
