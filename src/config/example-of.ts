import type { YamlNode } from "../sys/native.ts";
import type { DocumentSchema } from "./document.ts";
import type { StepSchemas } from "./entry.ts";
import { type FormFields, formOf } from "./form.ts";
import type { Refused } from "./refused.ts";

/** A message with an example of what is expected there. */

/** What is written instead of the text that is expected. */
export function clearer(message: string, value: YamlNode): string {
	if (value.kind === "scalar") {
		const [, soft = "", hard = ""] = message.startsWith("expected a number, unlimited")
			? (/^(\d+|unlimited):(\d+)$/.exec(value.text) ?? [])
			: [];
		if (message.startsWith("expected text") && value.plain && /^(?:true|false)$/i.test(value.text)) {
			return `expected text, and ${value.text} without quotes is a truth value`;
		}
		return soft === "" ? message : `the soft limit ${soft} exceeds the hard limit ${hard}: the soft one stands first`;
	}
	const is = value.kind === "sequence" ? "a list" : "a mapping";
	return message.startsWith("expected text") ? `expected one value as text, and this is ${is}` : message;
}

/** What is expected, once where no line could be made of what was written. */
export function withExample(message: string, { keys }: Refused, schema: DocumentSchema, isWanted: boolean): string {
	if (!isWanted || !/^expected (?:a mapping|a list)\b(?!.*such as)/.test(message)) {
		return message;
	}
	const [first, , kind] = keys;
	const steps = stepsOf(schema);
	const step = first === "setup" && keys.length === 3 && steps.names.includes(String(kind)) ? String(kind) : undefined;
	const example =
		step === undefined
			? Object.hasOwn(exampleOf, String(first)) && first === keys.at(-1)
				? exampleOf[String(first)]
				: undefined
			: exampleOfStep(step, steps);
	return example === undefined ? message : `${message}, such as ${example}`;
}

const exampleOf: Readonly<Record<string, string>> = {
	command: "command: {default: [PROGRAM, --flag]}",
	env: "env: {set: {NAME: value}}",
	groups: "groups: {add: [video]}",
	capabilities: "capabilities: {keep: [NET_BIND_SERVICE]}",
	limits: "limits: {nofile: 65536}",
	setup: "setup: [{own: /data}]",
	cgroup: "cgroup: {pids: 200}",
	landlock: "landlock: {write: /data}",
};

/** With the fields that it has to have. */
function exampleOfStep(kind: string, { schemaOf }: StepSchemas): string | undefined {
	const form = formOf(schemaOf(kind));
	const fields = typeof form === "object" && "fields" in form ? Object.entries(form.fields) : [];
	const needed = fields.filter(([, field]) => field.required);
	const shown = needed.length > 0 ? needed : fields.slice(0, 1);
	return shown.length === 0 ? undefined : `${kind}: {${shown.map(([name]) => `${name}: ...`).join(", ")}}`;
}

export function stepsOf(schema: DocumentSchema): StepSchemas {
	const { item } = (fieldsOf(schema)["setup"] as FormFields[string]).schema() as unknown as { readonly item: unknown };
	return (formOf(item) as { readonly steps: StepSchemas }).steps;
}

export function keysOfDocument(schema: DocumentSchema): readonly string[] {
	return Object.keys(fieldsOf(schema));
}

function fieldsOf(schema: DocumentSchema): FormFields {
	return (formOf(schema) as { readonly fields: FormFields }).fields;
}
