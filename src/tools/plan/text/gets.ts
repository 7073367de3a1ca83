import { quoted } from "../../../report/text.ts";
import { giftsOf } from "../../../steps/facts.ts";
import { socketsOf } from "../../../steps/index.ts";
import { nameOfEntry } from "../../../sys/environ.ts";
import type { ShownStep } from "../shown-plan.ts";
import { goalOf, type Page, type Row, shown, some } from "./page.ts";

/** What is there for the workload that its image has not. */
export function getsRow(page: Page): Row {
	return ["gets", ...descriptorLines(page), ...giftLines(page), ...variables(page).gets];
}

export function losesRow(page: Page): Row {
	return ["loses", ...variables(page).loses];
}

/** Those that will be done, as far as it is known. */
export function dueSteps({ plan }: Page): ShownStep[] {
	return plan.setup.filter(({ skipped }) => skipped === undefined);
}

const firstDescriptor = 3;

function descriptorLines(page: Page): string[] {
	const { pass, inherited } = page.plan.descriptors;
	let next = firstDescriptor + inherited.length;
	const opened = dueSteps(page).flatMap(({ action }) => {
		const count = socketsOf(action).length;
		const first = next;
		next += count;
		return count === 0 ? [] : [`fd ${first}${count > 1 ? `-${next - 1}` : ""}: ${goalOf(action)}`];
	});
	return [
		...(pass === "inherit" ? ["every descriptor that is open at the start"] : []),
		...(inherited.length === 0
			? []
			: [`fd ${firstDescriptor}${inherited.length > 1 ? `-${firstDescriptor + inherited.length - 1}` : ""}: as it came by LISTEN_FDS`]),
		...opened,
	];
}

function giftLines(page: Page): string[] {
	return dueSteps(page).flatMap(({ action }) =>
		// A tree is there without the step too, and whose a secret is is told where it matters.
		giftsOf(action, page.reads).flatMap(({ what }) => (what === "mounted" ? [`mount ${goalOf(action)}`] : [])),
	);
}

/** By their names: a value may be a secret. */
function variables({ plan, reads }: Page) {
	const [before, after] = [reads.environ(), plan.environment];
	const names = (entries: readonly string[]) => new Set(entries.map(nameOfEntry));
	const list = (word: string, all: Iterable<string>) => {
		const found = [...new Set(all)];
		return found.length === 0
			? []
			: [
					`${word} ${some(
						found.map((name) => shown(/^\w+$/.test(name) ? name : quoted(name))),
						12,
					)}`,
				];
	};
	const [had, has] = [names(before), names(after)];
	return {
		gets: list("variables", after.filter((entry) => !before.includes(entry)).map(nameOfEntry)),
		loses: list(
			"variables",
			[...had].filter((name) => !has.has(name)),
		),
	};
}
