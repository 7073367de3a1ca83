import { type Correction, corrected } from "../../report/correction.ts";
import { json } from "../../report/json.ts";
import { printable } from "../../report/text.ts";
import type { Reads } from "../../sys/native.ts";
import { changedLines } from "../rewrite/diff.ts";
import { isSameTree } from "../rewrite/same-tree.ts";
import type { Finding } from "./lint/findings.ts";
import { placeBefore } from "./place-before.ts";

/** What is found in a text. */
export interface Found {
	readonly findings: readonly Finding[];
	/** Whether it is a configuration at all: what else is wrong is only known of one. */
	readonly isRead: boolean;
}

/** An edit that was made, and for what. */
export interface Fixed {
	readonly finding: Finding;
	readonly before: string;
	readonly after: string;
	/** What was made before it was found. */
	readonly past: readonly Correction[];
}

export interface Mended {
	readonly done: readonly Fixed[];
	/** One for each time that it was looked at again. */
	readonly made: readonly Correction[];
	/** What is found then. */
	readonly left: readonly Finding[];
}

/** Each edit may bring the next one to light. */
const most = 200;

/** In characters that are looked at again. */
const mostLooked = 2_000_000;

/**
 * Makes the corrections that are certain: those of errors together where that is good, else one after the other. Each is kept only when what it was for is gone and nothing new is wrong; where
 * the file was not refused for it, nothing may be read differently afterwards.
 */
export async function fixes(
	{ parseYaml }: Pick<Reads, "parseYaml">,
	text: string,
	first: Found,
	find: (text: string) => Promise<Found>,
): Promise<Mended> {
	const done: Fixed[] = [];
	const history: Correction[] = [];
	let [now, found, looked] = [text, first, 0];
	const look = (changed: string): Promise<Found> => {
		looked += changed.length;
		return find(changed);
	};
	const keep = (after: string, then: Found, made: Correction): true => {
		history.push(made);
		[now, found] = [after, then];
		return true;
	};
	const tryTogether = async (): Promise<boolean> => {
		const errors = found.findings.filter((each) => isCertain(each) && each.severity === "error");
		const {
			text: after,
			made,
			steps,
		} = corrected(
			now,
			errors.map(({ correction }) => correction as Correction),
		);
		const then = made.length < 2 ? undefined : await look(after);
		const meant = errors.filter(({ correction }) => made.includes(correction as Correction));
		if (then === undefined || !meant.every((each) => isBetter(found, then, each))) {
			return false;
		}
		const past = [...history];
		const [texts, together] = [steps(), allOf(made)];
		done.push(...meant.map((finding, index) => ({ finding, before: texts[index - 1] ?? now, after: texts[index] ?? after, past })));
		return keep(after, then, together);
	};
	const tryOne = async (finding: Finding, correction: Correction): Promise<boolean> => {
		const after = corrected(now, [correction]).text;
		const isMeant = finding.severity === "error" || isSameTree(parseYaml(now), parseYaml(after));
		const then = after === now || !isMeant ? undefined : await look(after);
		if (then === undefined || !isBetter(found, then, finding)) {
			return false;
		}
		done.push({ finding, before: now, after, past: [...history] });
		return keep(after, then, correction);
	};
	for (let isDone = true; isDone && done.length < most && looked < mostLooked; ) {
		isDone = await tryTogether();
		for (const finding of found.findings.filter(isCertain)) {
			isDone ||= looked < mostLooked && (await tryOne(finding, finding.correction as Correction));
		}
	}
	return { done, made: history, left: found.findings };
}

/** Several that stand beside one another. */
function allOf(corrections: readonly Correction[]): Correction {
	const edits = corrections.flatMap((each) => each.edits);
	return { edits: edits.toSorted((left, right) => left.line - right.line || left.column - right.column), isCertain: true };
}

function isCertain({ correction, line }: Finding): boolean {
	return correction?.isCertain === true && line !== undefined;
}

function isBetter(before: Found, after: Found, finding: Finding): boolean {
	const count = ({ findings }: Found) => findings.filter((each) => idOf(each) === idOf(finding)).length;
	const errors = ({ findings }: Found) => findings.filter(({ severity }) => severity === "error");
	const isKnown = (error: Finding) => before.findings.some((each) => idOf(each) === idOf(error));
	if (count(after) >= count(before)) {
		return false;
	}
	return (!before.isRead && after.isRead) || errors(after).every((error) => isKnown(error) || isHidden(before, error));
}

/** Of a text that is no YAML only the first fault is told, and of many errors the first ones. */
function isHidden({ findings, isRead }: Found, { line = 0 }: Finding): boolean {
	const hides = findings.length === 1 || findings.length >= 4;
	return !isRead && hides && findings.every((each) => (each.line ?? 0) <= line);
}

/** Lines move when others go. Two faults of the syntax have the same words and no key. */
function idOf({ code, key, message, line, column }: Finding): string {
	return json(key === "" ? [code, message, line, column] : [code, key, message]);
}

/** `fixed[CODE] file:3:1 key: message`, with its place in the file as it was found, where that had it, and the lines as they were and as they are. */
export function renderFixed(
	{ finding: { code, file, line = 1, column, key, message }, before, after, past }: Fixed,
	earlier: readonly Correction[],
): string {
	const lines = changedLines(before, after).map((each) => `  ${each}`);
	const place = placeBefore({ line, column }, [...earlier, ...past]);
	const where = printable(`${file}:${place.line}${place.column === undefined ? "" : `:${place.column}`}${key === "" ? "" : ` ${key}`}`);
	return `abdicate: fixed[${code}] ${where}: ${printable(message)}\n${lines.join("")}`;
}
