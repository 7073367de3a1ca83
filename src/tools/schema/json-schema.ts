import type { GenericSchema } from "valibot";
import { type Form, type FormFields, formOf } from "../../config/form.ts";
import { limitNames } from "../../config/limits.ts";
import { octal } from "../../files/permissions.ts";
import { type Json, namedForms, withInterpolation } from "./json-schema-forms.ts";

/** A key of the file by its whole name: `groups.add`, `setup.when`, and for a step's field `own.policy`. */
export interface KeyText {
	readonly description: string | undefined;
	/** As it would be written, where a value can say it. */
	readonly default: string | number | boolean | undefined;
	/** What else its absence is: refused, or a list or mapping of nothing. */
	readonly absence: "refused" | "empty" | undefined;
}

export interface Texts {
	/** What a key means, by its whole name. */
	describe(key: string): string | undefined;
	/** What no single value can say: which keys go together. */
	readonly constraints: Readonly<Record<string, Json>>;
}

/** What the library tells about its own schemas; ours carry a form. */
interface Known {
	readonly type: string;
	readonly pipe?: readonly { readonly kind: string; readonly type: string; readonly requirement?: unknown }[];
	readonly options?: readonly unknown[];
	readonly literal?: unknown;
	readonly item?: GenericSchema;
	readonly key?: GenericSchema;
	readonly value?: GenericSchema;
	readonly entries?: Readonly<Record<string, GenericSchema>>;
}

/** Turns the schemas of the configuration into a JSON Schema, and keeps a list of the keys it met. */
export class SchemaWriter {
	readonly keys = new Map<string, KeyText>();
	readonly #used = new Set<keyof typeof namedForms>();
	readonly #texts: Texts;

	constructor(texts: Texts) {
		this.#texts = texts;
	}

