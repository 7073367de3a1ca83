import { setNames } from "../capability/set.ts";
import { fail } from "../report/failure.ts";
import { printable, quoted } from "../report/text.ts";
import type { Host } from "../sys/native.ts";
import { maskAndNames } from "./decode.ts";
import { type Namespace, observeAll, observeProcess, type ProcessStatus } from "./process-status.ts";

export interface InspectOptions {
	readonly all?: boolean;
	readonly tree?: boolean;
	readonly namespaces?: boolean;
	readonly json?: boolean;
}

/** What a process holds, or what all of them hold, as the kernel tells it. */
export function inspect(host: Host, target: string, { all, tree, namespaces, json }: InspectOptions): void {
	const processes = all ? observeAll(host) : tree ? lineage(host, parsePid(host, target)) : [requireProcess(host, parsePid(host, target))];
	if (json) {
		host.write(1, `${JSON.stringify(all || tree ? processes : processes[0], undefined, 2)}\n`);
	} else if (all || tree) {
		host.write(1, renderTable(processes));
	} else {
		host.write(1, processes.map((each) => renderProcess(each, namespaces === true)).join("\n"));
	}
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

/** The process and its parents, the eldest first. */
function lineage(host: Host, pid: number): ProcessStatus[] {
	const found = requireProcess(host, pid);
	return found.parent === 0 ? [found] : [...lineage(host, found.parent), found];
}

function renderProcess(status: ProcessStatus, withNamespaces: boolean): string {
	const { pid, name, uids, gids, groups, sets, securebits, noNewPrivileges, seccomp, label, namespaces, parent } = status;
	const rows: [string, string][] = [
		["command", printable(status.arguments.join(" "))],
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
		["label", label === undefined ? "none" : printable(label)],
		["namespaces", withNamespaces ? "" : summariseNamespaces(namespaces)],
	];
	const lines = rows.map(([title, text]) => `  ${title.padEnd(12)} ${text}`.trimEnd());
	return `${[`${pid} ${printable(name)}`, ...lines, ...(withNamespaces ? namespaces.map(renderNamespace) : [])].join("\n")}\n`;
}

function summariseNamespaces(namespaces: readonly Namespace[]): string {
	const shared = namespaces.filter(({ sharedWithInit }) => sharedWithInit === true).map(({ kind }) => kind);
	const unknown = namespaces.some(({ sharedWithInit }) => sharedWithInit === undefined);
	return unknown ? "not readable without SYS_PTRACE" : `shared with PID 1: ${shared.join(" ") || "none"}`;
}

function renderNamespace({ kind, id, sharedWithInit }: Namespace): string {
	return `    ${kind.padEnd(8)} ${(id ?? "?").padEnd(12)} ${sharedWithInit === undefined ? "unknown" : sharedWithInit ? "shared with PID 1" : "its own"}`;
}

function renderTable(processes: readonly ProcessStatus[]): string {
	const rows = [
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
	];
	const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
	return rows
		.map(
			(row) =>
				`${row
					.map((cell, column) => cell.padEnd(widths[column] ?? 0))
					.join("  ")
					.trimEnd()}\n`,
		)
		.join("");
}
