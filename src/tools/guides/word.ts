export interface WordGuide {
	/** Other ways to write it, for who asks. */
	readonly also?: readonly string[];
	readonly is: string;
	/** What it is to this program, or what it has in its place. */
	readonly here: string;
	/** A page of a peer that says more. */
	readonly see?: string;
}
