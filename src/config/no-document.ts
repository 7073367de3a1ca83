import type { Correction } from "../report/correction.ts";
import { corrected } from "../report/correction.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import { diagnosticAt, type Source, sourceOf } from "../report/source.ts";
import { yamlQuoted } from "../report/yaml.ts";
import type { Reads, YamlFault, YamlNode } from "../sys/native.ts";
import { ifItCan } from "./advice.ts";
import { listAtTop } from "./at-the-top.ts";
import type { DocumentSchema } from "./document.ts";
import { keysOfDocument, stepsOf } from "./example-of.ts";
import { type Lines, rest } from "./extent.ts";
import { foreignFile } from "./foreign-files.ts";
import { limitNames } from "./limits.ts";
import { keysTo, locate } from "./locate.ts";
import { isOurs, notOurs, withoutText } from "./not-ours.ts";
import { slipsIn, tellSlip } from "./plain-words.ts";
import { proposed } from "./proposal.ts";
import { readOn } from "./read-on.ts";
import { reshaped } from "./reshape.ts";
import type { Slip } from "./slip.ts";
import { flow, word } from "./written.ts";

const faultCodes: Readonly<Record<YamlFault["fault"], Diagnostic["code"]>> = {
	syntax: "CONFIG_SYNTAX",
	unsupported: "CONFIG_SYNTAX",
	"duplicate-key": "CONFIG_DUPLICATE_KEY",
	"too-deep": "CONFIG_TOO_LARGE",
	"too-many-nodes": "CONFIG_TOO_LARGE",
};

/** Text that is no YAML of ours, or no mapping; `read` finds what else is wrong where a correction makes it one. */
export async function noDocument(
	text: string,
	file: string,
	parsed: YamlNode | YamlFault,
	reads: Reads,
	loadSteps: (kinds: readonly string[]) => Promise<DocumentSchema>,
	read?: (text: string) => Promise<unknown>,
): Promise<Failure> {
	const source = sourceOf(file, text);
	const foreign = foreignFile(text, parsed);
	if (foreign !== undefined) {
		return new Failure(withoutText({ ...diagnosticAt(source, start, "CONFIG_INVALID_VALUE", foreign.message), remedy: foreign.remedy }));
	}
	if (/^(?:\udcff\udcfe|\udcfe\udcff|.?\0.\0)/.test(text)) {
		return new Failure({
			code: "CONFIG_SYNTAX",
			where: file,
			message: "this is UTF-16, and YAML here is UTF-8",
			remedy: ["save it as UTF-8: iconv -f UTF-16 -t UTF-8"],
		});
	}
	const schema = await loadSteps(stepsOf(await loadSteps([])).names);
	const words = [...keysOfDocument(schema), ...stepsOf(schema).names];
	if (!isOurs(parsed, source, words, reads)) {
		return notOurs(source, parsed, kindOf(parsed));
	}
	const slips = slipsOf(source, parsed, reads, words);
	const [first, ...others] = slips;
	if (first !== undefined) {
		const below = read === undefined ? [] : await readOn(source, slips.flatMap(readingOf), read);
		const isApart = ({ where = "" }: Diagnostic) => !slips.some(({ line, isAlone }) => isAlone && where.startsWith(`${file}:${line}:`));
		return new Failure(tellSlip(source, first), ...others.map((each) => tellSlip(source, each)), ...below.filter(isApart));
	}
	if (parsed.kind !== "fault") {
		const list = listAtTop(parsed, source, stepsOf(schema).names);
		const told: Diagnostic =
			list === undefined
				? diagnosticAt(source, locate(parsed, [], false), "CONFIG_INVALID_VALUE", noMapping)
				: { ...tellSlip(source, list), code: "CONFIG_INVALID_VALUE" };
		const below = told.correction === undefined || read === undefined ? [] : await readOn(source, [told.correction], read);
		return new Failure(told, ...below);
	}
	if (parsed.fault === "duplicate-key") {
		return duplicates(source, parsed, reads, schema, read);
	}
	const below = parsed.message === secondDocument && read !== undefined ? await eachDocument(source, parsed, read) : [];
	const message = parsed.fault.startsWith("too") ? parsed.message : plainly(parsed.message);
	const diagnostic = diagnosticAt(source, { node: parsed, words: "" }, faultCodes[parsed.fault], message);
	return new Failure({ ...diagnostic, ...whatElse(source, parsed) }, ...below);
}

