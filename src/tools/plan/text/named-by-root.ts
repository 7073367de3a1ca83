import { isWithin } from "../../../files/path-text.ts";
import { programsOf } from "../../../steps/facts.ts";
import { hasMore } from "../../../steps/programs/shapers.ts";
import { filesAfter } from "./files-after.ts";
import { dueSteps } from "./gets.ts";
import type { Page } from "./page.ts";

/** What a program of a step is given to work with or to run, and the workload can exchange by the next start. */
export interface NamedByRoot {
	readonly label: string;
	readonly path: string;
}

const pathInWord = /\/[^\s'"`;|&<>()$*?]+/g;

/** Programs that are the workload's to write are refused; what their words name is not, because no one can tell what they do with it. */
export function namedByRoot(page: Page): NamedByRoot[] {
	const { plan, reads } = page;
	const after = filesAfter(page);
	const theirs = [...after.owns, ...after.owns_copies_in, ...after.writes_to];
	return dueSteps(page).flatMap(({ action, label }) =>
		programsOf(action, reads)
			.filter(({ identity, capabilities }) => hasMore({ identity, capabilities, target: plan.identity }))
			.flatMap(({ argv: [, ...words] }) => words.flatMap((word) => word.match(pathInWord) ?? []))
			.filter((path, index, all) => all.indexOf(path) === index && theirs.some((each) => isWithin(path, each)))
			.map((path) => ({ label, path })),
	);
}
