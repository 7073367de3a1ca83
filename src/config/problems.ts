import type { BaseIssue } from "valibot";
import type { Back } from "../report/correction.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import { diagnosticAt, sourceOf } from "../report/source.ts";
import type { Reads, YamlNode } from "../sys/native.ts";
import { adviceOn } from "./advice.ts";
import { belowOneKey } from "./at-the-top.ts";
import type { DocumentSchema } from "./document.ts";
import { keysOfDocument, stepsOf } from "./example-of.ts";
import { foreignFile } from "./foreign-files.ts";
import { limitNames } from "./limits.ts";
import { type Place, placeOfIssue } from "./locate.ts";
import { isOurs, notOurs, withoutText } from "./not-ours.ts";
import { silentSlips, tellSlip } from "./plain-words.ts";
import { readOn } from "./read-on.ts";
import { type Told, underRightNames } from "./right-names.ts";
import type { Slip } from "./slip.ts";
import type { Complete } from "./values.ts";

/** A value that could not be completed, or a key that cannot be one. */
export interface TreeFault extends Pick<Diagnostic, "code" | "message"> {
	readonly node: YamlNode;
}

interface Placed extends Pick<Place, "node" | "words">, Partial<Pick<Place, "keys">>, Pick<Diagnostic, "code" | "message"> {}

/** What to write is tried on the whole text for each of them, which takes its time. */
function mostAtOnce(text: string): number {
	return Math.min(100, Math.max(4, Math.floor(500_000 / text.length)));
}

/** A document as it was read, and all that is wrong with it. */
export interface Written {
	readonly text: string;
	readonly file: string;
	readonly root: YamlNode;
	readonly faults: readonly TreeFault[];
	readonly issues: readonly BaseIssue<unknown>[];
	readonly schema: DocumentSchema;
	readonly reads: Reads;
	readonly complete: Complete;
	readonly loadSteps: (kinds: readonly string[]) => Promise<DocumentSchema>;
	/** What is wrong with a tree. */
	readonly examine: (root: YamlNode) => Promise<Pick<Written, "faults" | "issues">>;
}

/** All that is wrong with a file, in the order of the file. Of the faults those that are to be told; what follows from the others is not told either. */
export async function allProblems(written: Written, told: readonly TreeFault[] = written.faults): Promise<Failure> {
	const { text, file, root, schema, loadSteps } = written;
	const source = sourceOf(file, text);
	const foreign = foreignFile(text, root);
	if (foreign !== undefined) {
		const about = diagnosticAt(source, { node: root, words: "" }, "CONFIG_INVALID_VALUE", foreign.message);
		return new Failure(withoutText({ ...about, remedy: foreign.remedy }));
	}
	// What is to be written may be another step.
	const whole = await loadSteps(stepsOf(schema).names);
	const known = keysOfDocument(whole);
	const words = [...known, ...stepsOf(whole).names];
	const readAgain = async (changed: string) => {
		const parsed = written.reads.parseYaml(changed);
		return parsed?.kind === "mapping" ? { ...written, text: changed, root: parsed, ...(await written.examine(parsed)) } : undefined;
	};
	const isKnown = isOurs(root, source, [...words, "abdicate"], written.reads);
	const wrapped = belowOneKey(root, source, words, isKnown);
	if (wrapped !== undefined) {
		const about = { ...tellSlip(source, wrapped), code: "CONFIG_UNKNOWN_KEY" } as const;
		// Below another word it may be somebody else's.
		if (!wrapped.message.endsWith("abdicate:")) {
			return new Failure(withoutText(about));
		}
		const below = await readOn(source, [wrapped.correction ?? []].flat(), async (changed) => {
			const next = await readAgain(changed);
			if (next !== undefined && next.faults.length + next.issues.length > 0) {
				throw await allProblems(next);
			}
		});
		return new Failure(about, ...below);
	}
	if (!isKnown) {
		return notOurs(source, root, { code: "CONFIG_UNKNOWN_KEY", message: "unknown keys alone" });
	}
	const isTold = ({ line, column }: Pick<YamlNode, "line" | "column">) =>
		told.some(({ node }) => node.line === line && node.column === column);
	let hidden = 0;
	const look = (each: Written, back: Back) => {
		const faults = each.faults.filter(({ node, code }) => code !== "INTERPOLATION_UNSET" || isTold(back(node)));
		const { shown, more } = placedIn({ ...each, schema: whole }, faults, words, known);
		hidden = more;
		return shown;
	};
	const found = await underRightNames(written, look, readAgain);
	const shown = found
		.map(({ node, words: at, code, message, remedy, correction, known: keys }, index): Diagnostic => {
			const isKnown = keys === undefined || found.findIndex((other) => other.known === keys) < index;
			const told = remedy ?? (isKnown ? undefined : [keys]);
			return {
				...diagnosticAt(source, { node, words: at }, code, message),
				...(told === undefined ? {} : { remedy: told }),
				...(correction === undefined ? {} : { correction }),
			};
		})
		.filter(isToldOnce);
	const last = shown.at(-1);
	const [first, ...others] = hidden === 0 || last === undefined ? shown : [...shown.slice(0, -1), withRest(last, hidden)];
	return new Failure(first as Diagnostic, ...others);
}