const secondDocument = "a second document";

/** Each by itself; more than a few are one mistake made often. */
async function eachDocument(source: Source, { line }: YamlFault, read: (text: string) => Promise<unknown>): Promise<readonly Diagnostic[]> {
	const starts = source.lines.flatMap((text, index) => (index >= line - 1 && /^---(?:\s|$)/.test(text) ? [index] : [])).slice(0, 4);
	const ends = [...starts, source.lines.length];
	const found: Diagnostic[] = [];
	for (const [place, end] of ends.entries()) {
		const start = starts[place - 1] ?? -1;
		const lines = source.lines.map((text, index) => (index < end && index > start ? text : ""));
		found.push(...(await readOn(source, [], read, lines)));
	}
	return found;
}

const noMapping = "expected a mapping of keys, such as user: app";

/** In words that have nothing of the text: a parser's have. */
function kindOf(parsed: YamlNode | YamlFault): Pick<Diagnostic, "code" | "message"> {
	return parsed.kind !== "fault"
		? { code: "CONFIG_INVALID_VALUE", message: noMapping }
		: {
				code: faultCodes[parsed.fault],
				message: parsed.fault.startsWith("too") ? parsed.message : "no YAML of one mapping, each key once",
			};
}

/** A document that a tool is to write anew, and that is somebody else's. */
export async function othersDocument(
	text: string,
	file: string,
	parsed: YamlNode,
	loadSteps: (kinds: readonly string[]) => Promise<DocumentSchema>,
	reads: Reads,
): Promise<Failure | undefined> {
	const source = sourceOf(file, text);
	const foreign = foreignFile(text, parsed);
	const schema = await loadSteps([]);
	if (foreign === undefined && isOurs(parsed, source, [...keysOfDocument(schema), ...stepsOf(schema).names], reads)) {
		return undefined;
	}
	return notOurs(source, parsed, { code: "CONFIG_INVALID_VALUE", message: foreign?.message ?? "no configuration of abdicate" });
}

const start = { node: { line: 1, column: 1 }, words: "" };

function readingOf({ correction, reading }: Slip): readonly Correction[] {
	return [correction ?? reading ?? []].flat();
}

/** Those that bring the parser further. */
function slipsOf({ lines }: Source, parsed: YamlNode | YamlFault, reads: Reads, keys: readonly string[]): readonly Slip[] {
	if (parsed.kind === "fault" && parsed.fault !== "syntax" && parsed.fault !== "unsupported") {
		return [];
	}
	const slips = slipsIn(lines, [...keys, ...limitNames]);
	const text = lines.join("\n");
	const after = reads.parseYaml(corrected(text, slips.flatMap(readingOf)).text);
	const isFurther =
		after === undefined ||
		(after.kind === "fault" ? parsed.kind === "fault" && after.line > parsed.line : after.kind === "mapping" || parsed.kind === "fault");
	return isFurther ? slips : [];
}

