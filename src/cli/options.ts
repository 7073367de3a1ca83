import { Attempts } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { type OptionName, type OptionRow, runOptions } from "./option-table.ts";
import { optionsIn, type Row, takeApart, type WrittenOption } from "./words.ts";

export interface RunOptions {
	/** The values given, in order; `true` for a switch. */
	readonly values: ReadonlyMap<OptionName, readonly string[]>;
	/** What follows `--`. */
	readonly command: readonly string[];
	/** Of the file that is asked for, where it was read otherwise than a start reads it. */
	readonly text?: string | undefined;
}

/** Strict on purpose: what is not understood must never become part of the command, nor the command an option. */
export function parseOptions(args: readonly string[]): RunOptions {
	const { own, command } = takeApart(args);
	const values = new Map<OptionName, string[]>();
	const errors = new Attempts();
	let isUnknown = false;
	for (const option of optionsIn(own)) {
		// A word behind an option that there is not is its value.
		const follows: boolean = isUnknown && !option.written.startsWith("-");
		isUnknown = option.row === undefined && option.value === undefined && option.written.startsWith("-");
		if (!follows) {
			errors.attempt(() => understand(option, values));
		}
	}
	errors.end();
	return { values, command };
}

function understand({ written, row, value }: WrittenOption, values: Map<OptionName, string[]>): void {
	if (row === undefined) {
		refuseUnknown(written);
	}
	if (!("value" in row)) {
		add(values, row, value === undefined ? "true" : fail("USAGE", `--${row.long} takes no value`));
	} else {
		add(values, row, value ?? fail("USAGE", `--${row.long} needs a value: ${row.value}`));
	}
}

function refuseUnknown(written: string): never {
	if (!written.startsWith("-")) {
		fail("USAGE", `unexpected argument ${quoted(written)}`, {
			remedy: ["write -- before the command: abdicate [OPTIONS] -- COMMAND"],
		});
	}
	const name = /^--[^=]+(?==)/.exec(written)?.[0] ?? written;
	const known = runOptions.map(({ long }) => `--${long}`);
	fail("USAGE", `unknown option ${quoted(name)}${suggestion(name, known)}`, { remedy: ["abdicate --help lists the options"] });
}

function add(values: Map<OptionName, string[]>, row: Row, value: string): void {
	const { long, values: choices, repeatable }: OptionRow = row;
	if (choices !== undefined && !choices.includes(value)) {
		fail("USAGE", `--${long} ${quoted(value)}: expected ${choices.join(" or ")}`);
	}
	const former = values.get(row.long);
	if (former === undefined) {
		values.set(row.long, [value]);
	} else if (repeatable === true || !("value" in row)) {
		former.push(value);
	} else {
		fail("USAGE", `--${long} is given twice`);
	}
}
