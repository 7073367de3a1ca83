import type { Correction } from "../report/correction.ts";
import type { Diagnostic } from "../report/failure.ts";
import type { YamlNode } from "../sys/native.ts";
import type { DocumentSchema } from "./document.ts";
import { elsewhere } from "./elsewhere.ts";
import type { StepSchemas } from "./entry.ts";
import { type FormFields, formOf } from "./form.ts";
import { locate, type Place } from "./locate.ts";
import { asWritten, type Document, type Proposal, proposed, renamed, without } from "./proposal.ts";
import { type Refused, scopeOf, shapeHints, whatToWrite } from "./shapes.ts";
import { sentenceFor, synonymOf } from "./synonyms.ts";
import { unsetRemedy } from "./unset.ts";

/**
 * What to do about a key or a value that was refused. What is to be written is tried: it is told only when the schema takes it, where it would
 * stand.
 */

export interface Advised extends Pick<Diagnostic, "code" | "message">, Partial<Pick<Place, "keys" | "node">> {}

/** `write when: {env: FOO}` and the like, and the message where another says it better. */
export function adviceOn(
	{ code, message, keys, node }: Advised,
	document: Document,
): Partial<Pick<Diagnostic, "message" | "remedy" | "correction">> {
	const isUnknownKey = code === "CONFIG_UNKNOWN_KEY";
	if (code === "INTERPOLATION_UNSET" && node?.kind === "scalar") {
		const remedy = unsetRemedy(node.text, message);
		return remedy.length === 0 ? {} : { remedy };
	}
	if (keys === undefined || (!isUnknownKey && code !== "CONFIG_INVALID_VALUE")) {
		return {};
	}
	const { root } = document;
	const written = asWritten(root, keys);
	const value = locate(root, written, false).node as YamlNode;
	const above = locate(root, written.slice(0, -1), false).node as YamlNode;
	const refused: Refused = { keys: written, key: String(keys.at(-1) ?? ""), isUnknownKey, value, above };
	const [plain = message, ...suggested] = isUnknownKey ? message.split("; ") : [message];
	const scope = scopeOf(refused);
	const apart = isUnknownKey ? elsewhere(scope, refused.key, value) : undefined;
	const isOthersWord = isUnknownKey && (apart ?? synonymOf(scope, refused.key) ?? sentenceFor(scope, refused.key)) !== undefined;
	if (suggested.length > 0 && !isOthersWord) {
		const [, name] = /did you mean "(.+)"/.exec(message) ?? [];
		return corrects(name === undefined ? undefined : renamed(written, name, document));
	}
	const found = proposalFor(refused, document);
	const left = found === undefined && apart !== undefined ? without(written, document, apart.isCertain) : undefined;
	const remedy = [
		...(found === undefined ? [] : toWrite(found.told)),
		...(found === undefined && apart !== undefined ? apart.told : [...shapeHints(refused), ...nameHints(refused, scope, found)]),
	];
	return {
		message: isUnknownKey ? plain : clearer(message, value),
		...(remedy.length === 0 ? {} : { remedy }),
		...corrects(found?.correction ?? left),
	};
}

function proposalFor(refused: Refused, document: Document): Proposal | undefined {
	for (const advice of whatToWrite(refused, stepsOf(document.schema))) {
		const proposal = proposed(advice, refused.keys, document);
		if (proposal !== undefined) {
			return proposal;
		}
	}
	return undefined;
}

function corrects(correction: Correction | undefined): Pick<Diagnostic, "correction"> {
	return correction === undefined ? {} : { correction };
}

/** In one line, or as the lines that are to stand there. */
function toWrite([first = "", ...others]: readonly string[]): string[] {
	return others.length === 0 ? [`write ${first}`] : ["write", ...[first, ...others].map((line) => `  ${line}`)];
}

/** Where no value can be carried over, the name of the key is known at least. */
function nameHints({ isUnknownKey, key }: Refused, scope: string, advice: Proposal | undefined): string[] {
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
