import { interpolatedValues } from "../config/interpolated.ts";
import { keysIn, locate, locateWritten, type Place } from "../config/locate.ts";
import { hasPartOf, partsOf } from "../config/named-values.ts";
import { unsetRemedy } from "../config/unset.ts";
import { type Diagnostic, Failure, isKey } from "../report/failure.ts";
import { shellWord } from "../report/shell.ts";
import { diagnosticAt, type Source, sourceOf } from "../report/source.ts";
import { quoted } from "../report/text.ts";
import type { Reads, YamlNode } from "../sys/native.ts";
import { defaultFile } from "./load.ts";
import type { Origin } from "./origin.ts";
import { fromOption, stepAsDocument } from "./overlay.ts";

/** A problem, and where in the file it is. */
interface Pointed {
	readonly diagnostic: Diagnostic;
	readonly line: number;
	readonly column: number;
}

/** What is wrong with a plan, each where it was written, a line of the file or an option, and in the order of the file. */
export function pointAt(failure: Failure, origin: Origin, reads: Reads): Failure {
	const root = parseAgain(reads, origin.text);
	const source = sourceOf(origin.file, origin.text);
	const pointed = failure.diagnostics.map((each) => pointAtOne(withoutFile(each, origin), origin, root, source, reads));
	const [first, ...others] = pointed
		.sort((left, right) => left.line - right.line || left.column - right.column)
		.map(({ diagnostic }) => diagnostic);
	return new Failure(first as Diagnostic, ...others);
}

/** That there is no file is the first that somebody wants to know who has written one. */
function withoutFile(diagnostic: Diagnostic, { path, text }: Origin): Diagnostic {
	const { code, message, remedy = [] } = diagnostic;
	if (path !== undefined && code === "USER_MISSING" && text.split("\n").every((line) => /^\s*(?:#|---\s*$|$)/.test(line))) {
		return {
			...diagnostic,
			message: `the file has no key at all, and ${message}`,
			remedy: [
				`a volume or ConfigMap over it that is not filled hides the one of the image: look at what is mounted at ${shellWord(path)}`,
				...remedy,
			],
		};
	}
	return path !== undefined || code !== "USER_MISSING"
		? diagnostic
		: {
				...diagnostic,
				message: `${defaultFile} does not exist, and ${message}`,
				remedy: [
					`COPY or mount it there (kubernetes: the mountPath of its ConfigMap, with subPath), or name another: --config FILE`,
					...remedy,
				],
			};
}

function pointAtOne(diagnostic: Diagnostic, origin: Origin, root: YamlNode, source: Source, reads: Reads): Pointed {
	const keys = keysOf(diagnostic, origin);
	const { node, words } = locateWritten(root, keys);
	const option = optionFor(diagnostic, keys, origin, reads) ?? (node === root ? diagnostic : undefined);
	if (option !== undefined) {
		return { diagnostic: option, line: Number.POSITIVE_INFINITY, column: 0 };
	}
	const { line, column } = node;
	const remedy = diagnostic.code === "INTERPOLATION_UNSET" && node.kind === "scalar" ? unsetRemedy(node.text, diagnostic.message) : [];
	const told = remedy.length === 0 || diagnostic.remedy !== undefined ? diagnostic : { ...diagnostic, remedy };
	return { diagnostic: atLine(node.kind === "scalar" ? withNames(told, node.text) : told, source, node, words), line, column };
}

/** Values that variables brought here may be secrets: what is quoted of them is shown as it is written. */
function withNames(diagnostic: Diagnostic, written: string): Diagnostic {
	const values = interpolatedValues().filter(([name, value]) => value !== "" && new RegExp(`\\$\\{${name}\\W`).test(written));
	const whole = values.reduce(
		(text, [name, value]) => text.replaceAll(new RegExp(`\\$\\{${name}(?:\\}|:[^}]*\\})`, "g"), () => value),
		written,
	);
	const quotations = new Set([whole, ...whole.split(":"), ...values.map(([, value]) => value)].map(quoted));
	const taken = new Map(values.flatMap(([name, value]) => partsOf(value).map((part) => [quoted(part), quoted(`\${${name}}`)])));
	const named = (text: string) =>
		text.replaceAll(
			/"(?:[^"\\]|\\.)*"/g,
			(each) =>
				taken.get(each) ??
				(quotations.has(each) ? values.reduce((shown, [name, value]) => shown.replaceAll(value, () => `\${${name}}`), each) : each),
		);
	const withReturn = values.filter(([, value]) => value.endsWith("\r"));
	return values.length === 0
		? diagnostic
		: {
				...diagnostic,
				message: named(diagnostic.message).replace(/"(\$\{\w+\})"/, "the value of $1"),
				remedy: [
					...withReturn.map(
						([variable]) =>
							`\${${variable}} ends with a carriage return, as lines of Windows do: sed -i 's/\\r$//' in the file that it comes from`,
					),
					...(diagnostic.remedy ?? []).filter((line) => !values.some(([, value]) => hasPartOf(value, line))).map(named),
				],
			};
}

function atLine(diagnostic: Diagnostic, source: Source, node: Place["node"], words: string): Diagnostic {
	return { ...diagnostic, ...diagnosticAt(source, { node, words }, diagnostic.code, diagnostic.message) };
}

type Keys = readonly (string | number)[];

/** `setup[1].own.owner`, apart. A command that was given is not in the file. */
function keysOf({ where = "" }: Diagnostic, { options }: Origin): Keys {
	if (where === "command") {
		return options.command.length > 0 ? [] : ["command", "default"];
	}
	return isKey(where) ? keysIn(where) : [];
}

/** The same with the option that it comes from, which wins over what the file says. */
function optionFor(diagnostic: Diagnostic, keys: Keys, origin: Origin, reads: Reads): Diagnostic | undefined {
	const { values } = origin.options;
	const [key, index] = keys;
	if (key === "setup" && typeof index === "number") {
		return stepFromOption(diagnostic, keys, index - origin.stepsOfFile, origin, reads);
	}
	const ofUser = diagnostic.code === "GROUP_UNKNOWN" && values.has("group") ? "group" : "user";
	const option = key === "user" ? ofUser : key === "seccomp" ? key : undefined;
	return option !== undefined && values.has(option) ? { ...diagnostic, where: `--${option}` } : undefined;
}

/** The steps of options come after those of the file. */
function stepFromOption(
	diagnostic: Diagnostic,
	[, , ...below]: Keys,
	nth: number,
	{ options, added }: Origin,
	reads: Reads,
): Diagnostic | undefined {
	const texts = options.values.get("setup") ?? [];
	const steps = added.flatMap((count, option) => Array.from({ length: count }, (_, index) => ({ text: texts[option] ?? "", index })));
	const step = steps[nth];
	if (step === undefined) {
		return undefined;
	}
	const document = stepAsDocument(step.text);
	const { node, words } = locate(parseAgain(reads, document), ["setup", step.index, ...below], false);
	return fromOption(atLine(diagnostic, sourceOf("--setup", document), node, words));
}

function parseAgain(reads: Reads, text: string): YamlNode {
	const parsed = reads.parseYaml(text);
	return parsed === undefined || parsed.kind === "fault" ? { kind: "mapping", line: 1, column: 1, entries: [] } : parsed;
}
