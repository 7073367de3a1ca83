import { type CapabilityName, capability } from "../../capability/names.ts";
import type { CapabilitySet } from "../../capability/set.ts";
import type { Looked } from "../../cli/look-ahead.ts";
import { stateLines } from "../../departure/prove.ts";
import { isReal } from "../../plan/due-steps.ts";
import { Failure } from "../../report/failure.ts";
import { shellWord } from "../../report/shell.ts";
import { blanksQuoted, printable, quoted } from "../../report/text.ts";
import { describeStep, needsOf, type StepAction } from "../../steps/index.ts";
import type { Reads } from "../../sys/native.ts";
import { secretName } from "../guides/secret-name.ts";
import { asWritten } from "./as-written.ts";
import { landlockLines } from "./landlock-lines.ts";
import { type ShownPlan, withItsHome } from "./shown-plan.ts";

const notKnown = "not known: what depends on it is not shown; abdicate plan FILE -- COMMAND [ARG...] has the whole";

/** The plan, and in `looked` what this start has of what it takes, and what would stop a run. */
export function renderText(plan: ShownPlan, { start, preflight }: Looked, reads: Reads, isCommandKnown: boolean): string {
	const held = start.credentials.sets.permitted;
	const count = preflight.problems.length;
	const rows: [string, string][] = [
		["command", isCommandKnown ? plan.command.argv.map((word) => shellWord(asWritten(word, /./))).join(" ") : notKnown],
		["user", userText(withItsHome(plan))],
		...plan.setup.flatMap(({ label, action, skipped }): [string, string][] => [
			[stepTitle(label), asWritten(`${action.kind} ${describeStep(action, (value) => asWritten(value, secretName))}`, secretName)],
			...(skipped === undefined ? needTexts(action, reads, held) : [`skipped: ${asWritten(skipped, secretName)}`]).map(
				(text): [string, string] => ["", text],
			),
		]),
		...stateLines(plan.departure).map(([part, value]): [string, string] => [part, value]),
		...landlockLines(plan.departure.rows.landlock).map((line, index): [string, string] => [
			index === 0 ? "landlock" : "",
			asWritten(line, secretName),
		]),
		...plan.warnings.map((warning): [string, string] => ["warning", warning]),
		...plan.notes.map((note): [string, string] => ["note", note]),
	];
	const safe = rows.map(([name, value]): [string, string] => [printable(name), printable(value)]);
	const width = Math.max(...safe.map(([name]) => name.length));
	const lines = safe.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
	const [first, ...others] = preflight.problems;
	return first === undefined
		? lines
		: `${lines}${count} ${count === 1 ? "problem" : "problems"}: a run would refuse to start here (exit ${new Failure(first, ...others).exitStatus})\n`;
}

function userText({ name, uid, home }: ReturnType<typeof withItsHome>): string {
	const shown = home === undefined ? "no HOME" : `home ${blanksQuoted(asWritten(home, secretName))}`;
	return `${blanksQuoted(name ?? `${uid}`)}, ${shown}`;
}

/** A name that the file chose is quoted, so that it is taken for no other row of the plan. */
function stepTitle(label: string): string {
	return /^setup\[\d+\]$/.test(label) ? label : quoted(label);
}

/** What a step needs here and now, as far as a look can tell. */
function needTexts(action: StepAction, reads: Reads, held: CapabilitySet): string[] {
	const lacks = (anyOf: readonly CapabilityName[]) => !anyOf.some((name) => held.has(capability(name)));
	return needsOf(action, reads)
		.filter((need) => need.isBetter === true || isReal(need, reads))
		.map(({ anyOf, certain, purpose, isBetter }) => {
			const lack = !lacks(anyOf) ? "" : certain ? " (not held: a run would be refused)" : isBetter ? " (not held)" : "";
			return `${certain ? "needs" : "may need"} ${anyOf.join(" or ")}${lack} ${purpose}`;
		});
}
