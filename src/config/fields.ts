import * as v from "valibot";
import { type Capability, capabilityNames, parseCapability } from "../capability/names.ts";
import type { ErrorCode } from "../report/codes.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { type Form, formed, once } from "./form.ts";
import { brings, leadsElsewhere } from "./interpolated.ts";
import { decimal } from "./scalar.ts";

/**
 * The values that keys have in common. A message says what is expected, so that `key: message` is a sentence.
 */

/** A value that `read` understands; `undefined` from it is refused. `form` says the same to readers of the JSON Schema. */
export function understood<T>(expected: string, read: (value: unknown) => T | undefined, form?: Form): v.GenericSchema<unknown, T> {
	const schema = v.pipe(
		v.unknown(),
		v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
			const value = read(dataset.value);
			if (value === undefined) {
				addIssue({ message: expected });
				return NEVER;
			}
			return value;
		}),
	);
	return form === undefined ? schema : formed(schema, form);
}

/** An issue carries the code of its error where the library has `expected`. */
export function withCode(code: ErrorCode, message: string) {
	return { message, expected: code };
}

/** What was written, as text: a number without quotes is the text it was written as. NUL cannot reach the kernel. */
export function asText(value: unknown): string | undefined {
	const written = typeof value === "number" ? value.toString() : value;
	return typeof written === "string" && !written.includes("\0") ? written : undefined;
}

export const text = () => understood("expected text without NUL bytes; true, false and null need quotes", asText, "text");

export const nonEmptyText = () =>
	understood("expected text, not nothing; true, false and null need quotes", (value) => asText(value) || undefined, "nonEmptyText");

/** Text of a form; the first group, or the whole, is the value. */
export function textLike(form: RegExp, expected: string): v.GenericSchema<unknown, string> {
	const read = (value: unknown) => {
		const match = form.exec(asText(value) ?? "\0");
		return match === null ? undefined : (match[1] ?? match[0]);
	};
	return understood(expected, read, { like: form });
}

const flags: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
	[true, true],
	["true", true],
	[false, false],
	["false", false],
]);

export const flag = () => understood("expected true or false", (value) => flags.get(value), "flag");

/** A decimal integer; one that came out of `${...}` is text and read as strictly. */
export function integer(least: number, greatest: number, why = ""): v.GenericSchema<unknown, number> {
	const read = (value: unknown) => {
		const number = typeof value === "string" ? decimal(value) : value;
		return typeof number === "number" && Number.isInteger(number) && number >= least && number <= greatest ? number : undefined;
	};
	return understood(`expected an integer from ${least} to ${greatest}${why}`, read, { integer: [least, greatest] });
}

export const longestPath = 4095;

/** Absolute, or relative to the working directory at start when it begins with a dot. */
export const path = once(() =>
	v.pipe(
		understood(
			"expected an absolute path, or one from where the container starts: . or ./x",
			(value) => {
				const written = asText(value) ?? "";
				return /^(?:\/|\.{1,2}(?:\/|$))/.test(written) && written.length <= longestPath ? written : undefined;
			},
			"path",
		),
		v.check(
			(written) => leadsElsewhere(written) === undefined,
			({ input }) =>
				`the value of \${${leadsElsewhere(input)}} has a component or a pattern of its own; a variable inside a path is one name, one that is the whole path may be any`,
		),
	),
);

/** A path whose `*` and `?` the step, or the resolver of groups, expands: where a pattern is looked up is told by this alone. */
export const pathPattern = once(() => formed({ ...path() }, "pathPattern"));

/** Permission bits as octal digits: 0755, 755, 0o755, "3775". */
export const fileMode = () => octal(/^(?:0o?)?([0-7]{3,4})$/, 'expected permission bits in octal, such as 0755 or "3775"', "fileMode");

export const umask = () => octal(/^(?:0o?)?([0-7]{1,3})$/, 'expected a mask in octal, such as "0027"', "umask");

function octal(written: RegExp, expected: string, form: Form): v.GenericSchema<unknown, number> {
	const read = (value: unknown) => {
		const digits = written.exec(asText(value) ?? "")?.[1];
		return digits === undefined ? undefined : Number.parseInt(digits, 8);
	};
	return understood(expected, read, form);
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** What poll(2) can wait at once, about 24 days. */
const longestMs = 2_147_483_647;

/** To milliseconds; a bare number counts seconds. */
export const duration = () =>
	understood(
		"expected a duration, such as 10s, 500ms or 2m",
		(value) => {
			const [, digits, unit] = /^([0-9]{1,7})(ms|s|m|h)?$/.exec(asText(value) ?? "") ?? [];
			const duration = Number(digits) * (unitMs[unit ?? "s"] ?? 0);
			return duration <= longestMs ? duration : undefined;
		},
		"duration",
	);

export const environmentName = () =>
	v.pipe(
		v.string("expected the name of a variable"),
		v.regex(/^[^=\0*?]+$/, ({ input }) =>
			/[*?]/.test(input) ? "expected the name of a variable; no pattern is looked up here" : "expected the name of a variable",
		),
	);

export const capabilityName = (): v.GenericSchema<unknown, Capability> =>
	formed(
		v.pipe(
			nonEmptyText(),
			v.rawTransform<string, Capability>(({ dataset, addIssue, NEVER }) => {
				const found = parseCapability(dataset.value);
				if (found === undefined) {
					addIssue(
						withCode("CAPABILITY_UNKNOWN", `${quoted(dataset.value)} is not a capability${suggestion(dataset.value, capabilityNames)}`),
					);
					return NEVER;
				}
				return found;
			}),
		),
		"capability",
	);

/** A user or group as text; what it means is decided by the identity layer. */
export const userSpec = once(() =>
	v.pipe(
		nonEmptyText(),
		v.check(
			(spec) => brings(spec, /:/, "parts") === undefined,
			({ input }) =>
				`the value of \${${brings(input, /:/, "parts")}} has a colon, which would add a group; the whole text may be one variable`,
		),
	),
);

/** `a=b,c`, or a list of such, as the list of options that it means. A variable is one value and adds none. */
export function commaSeparated(item: () => v.GenericSchema<unknown, string>): v.GenericSchema<unknown, string[]> {
	const one = v.pipe(
		item(),
		v.check(
			(value) => brings(value, meaningIn(value), "any") === undefined,
			({ input }) =>
				`the value of \${${brings(input, meaningIn(input), "any")}} has a comma, or a colon between directories, which would add to what is written; write each as an item of its own`,
		),
	);
	return v.pipe(
		oneOrMany(one),
		v.transform((values) => values.flatMap((value) => value.split(",").filter((option) => option !== ""))),
	);
}

/** Directories of an overlay are parted by colons, and a backslash takes a meaning away. mount(8) */
function meaningIn(options: string): RegExp {
	return /(?:^|,)(?:lowerdir|upperdir|workdir)=/.test(options) ? /[,:\\]/ : /,/;
}

/** A list, or its only item. */
export function oneOrMany<T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T[]> {
	const many = v.pipe(
		v.unknown(),
		v.transform((value): unknown[] => (Array.isArray(value) ? value : [value])),
		v.array(schema),
	);
	return formed(many, { oneOrMany: schema });
}

export function choice<const Options extends readonly [string, ...string[]]>(
	...options: Options
): v.GenericSchema<unknown, Options[number]> {
	return v.picklist(options, `expected ${options.slice(0, -1).join(", ")} or ${options.at(-1)}`);
}
