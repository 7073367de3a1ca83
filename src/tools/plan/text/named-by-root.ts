import { isWithin } from "../../../files/path-text.ts";
import { programsOf, refusedIfShaped } from "../../../steps/facts.ts";
import { madeBy } from "../../../steps/index.ts";
import { hasMore } from "../../../steps/programs/shapers.ts";
import { filesAfter } from "./files-after.ts";
import { dueSteps } from "./gets.ts";
import type { Page } from "./page.ts";

/** What has more than the workload works with or on, and the workload can exchange by the next start. */
export interface NamedByRoot {
	readonly path: string;
	/** `names it, which the workload can write to` */
	readonly what: string;
}

const pathInWord = /\/[^\s'"`;|&<>()$*?]+/g;

/** Programs that are the workload's to write are refused; what their words name is not, because no one can tell what they do with it. */
export function namedByRoot(page: Page): NamedByRoot[] {
	const { plan, reads, looked } = page;
	const theirs = theirFiles(page);
	const isTheirs = (path: string) => theirs.some((each) => isWithin(path, each));
	const ofPrograms = dueSteps(page).flatMap(({ action, label }) =>
		programsOf(action, reads)
			.filter(({ identity, capabilities }) => hasMore({ identity, capabilities, target: plan.identity }))
			.flatMap(({ argv: [, ...words], workdir }): NamedByRoot[] => {
				const named = [...new Set(words.flatMap((word) => word.match(pathInWord) ?? []).map((path) => path.replace(/(?<=.)\/+$/, "")))];
				// What goes through a directory comes to all that is in it.
				const around = theirs.filter((each) => !named.some(isTheirs) && named.some((path) => path !== "/" && isWithin(each, path)));
				const has = `perhaps, at the next start: ${label} has more than the workload and`;
				return [
					...named.filter(isTheirs).map((path) => ({ path, what: `${has} names it, which the workload can write to` })),
					...around.map((path) => ({ path, what: `${has} names what it is in; the workload can write to it` })),
					...(isTheirs(workdir) ? [{ path: workdir, what: `${has} works there, where the workload can write` }] : []),
				];
			}),
	);
	const images = looked.config.setup.flatMap((entry, index) =>
		plan.identity.uid === 0
			? []
			: refusedIfShaped(entry)
					.filter(isTheirs)
					.map((path) => ({ path, what: `${entry.name ?? `setup[${index}]`} has the kernel read it, and the workload can write to it` })),
	);
	return [...ofPrograms, ...images];
}

/** With what steps take from there. */
function theirFiles(page: Page): string[] {
	const after = filesAfter(page);
	const theirs = [...after.owns, ...after.owns_copies_in, ...after.writes_to];
	for (const { path, from, source = from?.path } of dueSteps(page).flatMap(({ action }) => madeBy(action))) {
		if (source !== undefined && theirs.some((each) => isWithin(source, each))) {
			theirs.push(path);
		}
	}
	return theirs;
}
