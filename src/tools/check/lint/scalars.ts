import type { GenericSchema } from "valibot";
import { type FormFields, formOf } from "../../../config/form.ts";
import { childOf } from "../../../config/locate.ts";
import type { YamlNode } from "../../../sys/native.ts";
import type { Found } from "./rule.ts";

/** What is written at a key, and the schema that it is read with. */
interface Scalar {
	readonly text: string;
	readonly schema: GenericSchema;
	/** By its whole name, within a step from the step on: `groups.from_path`, `copy.from`. A short form has the key that it stands for. */
	readonly key: string;
	readonly at: Found["at"];
	/** Without quotes. */
	readonly isPlain: boolean;
}

/** The parts of a schema that has no form. */
interface Known {
	readonly pipe?: readonly GenericSchema[];
	readonly options?: readonly unknown[];
	readonly item?: GenericSchema;
}

/** Every scalar of a file beside the values of mappings whose keys are free. */
export function scalarsOf(schema: GenericSchema, node: YamlNode, key = "", at: Found["at"] = []): Scalar[] {
	const form = formOf(schema);
	if (form === undefined) {
		return ofKnown(schema as Known, node, key, at);
	}
	if (typeof form === "object" && "oneOrMany" in form) {
		return node.kind === "sequence"
			? node.items.flatMap((item, index) => scalarsOf(form.oneOrMany, item, key, [...at, index]))
			: scalarsOf(form.oneOrMany, node, key, at);
	}
	if (typeof form === "object" && "short" in form) {
		const { fields } = formOf(form.full) as { readonly fields: FormFields };
		const only = fields[form.short]?.schema();
		return node.kind === "mapping" || only === undefined
			? scalarsOf(form.full, node, key, at)
			: scalarsOf(only, node, below(key, form.short), at);
	}
	if (typeof form === "object" && "words" in form) {
		return node.kind === "scalar" ? [] : scalarsOf(form.full, node, key, at);
	}
	if (typeof form === "object" && "fields" in form) {
		return ofFields(form.fields, node, key, at);
	}
	if (typeof form === "object" && "entry" in form) {
		const { entry, steps } = form;
		const kinds = node.kind === "mapping" ? node.entries.filter(([{ text }]) => steps.names.includes(text)) : [];
		return [
			...ofFields(entry, node, key, at),
			...kinds.flatMap(([{ text }, value]) => scalarsOf(steps.schemaOf(text), value, text, [...at, text])),
		];
	}
	return node.kind === "scalar" ? [{ text: node.text, schema, key, at, isPlain: node.plain }] : [];
}

function ofFields(fields: FormFields, node: YamlNode, key: string, at: Found["at"]): Scalar[] {
	return node.kind !== "mapping"
		? []
		: node.entries.flatMap(([{ text }, value]) => {
				const schema = Object.hasOwn(fields, text) ? fields[text]?.schema() : undefined;
				return schema === undefined ? [] : scalarsOf(schema, value, below(key, text), [...at, text]);
			});
}

/** A pipe is read by the first schema in it that says what it takes; of a union all are tried, and in a list each. */
function ofKnown({ pipe, options, item }: Known, node: YamlNode, key: string, at: Found["at"]): Scalar[] {
	const schemas = (pipe ?? []).filter((each) => each.kind === "schema" && (each.type !== "unknown" || formOf(each) !== undefined));
	if (item !== undefined) {
		return node.kind === "sequence" ? node.items.flatMap((each, index) => scalarsOf(item, each, key, [...at, index])) : [];
	}
	const inner = schemas.length > 0 ? schemas.slice(0, 1) : ((options ?? []) as readonly GenericSchema[]);
	return inner.filter((each) => typeof each === "object").flatMap((each) => scalarsOf(each, node, key, at));
}

function below(key: string, name: string): string {
	return key === "" ? name : `${key}.${name}`;
}

/** What is written there: one, or several in a list. */
export function scalarsAt(
	node: YamlNode | undefined,
	at: readonly (string | number)[],
	before: readonly (string | number)[] = [],
): [string, Found["at"]][] {
	const [key, ...rest] = at;
	if (node === undefined) {
		return [];
	}
	if (key !== undefined) {
		return scalarsAt(childOf(node, key), rest, [...before, key]);
	}
	if (node.kind === "sequence") {
		return node.items.flatMap((item, index) => scalarsAt(item, [], [...before, index]));
	}
	return node.kind === "scalar" ? [[node.text, before]] : [];
}
