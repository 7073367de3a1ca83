import type { Host } from "../sys/native.ts";
import type { Authority } from "./authority.ts";

/** A process on its way: what is only known there. */
export interface Journey {
	readonly host: Host;
	/** For rows before the sets are given up; a child of a step has none of those. */
	readonly authority?: Authority;
	/** The signal mask of the start, which the program gets back. */
	mask: bigint;
	/** Says at -v what could not be done and may. */
	note(message: string): void;
}
