import type { SetupEntry } from "../config/config.ts";
import { destination } from "../files/destination.ts";
import { absolutePath } from "../files/path-text.ts";
import { madeBy } from "../steps/index.ts";
import type { Made } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import type { PlannedStep } from "./plan.ts";
import { type Circumstances, unmetCondition } from "./when.ts";

/** Whether there may be something at a path when the setup is done that is not there now. */
export type MayMake = (path: string) => boolean;

/** What steps will make at a path. */
export type MadeAt = (path: string) => readonly Made[];

type Steps = readonly Pick<PlannedStep, "action" | "when">[];

export function madeBySteps(setup: Steps, circumstances: Circumstances, failed: readonly Pick<SetupEntry, "config">[] = []): MayMake {
	const made = madeAtBySteps(setup, circumstances, madeBy);
	return (path) => made(path).length > 0 || failed.some(({ config }) => isNamedIn(config, path));
}

/** What a step that could not be planned would have made is not known: it may be a path that it names, or whatever is below. */
function isNamedIn(config: unknown, path: string): boolean {
	if (typeof config === "string") {
		return config.startsWith("/") && `${path}/`.startsWith(`${config}/`);
	}
	return typeof config === "object" && config !== null && Object.values(config).some((each) => isNamedIn(each, path));
}

/** What steps will make that run: whether a path exists, which a `when` may ask for, can change until then. */
export function madeAtBySteps(
	setup: Steps,
	circumstances: Circumstances,
	makes: (action: PlannedStep["action"]) => readonly Made[],
): MadeAt {
	const { reads } = circumstances;
	return (path) => {
		const made = setup
			.filter(({ when }) => unmetCondition(when && { ...when, exists: undefined }, circumstances) === undefined)
			.flatMap(({ action }) => makes(action));
		const wanted = made.length === 0 ? "" : leadsTo(reads, path);
		return made.filter((each) => {
			const at = leadsTo(reads, each.path);
			return wanted === at || (each.isTree === true && wanted.startsWith(at === "/" ? at : `${at}/`));
		});
	};
}

/** Without a link on the way. */
export function leadsTo(reads: Reads, path: string): string {
	return destination(reads, absolutePath(path, "/"));
}

/** Whether what is at a path may be another then, by what steps make or change: what is on the way to it or in it counts too. */
export function isTouched(path: string, touched: readonly Made[], reads: Reads): boolean {
	const isAbout = (at: string, wanted: string, isTree: boolean) => isBelow(at, wanted) || (isTree && isBelow(wanted, at));
	return (
		touched.some((each) => isAbout(each.path, path, each.isTree === true)) ||
		// By way of links.
		touched.some((each) => isAbout(leadsTo(reads, each.path), leadsTo(reads, path), each.isTree === true))
	);
}

/** Whether it is the directory, or lies in it. */
function isBelow(path: string, directory: string): boolean {
	return path === directory || path.startsWith(directory === "/" ? directory : `${directory}/`);
}
