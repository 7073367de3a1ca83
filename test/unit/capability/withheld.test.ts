import { describe, expect, it } from "vitest";
import type { CapabilityName } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { lackOf, observeWithheld } from "../../../src/capability/withheld.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";

const bounding = CapabilitySet.of("CHOWN", "SETUID", "SETGID");

interface Process {
	readonly permitted: CapabilitySet;
	readonly uid?: number;
	readonly securebits?: number;
	/** Of /proc/self/attr/apparmor/current; not there when undefined. */
	readonly label?: string;
}

function readsOf({ permitted, uid = 0, securebits = 0, label }: Process): Reads {
	return {
		getresuid: () => [uid, uid, uid],
		capget: () => [0n, permitted.bits, 0n],
		capbsetReadAll: () => [bounding.bits, 40],
		getSecurebits: () => securebits,
		openRead: (_: number, path: string) =>
			path === "/proc" ? 4 : label === undefined || path !== "/proc/self/attr/apparmor/current" ? -errno.ENOENT : 3,
		fstatfs: () => [0x9fa0, 0],
		readAll: () => label,
		close: () => 0,
	} as unknown as Reads;
}

const withoutSetuid = CapabilitySet.of("CHOWN", "SETGID");
const granted = (name: string) => ({
	message: "not held",
	remedy: [
		`docker run --cap-add ${name} ... | compose: cap_add: [${name}] | kubernetes: securityContext.capabilities.add: ["${name}"] | systemd: CapabilityBoundingSet=CAP_${name}`,
	],
});

const notRoot = (name: string, ...more: readonly string[]) => ({
	message: "not held by uid 1000",
	remedy: [
		`a container that is started as another user than root (here uid 1000) holds no capability, whatever is added; start it as root: docker run --user 0 ... | compose: user: "0" | kubernetes: securityContext: {runAsUser: 0, runAsNonRoot: false} | systemd: AmbientCapabilities=CAP_${name}`,
		...more,
	],
});

describe("what AppArmor withholds", () => {
	it.each<[string, Process, CapabilityName, object]>([
		[
			"is told by the bounding set of root",
			{ permitted: withoutSetuid, label: "tight (enforce)\n" },
			"SETUID",
			{
				message: "denied by the AppArmor profile tight (enforce)",
				remedy: [
					"a profile that has capability setuid, in it: docker run --security-opt apparmor=PROFILE ... | compose: security_opt: [apparmor=PROFILE] | kubernetes: securityContext.appArmorProfile: {type: Localhost, localhostProfile: PROFILE}",
				],
			},
		],
		["is not what was never granted", { permitted: withoutSetuid, label: "tight (enforce)\n" }, "SYS_ADMIN", granted("SYS_ADMIN")],
		["is nothing without a profile", { permitted: withoutSetuid, label: "unconfined\n" }, "SETUID", granted("SETUID")],
		["is nothing without AppArmor", { permitted: withoutSetuid }, "SETUID", granted("SETUID")],
		[
			"cannot be told of another user, to whom nothing is granted",
			{ permitted: CapabilitySet.empty, uid: 1000, label: "tight (enforce)\n" },
			"SETUID",
			notRoot("SETUID"),
		],
		[
			"is not what another user lacks, whose volume can be its own",
			{ permitted: CapabilitySet.empty, uid: 1000 },
			"FOWNER",
			notRoot(
				"FOWNER",
				"or give the files to uid 1000 where they come from: by RUN chown in the Dockerfile, those of a volume by chown on the machine",
			),
		],
		[
			"cannot be told where root is nobody special",
			{ permitted: CapabilitySet.empty, securebits: 1, label: "tight (enforce)\n" },
			"SETUID",
			granted("SETUID"),
		],
		["is nothing while all is permitted", { permitted: bounding, label: "tight (enforce)\n" }, "SYS_ADMIN", granted("SYS_ADMIN")],
	])("%s", (_, process, name, expected) => {
		expect(lackOf([name], observeWithheld(readsOf(process)))).toEqual(expected);
	});
});
