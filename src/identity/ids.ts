/** A user id that a process can have: 0..4294967294. 4294967295 means "no change" to the kernel and is never a Uid. credentials(7) */
export type Uid = number & { readonly __brand: "Uid" };
/** A group id that a process can have: 0..4294967294. */
export type Gid = number & { readonly __brand: "Gid" };

/** Of a process. credentials(7) */
export interface ThreeIds<Id> {
	readonly real: Id;
	readonly effective: Id;
	readonly saved: Id;
}

const greatestId = 4_294_967_294;

/** One id stands for all three. */
export function threeOf<Id extends number>(ids: Id | ThreeIds<Id>): ThreeIds<Id> {
	return typeof ids === "object" ? ids : { real: ids, effective: ids, saved: ids };
}

/** For numbers that come from the kernel. Text goes through `parseId`. */
export function toUid(value: number): Uid {
	return checked(value) as Uid;
}

export function toGid(value: number): Gid {
	return checked(value) as Gid;
}

function checked(value: number): number {
	if (!Number.isInteger(value) || value < 0 || value > greatestId) {
		throw new RangeError(`id ${value} is outside 0..${greatestId}`);
	}
	return value;
}

/**
 * A decimal id, strictly: digits only, no sign, blank or leading zero, in range before anything is narrowed.
 * `undefined` when the text is not all digits (then it may be a name), `"invalid"` when it is digits but not an id.
 */
export function parseId(text: string): number | "invalid" | undefined {
	if (!/^[0-9]+$/.test(text)) {
		return undefined;
	}
	if ((text.length > 1 && text.startsWith("0")) || text.length > 10) {
		return "invalid";
	}
	const value = Number(text);
	return value <= greatestId ? value : "invalid";
}
