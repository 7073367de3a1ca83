/** What could not be read, and why. No set is empty and no list without entries because nobody told of it. */
export class Unknown {
	readonly reason: string;

	constructor(reason: string) {
		this.reason = reason;
	}

	toJSON(): null {
		return null;
	}
}

export type Known<T> = T | Unknown;

export function isKnown<T>(value: Known<T>): value is T {
	return !(value instanceof Unknown);
}

/** What is made of a value that is known. */
export function fromKnown<T, U>(value: Known<T>, make: (value: T) => U): Known<U> {
	return isKnown(value) ? make(value) : value;
}

/** Text of a value, or `unknown: ` and why. */
export function tell<T>(value: Known<T>, text: (value: T) => string): string {
	return isKnown(value) ? text(value) : `unknown: ${value.reason}`;
}

/** The reason of each that is null in JSON, by where it stands: `sets.bounding`, `namespaces.net.id`. */
function reasonsIn(value: unknown, where: readonly string[] = []): [where: string, reason: string][] {
	if (value instanceof Unknown) {
		return [[where.join("."), value.reason]];
	}
	if (typeof value !== "object" || value === null || "toJSON" in value) {
		return [];
	}
	return Object.entries(value).flatMap(([name, each]) =>
		reasonsIn(each, [...where, (each as { kind?: string } | undefined)?.kind ?? name]),
	);
}

/** For JSON, where what is unknown is null: with a member `unknown` that has the reasons. */
export function withReasons<T extends object>(value: T): T & { readonly unknown: Readonly<Record<string, string>> } {
	return { ...value, unknown: Object.fromEntries(reasonsIn(value)) };
}
