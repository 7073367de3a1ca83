import { errno } from "../../src/sys/errno.ts";
import type { Errno } from "../../src/sys/native.ts";
import type { SecurityModule } from "./security-module.ts";

/** Real, effective, saved. */
export type Ids = readonly [number, number, number];

/** What the kernel keeps of a process, in the kernel's own units, so that a mistake in the code under test is not made twice. */
export interface FakeProcess {
	readonly uids: Ids;
	readonly gids: Ids;
	/** Sorted as the kernel sorts them; what was given twice stays twice. */
	readonly groups: readonly number[];
	readonly bounding: bigint;
	readonly permitted: bigint;
	readonly effective: bigint;
	readonly inheritable: bigint;
	readonly ambient: bigint;
	readonly securebits: number;
	readonly noNewPrivs: boolean;
	readonly parentDeathSignal: number;
	/** Whose session keyring this process has joined; -1 while it is the one that was inherited. */
	readonly keyring: number;
	/** Whether TCP connections are refused, by Landlock. */
	readonly isWalled: boolean;
	/** Absent as long as it is the process of the start. */
	readonly forked?: Forked;
	/** Of the security module; without one there is none, and who is not confined has none either. */
	readonly label?: string;
	/** What its next exec is to give it, and whether beside what it has. */
	readonly onExec?: { readonly label: string; readonly isAdded: boolean };
}

/** What a process that was forked off has of its own. */
export interface Forked {
	/** What its parent had then, and goes on with. */
	readonly parent: Pick<FakeProcess, "permitted" | "noNewPrivs">;
	readonly leads: "session" | "group" | undefined;
	readonly hasWaited: boolean;
	readonly hasDefaults: boolean;
}

/** First id inside, first id outside, length. user_namespaces(7) */
export type IdMap = readonly (readonly [number, number, number])[];

export interface Machine {
	/** The kernel's last capability. */
	readonly last: number;
	readonly uidMap: IdMap;
	readonly gidMap: IdMap;
	readonly setgroupsDenied: boolean;
	readonly securityModule?: SecurityModule;
}

/** A new state, or why there is none. */
export type Outcome = FakeProcess | Errno;

export const CAP = { DAC_OVERRIDE: 1, DAC_READ_SEARCH: 2, SETGID: 6, SETUID: 7, SETPCAP: 8, SYS_ADMIN: 21 } as const;
export const SECBIT = { NOROOT: 0x01, NO_SETUID_FIXUP: 0x04, KEEP_CAPS: 0x10, KEEP_CAPS_LOCKED: 0x20, NO_CAP_AMBIENT_RAISE: 0x40 } as const;

const unchanged = 0xffff_ffff;
const root = 0;

function everyCapability({ last }: Machine): bigint {
	return (1n << BigInt(last + 1)) - 1n;
}

export function isCapable({ effective }: FakeProcess, capability: number): boolean {
	return ((effective >> BigInt(capability)) & 1n) === 1n;
}

function isSubset(subset: bigint, of: bigint): boolean {
	return (subset & ~of) === 0n;
}

function isMapped(id: number, map: IdMap): boolean {
	return map.some(([first, , length]) => id >= first && id < first + length);
}

/** setresuid(2), __sys_setresuid */
export function setresuid(process: FakeProcess, { uidMap }: Machine, ...wanted: [number, number, number]): Outcome {
	const uids = changeIds(process, process.uids, uidMap, CAP.SETUID, wanted);
	return typeof uids === "number" ? uids : afterIdChange(fixUpCapabilities({ ...process, uids }, process), process);
}

/** setresgid(2): no capability depends on a gid. */
export function setresgid(process: FakeProcess, { gidMap }: Machine, ...wanted: [number, number, number]): Outcome {
	const gids = changeIds(process, process.gids, gidMap, CAP.SETGID, wanted);
	return typeof gids === "number" ? gids : afterIdChange({ ...process, gids }, process);
}

function changeIds(process: FakeProcess, old: Ids, map: IdMap, needed: number, wanted: Ids): Ids | Errno {
	if (wanted.some((id) => id !== unchanged && !isMapped(id, map))) {
		return -errno.EINVAL;
	}
	const isForeign = wanted.some((id) => id !== unchanged && !old.includes(id));
	if (isForeign && !isCapable(process, needed)) {
		return -errno.EPERM;
	}
	const pick = (index: 0 | 1 | 2) => (wanted[index] === unchanged ? old[index] : wanted[index]);
	return [pick(0), pick(1), pick(2)];
}

/** cap_emulate_setxuid: the effect of user id changes on capabilities, capabilities(7). */
function fixUpCapabilities(next: FakeProcess, old: FakeProcess): FakeProcess {
	if ((old.securebits & SECBIT.NO_SETUID_FIXUP) !== 0) {
		return next;
	}
	let { permitted, effective, ambient } = next;
	if (old.uids.includes(root) && !next.uids.includes(root)) {
		if ((old.securebits & SECBIT.KEEP_CAPS) === 0) {
			permitted = 0n;
			effective = 0n;
		}
		ambient = 0n;
	}
	if (old.uids[1] === root && next.uids[1] !== root) {
		effective = 0n;
	}
	if (old.uids[1] !== root && next.uids[1] === root) {
		effective = permitted;
	}
	return { ...next, permitted, effective, ambient };
}

