import * as v from "valibot";
import { suggestion } from "../report/suggest.ts";
import type { SetupEntry, WhenConfig } from "./config.ts";
import { capabilityName, choice, environmentName, nonEmptyText, oneOrMany, path, text, withCode } from "./fields.ts";
import { formed } from "./form.ts";
import { type FieldsOutput, isMapping, list, mapping, optional, pathOf, readAt, record } from "./mapping.ts";

/** One entry of `setup`: exactly one step, and what every step can have besides. */

const whenEnv = (): v.GenericSchema<unknown, WhenConfig["env"][number][]> =>
	v.union(
		[
			v.pipe(
				record(environmentName(), text(), "expected NAME: value"),
				v.transform((values) => Object.entries(values).map(([name, value]) => ({ name, value }))),
			),
			v.pipe(
				oneOrMany(environmentName() as v.GenericSchema<unknown, string>),
				v.transform((names) => names.map((name) => ({ name, value: undefined }))),
			),
		],
		"expected the name of a variable, or NAME: value",
	);

const when = (): v.GenericSchema<unknown, WhenConfig> =>
	mapping({
		env: list(whenEnv),
		unset: list(() => oneOrMany(nonEmptyText())),
		exists: optional(path),
		command: optional(() => oneOrMany(nonEmptyText())),
		held: optional(capabilityName),
	});

const commonFields = {
	name: optional(nonEmptyText),
	when: optional(when),
	on_error: optional(() => choice("fail", "warn"), "fail"),
} as const;
export const common = mapping(commonFields);

/** The steps there are, as far as this layer knows them. A step that the document does not use need not be loaded. */
export interface StepSchemas {
	readonly names: readonly string[];
	schemaOf(kind: string): v.GenericSchema<unknown, unknown>;
}

/** The schema of an entry, over the steps there are. Only the schema of the step that is written is looked at. */
export function setupEntry(steps: StepSchemas): v.GenericSchema<unknown, SetupEntry> {
	const schema = v.pipe(
		v.unknown(),
		v.rawTransform<unknown, SetupEntry>(({ dataset, addIssue, NEVER }) => {
			const entry = dataset.value;
			const keys = isMapping(entry) ? stepKeys(entry) : [];
			if (!isMapping(entry) || keys.length === 0) {
				addIssue({ message: "expected a step, such as own: /data" });
				return NEVER;
			}
			const kind = keys.find((key) => steps.names.includes(key));
			for (const key of keys.filter((each) => each !== kind)) {
				addIssue({ ...withCode("CONFIG_UNKNOWN_KEY", explainKey(key, kind, steps.names)), path: pathOf([key]) });
			}
			if (kind === undefined) {
				return NEVER;
			}
			const beside = Object.fromEntries(Object.entries(entry).filter(([key]) => key in commonFields));
			const shared = readAt(common, beside, [], addIssue as never) as FieldsOutput<typeof commonFields>;
			const config = readAt(steps.schemaOf(kind), entry[kind], [kind], addIssue as never);
			return { kind, name: shared.name, when: shared.when, onError: shared.on_error, config };
		}),
	);
	return formed(schema, { entry: commonFields, steps });
}

/** The keys of an entry that name a step. */
export function stepKeys(entry: Readonly<Record<string, unknown>>): string[] {
	return Object.keys(entry).filter((key) => !(key in commonFields));
}

/** Why a key has no place in an entry that holds the step `kind`, or none that is known. */
function explainKey(key: string, kind: string | undefined, names: readonly string[]): string {
	if (kind === undefined) {
		return `unknown step${suggestion(key, [...names, ...Object.keys(commonFields)])}`;
	}
	return names.includes(key)
		? "an entry holds one step; write the second as an entry of its own"
		: `unknown key${suggestion(key, Object.keys(commonFields))}`;
}
