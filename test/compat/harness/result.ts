import { type ProbeState, parseState } from "../../e2e/harness/probe.ts";
import type { Ran } from "./cases-program.ts";
import { complaintOf } from "./complaints.ts";
import type { Result } from "./corpus-text.ts";
import { stateText } from "./state.ts";

const isReport = (line: string): boolean => line.startsWith('{"resuid"');

export function probeOf(ran: Ran): ProbeState {
	return parseState(ran.stdout);
}

/** `start` is what the probe says of the start itself. */
export function resultOf(ran: Ran, start: ProbeState, given: Readonly<Record<string, string>>): Result {
	const lines = ran.stdout.split("\n");
	const report = lines.find(isReport);
	return {
		status: `${ran.status}`,
		state: report === undefined ? told(lines) : stateText(JSON.parse(report) as ProbeState, start, ran.pid, given),
		stdout: escaped(withoutNumbers(lines.filter((line) => !isReport(line) && !isTold(line)).join("\n"))),
		stderr: complaintOf(ran.stderr, ran.status),
	};
}

/** What the recorder says. */
const isTold = (line: string): boolean => /^READY |^[MSX]:\d+$/.test(line);

/** Who got which signals, by their numbers: on a busy machine two that wait are given in the order of these, and two alike are one. */
function told(lines: readonly string[]): string {
	const ready = lines.find((line) => line.startsWith("READY "));
	const of = (who: string): string => {
		const numbers = lines.filter((line) => isTold(line) && line.startsWith(`${who}:`)).map((line) => Number(line.slice(2)));
		return [...new Set(numbers)].sort((left, right) => left - right).join() || "-";
	};
	return ready === undefined ? "-" : [ready.slice("READY ".length), ...["M", "S", "X"].map((who) => `${who}=${of(who)}`)].join(" ");
}

/** Process ids where they are told. */
function withoutNumbers(text: string): string {
	return text.replace(/^(\[\w+ +\w+) \(\d+\)/gm, "$1 (PID)").replace(/pid:? '\d+'/g, "pid 'PID'");
}

function escaped(text: string): string {
	return text === "" ? "-" : text.replace(/[\\\t\n]/g, (character) => ({ "\\": "\\\\", "\t": "\\t" })[character] ?? "\\n");
}
