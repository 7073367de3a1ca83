import { type CapabilityName, capability } from "../../capability/names.ts";
import type { CapabilitySet } from "../../capability/set.ts";
import type { Filter } from "./filter.ts";

/** Opens calls: all of these capabilities kept, and a kernel that is not older. */
export interface Key {
	readonly capabilities: readonly CapabilityName[];
	readonly minKernel?: readonly [major: number, minor: number];
}

/** Calls that any of the keys opens, and the instructions in whose place it then says that they are allowed. */
export interface Opening {
	readonly keys: readonly Key[];
	readonly calls: readonly string[];
	readonly at: readonly number[];
	/** Of the machine's own ABI: how many it allows, and what these were before, where that was not the default. */
	readonly allows: number;
	readonly before: Counts;
}

/** Of calls, by what becomes of them: `allowed`, `with conditions`, `ENOSYS`. */
export type Counts = Readonly<Record<string, number>>;

export interface Summary {
	readonly counts: Counts;
	/** What becomes of all others, and what the setting changed. */
	readonly rest: string;
}

/** A program for who keeps nothing, on the oldest kernel, and what others may beyond that. */
export interface Template {
	readonly program: string;
	readonly openings: readonly Opening[];
	readonly flags: number;
	readonly optionalFlags: number;
	readonly summary: Summary;
}

/** Of Linux, as profiles count it. */
export type KernelVersion = readonly [major: number, minor: number];

export function kernelVersion(release: string): KernelVersion {
	const [, major = "0", minor = "0"] = /^(\d{1,5})\.(\d{1,5})/.exec(release) ?? [];
	return [Number(major), Number(minor)];
}

export function isAtLeast([major, minor]: KernelVersion, [least, leastMinor]: KernelVersion): boolean {
	return major > least || (major === least && minor >= leastMinor);
}

/** SECCOMP_RET_ALLOW as an instruction, and the digits of any. linux/filter.h */
const allowed = "060000000000ff7f";

/** The filter for who keeps these capabilities. */
export function filterOf(template: Template, profile: string, bounding: CapabilitySet, kernel: KernelVersion): Filter {
	const { program, openings, flags, optionalFlags, summary } = template;
	const open = openings.flatMap(({ keys, ...rest }) => {
		const key = keys.find((each) => fits(each, bounding, kernel));
		return key === undefined ? [] : [{ ...rest, key }];
	});
	return {
		profile,
		program: patched(
			program,
			open.flatMap(({ at }) => at),
		),
		flags,
		optionalFlags,
		get summary() {
			return [`${profile}: ${counted(summary.counts, open)}`, summary.rest, ...told(open)].join("; ");
		},
	};
}

function fits({ capabilities, minKernel }: Key, bounding: CapabilitySet, kernel: KernelVersion): boolean {
	return capabilities.every((name) => bounding.has(capability(name))) && (minKernel === undefined || isAtLeast(kernel, minKernel));
}

function patched(program: string, places: readonly number[]): string {
	let [text, end] = ["", 0];
	for (const place of [...places].sort((one, other) => one - other)) {
		const at = place * allowed.length;
		text += program.slice(end, at) + allowed;
		end = at + allowed.length;
	}
	return text + program.slice(end);
}

/** `305 calls allowed, 3 with conditions, 1 ENOSYS` */
function counted(counts: Counts, open: readonly Pick<Opening, "allows" | "before">[]): string {
	const now: Record<string, number> = { allowed: 0, ...counts };
	for (const { allows, before } of open) {
		now["allowed"] = (now["allowed"] ?? 0) + allows;
		for (const [kind, count] of Object.entries(before)) {
			now[kind] = (now[kind] ?? 0) - count;
		}
	}
	const [first, ...others] = Object.entries(now).filter(([, count]) => count > 0);
	return first === undefined
		? "no call by its name"
		: [`${first[1]} ${first[1] === 1 ? "call" : "calls"} ${first[0]}`, ...others.map(([kind, count]) => `${count} ${kind}`)].join(", ");
}

const mostCalls = 4;

/** `SYS_ADMIN opens bpf, clone, mount, setns and 20 more` */
function told(open: readonly { readonly key: Key; readonly calls: readonly string[] }[]): string[] {
	const callsOf = new Map<string, string[]>();
	for (const { key, calls } of open) {
		if (key.capabilities.length > 0) {
			const who = key.capabilities.join(" and ");
			callsOf.set(who, [...(callsOf.get(who) ?? []), ...calls]);
		}
	}
	return [...callsOf].map(([who, calls]) => `${who} opens ${few(calls)}`);
}

function few(calls: readonly string[]): string {
	const shown = calls.slice(0, mostCalls);
	const more = calls.length - shown.length;
	return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ").replace(/, (?=[^,]*$)/, " and ");
}