/** A parser's sentences say nothing to who does not know its words, by what they are about. */
const sentences: readonly (readonly [about: RegExp, said: string])[] = [
	[/^a second document$/, "a second document begins here, and a configuration is one"],
	[/anchor|alias/i, "a value that begins with * or & is a name of YAML's own, unless it is quoted"],
	[/not a scalar/, "braces or brackets stand where a key does: what is meant as text is quoted"],
	[/flow/i, "within brackets, or at their end, a comma, a colon or the closing bracket is missing"],
	[/quote/i, "a quote does not end, or something follows where it ends"],
	[/\btag\b(?! other)/i, "a value that begins with ! is a tag of YAML's, unless it is quoted"],
	[
		/block|key|node|indicator|indent|sequence|mapping|collection|whitespace|scalar|document|token/i,
		"this does not fit what stands above: a key ends with a colon and a blank, an item begins with a dash and a blank, and what belongs together begins in one column",
	],
];

function plainly(message: string): string {
	return sentences.find(([about]) => about.test(message))?.[1] ?? message;
}

function whatElse({ lines }: Source, { line, column, message }: YamlFault): Pick<Diagnostic, "remedy" | "correction"> {
	const text = lines[line - 1] ?? "";
	if (message === secondDocument) {
		const at = lines.findIndex((each, index) => index >= line - 1 && /^---/.test(each));
		const correction: Correction | undefined =
			at < 0
				? undefined
				: {
						edits: [{ line: at + 1, column: 1, endLine: at + 1, endColumn: Array.from(lines[at] ?? "").length + 1, text: "" }],
						isCertain: false,
					};
		return { remedy: ["leave the line --- out, or put what follows into a file of its own"], ...(correction && { correction }) };
	}
	const pattern = unquotedPattern(text, column);
	if (pattern === undefined) {
		return {};
	}
	const at = Array.from(text.slice(0, text.indexOf(pattern))).length + 1;
	const edit = { line, column: at, endLine: line, endColumn: at + Array.from(pattern).length, text: yamlQuoted(pattern) };
	return {
		remedy: [`write ${yamlQuoted(pattern)} in quotes: a value that begins with * names an anchor`],
		correction: { edits: [edit], isCertain: true },
	};
}

/** `*.sh` where the fault is, which only looks like an alias. */
function unquotedPattern(line: string, column: number): string | undefined {
	const rest = Array.from(line)
		.slice(column - 1)
		.join("");
	const found = /^[^*]{0,2}(\*[^\s,\]}]*)/.exec(rest) ?? /(?:^|[\s[{,:-])(\*[^\s,\]}]+)/.exec(line);
	return found?.[1];
}

