import { capability } from "../../../capability/names.ts";
import type { CapabilitySet } from "../../../capability/set.ts";
import { scope } from "../../../confine/landlock/rights.ts";
import { answersOf } from "../../../steps/facts.ts";
import type { StepAction } from "../../../steps/index.ts";
import { type Companion, companionsOf } from "../beside.ts";
import { dangers } from "./dangers.ts";
import { dueSteps } from "./gets.ts";
import { goalOf, type Page, shown } from "./page.ts";

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
	const wall = departure.rows.landlock;
	const holds = (name: "SYS_PTRACE" | "KILL") => permitted.has(capability(name));
	const actions = dueSteps({ plan, ...page }).map(({ action }) => action);
	return companionsOf(actions, identity).map((each) => {
		const more = each.capabilities.minus(permitted);
		const isSame = each.uid === identity.uid;
		// Nobody traces out of a domain of Landlock. landlock(7)
		const traces = wall === undefined && (holds("SYS_PTRACE") || (isSame && each.gid === identity.gid && more.isEmpty));
		const kills = ((wall?.scopes ?? 0) & scope.signals) === 0 && (isSame || holds("KILL"));
		const can = [...(traces ? ["trace"] : []), ...(kills ? ["kill"] : [])];
		return { ...each, isRoots: each.uid === 0 && identity.uid !== 0, more, can };
	});
}

/** What is still there for the workload to attack. */
export function besideLines(page: Page): string[] {
	const { identity, departure } = page.plan;
	const others = companions(page).map(({ action, uid, isRoots, more, can }) => {
		const [worst] = dangers(more);
		const isSame = uid === page.plan.identity.uid;
		const title = can.length === 0 ? "beside it" : `can ${can.join(" and ")}${isSame ? ", having the same uid" : ""}`;
		const has = [
			...(isRoots ? ["owns what root owns"] : []),
			...(worst === undefined ? [] : [`${worst.name}, ${worst.means}`]),
			...answersAt(action),
		];
		return `${title}: ${goalOf(action)}${has.length === 0 ? "" : ` (${has.join("; ")})`}`;
	});
	const { init } = departure.rows;
	const keeps = init?.keepsPrivilege === true ? "what it has itself" : init?.keepsKill === true ? "KILL" : "no capability";
	return [...others, ...(init === undefined ? [] : [`beside it: its init, as uid ${identity.uid} with ${keeps}`])];
}

/** Where it is asked whether it is there, which the workload can ask as well. */
function answersAt(action: StepAction): string[] {
	const targets = answersOf(action).map(shown);
	return targets.length === 0 ? [] : [`answers at ${targets.join(", ")}`];
}
