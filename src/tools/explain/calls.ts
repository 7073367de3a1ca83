import type { CapabilityName } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { type Abi, abisOf, auditArch, callNames, callNumber, isCallName } from "../../confine/seccomp/calls.ts";
import { dockerDefault, dockerDefaultVersion, hardenings } from "../../confine/seccomp/docker-default.ts";
import { exceptions } from "../../confine/seccomp/exceptions.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { reasonFor } from "../guides/refused-calls.ts";
import { judge, type Reader } from "../seccomp/judge.ts";
import { isAllowed, verdictWords } from "../seccomp/words.ts";
import { rows } from "./rows.ts";

/** The filter that a configuration names. */
export interface Configured {
	/** `/etc/entrypoint.yaml, docker-default` */
	readonly title: string;
	/** What becomes of the call with what the configuration keeps, in words. */
	wordsFor(name: string): string;
}

/** What docker-default makes of a call, and the configured profile. */
export function explainCall(name: string, machine: Omit<Reader, "kept">, configured: Configured | undefined): string | undefined {
	if (!isCallName(name)) {
		return undefined;
	}
	const numbers = abis.flatMap((abi) => numberOn(abi, name));
	if (numbers.length === 0) {
		return rows(`${name}: a system call of other architectures than this program is made for`, {});
	}
	const opening = exceptionsWith(name);
	const isOpen = isAlwaysAllowed(name, machine);
	return rows(`${name}: a system call`, {
		numbers: numbers.join(", "),
		"docker-default": dockerWords(name, machine),
		...(isOpen ? {} : { because: reasonFor(name) ?? otherReason(name, machine) }),
		...(isOpen || opening.length === 0 ? {} : { "opened by": `allow: [${opening.join("] or [")}]` }),
		...(configured === undefined ? {} : { here: `${configured.wordsFor(name)} (${configured.title})` }),
	});
}

const abis = Object.keys(auditArch) as Abi[];

function numberOn(abi: Abi, name: string): string[] {
	const number = callNumber(abi, name);
	return number === undefined ? [] : [`${abi} ${abi === "x32" ? `0x${number.toString(16)}` : number}`];
}

const plain = { allow: [], deny: [], action: undefined } as const;

/** The capabilities that the profile asks for, each once. */
export const openingCapabilities: readonly CapabilityName[] = [
	...new Set(dockerDefault.rules.flatMap(({ includes }) => includes.capabilities)),
];

/** `refused with EPERM; allowed with SYS_ADMIN kept` */
function dockerWords(name: string, machine: Omit<Reader, "kept">): string {
	const withKept = (kept: CapabilitySet) => verdictWords(name, judge(dockerDefault, plain, { ...machine, kept }, name));
	const without = withKept(CapabilitySet.empty);
	const opened = new Map<string, CapabilityName[]>();
	for (const each of openingCapabilities) {
		const words = withKept(CapabilitySet.of(each));
		if (words !== without) {
			opened.set(words, [...(opened.get(words) ?? []), each]);
		}
	}
	return [without, ...[...opened].map(([words, names]) => `${words} with ${names.join(" or ")} kept`)].join("; ");
}

function otherReason(name: string, machine: Omit<Reader, "kept">): string {
	const { otherwise } = judge(dockerDefault, plain, { ...machine, kept: CapabilitySet.empty }, name);
	return otherwise.kind === "errno" && otherwise.value === errno.ENOSYS
		? "newer than the profile: programs take an older call instead"
		: "no container is known to need it";
}

function isAlwaysAllowed(name: string, machine: Omit<Reader, "kept">): boolean {
	const { otherwise, where } = judge(dockerDefault, plain, { ...machine, kept: CapabilitySet.empty }, name);
	return isAllowed(otherwise) && where.every(({ action }) => isAllowed(action));
}

function exceptionsWith(name: string): string[] {
	return Object.entries(exceptions).flatMap(([exception, { calls }]) => ((calls as readonly string[]).includes(name) ? [exception] : []));
}

export function explainException(name: string): string | undefined {
	const found = Object.entries(exceptions).find(([exception]) => exception === name);
	return found === undefined
		? undefined
		: rows(`${name}: an exception for seccomp.allow`, {
				for: found[1].purpose,
				allows: found[1].calls.join(", "),
				example: `seccomp: {profile: docker-default, allow: [${name}]}`,
			});
}

/** The built-in profile by its name. */
export function explainDockerDefault(name: string): string | undefined {
	return name !== "docker-default"
		? undefined
		: rows("docker-default: a profile that seccomp has built in", {
				is: `what Docker ${dockerDefaultVersion} allows by default; anything else gets EPERM, and ENOSYS what is newer than the profile`,
				...Object.fromEntries(openingCapabilities.map((each) => [`with ${each}`, callsOpenedBy(each).join(", ")])),
				exceptions: `allow: ${Object.keys(exceptions).join(", ")}`,
				"stricter in": hardenings.map(({ call, what }) => `${call}: ${what}`).join("\n"),
			});
}

/** What docker-default opens for a capability. */
export function callsOpenedBy(name: CapabilityName): string[] {
	return dockerDefault.rules.flatMap(({ names, includes }) => (includes.capabilities.includes(name) ? names : []));
}

/** Every name of these that has an explanation. */
export const explainableCalls: readonly string[] = [...new Set(abis.flatMap(callNames)), ...Object.keys(exceptions), "docker-default"];

/** For what a filter is read here. */
export function machineOf(reads: Pick<Reads, "uname">): Omit<Reader, "kept"> {
	const [, , release, , machine] = reads.uname();
	const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(release) ?? [];
	return { abi: abisOf(machine).native, kernel: [Number(major), Number(minor)] };
}
