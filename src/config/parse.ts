import * as v from "valibot";
import { type Diagnostic, Failure, fail } from "../report/failure.ts";
import type { Reads, YamlFault, YamlNode } from "../sys/native.ts";
import type { Config } from "./config.ts";
import { documentSchema } from "./document.ts";
import { type StepSchemas, stepKeys } from "./entry.ts";
import { diagnosticAt, issueDiagnostic, locate, type Source } from "./locate.ts";
import { isMapping } from "./mapping.ts";
import { toValue, type Value } from "./values.ts";

export interface ParseContext {
	readonly reads: Reads;
	readonly environment: ReadonlyMap<string, string>;
	/** Makes the schemas of these steps available; words that name no step are none of its concern. */
	readonly loadSteps: (kinds: readonly string[]) => Promise<StepSchemas>;
}

export const sizeLimit = 256 * 1024;
const shownAtOnce = 20;

const faultCodes: Readonly<Record<YamlFault["fault"], Diagnostic["code"]>> = {
	syntax: "CONFIG_SYNTAX",
	unsupported: "CONFIG_SYNTAX",
	"duplicate-key": "CONFIG_DUPLICATE_KEY",
	"too-deep": "CONFIG_TOO_LARGE",
	"too-many-nodes": "CONFIG_TOO_LARGE",
};

/** Text to a configuration that is known to be good, or every problem of it at once, each with its line. */
export async function parseConfig(text: string, file: string, { reads, environment, loadSteps }: ParseContext): Promise<Config> {
	if (text.length > sizeLimit) {
		fail("CONFIG_TOO_LARGE", `larger than ${sizeLimit / 1024} KiB`, { where: file });
	}
	const source: Source = { file, lines: text.split(/\r?\n/) };
	const root = parseText(text, source, reads);
	const diagnostics: Diagnostic[] = [];
	const complete = text.includes("$") ? (await import("./interpolate.ts")).completer(reads, environment) : (plain: string) => plain;
	const value = toValue(root, complete, (node, code, message) =>
		diagnostics.push(diagnosticAt(source, { node, words: wordsOf(root, node) }, code, message)),
	);
	// A value that could not be completed would only be complained of twice.
	const steps = await loadSteps(stepsIn(value));
	const result = diagnostics.length === 0 ? v.safeParse(documentSchema(steps), value) : undefined;
	if (result?.success) {
		return result.output;
	}
	diagnostics.push(...(result?.issues ?? []).map((issue) => issueDiagnostic(source, root, issue)));
	throw new Failure(...(diagnostics.sort(bySourceOrder).slice(0, shownAtOnce) as [Diagnostic]));
}

/** The words that stand where a step is named, known or not. */
function stepsIn(value: Value): string[] {
	const setup = isMapping(value) ? value["setup"] : undefined;
	return Array.isArray(setup) ? setup.flatMap((entry) => (isMapping(entry) ? stepKeys(entry) : [])) : [];
}

function bySourceOrder(left: Diagnostic, right: Diagnostic): number {
	const [leftLine = 0, rightLine = 0] = [left, right].map(({ where }) => Number(/:([0-9]+):[0-9]+(?: |$)/.exec(where ?? "")?.[1]));
	return leftLine - rightLine;
}

function parseText(text: string, source: Source, reads: Reads): YamlNode {
	const parsed = reads.parseYaml(text) ?? { kind: "mapping", line: 1, column: 1, entries: [] };
	if (parsed.kind === "fault") {
		throw new Failure(
			diagnosticAt(
				source,
				{ node: { ...parsed, kind: "scalar", text: "", plain: true }, words: "" },
				faultCodes[parsed.fault],
				parsed.message,
			),
		);
	}
	if (parsed.kind !== "mapping") {
		throw new Failure(
			diagnosticAt(source, locate(parsed, [], false), "CONFIG_INVALID_VALUE", "expected a mapping of keys, such as user: app"),
		);
	}
	return parsed;
}

/** The keys that lead to a node, for a problem that was found in the tree itself. */
function wordsOf(root: YamlNode, wanted: YamlNode): string {
	const search = (node: YamlNode, words: string): string | undefined => {
		if (node === wanted) {
			return words;
		}
		for (const [child, path] of childrenOf(node, words)) {
			const found = search(child, path);
			if (found !== undefined) {
				return found;
			}
		}
		return undefined;
	};
	return search(root, "") ?? "";
}

/** A key and its value have the same words. */
function childrenOf(node: YamlNode, words: string): (readonly [YamlNode, string])[] {
	switch (node.kind) {
		case "scalar":
			return [];
		case "sequence":
			return node.items.map((item, index) => [item, `${words}[${index}]`]);
		case "mapping":
			return node.entries.flatMap(([key, value]) => {
				const path = words === "" ? key.text : `${words}.${key.text}`;
				return [
					[key, path],
					[value, path],
				];
			});
	}
}
