import * as v from "valibot";
import { type Diagnostic, Failure, fail } from "../report/failure.ts";
import type { Reads, YamlFault, YamlNode } from "../sys/native.ts";
import type { Config } from "./config.ts";
import type { DocumentSchema } from "./document.ts";
import { stepKeys } from "./entry.ts";
import type { Source } from "./locate.ts";
import { isMapping } from "./mapping.ts";
import type { TreeFault } from "./problems.ts";
import { toValue, type Value } from "./values.ts";

export interface ParseContext {
	readonly reads: Reads;
	readonly environment: ReadonlyMap<string, string>;
	/** The schema of a document that uses these steps; words that name no step are none of its concern. */
	readonly loadSteps: (kinds: readonly string[]) => Promise<DocumentSchema>;
}

export const sizeLimit = 256 * 1024;

const faultCodes: Readonly<Record<YamlFault["fault"], Diagnostic["code"]>> = {
	syntax: "CONFIG_SYNTAX",
	unsupported: "CONFIG_SYNTAX",
	"duplicate-key": "CONFIG_DUPLICATE_KEY",
	"too-deep": "CONFIG_TOO_LARGE",
	"too-many-nodes": "CONFIG_TOO_LARGE",
};

/** Text to a configuration that is known to be good, or every problem of it at once, each with its line; the words for one are loaded for it. */
export async function parseConfig(text: string, file: string, { reads, environment, loadSteps }: ParseContext): Promise<Config> {
	if (text.length > sizeLimit) {
		fail("CONFIG_TOO_LARGE", `larger than ${sizeLimit / 1024} KiB`, { where: file });
	}
	const source: Source = { file, lines: text.replace(/^\ufeff/, "").split(/\r\n?|\n/) };
	const root = await parseText(text, source, reads);
	const faults: TreeFault[] = [];
	const complete = text.includes("$") ? (await import("./interpolate.ts")).completer(reads, environment) : (plain: string) => plain;
	const value = toValue(root, complete, (node, code, message) => faults.push({ node, code, message }));
	const result = v.safeParse(await loadSteps(stepsIn(value)), value);
	if (result.success && faults.length === 0) {
		return result.output;
	}
	const { explainProblems } = await import("./problems.ts");
	throw new Failure(...(explainProblems(source, root, faults, result.issues ?? []) as [Diagnostic]));
}

/** The words that stand where a step is named, known or not. */
function stepsIn(value: Value): string[] {
	const setup = isMapping(value) ? value["setup"] : undefined;
	return Array.isArray(setup) ? setup.flatMap((entry) => (isMapping(entry) ? stepKeys(entry) : [])) : [];
}

async function parseText(text: string, source: Source, reads: Reads): Promise<YamlNode> {
	const parsed = reads.parseYaml(text);
	if (parsed === undefined || (parsed.kind === "scalar" && parsed.plain && parsed.text === "")) {
		return { kind: "mapping", line: 1, column: 1, entries: [] };
	}
	if (parsed.kind === "mapping") {
		return parsed;
	}
	const { diagnosticAt, locate } = await import("./locate.ts");
	throw new Failure(
		parsed.kind === "fault"
			? diagnosticAt(
					source,
					{ node: { ...parsed, kind: "scalar", text: "", plain: true }, words: "" },
					faultCodes[parsed.fault],
					parsed.message,
				)
			: diagnosticAt(source, locate(parsed, [], false), "CONFIG_INVALID_VALUE", "expected a mapping of keys, such as user: app"),
	);
}
