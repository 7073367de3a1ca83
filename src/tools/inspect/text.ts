import { saySecurebits, saySet, saySets } from "../../capability/said.ts";
import { type CapabilitySet, type SetName, setNames } from "../../capability/set.ts";
import { secretName } from "../../config/secret-name.ts";
import { renderTable } from "../../report/table.ts";
import { lengthOf, type Terminal, wrap } from "../../report/terminal.ts";
import { printable, quoted } from "../../report/text.ts";
import { bytesText } from "../../report/units.ts";
import type { CgroupLimits } from "./cgroup-limits.ts";
import { namespaceRows, summariseNamespaces } from "./namespace-lines.ts";
import type { ProcessDetails } from "./process-details.ts";
import type { ProcessStatus } from "./process-status.ts";
import { resourceLimitsText } from "./rlimits.ts";
import { socketText } from "./sockets.ts";
import { isKnown, type Known, tell } from "./unknown.ts";

type Row = [title: string, text: string];

/** One process, a line for each thing it holds. */
export function renderProcess(status: ProcessDetails, every: CapabilitySet, columns: number | undefined, withNamespaces: boolean): string {
	const { pid, name, state } = status;
	const kind = isKnown(state) ? (state === "alive" ? "" : ` (${stateText[state]})`) : " (/proc does not show it)";
	const rows = processRows(status, every).map(([title, text]): Row => [title, withNamespaces && title === "namespaces" ? "" : text]);
	const lines = [
		...(isKnown(state) ? rows : unknownOnce(rows, state.reason)).map(([title, text]) =>
			wrap(`  ${title.padEnd(12)} ${printable(text)}`, columns, 15),
		),
		...(withNamespaces ? namespaceRows(status).map(([title, text]) => wrap(`    ${title.padEnd(8)} ${printable(text)}`, columns, 13)) : []),
	];
	const title = `${pid}${isKnown(name) ? ` ${printable(name)}` : ""}${kind}`;
	return `${[wrap(title, columns, 2), ...lines].map((line) => line.trimEnd()).join("\n")}\n`;
}

const stateText = { zombie: "zombie: it has ended, and its parent has not asked how", "kernel thread": "kernel thread" } as const;

/** What is unknown for one reason in one line. */
function unknownOnce(rows: readonly Row[], reason: string): Row[] {
	const isSo = ([, text]: Row) => text === `unknown: ${reason}`;
	const titles = rows.filter(isSo).map(([title]) => title);
	return [["unknown", `${titles.join(", ")}: ${reason}`], ...rows.filter((row) => !isSo(row))];
}

/** A line for each of several. What could not be read is `?`, with the reason below, as what a mask means. A name is as long as it is, but on a screen. */
export function renderProcesses(processes: readonly ProcessStatus[], every: CapabilitySet, terminal: Terminal, isScreen: boolean): string {
	const reasons = new Set<string>();
	const masks = new Map<string, string>();
	const shown = (set: CapabilitySet) => {
		const said = saySet(set, every);
		const short = shortSet(set, said);
		if (short === set.hex()) {
			masks.set(short, said);
		}
		return short;
	};
	const cell = <T>(value: Known<T>, text: (value: T) => string): string => {
		if (!isKnown(value)) {
			reasons.add(value.reason);
		}
		return isKnown(value) ? text(value) : "?";
	};
	const rows = processes.map(({ pid, uids, noNewPrivileges, seccomp, sets, name, state }) => [
		`${pid}`,
		cell(uids, (ids) => `${ids[1]}`),
		cell(noNewPrivileges, (isOn) => (isOn ? "on" : "off")),
		cell(seccomp, ({ mode }) => mode),
		cell(sets.effective, shown),
		cell(sets.bounding, shown),
		cell(name, (text) => nameText(text, state)),
	]);
	const all = [["PID", "UID", "NNP", "SECCOMP", "EFFECTIVE", "BOUNDING", "NAME"], ...rows];
	const table = renderTable(isScreen ? clipped(all, terminal.columns) : all, { ...terminal, columns: undefined });
	const below = [...[...masks].map(([mask, said]) => `${mask} is ${said}`), ...[...reasons].map((reason) => `? unknown: ${reason}`)];
	return `${table}${below.map((each) => `${wrap(printable(each), terminal.columns, 2)}\n`).join("")}`;
}

/** What says of itself that it is something else is quoted. */
function nameText(name: string, state: ProcessStatus["state"]): string {
	const said = name.includes("(") ? quoted(name) : printable(name);
	return isKnown(state) && state !== "alive" ? `${said} (${state})` : said;
}

/** The last column takes what the others leave. */
function clipped(rows: readonly (readonly string[])[], columns = Number.POSITIVE_INFINITY): string[][] {
	const others = rows[0]?.slice(0, -1) ?? [];
	const taken = others.reduce((sum, _, column) => sum + 2 + Math.max(...rows.map((row) => lengthOf(row[column] ?? ""))), 0);
	const room = Math.max(4, columns - taken);
	return rows.map((row) => {
		const last = row.at(-1) ?? "";
		return [
			...row.slice(0, -1),
			lengthOf(last) > room
				? `${Array.from(last)
						.slice(0, room - 2)
						.join("")}..`
				: last,
		];
	});
}

