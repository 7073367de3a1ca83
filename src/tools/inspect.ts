import { setNames } from "../capability/set.ts";
import { fail } from "../report/failure.ts";
import { printable, quoted } from "../report/text.ts";
import type { Host } from "../sys/native.ts";
import type { CgroupLimits } from "./cgroup-limits.ts";
import { maskAndNames } from "./decode.ts";
import { printScores } from "./inspect-score.ts";
import { observeDetails, type ProcessDetails } from "./process-details.ts";
import { type Namespace, observeAll, observeProcess, type ProcessStatus } from "./process-status.ts";
import { socketText } from "./sockets.ts";
import { renderColumns } from "./table.ts";

export interface InspectOptions {
	readonly all?: boolean;
	readonly tree?: boolean;
	readonly namespaces?: boolean;
	readonly score?: boolean;
	readonly json?: boolean;
}

/** What a process holds, or what all of them hold, as the kernel tells it. */
export function inspect(host: Host, target: string, { all, tree, namespaces, score, json }: InspectOptions): void {
	const processes = all ? observeAll(host) : tree ? lineage(host, parsePid(host, target)) : [requireProcess(host, parsePid(host, target))];
	const several = all === true || tree === true;
	if (score) {
		printScores(host, processes, json === true, several);
	} else if (json) {
		const detailed = processes.map((each) => observeDetails(host, each));
		host.write(1, `${JSON.stringify(several ? detailed : detailed[0], undefined, 2)}\n`);
	} else {
		const text = (each: ProcessStatus) => renderProcess(observeDetails(host, each), namespaces === true);
		host.write(1, several ? renderTable(processes) : processes.map(text).join("\n"));
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

function renderProcess(status: ProcessDetails, withNamespaces: boolean): string {
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
		["landlock", landlockText[`${status.landlock}`]],
		["limits", limitsText(status.limits)],
		["sockets", socketsText(status.privilegedSockets)],
		["namespaces", withNamespaces ? "" : summariseNamespaces(namespaces)],
	];
	const lines = rows.map(([title, text]) => `  ${title.padEnd(12)} ${text}`.trimEnd());
	return `${[`${pid} ${printable(name)}`, ...lines, ...(withNamespaces ? namespaces.map(renderNamespace) : [])].join("\n")}\n`;
}

const landlockText = {
	available: "available; the kernel does not show which process uses it",
	unavailable: "not available",
	undefined: "unknown, /sys/kernel/security/lsm is not readable",
} as const;

function limitsText({ pids, memory, cpu }: CgroupLimits): string {
	const unit = typeof memory === "number" ? " bytes" : "";
	return `pids ${pids ?? "unknown"}, memory ${memory ?? "unknown"}${unit}, cpu ${cpu ?? "unknown"}`;
}

function socketsText(sockets: ProcessDetails["privilegedSockets"]): string {
	return sockets === undefined ? "not readable without SYS_PTRACE" : sockets.map(socketText).join(", ") || "none privileged";
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
