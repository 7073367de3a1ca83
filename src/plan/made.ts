import { destination } from "../files/destination.ts";
import { absolutePath } from "../files/path-text.ts";
import { madeBy } from "../steps/index.ts";
import type { Reads } from "../sys/native.ts";
import type { PlannedStep } from "./plan.ts";
import { type Circumstances, unmetCondition } from "./when.ts";

/** Whether there may be something at a path when the setup is done that is not there now. */
export type MayMake = (path: string) => boolean;

/** What steps will make that run: whether a path exists, which a `when` may ask for, can change until then. */
export function madeBySteps(setup: readonly Pick<PlannedStep, "action" | "when">[], circumstances: Circumstances): MayMake {
	const { reads } = circumstances;
	return (path) => {
		const made = setup
			.filter(({ when }) => unmetCondition(when && { ...when, exists: undefined }, circumstances) === undefined)
			.flatMap(({ action }) => madeBy(action));
		const wanted = made.length === 0 ? "" : leadsTo(reads, path);
		return made.some((each) => {
			const at = leadsTo(reads, each.path);
			return wanted === at || (each.isTree === true && wanted.startsWith(at === "/" ? at : `${at}/`));
		});
	};
}

function leadsTo(reads: Reads, path: string): string {
	return destination(reads, absolutePath(path, "/"));
}
