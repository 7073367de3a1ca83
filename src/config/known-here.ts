import type { GenericSchema } from "valibot";
import { type FormFields, formOf } from "./form.ts";
import { limitNames } from "./limits.ts";

/** Which keys there are where one was written that is not known. */

type Keys = readonly (string | number)[];

/** The parts of a schema that has no form. */
interface Known {
	readonly pipe?: readonly GenericSchema[];
	readonly options?: readonly unknown[];
	readonly item?: GenericSchema;
}

/** Empty where keys are of the reader's own choosing. */
export function keysAt(schema: unknown, keys: Keys): readonly string[] {
	const [key, ...rest] = keys;
	const form = formOf(schema);
	if (form === "limits") {
		return limitNames;
	}
	if (typeof form !== "object" || "anyOf" in form) {
		const { pipe = [], options = [], item } = schema as Known;
		const any = typeof form === "object" ? form.anyOf : [...pipe, ...options];
		return item === undefined ? (any.map((each) => keysAt(each, keys)).find((each) => each.length > 0) ?? []) : keysAt(item, rest);
	}
	if ("oneOrMany" in form) {
		return keysAt(form.oneOrMany, typeof key === "number" ? rest : keys);
	}
	if ("full" in form) {
		return keysAt(form.full, keys);
	}
	if ("entry" in form && form.steps.names.includes(String(key))) {
		return keysAt(form.steps.schemaOf(String(key)), rest);
	}
	const fields: FormFields = "fields" in form ? form.fields : "entry" in form ? form.entry : {};
	const field = Object.hasOwn(fields, String(key)) ? fields[String(key)] : undefined;
	return key === undefined ? Object.keys(fields) : field === undefined ? [] : keysAt(field.schema(), rest);
}

/** `known` is what stands there, `steps` the steps there are where none is written yet. */
export function takenThere(above: Keys, known: readonly string[], steps: readonly string[] | undefined): string | undefined {
	const last = above.findLast((key) => typeof key === "string") ?? "the file";
	const isEntry = above[0] === "setup" && above.length === 2;
	const names = (isEntry && steps) || known;
	const before = isEntry ? (steps === undefined ? "beside a step stand" : "a step is one of") : `${last} takes`;
	return names.length === 0 ? undefined : `${before} ${names.join(", ")}`;
}
