import * as v from "valibot";
import { suggestion } from "../report/suggest.ts";
import { withCode } from "./fields.ts";
import { type ByWords, formed, once } from "./form.ts";

/** A key: its schema and what its absence means. */
export interface Field<T> {
	/** Made for a file that has the key: most files have few of them, and a schema is many objects. */
	readonly schema: () => v.GenericSchema<unknown, T>;
	readonly required: boolean;
	readonly otherwise: unknown;
}

export function required<T>(schema: () => v.GenericSchema<unknown, T>): Field<T> {
	return { schema: once(schema), required: true, otherwise: undefined };
}

/** `otherwise` is a finished value: it does not go through the schema. */
export function optional<T>(schema: () => v.GenericSchema<unknown, T>): Field<T | undefined>;
export function optional<T, const Otherwise>(schema: () => v.GenericSchema<unknown, T>, otherwise: Otherwise): Field<T | Otherwise>;
export function optional<T>(schema: () => v.GenericSchema<unknown, T>, otherwise?: unknown): Field<T> {
	return { schema: once(schema), required: false, otherwise };
}

export function list<T>(schema: () => v.GenericSchema<unknown, T[]>): Field<readonly T[]> {
	return { schema: once(schema), required: false, otherwise: [] };
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type FieldsOutput<F extends Fields> = { -readonly [Key in keyof F]: F[Key] extends Field<infer T> ? T : never };

type AddIssue = (info: { message: string; expected?: string; path?: never }) => void;

/** A mapping in which every key is known. All that is wrong is reported, each with the path of its key. */
export function mapping<const F extends Fields>(fields: F, byWords?: ByWords): v.GenericSchema<unknown, FieldsOutput<F>> {
	const known = Object.entries(fields);
	const schema = v.pipe(
		v.unknown(),
		v.rawTransform<unknown, FieldsOutput<F>>(({ dataset, addIssue, NEVER }) => {
			if (!isMapping(dataset.value)) {
				addIssue({ message: "expected a mapping" });
				return NEVER;
			}
			return readFields(fields, known, dataset.value, addIssue as AddIssue) as FieldsOutput<F>;
		}),
	);
	return formed(schema, { fields, byWords });
}

export function isMapping(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names of the reader's own choosing, each with a value. The library takes a list for a record with the names 0, 1, 2. */
export function record<T>(
	name: v.GenericSchema<string, string>,
	value: v.GenericSchema<unknown, T>,
	expected: string,
): v.GenericSchema<unknown, Record<string, T>> {
	return v.pipe(v.unknown(), v.check(isMapping, expected), v.record(name, value, expected));
}

function readFields(
	fields: Fields,
	known: readonly (readonly [string, Field<unknown>])[],
	value: Record<string, unknown>,
	addIssue: AddIssue,
): Record<string, unknown> {
	for (const key of Object.keys(value)) {
		if (!(key in fields)) {
			addIssue({ ...withCode("CONFIG_UNKNOWN_KEY", `unknown key${suggestion(key, Object.keys(fields))}`), path: pathOf([key]) });
		}
	}
	const output: Record<string, unknown> = {};
	for (const [key, { schema, required, otherwise }] of known) {
		if (value[key] !== undefined) {
			output[key] = readAt(schema(), value[key], [key], addIssue);
		} else if (required) {
			addIssue({ ...withCode("CONFIG_MISSING_KEY", "this key is required"), path: pathOf([key]) });
		} else {
			output[key] = otherwise;
		}
	}
	return output;
}

/** Parses a part and passes its issues on under its path. */
export function readAt(schema: v.GenericSchema, value: unknown, at: readonly string[], addIssue: AddIssue): unknown {
	const result = v.safeParse(schema, value);
	for (const { message, expected, path } of result.issues ?? []) {
		addIssue({
			message,
			...(expected === null ? {} : { expected }),
			path: pathOf([...at, ...(path ?? []).map(({ key }) => key as string | number)]),
		});
	}
	return result.output;
}

/** Path items as the library wants them; only the keys are ever read. */
export function pathOf(keys: readonly (string | number)[]): never {
	return keys.map((key) => ({ type: "unknown", origin: "value", input: undefined, key, value: undefined })) as never;
}

/** The short form of a step: `own: /data` stands for `own: {path: /data}`. */
export function orShort<T>(key: string, full: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T> {
	const short = v.pipe(
		v.unknown(),
		v.transform((value): unknown => (isMapping(value) ? value : { [key]: value })),
		full,
	);
	return formed(short, { short: key, full });
}
