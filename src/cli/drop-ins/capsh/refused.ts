import { libcapName } from "../../../capability/libcap-text.ts";
import { type CapabilityName, capability } from "../../../capability/names.ts";
import { securebits as bit } from "../../../capability/securebits.ts";
import type { CapabilitySet } from "../../../capability/set.ts";
import { lackOf, observeWithheld } from "../../../capability/withheld.ts";
import type { ThreeSets } from "../../../departure/request.ts";
import { observeCredentials } from "../../../identity/credentials.ts";
import { fail } from "../../../report/failure.ts";
import type { Host } from "../../../sys/native.ts";
import { mustRead, SyscallError } from "../../../sys/observe.ts";

/*
 * Why the kernel has said EPERM, which it says to everything. Each fails when it is that, and comes back when it is something else: a filter or
 * a security module.
 */

/** Does it, and looks for the reason when it is refused. */
export function unlessRefused(work: () => void, require: () => void): void {
	try {
		work();
	} catch (error) {
		if (error instanceof SyscallError && error.is("EPERM")) {
			require();
		}
		throw error;
	}
}

/** For a call that one capability allows. */
export function requireEffective(host: Host, name: CapabilityName): void {
	const { permitted, effective } = observeCredentials(host).sets;
	requirePermitted(host, permitted, name);
	if (!effective.has(capability(name))) {
		fail("CAPABILITY_MISSING", `it takes ${name}, which is permitted and not effective`, {
			remedy: [`--caps= with cap_${name.toLowerCase()}+ep and all that is to stay, before it`],
		});
	}
}

export function requirePermitted(host: Host, permitted: CapabilitySet, name: CapabilityName): void {
	if (!permitted.has(capability(name))) {
		const { message, remedy } = lackOf([name], observeWithheld(host));
		fail("CAPABILITY_MISSING", `it takes ${name}, ${message}`, { remedy });
	}
}

/** For capset(2). */
export function requireSettable(host: Host, wanted: ThreeSets): void {
	const { permitted, inheritable, bounding } = observeCredentials(host).sets;
	refuse(wanted.permitted.minus(permitted), "not permitted, and does not become so again");
	refuse(wanted.effective.minus(wanted.permitted), "to be effective without being permitted");
	const added = wanted.inheritable.minus(inheritable);
	refuse(added.minus(bounding), "not in the bounding set, and does not become inheritable without it");
	if (!added.minus(permitted).isEmpty) {
		requireEffective(host, "SETPCAP");
	}
}

/** For PR_CAP_AMBIENT_RAISE(2const). */
export function requireRaisable(host: Host, wanted: CapabilitySet): void {
	const { permitted, inheritable } = observeCredentials(host).sets;
	refuse(wanted.minus(permitted), "not permitted, and only what is becomes ambient", "a change of the uid takes it: --keep=1 before it");
	refuse(wanted.minus(inheritable), "not inheritable, and only what is becomes ambient", "--inh= before it");
	if ((mustRead("prctl(PR_GET_SECUREBITS)", host.getSecurebits()) & bit.no_cap_ambient_raise) !== 0) {
		fail("CAPABILITY_MISSING", "no_cap_ambient_raise is set, so nothing becomes ambient");
	}
}

function refuse(excess: CapabilitySet, why: string, ...remedy: readonly string[]): void {
	if (!excess.isEmpty) {
		fail("CAPABILITY_MISSING", `${excess.list().map(libcapName).join(",")} is ${why}`, { remedy });
	}
}
