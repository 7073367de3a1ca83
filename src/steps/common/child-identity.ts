import type { Identity } from "../../identity/identity.ts";
import { resolveIdentity } from "../../identity/resolve.ts";
import { parseUserSpec } from "../../identity/user-spec.ts";
import type { Reads } from "../../sys/native.ts";
import type { Need, PlanContext } from "../step.ts";

export type ChildIdentity = Pick<Identity, "uid" | "gid" | "groups">;

/** Whom a program of a step runs as: `target` is the workload's user, anything else a user spec. `root` needs no passwd entry. */
export function resolveChild(user: string, { target, accounts, reads, start }: PlanContext): ChildIdentity {
	if (user === "target") {
		return only(target);
	}
	const policy = { fromUser: undefined, keepRuntime: false, add: [], fromPath: [], allowRootGroup: false };
	const isBareRoot = user === "root" && accounts.userByName("root") === undefined;
	return only(resolveIdentity(parseUserSpec(isBareRoot ? "0:0" : user), policy, { accounts, reads, start }));
}

function only({ uid, gid, groups }: Identity): ChildIdentity {
	return { uid, gid, groups };
}

/** The name of the process from which a step tries what a user can do. */
export const userChild = "user";

/** Becoming somebody else takes both, whichever of the ids differs. */
export function changeNeeds({ uid, gid }: ChildIdentity, purpose: string, reads: Reads): Need[] {
	const isSame = reads.getresuid().every((each) => each === uid) && reads.getresgid().every((each) => each === gid);
	return isSame ? [] : toBecome(purpose);
}

/** As `changeNeeds`, of a start as root. */
export function mayChange({ uid, gid }: ChildIdentity, purpose: string): Need[] {
	return uid === 0 && gid === 0 ? [] : toBecome(purpose);
}

function toBecome(purpose: string): Need[] {
	return (["SETUID", "SETGID"] as const).map((name) => ({ anyOf: [name], certain: true, purpose }));
}
