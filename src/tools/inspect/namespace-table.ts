import { renderTable } from "../../report/table.ts";
import { plain, wrap } from "../../report/terminal.ts";
import { printable } from "../../report/text.ts";
import type { AllNamespaces } from "./all-namespaces.ts";

/** A line for each namespace, with the words of lsns(8). */
export function renderNamespaces({ namespaces, hidden }: AllNamespaces, terminal = plain): string {
	const table = renderTable(
		[
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
		],
		terminal,
	);
	return `${table}${renderHidden(hidden, terminal.columns, ", and their namespaces")}`;
}

/** That there may be more than was listed. */
export function renderHidden(option: string | undefined, columns: number | undefined, more = ""): string {
	const text = `unknown: processes of others that /proc hides (${printable(option ?? "")})${more}`;
	return option === undefined ? "" : `${wrap(text, columns, 2)}\n`;
}