/** As long as a mask at most; one of more names is the mask, which is read below. */
function shortSet(set: CapabilitySet, said: string): string {
	const short = said === "Docker's default set" ? "Docker's default" : said.replaceAll(", ", ",");
	const mask = set.hex();
	return short.length <= mask.length ? short : mask;
}

/** Title and text of each line. `every` capability is what the kernel has. */
export function processRows(status: ProcessDetails, every: CapabilitySet): Row[] {
	const sets = saidSets(status.sets, every);
	return [
		...identityRows(status),
		...sets.map(([names, text], index): Row => [index === 0 ? "capabilities" : "", `${names}: ${text}`]),
		...confinementRows(status),
		["namespaces", summariseNamespaces(status)],
	];
}

/** The same, each set by itself, for who compares one look with another. */
export function comparedRows(status: ProcessDetails, every: CapabilitySet): Row[] {
	return [
		...identityRows(status),
		...setNames.map((name): Row => [name, tell(status.sets[name], (set) => saySet(set, every))]),
		...confinementRows(status),
		["namespaces", summariseNamespaces(status)],
	];
}

function identityRows({ arguments: words, parent, uids, gids, groups, state }: ProcessDetails): Row[] {
	const none = state === "alive" || !isKnown(state) ? "none" : `none, as of each ${state}`;
	return [
		["command", tell(words, (each) => each.join(" ") || none)],
		["parent", tell(parent, String)],
		["uid", tell(uids, idsText)],
		["gid", tell(gids, idsText)],
		["groups", tell(groups, (each) => each.join(" ") || "none")],
	];
}

/** One number where all are that. */
function idsText(ids: readonly number[]): string {
	const whose = ["real", "effective", "saved", "file system"];
	return new Set(ids).size === 1 ? `${ids[0]}` : ids.map((id, index) => `${whose[index]} ${id}`).join(", ");
}

/** Sets that are equal once, and once those that are unknown for one reason. */
function saidSets(sets: ProcessStatus["sets"], every: CapabilitySet): Row[] {
	const known: Partial<Record<SetName, CapabilitySet>> = {};
	const unknown = new Map<string, SetName[]>();
	for (const name of setNames) {
		const set = sets[name];
		if (isKnown(set)) {
			known[name] = set;
		} else {
			unknown.set(set.reason, [...(unknown.get(set.reason) ?? []), name]);
		}
	}
	return [...saySets(known, every), ...[...unknown].map(([reason, names]): Row => [names.join(", "), `unknown: ${reason}`])];
}

function confinementRows(status: ProcessDetails): Row[] {
	const { securebits, noNewPrivileges, seccomp, label, landlock, limits, rlimits, privilegedSockets, environment } = status;
	return [
		["securebits", tell(securebits, saySecurebits)],
		["no_new_privs", tell(noNewPrivileges, (isOn) => (isOn ? "on" : "off"))],
		["seccomp", tell(seccomp, seccompText)],
		["label", tell(label, (text) => text ?? "none")],
		["landlock", tell(landlock, (each) => landlockText[each])],
		["limits", limitsText(limits)],
		["rlimits", tell(rlimits, resourceLimitsText)],
		["sockets", tell(privilegedSockets, (sockets) => sockets.map(socketText).join(", ") || "none privileged")],
		["environment", tell(environment, environmentText)],
	];
}

function seccompText({ mode, filters }: Extract<ProcessDetails["seccomp"], { mode: unknown }>): string {
	return mode === "filter" ? `filter, ${isKnown(filters) ? `${filters} installed` : `how many unknown: ${filters.reason}`}` : mode;
}

const landlockText = {
	available: "available; the kernel shows nobody which process is walled by it",
	unavailable: "not available",
} as const;

function limitsText({ pids, memory, cpu }: CgroupLimits): string {
	const reasons = [pids, memory, cpu].map((each) => (isKnown(each) ? undefined : each.reason));
	const [first] = reasons;
	if (first !== undefined && reasons.every((each) => each === first)) {
		return `unknown: ${first}`;
	}
	const memoryText = (value: number | "unlimited") => (typeof value === "number" ? bytesText(value) : value);
	return `pids ${tell(pids, String)}, memory ${tell(memory, memoryText)}, cpu ${tell(cpu, String)}`;
}

/** Names alone: what they hold may be secret. */
function environmentText(names: readonly string[]): string {
	const secrets = names.filter((name) => secretName.test(name));
	return names.length === 0
		? "none"
		: `${names.length} ${names.length === 1 ? "variable" : "variables"}, named like secrets: ${secrets.join(", ") || "none"}`;
}
