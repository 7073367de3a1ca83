import { type Capability, capability } from "../capability/names.ts";
import { securebitLocks, securebitText } from "../capability/securebits.ts";
import { CapabilitySet, type CapabilitySets, setNames } from "../capability/set.ts";
import { type Credentials, observeCredentials } from "../identity/credentials.ts";
import { fail } from "../report/failure.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { compareStatus } from "./witness.ts";

/** Compares the kernel's view with the plan as one value, then tries to get the privilege back, which must fail. */
export function verifyDrop(host: Host, expected: Credentials, last: Capability): void {
	const told = compareCredentials(expected, observeCredentials(host, last));
	const differences = told.length > 0 ? told : compareStatus(expected, host);
	if (differences.length > 0) {
		fail("VERIFY_FAILED", differences.join("; "), { where: "verification" });
	}
	for (const { name, attempt } of attempts(expected, last)) {
		const result = attempt(host);
		if (!isRefused(result)) {
			fail("VERIFY_FAILED", result < 0 ? `${name} was not refused: ${errnoName(result)}` : `${name} succeeded although it had to fail`, {
				where: "verification",
			});
		}
	}
}

/** One phrase for each part that differs; empty when the whole value is the same. */
export function compareCredentials(expected: Credentials, observed: Credentials): string[] {
	const want = credentialLines(expected);
	const have = credentialLines(observed);
	return Object.keys(want).flatMap((part) =>
		want[part] === have[part] ? [] : [`${part}: planned ${want[part]}, the kernel says ${have[part]}`],
	);
}

/** Every part of the value as text, by its name; the base of comparison, of `plan` and of the table before and after. */
export function credentialLines({ uids, gids, groups, sets, securebits, noNewPrivileges }: Credentials): Record<string, string> {
	return {
		uid: `${uids.real} ${uids.effective} ${uids.saved}`,
		gid: `${gids.real} ${gids.effective} ${gids.saved}`,
		groups: groups.join(" ") || "none",
		...setLines(sets),
		securebits: securebitText(securebits),
		no_new_privileges: noNewPrivileges ? "on" : "off",
	};
}

function setLines(sets: CapabilitySets): Record<string, string> {
	return Object.fromEntries(setNames.map((name) => [name, sets[name].toString()]));
}

/** What an escaping workload would try. */
interface Attempt {
	readonly name: string;
	attempt(host: Host): number;
}

const root = 0;

/** All that the plan leaves no right to; what it does leave is not tried, because it would work. */
function attempts({ uids, gids, sets, securebits }: Credentials, last: Capability): Attempt[] {
	const { effective, permitted, inheritable } = sets;
	const all = CapabilitySet.upTo(last);
	const isAny = ({ real, effective, saved }: { real: number; effective: number; saved: number }) => [real, effective, saved].includes(root);
	const tries: (Attempt | false)[] = [
		!isAny(uids) &&
			!permitted.has(capability("SETUID")) && { name: "setresuid(0, 0, 0)", attempt: (host) => host.setresuid(root, root, root) },
		!isAny(gids) &&
			!permitted.has(capability("SETGID")) && { name: "setresgid(0, 0, 0)", attempt: (host) => host.setresgid(root, root, root) },
		!permitted.has(capability("SETGID")) && { name: "setgroups([0])", attempt: (host) => host.setgroups([root]) },
		!permitted.includes(all) && {
			name: "capset with every capability permitted",
			attempt: (host) => host.capset(effective.bits, all.bits, inheritable.bits),
		},
		(securebits & securebitLocks) !== 0 && { name: "PR_SET_SECUREBITS with none", attempt: (host) => host.setSecurebits(0) },
	];
	return tries.filter((each) => each !== false);
}

/** EINVAL stands for an id that the user namespace does not have. */
function isRefused(result: number): boolean {
	return result === -errno.EPERM || result === -errno.EINVAL;
}
