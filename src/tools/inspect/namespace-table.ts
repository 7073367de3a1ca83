import { printable } from "../../report/text.ts";
import type { AllNamespaces } from "./all-namespaces.ts";
import { renderColumns } from "./columns.ts";

/** A line for each namespace, with the words of lsns(8). */
export function renderNamespaces({ namespaces, hidden }: AllNamespaces): string {
	const table = renderColumns([
		["NS", "TYPE", "INITIAL", "NPROCS", "PID", "USER", "COMMAND"],
		...namespaces.map(({ id, type, initial, processes, pid, user, command, mounts }) => [
			id,
			type,
			initial === undefined ? "unknown" : initial ? "yes" : "no",
			`${processes}`,
			`${pid ?? "-"}`,
			printable(user ?? "-"),
			printable([command, ...mounts.map((point) => `(mounted at ${point})`)].filter((each) => each !== undefined).join(" ")),
		]),
	]);
	const note = hidden === undefined ? "" : `unknown: processes of others that /proc hides (${printable(hidden)}), and their namespaces\n`;
	return `${table}${note}`;
}
