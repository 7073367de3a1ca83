import type { YamlNode } from "../sys/native.ts";

/** A key or value that was refused. */
export interface Refused {
	/** As they are written. */
	readonly keys: readonly (string | number)[];
	/** The last of them, also where a step in short has the value of that key. */
	readonly key: string;
	readonly isUnknownKey: boolean;
	/** What is written at the key. */
	readonly value: YamlNode;
	/** What holds the key. */
	readonly above: YamlNode;
	/** Of a step the fields that are not written. */
	readonly free: readonly string[];
	/** What is said of it. */
	readonly message: string;
}

interface Spot {
	/** Within a step from its name on; `entry` for the step itself. */
	readonly parts: readonly string[];
	readonly isStep: boolean;
	/** An item of a list. */
	readonly isItem: boolean;
	readonly name: string;
}

export function spotOf(keys: Refused["keys"]): Spot {
	const isStep = keys[0] === "setup" && typeof keys[1] === "number";
	const own = isStep ? keys.slice(2) : keys;
	const parts = own.length === 0 ? ["entry"] : own.map(String);
	return { parts, isStep, isItem: typeof own.at(-1) === "number", name: parts.at(-1) ?? "" };
}

/** Where an unknown key stands, for the words that others have for ours. */
export function scopeOf({ keys }: Pick<Refused, "keys">): string {
	const { parts, isStep } = spotOf(keys);
	return isStep && parts.length === 1 ? "entry" : parts.slice(0, -1).join(".");
}
