import type { Config } from "../config/config.ts";
import type { RunOptions } from "./options.ts";

/** `user` is whom another document names, where this one names nobody. */
export type Parse = (text: string, name: string, user?: string) => Promise<Config>;

export interface Loaded {
	readonly config: Config;
	readonly origin: Origin;
}

/** Where the parts of a configuration were written. */
export interface Origin {
	/** As messages name it. */
	readonly file: string;
	/** Undefined when there is none. */
	readonly path: string | undefined;
	readonly text: string;
	readonly options: RunOptions;
	readonly stepsOfFile: number;
	/** How many steps each `--setup` added to those. */
	readonly added: readonly number[];
}
