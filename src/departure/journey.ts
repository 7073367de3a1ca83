import type { Host } from "../sys/native.ts";
import type { Authority } from "./authority.ts";
import type { Exit } from "./exit.ts";
import type { LoadedFilter } from "./request.ts";
import type { Parting } from "./resident.ts";
import type { WallsOnTheWay } from "./walls.ts";

/** What is said when no candidate is taken, in the form of `execve` in sys/native.ts: for each of them a text for each of the errnos, and one for any other. */
export interface LastWords {
	readonly numbers: readonly [fd: number, status: number, ...errnos: number[]];
	readonly texts: readonly string[];
}

/** A process on its way: what is only known there. */
export interface Journey {
	readonly host: Host;
	/** For rows before the sets are given up; a child of a step has none of those. */
	readonly authority?: Authority;
	/** The signal mask of the start, which the program gets back. */
	mask: bigint;
	/** What the call of exec loads first. */
	filter?: LoadedFilter;
	/** There for a filter behind which nothing can be looked up any more. */
	readonly lastWords?: ((candidates: readonly string[], exit: Pick<Exit, "argv" | "environment">) => LastWords) | undefined;
	/** Says at -v what could not be done and may. */
	note(message: string): void;
	/** There for the rows that want them. */
	readonly walls?: WallsOnTheWay;
	/** There for a start with an init. */
	readonly parting?: Parting | undefined;
	/** Says always what is done and of no use. */
	warn?(message: string): void;
}
