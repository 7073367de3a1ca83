/** What is wrong, and what to do about it. With a code and a place it is a diagnostic. */
export interface Problem {
	/** A sentence, or the end of one where it says so: lower case, no final period. */
	readonly message: string;
	/** What to do about it, one line each. */
	readonly remedy?: readonly string[] | undefined;
}