/** commit_creds: a change of an effective id clears the parent-death signal. PR_SET_PDEATHSIG(2const) */
function afterIdChange(next: FakeProcess, old: FakeProcess): FakeProcess {
	const isSame = next.uids[1] === old.uids[1] && next.gids[1] === old.gids[1];
	return isSame ? next : { ...next, parentDeathSignal: 0 };
}

/** setgroups(2) */
export function setgroups(process: FakeProcess, { gidMap, setgroupsDenied }: Machine, groups: readonly number[]): Outcome {
	if (!isCapable(process, CAP.SETGID) || setgroupsDenied || gidMap.length === 0) {
		return -errno.EPERM;
	}
	if (groups.length > 65_536 || groups.some((gid) => !isMapped(gid, gidMap))) {
		return -errno.EINVAL;
	}
	return { ...process, groups: [...groups].sort((left, right) => left - right) };
}

/** cap_capset. Bits past the last capability are dropped without a word. capset(2) */
export function capset(
	process: FakeProcess,
	machine: Machine,
	...wanted: [effective: bigint, permitted: bigint, inheritable: bigint]
): Outcome {
	const valid = everyCapability(machine);
	const [effective, permitted, inheritable] = wanted.map((bits) => bits & valid) as typeof wanted;
	const old = process;
	const mayInheritAnything = isCapable(process, CAP.SETPCAP);
	if (
		(!mayInheritAnything && !isSubset(inheritable, old.inheritable | old.permitted)) ||
		!isSubset(inheritable, old.inheritable | old.bounding) ||
		!isSubset(permitted, old.permitted) ||
		!isSubset(effective, permitted)
	) {
		return -errno.EPERM;
	}
	return { ...process, effective, permitted, inheritable, ambient: old.ambient & permitted & inheritable };
}

/** PR_CAPBSET_DROP(2const): the right is asked for before the number is looked at. */
export function capbsetDrop(process: FakeProcess, { last }: Machine, capability: number): Outcome {
	if (!isCapable(process, CAP.SETPCAP)) {
		return -errno.EPERM;
	}
	return capability > last ? -errno.EINVAL : { ...process, bounding: process.bounding & ~(1n << BigInt(capability)) };
}

/** PR_CAP_AMBIENT_RAISE */
export function ambientRaise(process: FakeProcess, { last }: Machine, capability: number): Outcome {
	if (capability > last) {
		return -errno.EINVAL;
	}
	const bit = 1n << BigInt(capability);
	if ((process.securebits & SECBIT.NO_CAP_AMBIENT_RAISE) !== 0 || (bit & process.permitted & process.inheritable) === 0n) {
		return -errno.EPERM;
	}
	return { ...process, ambient: process.ambient | bit };
}

/** The bits of linux/securebits.h; those from 0x100 on (6.14) restrict only what user space does to itself. */
const securebitsAll = 0x555;
const securebitsLocks = securebitsAll << 1;
const unprivilegedBits = 0xf00;

/** PR_SET_SECUREBITS(2const) */
export function setSecurebits(process: FakeProcess, bits: number): Outcome {
	const old = process.securebits;
	const changed = old ^ bits;
	const locked = (old & securebitsLocks) >> 1;
	if ((locked & changed) !== 0 || (old & securebitsLocks & ~bits) !== 0 || (bits & ~(securebitsAll | securebitsLocks)) !== 0) {
		return -errno.EPERM;
	}
	if (!isCapable(process, CAP.SETPCAP) && (changed === 0 || (changed & ~unprivilegedBits) !== 0)) {
		return -errno.EPERM;
	}
	return { ...process, securebits: bits };
}

/** PR_SET_KEEPCAPS(2const) */
export function setKeepCaps(process: FakeProcess, value: number): Outcome {
	if (value !== 0 && value !== 1) {
		return -errno.EINVAL;
	}
	if ((process.securebits & SECBIT.KEEP_CAPS_LOCKED) !== 0) {
		return -errno.EPERM;
	}
	return { ...process, securebits: (process.securebits & ~SECBIT.KEEP_CAPS) | (value * SECBIT.KEEP_CAPS) };
}

/** landlock_restrict_self(2) */
export function restrictSelf(process: FakeProcess): Outcome {
	return process.noNewPrivs || isCapable(process, CAP.SYS_ADMIN) ? { ...process, isWalled: true } : -errno.EPERM;
}

/** Of a program that lets its process go on. seccomp(2) */
export function loadFilter(process: FakeProcess): Outcome {
	return process.noNewPrivs || isCapable(process, CAP.SYS_ADMIN) ? process : -errno.EACCES;
}

/** fork(2), as the child sees it: what it leads is its parent's, and the parent-death signal is cleared. */
export function fork(process: FakeProcess): FakeProcess {
	const { permitted, noNewPrivs } = process;
	return {
		...process,
		parentDeathSignal: 0,
		forked: { parent: { permitted, noNewPrivs }, leads: undefined, hasWaited: false, hasDefaults: false },
	};
}

/** setsid(2), setpgid(2): the process of the start leads both. */
export function lead(process: FakeProcess, leads: "session" | "group"): Outcome {
	return process.forked === undefined ? -errno.EPERM : { ...process, forked: { ...process.forked, leads } };
}

/** SIG_DFL for every signal. */
export function resetSignals(process: FakeProcess): FakeProcess {
	return process.forked === undefined ? process : { ...process, forked: { ...process.forked, hasDefaults: true } };
}

/** What an init says to its child when it is ready. */
export function waitForParent(process: FakeProcess): FakeProcess {
	return process.forked === undefined ? process : { ...process, forked: { ...process.forked, hasWaited: true } };
}