	/** The named forms that were used, for `$defs`. */
	definitions(): Json {
		return Object.fromEntries(Object.entries(namedForms).filter(([name]) => this.#used.has(name as never)));
	}

	write(schema: GenericSchema, key: string): Json {
		const form = formOf(schema);
		return form === undefined ? this.#writeKnown(schema as unknown as Known, key) : this.#writeForm(form, key);
	}

	#writeForm(form: Form, key: string): Json {
		if (form === "limits") {
			const properties = limitNames.map((name) => [name, this.#property(`${key}.${name}`, () => this.#reference("limit"), {})]);
			return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
		}
		if (typeof form === "string") {
			return this.#reference(form === "pathPattern" ? "path" : form);
		}
		if ("integer" in form) {
			const [minimum, maximum] = form.integer;
			return this.#scalar({ type: "integer", minimum, maximum }, { type: "string", pattern: "^(?:0|-?[1-9][0-9]{0,15})$" });
		}
		if ("like" in form) {
			return this.#scalar({ type: "string", ...patternOf(form.like) }, ...numberLike(form.like));
		}
		if ("oneOrMany" in form) {
			const item = this.write(form.oneOrMany, key);
			return { anyOf: [item, { type: "array", items: item }] };
		}
		if ("anyOf" in form) {
			return { anyOf: form.anyOf.map((each) => this.write(each, key)) };
		}
		if ("short" in form) {
			const full = this.write(form.full, key);
			const properties = full["properties"] as Readonly<Record<string, Json>>;
			const { description: _, ...short } = properties[form.short] ?? {};
			return { anyOf: [short, full] };
		}
		if ("words" in form) {
			return { anyOf: [this.#scalar({ enum: form.words }), this.write(form.full, key)] };
		}
		return "entry" in form ? this.#writeEntry(form, key) : this.#writeMapping(form.fields, key);
	}

	#writeKnown(schema: Known, key: string): Json {
		const [first, ...rest] = schema.pipe ?? [];
		if (first !== undefined && "pipe" in first) {
			return this.write(first as never, key);
		}
		const limits = rest.filter(({ kind }) => kind === "validation");
		switch (schema.type) {
			case "unknown": {
				// What follows the check of a shape is the schema of that shape.
				const next = rest.find(({ kind }) => kind === "schema");
				return next === undefined ? {} : this.write(next as never, key);
			}
			case "string": {
				const pattern = limits.find(({ type }) => type === "regex")?.requirement as RegExp | undefined;
				return { type: "string", ...(pattern === undefined ? {} : patternOf(pattern)) };
			}
			case "array": {
				const least = limits.find(({ type }) => type === "min_length")?.requirement;
				return {
					type: "array",
					items: this.write(schema.item as never, key),
					...(least === undefined ? {} : { minItems: least }),
					...this.#texts.constraints[key],
				};
			}
			case "picklist":
				return this.#scalar({ enum: schema.options });
			case "literal":
				return this.#scalar({ const: schema.literal });
			case "union":
				return { anyOf: (schema.options as readonly GenericSchema[]).map((option) => this.write(option, key)) };
			case "record":
				return {
					type: "object",
					propertyNames: this.write(schema.key as never, key),
					additionalProperties: this.write(schema.value as never, key),
				};
			case "strict_object":
				return this.#writeMapping(entriesAsFields(schema.entries ?? {}), key);
			case "boolean":
			case "number":
				return this.#scalar({ type: schema.type });
			default:
				// A reader of its own without a form: whatever is written there, only we can judge.
				return {};
		}
	}

	#writeMapping(fields: FormFields, key: string): Json {
		const required = Object.keys(fields).filter((name) => fields[name]?.required);
		return {
			type: "object",
			properties: this.#writeProperties(fields, key),
			...(required.length === 0 ? {} : { required }),
			additionalProperties: false,
			...this.#texts.constraints[key],
		};
	}

	#writeProperties(fields: FormFields, key: string): Record<string, Json> {
		return Object.fromEntries(
			Object.entries(fields).map(([name, field]) => {
				const full = key === "" ? name : `${key}.${name}`;
				return [name, this.#property(full, () => this.write(field.schema(), full), field)];
			}),
		);
	}

	#property(key: string, write: () => Json, { required, otherwise }: Partial<FormFields[string]>): Json {
		const description = this.#texts.describe(key);
		const absence = required ? "refused" : isNothing(otherwise) ? "empty" : undefined;
		// A key comes before those inside it.
		this.keys.set(key, { description, default: undefined, absence });
		const part = write();
		const text = { description, default: plainDefault(otherwise, part) };
		this.keys.set(key, { ...text, absence });
		return { ...defined(text), ...part };
	}

	/** Exactly one step, and what every step can have. The fields of a step go by its name alone. */
	#writeEntry({ entry, steps }: Extract<Form, { entry: unknown }>, key: string): Json {
		const kinds = steps.names.map((kind): [string, Json] => [
			kind,
			{ ...defined({ description: this.#texts.describe(kind) }), ...this.write(steps.schemaOf(kind), kind) },
		]);
		return {
			type: "object",
			properties: { ...this.#writeProperties(entry, key), ...Object.fromEntries(kinds) },
			additionalProperties: false,
			oneOf: steps.names.map((kind) => ({ required: [kind] })),
		};
	}

	/** A value is also what `${...}` will give, which only the start can judge. */
	#scalar(...forms: readonly Json[]): Json {
		this.#used.add("interpolated");
		return withInterpolation(...forms);
	}

	#reference(name: keyof typeof namedForms): Json {
		this.#used.add(name).add("interpolated");
		return { $ref: `#/$defs/${name}` };
	}
}

function entriesAsFields(entries: Readonly<Record<string, GenericSchema>>): FormFields {
	return Object.fromEntries(
		Object.entries(entries).map(([name, schema]) => [name, { schema: () => schema, required: true, otherwise: undefined }]),
	);
}

/** JSON Schema has no pattern for letters in either case. */
function patternOf({ source, ignoreCase }: RegExp): Json {
	return ignoreCase ? {} : { pattern: source };
}

/** Numbers are read as the text they were written as. */
function numberLike(like: RegExp): Json[] {
	const [isNumber, isNegative, isStatus, isFraction] = ["80", "-80", "400", "1.5"].map((text) => like.test(text));
	if (isFraction && !like.test("a")) {
		return [{ type: "number", exclusiveMinimum: 0 }];
	}
	const least = isNumber ? 0 : 100;
	return isNumber || isStatus ? [{ type: "integer", ...(isNegative ? {} : { minimum: least }) }] : [];
}

/** A finished value as it would be written, where that can be told. */
function plainDefault(otherwise: unknown, part: Json): KeyText["default"] {
	if (typeof otherwise === "number") {
		const written = writers[`${part["$ref"]}`] ?? (JSON.stringify(part).includes('"minimum"') ? (value: number) => value : undefined);
		return written?.(otherwise);
	}
	return typeof otherwise === "boolean" || typeof otherwise === "string" ? otherwise : undefined;
}

const writers: Readonly<Record<string, (value: number) => string>> = {
	"#/$defs/fileMode": (bits) => octal(bits),
	"#/$defs/duration": (ms) => (ms % 1000 !== 0 ? `${ms}ms` : ms > 60_000 && ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`),
};

function isNothing(value: unknown): boolean {
	return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function defined(parts: Readonly<Record<string, unknown>>): Json {
	return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
