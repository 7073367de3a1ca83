import { interpolatedValues } from "./interpolated.ts";

interface Told {
	readonly message: string;
	readonly remedy?: readonly string[] | undefined;
}

/** Shorter ones are found where they were not brought in, too. */
const leastFound = 3;

/** What a variable brought may be a secret: it is told by its name, unless the file has the same text itself. */
export function withNamedValues<T extends Told>(told: T, file = ""): T {
	const values = interpolatedValues().filter(([, value]) => value.length >= leastFound && !file.includes(value));
	const named = (text: string) => values.reduce((shown, [name, value]) => shown.replaceAll(value, () => `\${${name}}`), text);
	return values.length === 0 ? told : { ...told, message: named(told.message), ...(told.remedy && { remedy: told.remedy.map(named) }) };
}
