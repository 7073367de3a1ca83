import type { CapabilityName } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { usualNodes } from "../../confine/devices/node.ts";
import { maskedByDocker, readOnlyByDocker } from "../../confine/paths/docker-default.ts";
import { type Abi, abisOf, auditArch, callName, callNames, callNumber, isCallName } from "../../confine/seccomp/calls.ts";
import type { Decision } from "../../confine/seccomp/decision.ts";
import { dockerDefault, dockerDefaultVersion, hardenings } from "../../confine/seccomp/docker-default.ts";
import { exceptions } from "../../confine/seccomp/exceptions.ts";
import { olderCalls } from "../../confine/seccomp/older-calls.ts";
import { errno } from "../../sys/errno.ts";
import { reasonFor, remarkOn } from "../guides/refused-calls.ts";
import { type Judge, judgeBy, type Machine } from "../seccomp/judge.ts";
import { decisionWords, isAlways } from "../seccomp/words.ts";
import { rows, type Told } from "./rows.ts";

export interface CallHere {
	/** What becomes of it by the configuration of this place. */
	readonly here?: string | undefined;
	/** Whether this very process has a filter, which is the runtime's. */
	readonly isFiltered?: boolean;
}

/** What docker-default makes of a call. */
export function explainCall(name: string, machine: Machine, { here, isFiltered = false }: CallHere): Told | undefined {
	if (!isCallName(name)) {
		return undefined;
	}
	const numbers = abis.flatMap((abi) => numberOn(abi, name));
	if (numbers.length === 0) {
		return rows(`${name}: a system call of other architectures than this program is made for`, {});
	}
	const decision = dockerJudges(machine).without(name);
	const isOpen = isAlways(decision);
	const older = olderCalls(name);
	return rows(`${name}: a system call`, {
		numbers: numbers.join(", "),
		"docker-default": dockerWords(name, machine),
		...(isOpen ? {} : { because: reasonFor(name) ?? otherReason(decision) }),
		...(isOpen && remarkOn(name) !== undefined ? { remark: remarkOn(name) ?? "" } : {}),
		...(older.length === 0 ? {} : { older: `${older.join(", ")}, which programs take where this gets ENOSYS, and at no other errno` }),
		...(isOpen ? {} : { "opened by": `allow: [${[name, ...exceptionsOpening(name, machine)].join("] or [")}]` }),
		...(here === undefined ? {} : { here }),
		...(isFiltered && !isOpen ? { runtime: "a filter of the runtime is here already: what that refuses stays refused" } : {}),
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

/** What docker-default makes of a call for who keeps nothing, and for who keeps one capability. */
function dockerJudges(machine: Machine): { readonly without: Judge; readonly keeping: ReadonlyMap<CapabilityName, Judge> } {
	const by = (kept: CapabilitySet) => judgeBy(dockerDefault, plain, { ...machine, kept });
	return { without: by(CapabilitySet.empty), keeping: new Map(openingCapabilities.map((name) => [name, by(CapabilitySet.of(name))])) };
}

/** `refused with EPERM; allowed with SYS_ADMIN kept` */
function dockerWords(name: string, machine: Machine): string {
	const { without, keeping } = dockerJudges(machine);
	const words = decisionWords(name, without(name));
	const opened = new Map<string, CapabilityName[]>();
	for (const [capability, judge] of keeping) {
		const withIt = isNamedWith(name, capability) ? decisionWords(name, judge(name)) : words;
		if (withIt !== words) {
			opened.set(withIt, [...(opened.get(withIt) ?? []), capability]);
		}
	}
	return [words, ...[...opened].map(([each, names]) => `${each} with ${names.join(" or ")} kept`)].join("; ");
}

/** The capabilities that open a call altogether, each by itself. */
export function capabilitiesOpening(name: string, machine: Machine): CapabilityName[] {
	const { keeping } = dockerJudges(machine);
	return [...keeping].flatMap(([capability, judge]) => (isNamedWith(name, capability) && isAlways(judge(name)) ? [capability] : []));
}

/** The names in `allow` that open it altogether, beside its own. */
export function exceptionsOpening(name: string, machine: Machine): string[] {
	return Object.keys(exceptions).filter((exception) => {
		const allowing = judgeBy(dockerDefault, { ...plain, allow: [exception] }, { ...machine, kept: CapabilitySet.empty });
		return isAlways(allowing(name));
	});
}

/** What no rule with the capability names is nothing to it. */
function isNamedWith(name: string, capability: CapabilityName): boolean {
	return dockerDefault.rules.some(({ names, includes }) => names.includes(name) && includes.capabilities.includes(capability));
}

function otherReason({ otherwise }: Decision): string {
	return otherwise.kind === "errno" && otherwise.value === errno.ENOSYS
		? "newer than the profile: programs take an older call instead"
		: "no container is known to need it";
}

/** As the kernel's log has it, of each ABI. */
export function explainCallNumber(text: string, { machine }: Pick<Machine, "machine">): Told | undefined {
	const number = /^(?:0|[1-9]\d{0,9}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : undefined;
	const { native } = abisOf(machine);
	const names = [native, ...abis.filter((abi) => abi !== native)].flatMap((abi): [string, string][] => {
		const name = number === undefined ? undefined : callName(abi, number);
		return name === undefined ? [] : [[abi, name]];
	});
	return names.length === 0 ? undefined : rows(`${text}: a number of system calls`, Object.fromEntries(names));
}

const runtimeRefuses =
	"its own filter refuses these as well, and what one of two filters refuses is refused: docker run --security-opt seccomp=unconfined (plan --format docker says it)";

export function explainException(name: string): Told | undefined {
	const found = Object.entries(exceptions).find(([exception]) => exception === name);
	return found === undefined
		? undefined
		: rows(`${name}: an exception for seccomp.allow`, {
				for: found[1].purpose,
				allows: found[1].calls.join(", "),
				...("remark" in found[1] ? { remark: found[1].remark } : {}),
				runtime: runtimeRefuses,
				example: `seccomp: {profile: docker-default, allow: [${name}]}`,
			});
}

/** The built-in profile by its name. */
export function explainDockerDefault(name: string): Told | undefined {
	return name !== "docker-default"
		? undefined
		: rows(
				"docker-default: a word of confine, seccomp, paths and devices for what an ordinary container of Docker's has, and a profile that seccomp has built in",
				{
					confine: "the same word at seccomp, paths and devices, where these are not written themselves",
					paths: `masked: ${maskedByDocker.join(", ")}\nread-only: ${readOnlyByDocker.join(", ")}, every sysfs and every mount of cgroups`,
					devices: `${usualNodes.map(({ path }) => path).join(", ")}, and the terminals`,
					seccomp: `what Docker ${dockerDefaultVersion} allows by default; anything else gets EPERM, and ENOSYS what is newer than the profile`,
					...Object.fromEntries(openingCapabilities.map((each) => [`with ${each}`, callsOpenedBy(each).join(", ")])),
					exceptions: `allow: ${Object.keys(exceptions).join(", ")}`,
					"stricter in": hardenings.map(({ call, what }) => `${call}: ${what}`).join("\n"),
				},
			);
}

/** What docker-default opens for a capability. */
export function callsOpenedBy(name: CapabilityName): string[] {
	return dockerDefault.rules.flatMap(({ names, includes }) => (includes.capabilities.includes(name) ? names : []));
}

export function explainableCalls(): readonly string[] {
	return [...new Set(abis.flatMap(callNames))];
}
