import { type Capability, capabilityNames } from "../../../capability/names.ts";
import { securebits as bit, securebitNames } from "../../../capability/securebits.ts";
import type { CapabilitySet } from "../../../capability/set.ts";
import type { Credentials, Lacks } from "../../../identity/credentials.ts";
import { printable } from "../../../report/text.ts";
import { signalText } from "./signal.ts";

export interface Dumped {
	readonly credentials: Credentials;
	/** In the order of the kernel. */
	readonly groups: readonly number[];
	readonly lacks: Lacks;
	readonly parentDeathSignal: number;
	/** `SELinux label` and `AppArmor profile`, of what is there. */
	readonly labels: readonly (readonly [name: string, label: string])[];
}

/** The state, line by line as scripts take it apart. From level 2 on with two more sets, from 3 on with the saved ids. */
export function dump({ credentials, groups, lacks, parentDeathSignal, labels }: Dumped, level: number): string {
	const { uids, gids, sets, securebits, noNewPrivileges } = credentials;
	const lines: (readonly [name: string, value: string | number])[] = [
		...ids("uid", uids, level),
		...ids("gid", gids, level),
		["Supplementary groups", groups.join(",") || none],
		["no_new_privs", noNewPrivileges ? 1 : 0],
		...(level < 2
			? []
			: ([
					["Effective capabilities", names(sets.effective)],
					["Permitted capabilities", names(sets.permitted)],
				] as const)),
		["Inheritable capabilities", names(sets.inheritable)],
		["Ambient capabilities", lacks.ambient ? "[unsupported]" : names(sets.ambient)],
		["Capability bounding set", names(sets.bounding)],
		["Securebits", securebitNames(securebits & ~bit.keep_caps).join(",") || none],
		["Parent death signal", parentDeathSignal === 0 ? none : signalText(parentDeathSignal)],
		...labels.map(([name, label]) => [name, printable(label)] as const),
	];
	return lines.map(([name, value]) => `${name}: ${value}\n`).join("");
}

const none = "[none]";

function ids(name: string, { real, effective, saved }: Credentials["uids"] | Credentials["gids"], level: number) {
	const first = [
		[name, real],
		[`e${name}`, effective],
	] as const;
	return level < 3 ? first : [...first, [`s${name}`, saved] as const];
}

function names(set: CapabilitySet): string {
	return set.list().map(lowerName).join(",") || none;
}

/** `net_raw`; a number newer than this program is `cap_42`, which is taken as a name too. */
export function lowerName(each: Capability): string {
	return capabilityNames[each]?.toLowerCase() ?? `cap_${each}`;
}
