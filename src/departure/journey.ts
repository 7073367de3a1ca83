import type { Errno, Host } from "../sys/native.ts";
import type { Authority } from "./authority.ts";
import type { Exit } from "./exit.ts";
import type { LoadedFilter } from "./request.ts";

/** Loads the filter, then does as execve(2) for these candidates. Throws when it could not be loaded, and then none was tried. */
export type ExecuteBehind = (
	filter: LoadedFilter,
	candidates: readonly string[],
	exit: Pick<Exit, "argv" | "environment">,
) => readonly Errno[];

/** A process on its way: what is only known there. */
export interface Journey {
	readonly host: Host;
	/** For rows before the sets are given up; a child of a step has none of those. */
	readonly authority?: Authority;
	/** The signal mask of the start, which the program gets back. */
	mask: bigint;
	/** What the call of exec loads first. */
	filter?: LoadedFilter;
	/** There for a departure with a filter. */
	readonly executeBehind?: ExecuteBehind | undefined;
	/** Says at -v what could not be done and may. */
	note(message: string): void;
}