/** Each is read under a name that nothing else has, of the same length, so that what stands there is known. */
async function duplicates(
	source: Source,
	first: YamlFault,
	reads: Reads,
	schema: DocumentSchema,
	read?: (text: string) => Promise<unknown>,
): Promise<Failure> {
	const characters = source.lines.map((each) => Array.from(each));
	const found: { readonly fault: YamlFault; readonly key: string }[] = [];
	let parsed: ReturnType<Reads["parseYaml"]> = first;
	while (parsed?.kind === "fault" && parsed.fault === "duplicate-key" && found.length < standIns.length) {
		const fault: YamlFault = parsed;
		const { line, column } = fault;
		const key: string = /^\w*/.exec((characters[line - 1] ?? []).slice(column - 1).join(""))?.[0] ?? "";
		const stand = Array.from((standIns[found.length] ?? "z").repeat(key.length));
		found.push({ fault, key });
		characters[line - 1]?.splice(column - 1, key.length, ...stand);
		parsed = key === "" ? undefined : reads.parseYaml(characters.map((each) => each.join("")).join("\n"));
	}
	const promised = new Map<string, YamlNode>();
	let isList = false;
	const lines = characters.map((each) => each.join(""));
	const text = lines.join("\n");
	const root = parsed?.kind === "mapping" ? parsed : undefined;
	const written = source.lines.map((each) => Array.from(each));
	const { names } = stepsOf(schema);
	const told = found.map(({ fault, key }): Diagnostic => {
		const keys = root && keysTo(root, (_, at) => at?.line === fault.line && at.column === fault.column);
		const value = root && keys && locate(root, keys, false).node;
		const ofList = asSteps(written, root, keys, (name) => names.includes(name) || /^(.)\1*$/.test(name));
		if (ofList !== undefined) {
			const { correction: dashes, ...words } = ofList;
			const more = isList || dashes === undefined ? {} : { correction: dashes };
			isList = true;
			return { ...diagnosticAt(source, { node: fault, words: "" }, "CONFIG_DUPLICATE_KEY", fault.message), ...words, ...more };
		}
		const document = root && { text, lines: characters, root, reads, schema, complete: (each: string) => each, promised };
		const both = document && keys && value && ifItCan(() => proposed({ text: `${word(key)}: ${flow(value as YamlNode)}` }, keys, document));
		const isStep = names.includes(key);
		const before = root && keys && (locate(root, [...keys.slice(0, -1), key], false).node as YamlNode);
		const [one, two] = [before, value as YamlNode | undefined].map((each) => (each ? `${word(key)}: ${flow(each)}` : ""));
		const others = {
			remedy: [
				isStep
					? `the steps of setup are a list: - ${two || key}`
					: one && two
						? `leave one of them out: ${one}, or ${two}`
						: "leave one of them out",
			],
		};
		const joined = both?.correction && { remedy: [`write ${both.told.join(", ")}`], correction: both.correction };
		return { ...diagnosticAt(source, { node: fault, words: "" }, "CONFIG_DUPLICATE_KEY", fault.message), ...(joined ?? others) };
	});
	const [one, ...others] = told;
	const corrections = told.flatMap(({ correction }) => correction ?? []);
	for (const { fault } of isList ? [] : found.filter((_, index) => told[index]?.correction === undefined)) {
		lines.fill("", fault.line - 1, endOfEntry(lines, fault) ?? fault.line - 1);
	}
	const below = read === undefined ? [] : await readOn(source, corrections, read, isList ? source.lines : lines);
	const isNew = ({ where = "" }: Diagnostic) => !told.some((each) => where === each.where || where.startsWith(`${each.where} `));
	return new Failure(one as Diagnostic, ...others, ...below.filter(isNew));
}

/** The line behind what stands below a key that begins its line. */
function endOfEntry(lines: readonly string[], { line, column }: YamlFault): number | undefined {
	const isFurther = (text: string) => /^\s*(?:#|$)/.test(text) || text.search(/\S/) >= column || text.startsWith("- ", column - 1);
	const end = lines.findIndex((text, index) => index >= line && !isFurther(text));
	return (lines[line - 1] ?? "").slice(0, column - 1).trim() === "" ? (end < 0 ? lines.length : end) : undefined;
}

const standIns = ["z", "q", "j", "x", "k", "v", "w", "y"];

/** `own: /a` and `own: /b` below `setup`, without their dashes: each becomes an item as it is written. */
function asSteps(
	lines: Lines,
	root: YamlNode | undefined,
	keys: readonly (string | number)[] | undefined,
	isStep: (key: string) => boolean,
): Pick<Diagnostic, "remedy" | "correction"> | undefined {
	const [setup] = root?.kind === "mapping" ? root.entries.filter(([{ text }]) => text === "setup") : [];
	const [, block] = setup ?? [];
	if (keys?.length !== 2 || keys[0] !== "setup" || setup === undefined || block?.kind !== "mapping") {
		return undefined;
	}
	const items = block.entries.map((entry) => ({ ...block, entries: [entry] }));
	const edits = reshaped(lines, setup, "setup", { ...block, kind: "sequence", items });
	const [key] = block.entries.find(([{ text }]) => text === keys[1]) ?? [];
	return edits && key && block.entries.every(([{ text }]) => isStep(text))
		? {
				remedy: [`the steps of setup are a list: write - ${rest(lines, key).trim()}, and so for each`],
				correction: { edits: edits.toSorted((left, right) => left.line - right.line), isCertain: true },
			}
		: undefined;
}
