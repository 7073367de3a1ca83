import type { CapabilityName } from "../../capability/names.ts";

/** What a rule, or the default, makes of a call. seccomp(2) */
export type Action =
	| { readonly kind: "allow" | "log" | "kill-thread" | "kill-process" | "trap" }
	/** The errno that the caller gets; 0 says that the call succeeded, and it was not done. */
	| { readonly kind: "errno"; readonly value: number };

/** A comparison of one argument, 0 to 5, as 64 bits without a sign. */
export interface Condition {
	readonly index: number;
	readonly operator: "==" | "!=" | "<" | "<=" | ">" | ">=" | "masked ==";
	readonly value: bigint;
	/** Of `masked ==`: what of the argument is compared with `value`. */
	readonly mask?: bigint;
	/**
	 * 32 where the kernel takes an int, and the high half says nothing; 64 as in the files of others. For x86, arm and x32 it is always 32, as in
	 * libseccomp: a program of 64 bits that enters the kernel by `int 0x80` shows a filter whole registers, of which the kernel takes half.
	 */
	readonly width?: 32 | 64;
}

/** When a rule is there at all. */
export interface Circumstances {
	/** All of them, or none of them, are in the bounding set of the process. */
	readonly capabilities: readonly CapabilityName[];
	/** One of the architectures in Go's words: amd64, arm64. Empty for any. */
	readonly architectures: readonly string[];
	/** Major and minor. */
	readonly minKernel?: readonly [number, number];
}

export interface ProfileRule {
	readonly names: readonly string[];
	readonly action: Action;
	/** All of them hold. */
	readonly conditions: readonly Condition[];
	readonly includes: Circumstances;
	readonly excludes: Circumstances;
}

/** A profile as Docker and the OCI write it, understood: what is wrong in itself has been refused. */
export interface Profile {
	readonly defaultAction: Action;
	/** SECCOMP_FILTER_FLAG_ of the file; undefined when it names none. */
	readonly flags: readonly string[] | undefined;
	/** `SCMP_ARCH_X86_64` and the like, as written; undefined when the profile leaves them to the machine. */
	readonly architectures: readonly string[] | undefined;
	readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] }[] | undefined;
	readonly rules: readonly ProfileRule[];
}