function placedIn(
	{ text, file, root, faults, issues, schema, reads, complete }: Written,
	told: readonly TreeFault[],
	words: readonly string[],
	known: readonly string[],
): { readonly shown: readonly Told[]; readonly more: number } {
	const { lines } = sourceOf(file, text);
	const { problems, touched } = placeFaults(root, faults);
	const independent = independentIssues(root, touched, issues);
	const document = {
		text,
		lines: lines.map((line) => Array.from(line)),
		root,
		reads,
		complete,
		schema,
		promised: new Map<string, YamlNode>(),
	};
	const found = [...problems.filter(({ fault }) => told.includes(fault)), ...independent].sort(bySourceOrder);
	// Alone is what may be meant, where nothing is wrong with it.
	const slips = silentSlips(lines, [...words, ...limitNames]).filter(
		({ line, message, isAlone }) =>
			(message.startsWith("a comment") || !isBelowOthersKey(root, line, known)) &&
			(!isAlone || found.some(({ node }) => node.line === line)),
	);
	const all = found.filter(({ node }) => !slips.some(({ line }) => line === node.line));
	const most = mostAtOnce(text);
	const placed = all
		.slice(0, most)
		.map(({ node, words: at, ...problem }) => ({ node, words: at, ...problem, ...adviceOn({ node, ...problem }, document) }));
	const shown = [...slips.map(asTold), ...placed.filter((each) => !placed.some((other) => isMendedBy(each, other)))];
	return { shown, more: Math.max(0, all.length - most) };
}

/** In every form in which it is told. */
function withRest(last: Diagnostic, more: number): Diagnostic {
	return { ...last, remedy: [...(last.remedy ?? []), `${more} more are told when these are mended`] };
}

/** A dollar sign below a key that is to be another one, or none, is told with that. */
function isMendedBy({ code, words }: Told, { code: other, words: above, remedy }: Told): boolean {
	const isBelow = `${words}.`.replaceAll("[", ".").startsWith(`${above}.`);
	return isBelow && code === "INTERPOLATION_SYNTAX" && other === "CONFIG_UNKNOWN_KEY" && remedy !== undefined;
}

function asTold({ message, remedy, correction, ...node }: Slip): Told {
	const more = { ...(remedy === undefined ? {} : { remedy: [remedy] }), ...(correction === undefined ? {} : { correction }) };
	return { node, words: "", code: "CONFIG_SYNTAX", message, ...more };
}

/** One line mends several keys that belong together, and what is missing is there under another name. */
function isToldOnce({ code, where = "", remedy }: Diagnostic, index: number, all: readonly Diagnostic[]): boolean {
	const line = remedy?.join("\n");
	// What a step lacks is below the step, whose keys stand beside it.
	const isNear = (one: string, two: string) => one === two || (two !== "" && one.startsWith(`${two}.`));
	const isSame = (other: Diagnostic) =>
		/^write\s/.test(line ?? "") &&
		other.remedy?.join("\n") === line &&
		(isNear(aboveOf(other.where), aboveOf(where)) || isNear(aboveOf(where), aboveOf(other.where)));
	const name = where.slice(where.lastIndexOf(".") + 1);
	const isWritten = (other: Diagnostic) =>
		other.code === "CONFIG_UNKNOWN_KEY" &&
		aboveOf(other.where) === aboveOf(where) &&
		other.remedy?.[0]?.startsWith("write ") === true &&
		[` ${name}:`, `{${name}:`].some((each) => other.remedy?.[0]?.includes(each) === true);
	const same = all.filter(isSame);
	const kept = same.find(({ correction }) => correction !== undefined) ?? same[0];
	return (kept === undefined || kept === all[index]) && !(code === "CONFIG_MISSING_KEY" && all.some(isWritten));
}

/** The words without the place and the last key; an item of a list is told by itself. */
function aboveOf(where = ""): string {
	const words = where.slice(where.indexOf(" ") + 1);
	return words.endsWith("]") ? words : words.slice(0, Math.max(0, words.lastIndexOf(".")));
}

/** What stands below a key that is none of ours is not ours either. */
function isBelowOthersKey(root: YamlNode, line: number, known: readonly string[]): boolean {
	const above = root.kind === "mapping" ? root.entries.findLast(([key]) => key.line < line)?.[0] : undefined;
	return above !== undefined && !known.includes(above.text);
}

/** A value that could not be completed would only be complained of twice, and so would what is made of it. */
export function independentIssues(root: YamlNode, touched: ReadonlySet<YamlNode>, issues: readonly BaseIssue<unknown>[]): Placed[] {
	return issues.map((issue) => placeOfIssue(root, issue)).filter(({ node, code }) => isAboutKeys(code) || !touched.has(node as YamlNode));
}

function isAboutKeys(code: Diagnostic["code"]): boolean {
	return code === "CONFIG_UNKNOWN_KEY" || code === "CONFIG_MISSING_KEY";
}

function bySourceOrder({ node: left }: Placed, { node: right }: Placed): number {
	return left.line - right.line || left.column - right.column;
}

/** The words for each faulty node, found in one walk, and the nodes that are or hold one. */
export function placeFaults(
	root: YamlNode,
	faults: readonly TreeFault[],
): { problems: (Placed & { readonly fault: TreeFault })[]; touched: ReadonlySet<YamlNode> } {
	const faultOf = new Map(faults.map((fault) => [fault.node, fault]));
	const problems: (Placed & { readonly fault: TreeFault })[] = [];
	const touched = new Set<YamlNode>();
	const visit = (node: YamlNode, words: string): boolean => {
		const fault = faultOf.get(node);
		if (fault !== undefined) {
			problems.push({ ...fault, words, fault });
		}
		const below = childrenOf(node, words).filter(([child, path]) => visit(child, path));
		if (fault !== undefined || below.length > 0) {
			touched.add(node);
		}
		return touched.has(node);
	};
	if (faults.length > 0) {
		visit(root, "");
	}
	return { problems, touched };
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
