import { capability } from "../../../capability/names.ts";
import type { CapabilitySet } from "../../../capability/set.ts";
import { type Companion, companionsOf } from "../beside.ts";
import { dangers } from "./dangers.ts";
import { dueSteps } from "./gets.ts";
import { goalOf, type Page } from "./page.ts";

interface Beside extends Companion {
	/** It owns what root owns, and the workload does not. */
	readonly isRoots: boolean;
	/** What the workload has not. */
	readonly more: CapabilitySet;
	/** What can be done to it: `trace`, `kill`. */
	readonly can: readonly string[];
}

/** What a step leaves running, and what the workload can do to it. One of the same ids can be killed, and traced where it holds nothing more. kill(2), ptrace(2) */
export function companions({ plan, ...page }: Page): Beside[] {
	const { identity, departure } = plan;
	const { permitted } = departure.expected.sets;
	const holds = (name: "SYS_PTRACE" | "KILL") => permitted.has(capability(name));
	const actions = dueSteps({ plan, ...page }).map(({ action }) => action);
	return companionsOf(actions, identity).map((each) => {
		const more = each.capabilities.minus(permitted);
		const isSame = each.uid === identity.uid;
		const traces = holds("SYS_PTRACE") || (isSame && each.gid === identity.gid && more.isEmpty);
		const can = [...(traces ? ["trace"] : []), ...(isSame || holds("KILL") ? ["kill"] : [])];
		return { ...each, isRoots: each.uid === 0 && identity.uid !== 0, more, can };
	});
}

/** What is still there for the workload to attack. */
export function besideLines(page: Page): string[] {
	return companions(page).map(({ action, uid, isRoots, more, can }) => {
		const [worst] = dangers(more);
		const isSame = uid === page.plan.identity.uid;
		const title = can.length === 0 ? "beside it" : `can ${can.join(" and ")}${isSame ? ", having the same uid" : ""}`;
		const has = [...(isRoots ? ["owns what root owns"] : []), ...(worst === undefined ? [] : [`${worst.name}, ${worst.means}`])];
		return `${title}: ${goalOf(action)}${has.length === 0 ? "" : ` (${has.join("; ")})`}`;
	});
}
