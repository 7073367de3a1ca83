import { capabilityNames } from "../../capability/names.ts";
import { longestPath } from "../../config/fields.ts";
import { signalNames } from "../../config/signals.ts";

/** A JSON Schema, or a part of one. */
export type Json = { readonly [key: string]: unknown };

/** A `$` in a value: `$$`, `${...}`, or one that begins nothing. */
const dollar = "\\$\\$|\\$\\{[^{}\\0]*\\}|\\$(?![A-Za-z_{$])";
const characters = `(?:[^$\\0]|${dollar})`;
const interpolated: Json = {
	type: "string",
	pattern: `^[^$\\0]*(?:${dollar})${characters}*$`,
	description: "${NAME}, ${NAME:-default}, ${NAME:?message}, $$ or a fact such as ${@cpus}.",
};

/** One of the forms, or text with a `${...}` that gives one. */
export function withInterpolation(...forms: readonly Json[]): Json {
	return { anyOf: [...forms, { $ref: "#/$defs/interpolated" }] };
}

const octal = (digits: string, least: number, greatest: number): Json =>
	withInterpolation({ type: "string", pattern: `^(?:0o?)?[0-7]{${digits}}$` }, { type: "integer", minimum: least, maximum: greatest });

/** Letters in either case, which a JSON Schema cannot say otherwise. */
const anyCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);
const capability = [
	{ enum: capabilityNames },
	{ type: "string", pattern: `^(?:${anyCase("CAP")}_)?(?:${capabilityNames.map(anyCase).join("|")})$` },
];

/** The forms that `src/config` names. The tests hold each against the schema that it describes. */
export const namedForms = {
	interpolated,
	text: { type: ["string", "number"], pattern: `^${characters}*$` },
	nonEmptyText: { type: ["string", "number"], pattern: `^${characters}+$` },
	flag: withInterpolation({ type: "boolean" }, { enum: ["true", "false"] }),
	path: withInterpolation({ type: "string", pattern: "^(?:/|\\.{1,2}(?:/|$))[^$\\0]*$", maxLength: longestPath }),
	fileMode: octal("3,4", 100, 7777),
	umask: octal("1,3", 0, 777),
	duration: withInterpolation(
		{ type: "string", pattern: "^[0-9]{1,7}(?:ms|s|m|h)?$" },
		{ type: "integer", minimum: 0, maximum: 2_147_483 },
	),
	capability: withInterpolation(...capability),
	capabilityOrAll: withInterpolation({ const: "ALL" }, { type: "string", pattern: `^${anyCase("ALL")}$` }, ...capability),
	signal: withInterpolation({ enum: ["none", ...signalNames] }, { type: "string", pattern: `^SIG(?:${signalNames.join("|")})$` }),
	limit: withInterpolation(
		{ type: "string", pattern: "^(?:[0-9]{1,19}|unlimited)(?::(?:[0-9]{1,19}|unlimited))?$" },
		{ type: "integer", minimum: 0 },
	),
} as const satisfies Readonly<Record<string, Json>>;
