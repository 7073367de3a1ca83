import { everyCapability } from "../../capability/said.ts";
import { fail } from "../../report/failure.ts";
import { json } from "../../report/json.ts";
import { terminalOf } from "../../report/terminal.ts";
import { quoted } from "../../report/text.ts";
import type { Host } from "../../sys/native.ts";
import { procPath } from "../../sys/proc.ts";
import { observeAllNamespaces } from "./all-namespaces.ts";
import { renderHidden, renderNamespaces } from "./namespace-table.ts";
import { observeDetails } from "./process-details.ts";
import { observeAll, observeProcess, type ProcessStatus } from "./process-status.ts";
import { parseThreshold } from "./rated.ts";
import { hidingOption } from "./refused.ts";
import { printScores } from "./score.ts";
import { renderProcess, renderProcesses } from "./text.ts";
import { isKnown, withReasons } from "./unknown.ts";
import { watch } from "./watch.ts";

export interface InspectOptions {
	readonly all?: boolean;
	readonly tree?: boolean;
	readonly namespaces?: boolean;
	readonly score?: boolean;
	/** Which score is too high; nothing else is printed then. */
	readonly threshold?: string;
	readonly watch?: boolean;
	readonly json?: boolean;
}

/** What a process holds, or what all of them hold, as the kernel tells it. Whether that is more than was said to be enough. */
export function inspect(host: Host, target: string, given: InspectOptions): boolean {
	const options = given.threshold === undefined ? given : { ...given, score: true };
	if (options.watch) {
		watchOne(host, target, options);
	} else if (options.all && options.namespaces && !options.score) {
		printNamespaces(host, target, options.json === true);
	} else {
		return printOnce(host, target, options);
	}
	return false;
}

/** A watch ends with the process, so it must not be this one. */
function watchOne(host: Host, target: string, { all, tree, namespaces, score, json }: InspectOptions): void {
	const pid = parsePid(host, target);
	if (all || tree || namespaces || score) {
		fail("USAGE", "--watch goes with --json alone, and one process");
	}
	if (pid === host.getpid()) {
		fail("USAGE", "--watch needs the pid of another process");
	}
	watch(host, requireProcess(host, pid), json === true);
}

/** Of the whole machine as far as it is seen; a pid that is written limits it to where that process is. */
function printNamespaces(host: Host, target: string, asJson: boolean): void {
	procPath(host, "");
	const only = target === "self" ? undefined : requireProcess(host, parsePid(host, target)).pid;
	const all = observeAllNamespaces(host, only);
	host.write(1, asJson ? `${json(all, 2)}\n` : renderNamespaces(all, terminalOf(host, 1)));
}

function printOnce(host: Host, target: string, { all, tree, namespaces, score, threshold, json: asJson }: InspectOptions): boolean {
	const processes = all ? observeAll(host) : tree ? lineage(host, parsePid(host, target)) : [requireProcess(host, parsePid(host, target))];
	const several = all === true || tree === true;
	const terminal = terminalOf(host, 1);
	const every = everyCapability(host);
	const hidden = all ? hidingOption(host) : undefined;
	if (score) {
		const limit = threshold === undefined ? undefined : parseThreshold(threshold);
		return printScores(host, processes, { asJson: asJson === true, several, hidden, terminal, threshold: limit });
	}
	if (asJson) {
		const detailed = processes.map((each) => withReasons(observeDetails(host, each)));
		host.write(1, `${json(several ? detailed : detailed[0], 2)}\n`);
	} else if (several) {
		host.write(1, renderProcesses(processes, every, terminal, host.windowColumns(1) >= 0) + renderHidden(hidden, terminal.columns));
	} else {
		const text = (each: ProcessStatus) => renderProcess(observeDetails(host, each), every, terminal.columns, namespaces === true);
		host.write(1, processes.map(text).join("\n"));
	}
	return false;
}

function parsePid(host: Host, text: string): number {
	if (text === "self") {
		return host.getpid();
	}
	return /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : fail("USAGE", `${quoted(text)} is not a pid; expected a number or self`);
}

function requireProcess(host: Host, pid: number): ProcessStatus {
	const found = observeProcess(host, pid);
	return typeof found === "string" ? fail("PROCESS_UNKNOWN", found) : found;
}

/** The process and its parents, the eldest first, as far as they are told. */
function lineage(host: Host, pid: number): ProcessStatus[] {
	const found = requireProcess(host, pid);
	return !isKnown(found.parent) || found.parent === 0 ? [found] : [...lineage(host, found.parent), found];
}
