import * as v from "valibot";
import { suggestion } from "../report/suggest.ts";
import type { SetupEntry, WhenConfig } from "./config.ts";
import { capabilityName, choice, environmentName, nonEmptyText, oneOrMany, path, text, withCode } from "./fields.ts";
import { type FieldsOutput, isMapping, list, mapping, optional, pathOf, readAt } from "./mapping.ts";

/** One entry of `setup`: exactly one step, and what every step can have besides. */

const whenEnv = (): v.GenericSchema<unknown, WhenConfig["env"][number][]> =>
	v.union(
		[
			v.pipe(
				v.record(environmentName(), text()),
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

const common = { name: optional(nonEmptyText), when: optional(when), on_error: optional(() => choice("fail", "warn"), "fail") } as const;

/** The steps there are, as far as this layer knows them. A step that the document does not use need not be loaded. */
export interface StepSchemas {
	readonly names: readonly string[];
	schemaOf(kind: string): v.GenericSchema<unknown, unknown>;
}

/** The schema of an entry, over the steps there are. Only the schema of the step that is written is looked at. */
export function setupEntry(steps: StepSchemas): v.GenericSchema<unknown, SetupEntry> {
	return v.pipe(
		v.unknown(),
		v.rawTransform<unknown, SetupEntry>(({ dataset, addIssue, NEVER }) => {
			const entry = dataset.value;
			const [kind, second] = isMapping(entry) ? stepKeys(entry) : [];
			if (!isMapping(entry) || kind === undefined || !steps.names.includes(kind) || second !== undefined) {
				const known = kind === undefined || steps.names.includes(kind);
				const complaint = explainKeys(kind, second, steps.names);
				const info = second === undefined && known ? { message: complaint } : withCode("CONFIG_UNKNOWN_KEY", complaint);
				addIssue({ ...info, path: pathOf([second ?? kind ?? ""].filter((key) => key !== "")) });
				return NEVER;
			}
			const { [kind]: own, ...rest } = entry;
			const shared = readAt(mapping(common), rest, [], addIssue as never) as FieldsOutput<typeof common>;
			const config = readAt(steps.schemaOf(kind), own, [kind], addIssue as never);
			return { kind, name: shared.name, when: shared.when, onError: shared.on_error, config };
		}),
	);
}

/** The keys of an entry that name a step. */
export function stepKeys(entry: Readonly<Record<string, unknown>>): string[] {
	return Object.keys(entry).filter((key) => !(key in common));
}

function explainKeys(kind: string | undefined, second: string | undefined, names: readonly string[]): string {
	if (kind === undefined) {
		return "expected a step, such as own: /data";
	}
	if (second === undefined || !names.includes(kind)) {
		return `unknown step${suggestion(kind, names)}`;
	}
	return names.includes(second)
		? "an entry holds one step; write the second as an entry of its own"
		: `unknown key${suggestion(second, Object.keys(common))}`;
}
