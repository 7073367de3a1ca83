import { fail } from "../report/failure.ts";
import { must } from "../sys/act.ts";
import { errnoName } from "../sys/errno.ts";
import type { Acts } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import type { DropPlan, ThreeSets } from "./drop-plan.ts";

/** One row of the drop. `reason` says why the row stands where it stands. */
export interface DropRow {
	readonly name: string;
	readonly reason: string;
	/** Confines the workload rather than taking privilege away. Steps that run as the user come before the first of these. */
	readonly isWall?: true;
	apply(acts: Acts, plan: DropPlan): void;
}

/**
 * The order of the drop. Rows run from first to last; the first failure ends the program with 125, because after the
 * first row there is no way back. docs/order.md mirrors this table.
 */
export const dropOrder: readonly DropRow[] = [
	{
		name: "authority",
		reason: "between steps nothing is effective; the rows below need SETPCAP, SETGID and SETUID effective and nothing else",
		apply: (acts, { authority }) => authority && setThree(acts, authority),
	},
	{
		name: "bounding",
		reason: "PR_CAPBSET_DROP needs SETPCAP effective, which the change of the uid takes away",
		apply: (acts, { bounding }) => {
			for (const each of bounding) {
				mustRead("capbsetDrop", acts.capbsetDrop(each));
			}
		},
	},
	{
		name: "keep-capabilities-on",
		reason: "without it the change of the uid empties the permitted set, and the rows below have nothing left to work with",
		apply: (acts, { keepCapabilities }) => {
			if (keepCapabilities) {
				must(acts, "setKeepCaps", 1);
			}
		},
	},
	{
		name: "groups",
		reason: "needs SETGID effective, and the start user's groups must be gone before anything runs as the new user",
		apply: (acts, { groups }) => groups && must(acts, "setgroups", groups),
	},
	{
		name: "gid",
		reason: "needs SETGID effective, so before the uid; all three ids, so that none can be restored",
		apply: (acts, { gid }) => gid !== undefined && must(acts, "setresgid", gid, gid, gid),
	},
	{
		name: "uid",
		reason: "the last change that needs the effective set, which it empties; all three ids, so that none can be restored",
		apply: (acts, { uid }) => uid !== undefined && must(acts, "setresuid", uid, uid, uid),
	},
	{
		name: "session-keyring",
		reason: "a keyring belongs to the uid and gid that join it, and root's own would be of no use to the user",
		apply: (acts, { newSessionKeyring }) => newSessionKeyring && joinKeyring(acts),
	},
	{
		name: "keep-capabilities-off",
		reason: "done its work; what runs as the user before the exec, which clears the bit, must not inherit it",
		apply: (acts, { keepCapabilities }) => {
			if (keepCapabilities) {
				must(acts, "setKeepCaps", 0);
			}
		},
	},
	{
		name: "transition",
		reason: "an ambient capability must be permitted and inheritable first; SETPCAP stays for the securebits",
		apply: (acts, { transition }) => setThree(acts, transition),
	},
	{
		name: "ambient-clear",
		reason: "ambient capabilities that were inherited survive when the uid does not change",
		apply: (acts) => must(acts, "capAmbientClearAll"),
	},
	{
		name: "ambient-raise",
		reason: "after the set is empty, and before NO_CAP_AMBIENT_RAISE forbids it",
		apply: (acts, { ambient }) => {
			for (const each of ambient) {
				must(acts, "capAmbientRaise", each);
			}
		},
	},
	{
		name: "securebits",
		reason: "needs SETPCAP effective, so before the final sets; its locks must follow the ambient raise",
		apply: (acts, { securebits }) => securebits !== undefined && must(acts, "setSecurebits", securebits),
	},
	{
		name: "sets",
		reason: "the last use of SETPCAP is behind us",
		apply: (acts, { sets }) => setThree(acts, sets),
	},
	{
		name: "parent-death-signal",
		reason: "the kernel clears it when an effective id changes",
		apply: (acts, { parentDeathSignal }) => {
			must(acts, "setParentDeathSignal", parentDeathSignal);
		},
	},
	{
		name: "workdir",
		reason: "entered as the user, so that the user's own permissions decide",
		apply: (acts, { workdir }) => workdir !== undefined && must(acts, "chdir", workdir),
	},
	{
		name: "no-new-privileges",
		reason: "the walls of the workload come after everything that this program does for itself",
		isWall: true,
		apply: (acts, { noNewPrivileges }) => {
			if (noNewPrivileges) {
				must(acts, "setNoNewPrivs");
			}
		},
	},
];

/** Docker's filter answers EPERM to keyctl(2); its containers have a session keyring of their own. */
function joinKeyring(acts: Acts): void {
	const result = acts.joinSessionKeyring();
	if (result < 0) {
		fail("DROP_FAILED", `keyctl(KEYCTL_JOIN_SESSION_KEYRING): ${errnoName(result)}`, {
			where: "drop session-keyring",
			remedy: ["session_keyring: keep, or a seccomp profile of the runtime that allows keyctl (Docker's does not)"],
		});
	}
}

function setThree(acts: Acts, { effective, permitted, inheritable }: ThreeSets): void {
	must(acts, "capset", effective.bits, permitted.bits, inheritable.bits);
}
