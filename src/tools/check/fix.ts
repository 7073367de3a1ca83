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
}

export interface Mended {
	readonly done: readonly Fixed[];
	/** What is found then. */
	readonly left: readonly Finding[];
}

/** Each edit may bring the next one to light. */
const most = 200;

/**
 * Makes the corrections that are certain, one after the other. Each is kept only when what it was for is gone and nothing new is wrong; where
 * the file was not refused for it, nothing may be read differently afterwards.
 */
export async function fixes(
	{ parseYaml }: Pick<Reads, "parseYaml">,
	text: string,
	first: Found,
	find: (text: string) => Promise<Found>,
): Promise<Mended> {
	const done: Fixed[] = [];
	let [now, found] = [text, first];
	const tryOne = async (finding: Finding, correction: Correction): Promise<boolean> => {
		const after = corrected(now, [correction]).text;
		const isMeant = finding.severity === "error" || isSameTree(parseYaml(now), parseYaml(after));
		const then = after === now || !isMeant ? undefined : await find(after);
		if (then === undefined || !isBetter(found, then, finding)) {
			return false;
		}
		done.push({ finding, before: now, after });
		[now, found] = [after, then];
		return true;
	};
	for (let isDone = true; isDone && done.length < most; ) {
		isDone = false;
		for (const finding of found.findings.filter(isCertain)) {
			isDone ||= await tryOne(finding, finding.correction as Correction);
		}
	}
	return { done, left: found.findings };
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
	const hides = findings.length === 1 || findings.length >= 20;
	return !isRead && hides && findings.every((each) => (each.line ?? 0) <= line);
}

/** Lines move when others go. Two faults of the syntax have the same words and no key. */
function idOf({ code, key, message, line, column }: Finding): string {
	return json(key === "" ? [code, message, line, column] : [code, key, message]);
}

/** `fixed[CODE] file:3:1 key: message`, with its place in the file as it was found, where that had it, and the lines as they were and as they are. */
export function renderFixed(
	{ finding: { code, file, line = 1, column, key, message }, before, after }: Fixed,
	earlier: readonly Fixed[],
): string {
	const lines = changedLines(before, after).map((each) => `  ${each}`);
	const made = earlier.flatMap(({ finding: { correction } }) => correction ?? []);
	const place = placeBefore({ line, column }, made);
	const where = printable(`${file}:${place.line}${place.column === undefined ? "" : `:${place.column}`}${key === "" ? "" : ` ${key}`}`);
	return `abdicate: fixed[${code}] ${where}: ${printable(message)}\n${lines.join("")}`;
}
