import { json } from "../../report/json.ts";
import { renderTable } from "../../report/table.ts";
import { type Terminal, wrap } from "../../report/terminal.ts";
import { printable } from "../../report/text.ts";
import { AT, O, RESOLVE } from "../../sys/constants.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { type Exposure, rateExposure } from "./exposure.ts";
import { renderHidden } from "./namespace-table.ts";
import { observeDetails } from "./process-details.ts";
import type { ProcessStatus } from "./process-status.ts";
import { groupNamesIn, isAbove, renderExposure } from "./rated.ts";
import { isKnown, type Known, tell } from "./unknown.ts";

interface Scored extends Exposure {
	readonly pid: number;
	readonly name: Known<string>;
}

interface Shown {
	readonly asJson: boolean;
	readonly several: boolean;
	/** The option by which /proc keeps some from us, where all are asked for. */
	readonly hidden: string | undefined;
	readonly terminal: Terminal;
	readonly threshold: number | undefined;
}

/** The findings of one process, or a line for each of several. Whether one of them is above the threshold. */
export function printScores(
	host: Host,
	processes: readonly ProcessStatus[],
	{ asJson, several, hidden, terminal, threshold }: Shown,
): boolean {
	const rated = several ? processes.filter(isRated) : processes;
	const scored = rated.map((each) => scoreOf(host, each));
	const [first] = scored;
	if (asJson) {
		host.write(1, `${json(several ? scored : first, 2)}\n`);
	} else {
		const title = (each: Scored) => `${each.pid} ${tell(each.name, String)}`;
		host.write(
			1,
			several || first === undefined
				? renderOverview(scored, processes.length - rated.length, terminal) + renderHidden(hidden, terminal.columns)
				: renderExposure(title(first), first, terminal, threshold),
		);
	}
	return scored.some((each) => isAbove(each, threshold));
}

function scoreOf(reads: Reads, status: ProcessStatus): Scored {
	const names = groupNames(reads, status.pid);
	return { pid: status.pid, name: status.name, ...rateExposure(observeDetails(reads, status), (gid) => names.get(gid)) };
}

/** Nobody can take over what runs no program. */
function isRated({ state }: ProcessStatus): boolean {
	return !isKnown(state) || state === "alive";
}

function renderOverview(scored: readonly Scored[], left: number, terminal: Terminal): string {
	const rows = scored.map(({ pid, name, overall, word, isLeast }) => [
		`${pid}`,
		`${isLeast ? ">=" : ""}${overall.toFixed(1)}`,
		word,
		printable(tell(name, String)),
	]);
	const remarks = [
		...(scored.some(({ isLeast }) => isLeast) ? [">= at least: not all could be seen; abdicate inspect PID --score says what"] : []),
		...(left === 0 ? [] : [`not rated: ${left} that run no program (kernel threads, zombies)`]),
	];
	return [
		renderTable([["PID", "EXPOSURE", "WORD", "NAME"], ...rows], terminal),
		...remarks.map((each) => `${wrap(each, terminal.columns, 2)}\n`),
	].join("");
}

const groupFileLimit = 1024 * 1024;

/** By the file the process itself sees, which may be its work: neither a link nor a fifo there leads anywhere. group(5) */
function groupNames(reads: Reads, pid: number): ReadonlyMap<number, string> {
	const root = reads.openRead(AT.FDCWD, `/proc/${pid}/root`, O.PATH | O.DIRECTORY, 0);
	const text = root < 0 ? "" : withDescriptor(reads, root, () => readBelow(reads, root, "etc/group"));
	return groupNamesIn(text);
}

function readBelow(reads: Reads, root: number, path: string): string {
	const fd = reads.openRead(root, path, O.RDONLY | O.NONBLOCK | O.NOCTTY, RESOLVE.IN_ROOT);
	const text = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readAll(fd, groupFileLimit));
	return typeof text === "number" ? "" : text;
}
