import { type Abi, abisOf, auditArch, callName, callNumber } from "../../../src/confine/seccomp/calls.ts";
import type { Call, Filter } from "./bpf.ts";

interface When {
	readonly caps?: readonly string[];
	readonly arches?: readonly string[];
	readonly minKernel?: string;
}

/** A rule of a profile in Docker's form. https://docs.docker.com/engine/security/seccomp/ */
export interface DockerRule {
	readonly names: readonly string[];
	readonly action: string;
	readonly errnoRet?: number;
	readonly args?: readonly { readonly index: number; readonly value: number; readonly valueTwo?: number; readonly op: string }[] | null;
	readonly includes?: When;
	readonly excludes?: When;
}

export interface DockerProfile {
	readonly defaultAction: string;
	readonly defaultErrnoRet?: number;
	readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] | null }[];
	readonly syscalls: readonly DockerRule[];
}

/** Who starts where. */
export interface Circumstances {
	/** As uname(2) has it. */
	readonly machine: "x86_64" | "aarch64";
	/** Names without `CAP_`. */
	readonly capabilities: readonly string[];
	readonly kernel: readonly [major: number, minor: number];
}

export const answers = { killThread: 0, eperm: 0x00050001, enosys: 0x00050026, allow: 0x7fff0000 };

const ofAction: Record<string, number> = {
	SCMP_ACT_KILL: answers.killThread,
	SCMP_ACT_KILL_THREAD: answers.killThread,
	SCMP_ACT_KILL_PROCESS: 0x80000000,
	SCMP_ACT_TRAP: 0x00030000,
	SCMP_ACT_LOG: 0x7ffc0000,
	SCMP_ACT_ALLOW: answers.allow,
};

const comparisons: Record<string, (argument: bigint, value: bigint, second: bigint) => boolean> = {
	SCMP_CMP_EQ: (argument, value) => argument === value,
	SCMP_CMP_NE: (argument, value) => argument !== value,
	SCMP_CMP_LT: (argument, value) => argument < value,
	SCMP_CMP_LE: (argument, value) => argument <= value,
	SCMP_CMP_GT: (argument, value) => argument > value,
	SCMP_CMP_GE: (argument, value) => argument >= value,
	SCMP_CMP_MASKED_EQ: (argument, value, second) => (argument & value) === (second & value),
};

const x32Bit = 0x40000000;

/** What the rules of a profile for one call come to. */
interface Decision {
	always?: number;
	readonly sometimes: { readonly holds: (args: readonly bigint[]) => boolean; readonly answer: number }[];
}

/**
 * What Docker, runc and libseccomp make of a profile, without making a filter: each rule is looked at for what it says. Docker leaves out
 * rules by includes and excludes; runc leaves out those that say what the default says, and answers ENOSYS to numbers above the largest
 * that a rule names; an architecture that the profile does not list is killed.
 */
export function evaluated(profile: DockerProfile, circumstances: Circumstances): Filter {
	const { native, others } = abisOf(circumstances.machine);
	const fallback = answerOf(profile.defaultAction, profile.defaultErrnoRet);
	const rules = profile.syscalls.filter((rule) => applies(rule, circumstances));
	const tables = new Map([native, ...others].map((abi) => [abi, tableOf(abi, rules, fallback)]));
	return ({ arch, nr, args }) => {
		const abi = abiOf(arch, nr);
		const table = abi === undefined ? undefined : tables.get(abi);
		if (table === undefined) {
			return answers.killThread;
		}
		if (nr > table.largest && fallback !== answers.enosys && fallback !== answers.allow) {
			return answers.enosys;
		}
		const decision = table.decisions.get(nr);
		return decision?.always ?? decision?.sometimes.find(({ holds }) => holds(args))?.answer ?? fallback;
	};
}

/** The ABI that a call is of. */
function abiOf(arch: number, nr: number): Abi | undefined {
	if (arch === auditArch.x86_64) {
		return (nr & x32Bit) === 0 ? "x86_64" : "x32";
	}
	return (["x86", "aarch64", "arm"] as const).find((abi) => auditArch[abi] === arch);
}

function answerOf(action: string, errno = 1): number {
	return action === "SCMP_ACT_ERRNO" ? 0x00050000 + errno : (ofAction[action] ?? Number.NaN);
}

function applies({ includes = {}, excludes = {} }: DockerRule, { machine, capabilities, kernel }: Circumstances): boolean {
	const architecture = machine === "x86_64" ? "amd64" : "arm64";
	const has = (name: string) => capabilities.includes(name.replace("CAP_", ""));
	const isOlder = ({ minKernel }: When) => {
		const [major = 0, minor = 0] = minKernel?.split(".").map(Number) ?? [];
		return kernel[0] < major || (kernel[0] === major && kernel[1] < minor);
	};
	return (
		(includes.caps ?? []).every(has) &&
		!(excludes.caps ?? []).some(has) &&
		(includes.arches === undefined || includes.arches.includes(architecture)) &&
		!(excludes.arches ?? []).includes(architecture) &&
		!isOlder(includes) &&
		!(excludes.minKernel !== undefined && !isOlder(excludes))
	);
}

function tableOf(abi: Abi, rules: readonly DockerRule[], fallback: number) {
	const decisions = new Map<number, Decision>();
	let largest = 0;
	for (const { names, action, errnoRet, args } of rules) {
		const answer = answerOf(action, errnoRet);
		for (const nr of names.flatMap((name) => callNumber(abi, name) ?? [])) {
			largest = Math.max(largest, nr);
			const decision = decisions.get(nr) ?? { sometimes: [] };
			decisions.set(nr, decision);
			if (answer === fallback) {
				continue;
			}
			if (args?.length) {
				decision.sometimes.push({ answer, holds: conditions(args, abi === "x86_64" || abi === "aarch64" ? 64 : 32) });
			} else {
				decision.always ??= answer;
			}
		}
	}
	return { decisions, largest };
}

/**
 * All of them; two on one argument are alternatives. A program of 64 bits that calls as one of 32 shows the filter 64 bits, of which the
 * kernel takes half: libseccomp looks at no more.
 */
function conditions(args: NonNullable<DockerRule["args"]>, width: 32 | 64): (values: readonly bigint[]) => boolean {
	const holds = ({ index, op, value, valueTwo = 0 }: (typeof args)[number], values: readonly bigint[]) =>
		comparisons[op]?.(BigInt.asUintN(width, values[index] ?? 0n), BigInt(value), BigInt(valueTwo)) ?? false;
	const areAlternatives = new Set(args.map(({ index }) => index)).size < args.length;
	return (values) => (areAlternatives ? args.some((each) => holds(each, values)) : args.every((each) => holds(each, values)));
}

/** The name of a call, in any ABI. */
export function nameOf(arch: number, nr: number): string | undefined {
	const abi = abiOf(arch, nr);
	return abi === undefined ? undefined : callName(abi, nr);
}

/** A call as a failed comparison shows it. */
export function told({ arch, nr, args }: Call): string {
	return `${abiOf(arch, nr) ?? arch.toString(16)} ${nameOf(arch, nr) ?? nr} ${args.map((each) => `0x${each.toString(16)}`).join(" ")}`;
}

/** The listed hardening: families that Docker refuses, with something in the half of the argument that the kernel does not take. */
export function isHardened({ arch, nr, args: [family = 0n] }: Call): boolean {
	const isWide = ["x86_64", "aarch64"].includes(abiOf(arch, nr) ?? "");
	return isWide && nameOf(arch, nr) === "socket" && family >> 32n !== 0n && [38n, 40n].includes(BigInt.asUintN(32, family));
}
