import { fail } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { type OptionName, type OptionRow, runOptions } from "./option-table.ts";

export interface RunOptions {
	/** The values given, in order; `true` for a switch. */
	readonly values: ReadonlyMap<OptionName, readonly string[]>;
	/** What follows `--`. */
	readonly command: readonly string[];
}

/** Strict on purpose: what is not understood must never become part of the command, nor the command an option. */
export function parseOptions(args: readonly string[]): RunOptions {
	const values = new Map<OptionName, string[]>();
	for (let index = 0; index < args.length; index++) {
		const argument = args[index] as string;
		if (argument === "--") {
			return { values, command: args.slice(index + 1) };
		}
		const { row, inline } = findOption(argument);
		if ("value" in row) {
			const value = inline ?? args[++index];
			if (value === undefined) {
				fail("USAGE", `--${row.long} needs a value: ${row.value}`);
			}
			add(values, row, value);
		} else if (inline === undefined) {
			add(values, row, "true");
		} else {
			fail("USAGE", `--${row.long} takes no value`);
		}
	}
	return { values, command: [] };
}

type Row = (typeof runOptions)[number];

function findOption(argument: string): { row: Row; inline: string | undefined } {
	const equals = argument.indexOf("=");
	const isLong = argument.startsWith("--");
	const name = isLong && equals > 0 ? argument.slice(0, equals) : argument;
	const row = runOptions.find((each: OptionRow) => name === `--${each.long}` || (each.short !== undefined && name === `-${each.short}`));
	if (row === undefined) {
		const known = runOptions.map(({ long }) => `--${long}`);
		fail(
			"USAGE",
			argument.startsWith("-") ? `unknown option ${quoted(name)}${suggestion(name, known)}` : `unexpected argument ${quoted(argument)}`,
			{
				remedy: argument.startsWith("-")
					? ["abdicate --help lists the options"]
					: ["write -- before the command: abdicate [OPTIONS] -- COMMAND"],
			},
		);
	}
	return { row, inline: isLong && equals > 0 ? argument.slice(equals + 1) : undefined };
}

function add(values: Map<OptionName, string[]>, row: Row, value: string): void {
	const former = values.get(row.long);
	if (former === undefined) {
		values.set(row.long, [value]);
	} else if ((row as OptionRow).repeatable === true || !("value" in row)) {
		former.push(value);
	} else {
		fail("USAGE", `--${row.long} is given twice`);
	}
}
