import * as v from "valibot";
import { text, textLike } from "../../config/fields.ts";
import { mapping, required } from "../../config/mapping.ts";
import { quoted } from "../../report/text.ts";

/** What a kernel setting shall be: exactly this, or, of each number in it, no less. */
export interface SettingValue {
	/** With single blanks between its parts. */
	readonly value: string;
	readonly atLeast: boolean;
}

/** Whatever the kernel counts in has 64 bits at most. */
const number = "-?[0-9]{1,20}";
const numbers = new RegExp(`^\\s*${number}(?:\\s+${number})*\\s*$`);

export const settingValue = (): v.GenericSchema<unknown, SettingValue> =>
	v.union(
		[
			v.pipe(
				mapping({ at_least: required(() => textLike(numbers, "expected a number, or several with blanks between them")) }),
				v.transform(({ at_least: least }) => ({ value: words(least), atLeast: true })),
			),
			v.pipe(
				text(),
				v.transform((written) => ({ value: words(written), atLeast: false })),
			),
		],
		"expected a value, or {at_least: NUMBER}",
	);

export function words(value: string): string {
	return value.trim().split(/\s+/).join(" ");
}

/** `=1024`, or `>=1024`. */
export function comparison({ value, atLeast }: SettingValue): string {
	return `${atLeast ? ">=" : "="}${value}`;
}

/** `"1024"`, or `at least "1024"`. */
export function wantedText({ value, atLeast }: SettingValue): string {
	return `${atLeast ? "at least " : ""}${quoted(value)}`;
}

export function isMet(wanted: SettingValue, found: string): boolean {
	return whyIncomparable(wanted, found) === undefined && raised(wanted, found) === found;
}

/** Why what was found cannot be held against `at_least`. */
export function whyIncomparable({ value, atLeast }: SettingValue, found: string): string | undefined {
	const [least, present] = [numbersOf(value), numbersOf(found)];
	if (!atLeast || (present.length === least.length && present.every((each, index) => each >= 0n || (least[index] ?? 0n) < 0n))) {
		return undefined;
	}
	if (present.length === 0) {
		return "which is no number";
	}
	return present.length === least.length ? "which may mean no limit at all" : `which has ${present.length} numbers, not ${least.length}`;
}

/** `"cubic", which is no number` */
export function presentText(wanted: SettingValue, found: string): string {
	const why = whyIncomparable(wanted, found);
	return `${quoted(found)}${why === undefined ? "" : `, ${why}`}`;
}

/** What has to be written in place of what was found: of each number the greater, so that none is lowered. */
export function raised({ value, atLeast }: SettingValue, found: string): string {
	const least = numbersOf(value);
	return atLeast
		? numbersOf(found)
				.map((each, index) => (each < (least[index] ?? each) ? least[index] : each))
				.join(" ")
		: value;
}

function numbersOf(value: string): readonly bigint[] {
	return numbers.test(value) ? value.split(" ").map(BigInt) : [];
}
