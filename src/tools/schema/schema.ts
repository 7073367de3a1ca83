import { documentKeys } from "../../config/document.ts";
import { rowKeys } from "../../departure/rows.ts";
import { json } from "../../report/json.ts";
import { constraintsOf, summaryOf } from "../../steps/facts.ts";
import { loadSteps, stepKinds } from "../../steps/index.ts";
import type { Host } from "../../sys/native.ts";
import { keyDescriptions } from "../guides/key-descriptions.ts";
import { nestedKeys } from "../guides/nested-keys.ts";
import { stepFields } from "../guides/step-fields.ts";
import { type KeyText, SchemaWriter } from "./json-schema.ts";
import type { Json } from "./json-schema-forms.ts";

/** Which keys outside of steps go together, as far as a JSON Schema can say it. */
const constraints: Readonly<Record<string, Json>> = {
	capabilities: {
		anyOf: [{ properties: { drop: { const: [] } } }, { required: ["keep"] }],
		dependentSchemas: { sets: { properties: { keep: false, keep_if_present: false, drop: false } } },
	},
	landlock: { anyOf: ["read", "execute", "write", "connect", "bind", "scope"].map((key) => ({ required: [key] })) },
};

/** Prints the JSON Schema of entrypoint.yaml, for editors. */
export async function schema(host: Host): Promise<void> {
	const { document } = await writeSchema();
	host.write(1, `${json(document, 2)}\n`);
}

/** The JSON Schema, and every key it has with its text. */
export async function writeSchema(): Promise<{ document: Json; keys: ReadonlyMap<string, KeyText> }> {
	const schemaOfFile = await loadSteps(stepKinds);
	const writer = new SchemaWriter({ describe, constraints: Object.assign({}, constraints, ...stepKinds.map(constraintsOf)) });
	const body = writer.write(schemaOfFile, "");
	const document = {
		$schema: "https://json-schema.org/draft/2020-12/schema",
		title: "entrypoint.yaml",
		description: "What abdicate does before it becomes the workload, and as whom the workload runs.",
		...body,
		$defs: writer.definitions(),
	};
	return { document, keys: writer.keys };
}

function describe(key: string): string | undefined {
	const [first = "", ...rest] = key.split(".");
	const kind = stepKinds.find((each) => each === first);
	const member = Object.entries(documentKeys).find(([, each]) => each === key)?.[0] as keyof typeof documentKeys | undefined;
	if (member !== undefined) {
		return keyDescriptions[member];
	}
	const ofRow = rowKeys.find(({ name }) => name === key);
	return (
		ofRow?.description ??
		nestedKeys[key] ??
		(kind === undefined ? undefined : rest.length === 0 ? summaryOf(kind) : stepFields[kind]?.[rest.join(".")])
	);
}
