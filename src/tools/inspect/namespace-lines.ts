import { isOfMachine, type Namespace } from "./namespaces.ts";
import type { ProcessStatus } from "./process-status.ts";
import { isKnown, type Known, tell } from "./unknown.ts";

type Seen = Pick<ProcessStatus, "pid" | "namespaces">;

/** In one line: which are the machine's, which are those of PID 1, and which are its own. */
export function summariseNamespaces({ pid, namespaces }: Seen): string {
	const refused = namespaces.map(({ id }) => id).find((id) => !isKnown(id));
	if (refused !== undefined) {
		return tell(refused, String);
	}
	const having = namespaces.filter(({ id }) => id !== undefined);
	const ofMachine = having.filter((each) => isOfMachine(each, namespaces));
	const others = having.filter((each) => !ofMachine.includes(each));
	const shared = (wanted: boolean) => others.filter(({ sharedWithInit }) => sharedWithInit === wanted);
	const unknown = others.filter(({ sharedWithInit }) => !isKnown(sharedWithInit));
	const parts =
		pid === 1
			? [list("of PID 1 itself", others)]
			: [
					list("shared with PID 1", shared(true)),
					list("its own", shared(false)),
					...unknown.slice(0, 1).map(({ sharedWithInit }) => `${kindsOf(unknown)} shared with PID 1: ${tell(sharedWithInit, String)}`),
				];
	return [list("the machine's", ofMachine), ...parts].flat().join("; ") || "none";
}

function list(title: string, which: readonly Namespace[]): string[] {
	return which.length === 0 ? [] : [`${title}: ${kindsOf(which)}`];
}

function kindsOf(which: readonly Namespace[]): string {
	return which.map(({ kind }) => kind).join(" ");
}

/** A line for each namespace of a process. What is unknown for one reason is `?`, with the reason below. */
export function namespaceRows({ pid, namespaces }: Seen): [title: string, text: string][] {
	const reasons = new Set<string>();
	const cell = <T>(value: Known<T>, text: (value: T) => string): string => {
		if (!isKnown(value)) {
			reasons.add(value.reason);
		}
		return isKnown(value) ? text(value) : "?";
	};
	const rows = namespaces.map(({ kind, id, sharedWithInit, initial }): [string, string] => {
		if (!isKnown(id) || id === undefined) {
			return [kind, cell(id, () => "none")];
		}
		const shared = cell(sharedWithInit, (isShared) => (isShared ? "shared with PID 1" : "its own"));
		const told = [
			...(initial === true ? ["the machine's initial one"] : []),
			...(pid === 1 ? [] : [shared === "?" ? "shared with PID 1: ?" : shared]),
		];
		return [kind, `${id.padEnd(12)} ${told.join(", ")}`.trimEnd()];
	});
	return [...rows, ...[...reasons].map((reason): [string, string] => ["?", `unknown: ${reason}`])];
}
