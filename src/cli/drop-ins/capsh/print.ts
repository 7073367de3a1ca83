import { iabText, libcapText } from "../../../capability/libcap-form.ts";
import { libcapName } from "../../../capability/libcap-text.ts";
import type { Capability } from "../../../capability/names.ts";
import { securebits as bit } from "../../../capability/securebits.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import { type Lacks, observePrivilege } from "../../../identity/credentials.ts";
import { idNames } from "../../../identity/id-names.ts";
import { printable } from "../../../report/text.ts";
import type { Reads } from "../../../sys/native.ts";
import { mustRead } from "../../../sys/observe.ts";
import { modeOf, modes } from "./mode.ts";

type NameOf = (id: number) => string;

/** The state of this process, in libcap's form to the letter: programs read it. */
export function printed(reads: Reads): string {
	const { credentials, lacks } = observePrivilege(reads);
	const { uids, gids, sets, securebits, noNewPrivileges } = credentials;
	const [user, group] = (["/etc/passwd", "/etc/group"] as const).map((file) => {
		const nameOf = idNames(reads, file);
		return (id: number) => printable(nameOf(id) ?? "???");
	}) as [NameOf, NameOf];
	const mode = modeOf(credentials, lacks);
	const [first = "", iab = ""] = currentLines(reads);
	return [
		first,
		`Bounding set =${namesOf(sets.bounding)}`,
		`Ambient set =${lacks.ambient ? " <unsupported>" : namesOf(sets.ambient)}`,
		iab,
		...(lacks.securebits ? ["[Securebits ABI not supported]"] : securebitLines(securebits, noNewPrivileges, lacks)),
		`uid=${uids.real}(${user(uids.real)}) euid=${uids.effective}(${user(uids.effective)})`,
		`gid=${gids.real}(${group(gids.real)})`,
		`groups=${mustRead("getgroups", reads.getgroups())
			.map((each) => `${each}(${group(each)})`)
			.join(",")}`,
		`Guessed mode: ${mode} (${modes.indexOf(mode)})`,
		"",
	].join("\n");
}

export function printedCurrent(reads: Reads): string {
	return `${currentLines(reads).join("\n")}\n`;
}

function currentLines(reads: Reads): readonly string[] {
	const { credentials, last } = observePrivilege(reads);
	return [`Current: ${libcapText(credentials.sets, last)}`, `Current IAB: ${iabText(credentials.sets, last)}`];
}

export function printedMode(reads: Reads): string {
	const { credentials, lacks } = observePrivilege(reads);
	return `Mode: ${modeOf(credentials, lacks)}\n`;
}

const switches = [
	["noroot", "noroot"],
	["no-suid-fixup", "no_setuid_fixup"],
	["keep-caps", "keep_caps"],
	["no-ambient-raise", "no_cap_ambient_raise"],
] as const;

/** In octal, hexadecimal and binary, then each with its lock. */
function securebitLines(bits: number, noNewPrivileges: boolean, lacks: Lacks): string[] {
	const binary = bits.toString(2);
	const known = switches.slice(0, lacks.ambient ? 3 : 4);
	return [
		`Securebits: 0${bits.toString(8)}/0x${bits.toString(16)}/${binary.length}'b${binary} (no-new-privs=${noNewPrivileges ? 1 : 0})`,
		...known.map(([word, name]) => {
			const lock = bits & bit[`${name}_locked`];
			return ` secure-${word}: ${(bits & bit[name]) === 0 ? "no" : "yes"} (${lock === 0 ? "unlocked" : "locked"})`;
		}),
	];
}

function namesOf(set: CapabilitySet): string {
	return set.list().map(libcapName).join(",");
}

export function decoded(bits: bigint): string {
	const set = CapabilitySet.fromBits(bits);
	return `0x${set.hex()}=${namesOf(set)}\n`;
}

/** What stands above the words of an explanation. */
export function heading(each: Capability, last: Capability, isKnown: boolean): string {
	const name = isKnown
		? `${each > last ? "<reserved for> " : ""}${libcapName(each)}`
		: each > last
			? "<unsupported>"
			: "<unnamed in libcap>";
	return `${name} (${each}) [/proc/self/status:CapXXX: 0x${CapabilitySet.from([each]).hex()}]\n`;
}
