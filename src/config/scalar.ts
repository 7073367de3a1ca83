import type { YamlScalar } from "../sys/native.ts";

export type Scalar = string | number | boolean | null;

/**
 * The meaning of a plain scalar: the booleans and nulls of the YAML 1.2 core schema, and decimal integers in their shortest
 * form. Whatever could be read in two ways (0027, 0o644, 1e3, 1.50, twenty digits) stays the text as it was written.
 */
export function typedScalar({ text, plain }: Pick<YamlScalar, "text" | "plain">): Scalar {
	if (!plain) {
		return text;
	}
	switch (text) {
		case "true":
		case "True":
		case "TRUE":
			return true;
		case "false":
		case "False":
		case "FALSE":
			return false;
		case "":
		case "~":
		case "null":
		case "Null":
		case "NULL":
			return null;
		default:
			return decimal(text) ?? text;
	}
}

/** A canonical decimal integer that a number holds exactly. */
export function decimal(text: string): number | undefined {
	if (!/^(?:0|-?[1-9][0-9]{0,15})$/.test(text)) {
		return undefined;
	}
	const value = Number(text);
	return Number.isSafeInteger(value) ? value : undefined;
}
