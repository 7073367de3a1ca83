import { maskAndNames, setNames } from "../../capability/set.ts";
import { printable } from "../../report/text.ts";
import type { CgroupLimits } from "./cgroup-limits.ts";
import { renderColumns } from "./columns.ts";
import type { Namespace } from "./namespaces.ts";
import type { ProcessDetails } from "./process-details.ts";
import type { ProcessStatus } from "./process-status.ts";
import { socketText } from "./sockets.ts";

/** One process, a line for each thing it holds. */
export function renderProcess(status: ProcessDetails, withNamespaces: boolean): string {
	const rows = processRows(status);
	const lines = rows.map(([title, text]) =>
		`  ${title.padEnd(12)} ${withNamespaces && title === "namespaces" ? "" : printable(text)}`.trimEnd(),
	);
	const list = withNamespaces ? status.namespaces.map((each) => renderNamespace(status.pid, each)) : [];
	return `${[`${status.pid} ${printable(status.name)}`, ...lines, ...list].join("\n")}\n`;
}

/** Title and text of each line. */
export function processRows(status: ProcessDetails): [title: string, text: string][] {
	const { uids, gids, groups, sets, securebits, noNewPrivileges, seccomp, label, namespaces, parent } = status;
	return [
		["command", status.arguments.join(" ")],
		["parent", `${parent}`],
		["uid", uids.join(" ")],
		["gid", gids.join(" ")],
		["groups", groups.join(" ") || "none"],
		...setNames.map((set): [string, string] => [set, maskAndNames(sets[set])]),
		...(securebits === undefined ? [] : [["securebits", securebits.join(",") || "none"] as [string, string]]),
		["no_new_privs", noNewPrivileges ? "on" : "off"],
		[
			"seccomp",
			seccomp.filters === undefined || seccomp.mode !== "filter" ? seccomp.mode : `${seccomp.mode}, ${seccomp.filters} installed`,
		],
		["label", label ?? "none"],
		["landlock", landlockText[`${status.landlock}`]],
		["limits", limitsText(status.limits)],
		["sockets", socketsText(status.privilegedSockets)],
		["namespaces", summariseNamespaces(status.pid, namespaces)],
	];
}

const landlockText = {
	available: "available; the kernel shows nobody which process is walled by it",
	unavailable: "not available",
	undefined: "unknown: this kernel has none, or a filter hides it",
} as const;

function limitsText({ pids, memory, cpu }: CgroupLimits): string {
	const unit = typeof memory === "number" ? " bytes" : "";
	return `pids ${pids ?? "unknown"}, memory ${memory ?? "unknown"}${unit}, cpu ${cpu ?? "unknown"}`;
}

function socketsText(sockets: ProcessDetails["privilegedSockets"]): string {
	return sockets === undefined ? "not readable without SYS_PTRACE" : sockets.map(socketText).join(", ") || "none privileged";
}

function summariseNamespaces(pid: number, namespaces: readonly Namespace[]): string {
	const shared = namespaces.filter(({ sharedWithInit }) => sharedWithInit === true).map(({ kind }) => kind);
	if (namespaces.every(({ id }) => id === undefined)) {
		return "not readable without SYS_PTRACE";
	}
	if (pid === 1) {
		return `of PID 1 itself: ${namespaces
			.filter(({ id }) => id !== undefined)
			.map(({ kind }) => kind)
			.join(" ")}`;
	}
	// A kernel without one of them has it for no process.
	const isUnknown = namespaces.every(({ sharedWithInit }) => sharedWithInit === undefined);
	return isUnknown ? "those of PID 1 are not readable" : `shared with PID 1: ${shared.join(" ") || "none"}`;
}

function renderNamespace(pid: number, { kind, id, sharedWithInit, initial }: Namespace): string {
	const line = `    ${kind.padEnd(8)} ${printable(id ?? "unknown").padEnd(12)}`;
	const shared = sharedWithInit === undefined ? "PID 1's unknown" : sharedWithInit ? "shared with PID 1" : "its own";
	const told = [...(initial ? ["the machine's initial one"] : []), ...(pid === 1 ? [] : [shared])];
	return `${line} ${told.join(", ")}`.trimEnd();
}

/** A line for each of several. */
export function renderTable(processes: readonly ProcessStatus[]): string {
	return renderColumns([
		["PID", "UID", "NNP", "SECCOMP", "EFFECTIVE", "BOUNDING", "NAME"],
		...processes.map(({ pid, uids, noNewPrivileges, seccomp, sets, name }) => [
			`${pid}`,
			`${uids[1] ?? "?"}`,
			noNewPrivileges ? "on" : "off",
			seccomp.mode,
			sets.effective.hex(),
			sets.bounding.hex(),
			printable(name),
		]),
	]);
}
