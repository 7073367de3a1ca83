import { interpolatedValues } from "./interpolated.ts";
import { secretName } from "./secret-name.ts";

interface Told {
	readonly message: string;
	readonly where?: string | undefined;
	readonly step?: string | undefined;
	readonly remedy?: readonly string[] | undefined;
}

/** Shorter ones are found where they were not brought in, too. */
const leastFound = 3;

/** What a variable brought may be a secret: it is told by its name, unless the file has the same text itself. */
export function withNamedValues<T extends Told>(told: T, file = ""): T {
	const values = interpolatedValues().filter(([, value]) => !file.includes(value));
	return values.length === 0 ? told : toldBy((text) => named(text, values), told);
}

/** A start says which places it means, unless a secret is part of them. */
export function withNamedSecrets<T extends Told>(told: T): T {
	const { where, step } = told;
	return {
		...toldBy(secretsNamed, told),
		...(where !== undefined && { where: secretsNamed(where) }),
		...(step !== undefined && { step: secretsNamed(step) }),
	};
}

function toldBy<T extends Told>(naming: (text: string) => string, told: T): T {
	return { ...told, message: naming(told.message), ...(told.remedy && { remedy: told.remedy.map(naming) }) };
}

function secretsNamed(text: string): string {
	return named(
		text,
		interpolatedValues().filter(([name]) => secretName.test(name)),
	);
}

/** With the names of variables for their values, and for what a reader takes out of one, where it stands by itself. */
export function named(text: string, values: readonly (readonly [name: string, value: string])[]): string {
	return values
		.filter(([, value]) => value.length >= leastFound)
		.reduce(
			(told, [name, value]) =>
				partsOf(value)
					.filter((part) => part.length >= leastFound)
					.reduce(
						(shown, part) => shown.replaceAll(standingAlone(part), `$\${${name}}`),
						told.replaceAll(value, () => `\${${name}}`),
					),
			text,
		);
}

/** `user` and `group` of `user:group`, `/a/b` of `/a/b/c`. */
export function partsOf(value: string): string[] {
	const parts = value.split(/[:,=\s]+/);
	return [...(parts.length > 1 ? parts : []), ...parts.flatMap(directoriesAbove)];
}

/** Nobody could write a part of a value in the place of the variable. */
export function hasPartOf(value: string, text: string): boolean {
	return partsOf(value).some((part) => standingAlone(part).test(text));
}

/** A first component says nothing of what is below it. */
function directoriesAbove(path: string): string[] {
	const above = path.replace(/\/+[^/]*$/, "");
	return above === path || above.lastIndexOf("/") < 1 ? [] : [above, ...directoriesAbove(above)];
}

function standingAlone(part: string): RegExp {
	return new RegExp(`(?<![\\w.-])${part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")}(?![\\w./-])`, "g");
}
