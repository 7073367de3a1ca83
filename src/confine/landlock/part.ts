/** A wall as plain data, in the numbers of landlock(7). What is handled is refused wherever no rule allows it. */
export interface LandlockPart {
	/** What the kernel has. */
	readonly abi: number;
	/** Rights on files that are handled; 0 leaves the file system alone. */
	readonly files: number;
	/** Those of them that a rule on a file may have, and not only one on a directory. */
	readonly ofFiles: number;
	readonly ports: number;
	readonly scopes: number;
	readonly paths: readonly PathRule[];
	readonly portRules: readonly PortRule[];
	/** Where ports are handled: what else leads to them is refused by a filter. */
	readonly guard?: Guard;
	/** A directory that nobody can read any more then: so it is found out that the wall stands. */
	readonly closed: string | undefined;
}

/** A filter of system calls, as `Filter` of ../seccomp has it. seccomp(2) */
export interface Guard {
	/** Sixteen hexadecimal digits for each instruction. */
	readonly program: string;
	/** SECCOMP_FILTER_FLAG_ */
	readonly flags: number;
}

export interface PathRule {
	readonly path: string;
	/** The key that grants it. */
	readonly as: "read" | "execute" | "write";
	readonly rights: number;
	/** One of 0-2, for which the rule is, whatever is at the path. */
	readonly fd?: number;
	/** Of the base set: what is not there, or no longer reached in a way that is trusted, is passed over. */
	readonly isBase?: true;
}

export interface PortRule {
	readonly as: "connect" | "bind";
	readonly port: number;
	readonly rights: number;
}
