import { capability } from "../../capability/names.ts";
import { securebits as bit, securebitLocks, securebitNames, securebitText, unprivilegedSecurebits } from "../../capability/securebits.ts";
import { CapabilitySet } from "../../capability/set.ts";
import type { Credentials } from "../../identity/credentials.ts";
import { fail } from "../../report/failure.ts";
import { printable } from "../../report/text.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { refuseLocked } from "../locked.ts";
import type { DepartureRequest } from "../request.ts";
import { type Ask, row } from "../row.ts";

const root = 0;

/**
 * Who is not root, and can never be again, gets nothing from an exec that the bits would forbid. Neither does a step's program of root's,
 * whose bounding set holds no more than it has; the workload is not trusted with that one wall alone.
 */
function goWithout(
	{ securebits: wanted, identity, noNewPrivileges, whenUnprivileged, ofWorkload }: DepartureRequest,
	note: Ask["note"],
): void {
	if (wanted === 0) {
		return;
	}
	const lack = "this kernel has no securebits (prctl(PR_GET_SECUREBITS): EINVAL)";
	if (ofWorkload !== undefined && (identity.uid === root || !noNewPrivileges || whenUnprivileged === "fail")) {
		fail("CALL_REFUSED", `${securebitText(wanted)} cannot be set: ${lack}`, {
			where: "securebits",
			remedy: ["configure a user that is not root, with no_new_privileges on; or securebits: none; or run the container on Linux itself"],
		});
	}
	note(`${lack}; no_new_privileges makes them useless for a user that is not root`);
}

export const securebits = row<number>({
	act: "give up",
	reason: "needs SETPCAP effective, so before the final sets; its locks must follow the ambient raise",
	after: { "ambient-raise": "NO_CAP_AMBIENT_RAISE forbids it", transition: "SETPCAP has to be effective" },
	plan: ({ request, start: { credentials: now, lacks }, reads, note }) => {
		const { securebits: wanted } = request;
		if (request.leavesCapabilities) {
			return undefined;
		}
		if (lacks.securebits) {
			goWithout(request, note);
			return undefined;
		}
		const lockedOff = (securebitLocks & now.securebits & ~(now.securebits << 1)) >> 1;
		if ((wanted & lockedOff) !== 0) {
			refuseLocked(`${securebitNames(wanted & lockedOff).join(", ")} is locked off already`);
		}
		requireKnown(wanted & ~now.securebits, reads);
		const isFixupLocked = (now.securebits & bit.no_setuid_fixup_locked) !== 0;
		const stay = request.areSecurebitsExact ? 0 : now.securebits & ~bit.keep_caps & (isFixupLocked ? ~0 : ~bit.no_setuid_fixup);
		const bits = wanted | stay;
		if (!takesCapability(bits, now) || now.sets.permitted.has(capability("SETPCAP"))) {
			return bits === now.securebits ? undefined : bits;
		}
		const possible = now.securebits | (wanted & unprivilegedSecurebits);
		const rest = possible === now.securebits ? "stay as they are" : `but for ${securebitText(possible & ~now.securebits)} stay as they are`;
		note(`the securebits ${rest}: SETPCAP is not held`);
		return possible === now.securebits ? undefined : possible;
	},
	needs: (bits, start) =>
		start === undefined || takesCapability(bits, start.credentials) ? CapabilitySet.of("SETPCAP") : CapabilitySet.empty,
	apply: ({ host }, bits) => {
		const result = host.setSecurebits(bits);
		if (result === -errno.EPERM && (bits & unprivilegedSecurebits) !== 0) {
			refuseUnknown(bits, host);
		}
		mustRead("setSecurebits", result);
	},
	expect: (state, bits) => {
		state.securebits = bits;
	},
	witnesses: [
		{
			name: "securebits",
			planned: (expected) => expected.securebits,
			observed: ({ credentials }) => credentials.securebits,
			shown: (bits) => securebitText(bits as number),
			attempt: (expected) =>
				(expected.securebits & securebitLocks) === 0
					? undefined
					: { name: "PR_SET_SECUREBITS with none", attempt: (host) => host.setSecurebits(0) },
		},
	],
});

function takesCapability(bits: number, { securebits: now }: Pick<Credentials, "securebits">): boolean {
	return ((bits ^ now) & ~unprivilegedSecurebits) !== 0;
}

/** Nothing tells what a kernel knows but trying, which changes something; its version is told beforehand. */
function requireKnown(bits: number, reads: Reads): void {
	if ((bits & unprivilegedSecurebits) === 0) {
		return;
	}
	const [system, , release] = reads.uname();
	const [major = 0, minor = 0] = release.split(/[.-]/, 2).map(Number);
	if (system === "Linux" && (major < 6 || (major === 6 && minor < 14))) {
		refuseUnknown(bits, reads);
	}
}

function refuseUnknown(bits: number, reads: Reads): never {
	const names = securebitText(bits & unprivilegedSecurebits);
	return fail(
		"SECUREBIT_UNKNOWN",
		`the kernel does not take ${names}: Linux 6.14 and newer do, and this is ${printable(reads.uname()[2])}`,
		{
			where: "securebits",
			remedy: [
				"leave it out here, or start it on a newer kernel",
				"where the kernel is new enough, a seccomp filter refused prctl(2) with PR_SET_SECUREBITS",
			],
		},
	);
}
