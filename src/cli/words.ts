import type { LogOptions } from "../report/log.ts";
import { type OptionRow, runOptions } from "./option-table.ts";

/** A command line taken apart, once and for all: what stands behind the first `--` is the workload's, and nothing there is ever ours. */
export interface Words {
	readonly own: readonly string[];
	readonly command: readonly string[];
}

export function takeApart(args: readonly string[]): Words {
	const end = args.indexOf("--");
	return end < 0 ? { own: args, command: [] } : { own: args.slice(0, end), command: args.slice(end + 1) };
}

export type Row = (typeof runOptions)[number];

/** An option as it was written, understood or not. */
export interface WrittenOption {
	readonly written: string;
	/** `undefined` when there is no such option. */
	readonly row: Row | undefined;
	/** `undefined` when none was given. */
	readonly value: string | undefined;
}

/** Whatever the words are: it is for the reader to refuse what cannot be. An option that takes a value takes the next word, whatever that is. */
export function optionsIn(own: readonly string[]): WrittenOption[] {
	const found: WrittenOption[] = [];
	for (let index = 0; index < own.length; index++) {
		const written = own[index] as string;
		const equals = written.startsWith("--") ? written.indexOf("=") : -1;
		const name = equals > 0 ? written.slice(0, equals) : written;
		const row = runOptions.find((each: OptionRow) => name === `--${each.long}` || (each.short !== undefined && name === `-${each.short}`));
		const inline = equals > 0 ? written.slice(equals + 1) : undefined;
		found.push({ written, row, value: row === undefined || !("value" in row) ? inline : (inline ?? own[++index]) });
	}
	return found;
}

/**
 * How to speak, known before anything can go wrong, so that what is wrong with the command line itself is said as it was asked for too.
 * `own` are options of a run, which win over what was inherited; other tools and names have none of these.
 */
export function speechOf(own: readonly string[], inherited: LogOptions): LogOptions {
	const options = optionsIn(own);
	const asked = options.find(({ row }) => row?.long === "log-format")?.value;
	const has = (long: Row["long"]) => options.some(({ row }) => row?.long === long);
	return {
		...inherited,
		format: asked === "json" || asked === "text" ? asked : inherited.format,
		level: has("quiet") ? -1 : has("verbose") ? 1 : inherited.level,
	};
}
