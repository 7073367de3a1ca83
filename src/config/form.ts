import type { GenericSchema } from "valibot";

/**
 * What a schema accepts, in a form that can be printed: the library sees only functions here. The named forms are those whose
 * JSON Schema is written out where it is generated.
 */
export type Form =
	| "text"
	| "nonEmptyText"
	| "flag"
	| "path"
	/** A path in which `*` and `?` are looked up. */
	| "pathPattern"
	| "fileMode"
	| "umask"
	| "duration"
	| "capability"
	| "capabilityOrAll"
	| "signal"
	| "limits"
	| { readonly integer: readonly [least: number, greatest: number] }
	| { readonly like: RegExp }
	| { readonly oneOrMany: GenericSchema }
	/** Which of them is meant is told by the value, so that what is wrong inside is told there. */
	| { readonly anyOf: readonly GenericSchema[] }
	/** `full`, or what stands for its only needed key. */
	| { readonly short: string; readonly full: GenericSchema }
	/** `full`, or a word for all of it. */
	| { readonly words: readonly string[]; readonly full: GenericSchema }
	| { readonly fields: FormFields; readonly byWords?: ByWords | undefined }
	/** One of the steps, and what every entry can have besides. */
	| { readonly entry: FormFields; readonly steps: { readonly names: readonly string[]; schemaOf(kind: string): GenericSchema } };

/**
 * The fields that words in the place of a mapping mean, in their order, told where somebody writes `copy: /a /b`: when the first of them is a path,
 * and when it is none. `from.env` is a field of a field.
 */
export interface ByWords {
	readonly path?: readonly string[];
	readonly name?: readonly string[];
}

export type FormFields = Readonly<
	Record<string, { readonly schema: () => GenericSchema; readonly required: boolean; readonly otherwise: unknown }>
>;

/** Writes the form on the schema, where a pipe that begins with the schema inherits it. */
export function formed<Schema extends GenericSchema>(schema: Schema, form: Form): Schema {
	(schema as { form?: Form }).form = form;
	return schema;
}

export function formOf(schema: unknown): Form | undefined {
	return (schema as { form?: Form }).form;
}

/** A schema is many objects, and takes its place in the prepared engine: one for all that ask, made when it is asked for. */
export function once<T>(make: () => T): () => T {
	let made: T | undefined;
	return () => {
		made ??= make();
		return made;
	};
}

/** A schema that few files need, in a chunk of its own: there when it has been loaded for one of them. */
export interface Later<T> {
	(): GenericSchema<unknown, T>;
	/** For what stands in the file; undefined for whatever may. */
	load(value?: unknown): Promise<void>;
}

/** `word` is what most of these files have, which is read without. */
export function later<T>(load: () => Promise<() => GenericSchema<unknown, T>>, word?: Word<T>): Later<T> {
	let make: (() => GenericSchema<unknown, T>) | undefined;
	const loaded = () => (make === undefined && word !== undefined ? word.schema : (make as () => GenericSchema<unknown, T>)());
	return Object.assign(loaded, {
		load: async (value?: unknown) => {
			if (make === undefined && (word === undefined || value !== word.value)) {
				make = once(await load());
			}
		},
	});
}

export interface Word<T> {
	readonly value: unknown;
	readonly schema: GenericSchema<unknown, T>;
}
