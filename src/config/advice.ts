import * as v from "valibot";
import type { Diagnostic } from "../report/failure.ts";
import type { Reads, YamlNode } from "../sys/native.ts";
import type { DocumentSchema } from "./document.ts";
import type { StepSchemas } from "./entry.ts";
import { type FormFields, formOf } from "./form.ts";
import { childOf, locate, type Place } from "./locate.ts";
import { type Refused, scopeOf, shapeHints, whatToWrite } from "./shapes.ts";
import { sentenceFor, synonymOf } from "./synonyms.ts";
import { unsetRemedy } from "./unset.ts";
import { type Complete, toValue } from "./values.ts";

/**
 * What to do about a key or a value that was refused. What is to be written is tried: it is told only when the schema takes it, where it would
 * stand.
 */

type Keys = readonly (string | number)[];

export interface Advised extends Pick<Diagnostic, "code" | "message">, Partial<Pick<Place, "keys" | "node">> {}

export interface Document {
	readonly root: YamlNode;
	readonly reads: Reads;
	/** Of a document that uses any of the steps. */
	readonly schema: DocumentSchema;
	readonly complete: Complete;
}

/** `write when: {env: FOO}` and the like, and the message where another says it better. */
export function adviceOn({ code, message, keys, node }: Advised, document: Document): Partial<Pick<Diagnostic, "message" | "remedy">> {
	const isUnknownKey = code === "CONFIG_UNKNOWN_KEY";
	if (code === "INTERPOLATION_UNSET" && node?.kind === "scalar") {
		const remedy = unsetRemedy(node.text, message);
		return remedy.length === 0 ? {} : { remedy };
	}
	if (keys === undefined || (!isUnknownKey && code !== "CONFIG_INVALID_VALUE")) {
		return {};
	}
	const { root, schema } = document;
	const written = asWritten(root, keys);
	const value = locate(root, written, false).node as YamlNode;
	const above = locate(root, written.slice(0, -1), false).node as YamlNode;
	const refused: Refused = { keys: written, key: String(keys.at(-1) ?? ""), isUnknownKey, value, above };
	const [plain = message, ...suggested] = isUnknownKey ? message.split("; ") : [message];
	const scope = scopeOf(refused);
	const isOthersWord = isUnknownKey && (synonymOf(scope, refused.key) ?? sentenceFor(scope, refused.key)) !== undefined;
	if (suggested.length > 0 && !isOthersWord) {
		return {};
	}
	const advice = whatToWrite(refused, stepsOf(schema)).find((each) => isAccepted(each, written, document));
	const remedy = [...(advice === undefined ? [] : [`write ${advice}`]), ...shapeHints(refused), ...nameHints(refused, scope, advice)];
	return { ...(isUnknownKey ? { message: plain } : { message: clearer(message, value) }), ...(remedy.length === 0 ? {} : { remedy }) };
}

/** Where no value can be carried over, the name of the key is known at least. */
function nameHints({ isUnknownKey, key }: Refused, scope: string, advice: string | undefined): string[] {
	const ours = synonymOf(scope, key);
	const sentence = sentenceFor(scope, key) ?? (ours === undefined ? undefined : `the key is called ${ours}`);
	return isUnknownKey && advice === undefined && sentence !== undefined ? [sentence] : [];
}

/** What is written instead of the text that is expected. */
function clearer(message: string, value: YamlNode): string {
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

export function stepsOf(schema: DocumentSchema): StepSchemas {
	const { fields } = formOf(schema) as { readonly fields: FormFields };
	const { item } = (fields["setup"] as FormFields[string]).schema() as unknown as { readonly item: unknown };
	return (formOf(item) as { readonly steps: StepSchemas }).steps;
}

/** Without the keys that a short form leaves out, and the place in a list of what is no list. */
function asWritten(root: YamlNode, keys: Keys): Keys {
	let node: YamlNode | undefined = root;
	return keys.filter((key) => {
		const above: YamlNode | undefined = node;
		const isThere = typeof key === "number" ? above?.kind === "sequence" : above?.kind === "mapping";
		node = isThere ? childOf(above, key) : above;
		return isThere;
	});
}

/** Stands for what only the reader knows. */
const open = "...";

function isAccepted(advice: string, keys: Keys, { root, reads, schema, complete }: Document): boolean {
	const isItem = advice.startsWith("- ");
	const isOnlyValue = !isItem && typeof keys.at(-1) === "number" && !/^[\w."/-]+: /.test(advice);
	const parsed = reads.parseYaml(isItem || isOnlyValue ? advice : `{${advice.replace(", and ", ", ")}}`);
	if (parsed === undefined || parsed.kind === "fault") {
		return false;
	}
	if (parsed.kind === "sequence" && isItem) {
		return isGood(keys.slice(0, 2), parsed.items[0] as YamlNode);
	}
	if (isOnlyValue || parsed.kind !== "mapping") {
		return isGood(keys, parsed);
	}
	const [first] = parsed.entries;
	const at = keys.lastIndexOf(first?.[0].text ?? "");
	const above = at >= 0 ? keys.slice(0, at) : first?.[0].text === "setup" ? [] : keys.slice(0, -1);
	const withoutOld = at >= 0 ? root : replaced(root, keys, undefined);
	const changed = parsed.entries.reduce((document, [key, value]) => replaced(document, [...above, key.text], value), withoutOld);
	return parsed.entries.every(([key]) => isTaken(changed, [...above, key.text]));

	function isGood(place: Keys, value: YamlNode): boolean {
		return isTaken(replaced(root, place, value), place);
	}

	function isTaken(document: YamlNode, place: Keys): boolean {
		const issues =
			v.safeParse(
				schema,
				toValue(document, complete, () => {}),
			).issues ?? [];
		return issues.every(({ path = [] }) => {
			const at = asWritten(
				document,
				(path ?? []).map(({ key }) => key as string | number),
			);
			const { node } = locate(document, at, false);
			const isOpen = node.kind === "scalar" && node.text === open;
			return isOpen || !(place.every((key, index) => at[index] === key) || at.every((key, index) => place[index] === key && at.length > 0));
		});
	}
}

/** The same with another value there, or without any. */
function replaced(node: YamlNode, [key, ...rest]: Keys, value: YamlNode | undefined): YamlNode {
	if (key === undefined) {
		return value ?? node;
	}
	if (node.kind === "sequence") {
		return { ...node, items: node.items.map((item, index) => (index === key ? replaced(item, rest, value) : item)) };
	}
	if (node.kind !== "mapping") {
		return node;
	}
	const isLast = rest.length === 0;
	const others = node.entries.filter(([name]) => name.text !== key);
	const present = node.entries.find(([name]) => name.text === key);
	const name = present?.[0] ?? { kind: "scalar" as const, line: node.line, column: node.column, text: String(key), plain: true };
	const empty: YamlNode = { kind: "mapping", line: node.line, column: node.column, entries: [] };
	const next = isLast ? value : replaced(present?.[1] ?? empty, rest, value);
	return { ...node, entries: next === undefined ? others : [...others, [name, next]] };
}
