import { interpolatedValues, isAssumed } from "../../config/interpolated.ts";

/** Shorter ones are found where they were not brought in, too. */
const leastFound = 3;

/** With the variables of such names as they are written, and every one whose value was assumed. */
export function asWritten(text: string, hidden: RegExp): string {
	const values = interpolatedValues().filter(([name]) => hidden.test(name) || isAssumed(name));
	return values.reduce(
		(written, [name, value]) =>
			text === value ? `\${${name}}` : value.length < leastFound ? written : written.replaceAll(value, `\${${name}}`),
		text,
	);
}

/** Numbers that stand for a variable, wherever a text has them: as ids they have no place of their own. */
export function withAssumedNames(text: string, assumed: ReadonlyMap<string, string>): string {
	return [...assumed].reduce((written, [name, value]) => {
		const [, number] = /^(\d{5})(?::\1)?$/.exec(value) ?? [];
		return number === undefined ? written : written.replaceAll(number, `\${${name}}`);
	}, text);
}
