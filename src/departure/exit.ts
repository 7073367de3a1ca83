/** What a process leaves for: the program, and what that finds. Of a child this is only known when its program has been found. */
export interface Exit {
	readonly argv: readonly [string, ...string[]];
	/** Where the program is looked for, in order: one entry when the name holds a slash. */
	readonly candidates: readonly string[];
	/** `NAME=value`, the whole environment. */
	readonly environment: readonly string[];
	/** Descriptors for the program, beside 0-2, and their numbers there. */
	readonly descriptors: readonly Passed[];
	/** For a child, whose parent has others open. */
	readonly closesOthers: boolean;
	/** Sends what the program prints to /dev/null. */
	readonly discardsOutput: boolean;
	/** For who has not touched the signal mask. */
	readonly keepsSignals?: true;
}

export interface Passed {
	readonly fd: number;
	readonly as: number;
}
