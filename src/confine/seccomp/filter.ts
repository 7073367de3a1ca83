import type { CapabilitySet } from "../../capability/set.ts";

/** A filter that a process can load, as plain data. */
export interface Filter {
	/** As messages name it: `docker-default`, or the path of the profile. */
	readonly profile: string;
	/** struct sock_filter[] as it lies in memory, little endian: 16 hexadecimal digits for each instruction. */
	readonly program: string;
	/** SECCOMP_FILTER_FLAG_, as seccomp(2) takes them; what the kernel may lack is tried without. */
	readonly flags: number;
	readonly optionalFlags: number;
	/** One line for `plan`: default, exceptions, and what the kept capabilities opened. */
	readonly summary: string;
}

/** The configured filter, read and understood: one for each process, by what its bounding set keeps. */
export interface Seccomp {
	filterFor(bounding: CapabilitySet): Filter;
}

/** Where what it is made of comes from; the caller decides who is believed. */
export interface SeccompSources {
	/** The architecture of this program, as uname(2) says it: x86_64, aarch64. */
	readonly machine: string;
	/** The release of the kernel. uname(2) */
	readonly release: string;
	/** The text of a profile; throws a Failure. */
	readProfile(path: string): string;
	/** What `abdicate compile` stored beside the configuration; undefined when there is none. */
	readStored(): string | undefined;
	/** Where nothing is loaded, but shown: what was stored has to be what it is made of. Who may write it is believed, and is also who is reviewed. */
	readonly isReview?: boolean | undefined;
	/** Told at -v: why that is not used. */
	note?(message: string): void;
}
