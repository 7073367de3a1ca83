import * as v from "valibot";
import { fail } from "../report/failure.ts";
import type { Reads, YamlFault, YamlMapping, YamlNode } from "../sys/native.ts";
import type { Config, Unasked } from "./config.ts";
import type { DocumentSchema } from "./document.ts";
import { stepKeys } from "./entry.ts";
import type { FindTarget } from "./facts.ts";
import { isMapping } from "./mapping.ts";
import type { TreeFault } from "./problems.ts";
import { toValue, type Value } from "./values.ts";

export interface ParseContext {
	readonly reads: Reads;
	readonly environment: ReadonlyMap<string, string>;
	/** The schema of a document that uses these steps and keys; words that name nothing are none of its concern. */
	readonly loadSteps: (kinds: readonly string[], values?: Readonly<Record<string, unknown>>) => Promise<DocumentSchema>;
	readonly unasked?: Unasked;
	/** For a document that asks who the workload will be. */
	readonly loadTarget?: (() => Promise<FindTarget>) | undefined;
}

export const sizeLimit = 256 * 1024;

/** A slip may hide another, and a text of ten thousand is not read as often. */
const readingsOnceCorrected = 3;

/**
 * Text to a configuration that is known to be good, or every problem of it at once, each with its line; the words for one are loaded for it.
 * What only lacks a variable, at a key that not every start asks for, is left to who asks.
 */
export async function parseConfig(text: string, file: string, context: ParseContext, readings = readingsOnceCorrected): Promise<Config> {
	const { reads, environment, loadSteps, unasked = new Map(), loadTarget } = context;
	if (text.length > sizeLimit) {
		fail("CONFIG_TOO_LARGE", `larger than ${sizeLimit / 1024} KiB`, { where: file });
	}
	const root = parseText(text, reads);
	if (root.kind !== "mapping") {
		const readAgain = (changed: string) => parseConfig(changed, file, context, readings - 1);
		const { noDocument } = await import("./no-document.ts");
		throw await noDocument(text, file, root, reads, loadSteps, readings > 0 ? readAgain : undefined);
	}
	const complete = text.includes("$")
		? await (await import("./interpolate.ts")).completer(text, { reads, environment, root, loadTarget })
		: (plain: string) => plain;
	const examine = async (tree: YamlNode) => {
		const faults: TreeFault[] = [];
		const written = toValue(tree, complete, (node, code, message) => faults.push({ node, code, message }));
		const value = isMapping(written) && "confine" in written ? (await import("./confine.ts")).withConfine(written) : written;
		const asRoot = text.includes("$") ? (await import("./interpolate.ts")).unwrittenRoot(tree as YamlMapping, complete) : undefined;
		if (asRoot !== undefined && (unasked === "all" || !unasked.has("user"))) {
			faults.push(asRoot);
		}
		const schema = await loadSteps(wordsIn(value), isMapping(value) ? value : {});
		const result = v.safeParse(schema, value);
		return { faults, value, schema, result, issues: result.issues ?? [] };
	};
	const { faults, value, schema, result, issues } = await examine(root);
	if (result.success && faults.length === 0) {
		return result.output;
	}
	const document = { text, file, root, faults, issues, schema, reads, complete, loadSteps, examine };
	const { config, told } =
		faults.length === 0 ? { config: undefined, told: faults } : (await import("./lacking.ts")).withoutLacking(document, value, unasked);
	if (config === undefined) {
		throw await (await import("./problems.ts")).allProblems(document, told);
	}
	return config;
}

/** The words that stand where a key or a step is named, known or not, and where a step names its policy or type. */
function wordsIn(value: Value): string[] {
	if (!isMapping(value)) {
		return [];
	}
	const setup = value["setup"];
	return [...Object.keys(value), ...(Array.isArray(setup) ? setup.flatMap((entry) => (isMapping(entry) ? wordsOf(entry) : [])) : [])];
}

function wordsOf(entry: Readonly<Record<string, unknown>>): string[] {
	return stepKeys(entry).flatMap((key) => [key, ...(isMapping(entry[key]) ? [`${entry[key]["policy"]}`, `${entry[key]["type"]}`] : [])]);
}

/** An empty document is a mapping without keys. */
function parseText(text: string, reads: Reads): YamlNode | YamlFault {
	const parsed = reads.parseYaml(text);
	return parsed === undefined || (parsed.kind === "scalar" && parsed.plain && parsed.text === "")
		? { kind: "mapping", line: 1, column: 1, entries: [] }
		: parsed;
}
