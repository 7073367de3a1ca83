import { quoted } from "../report/text.ts";
import { askedFor, programPlaces } from "../steps/facts.ts";
import { isProgram } from "../steps/programs/program.ts";
import { AT } from "../sys/constants.ts";
import { saysAbsent } from "../sys/errno.ts";
import { errnoOf } from "../sys/observe.ts";
import type { Outlook } from "./foretell.ts";
import { madeBySteps } from "./made.ts";
import type { PlannedStep } from "./plan.ts";
import { surelyUnmet } from "./setup.ts";
import { circumstancesNow } from "./when.ts";

export interface Missing {
	readonly label: string;
	readonly message: string;
	/** The start would fail, whatever volumes bring. */
	readonly isFatal: boolean;
}

/** What steps that would be done ask for, is not there, and is made by none before. */
export function missingIn({ plan, start, reads }: Outlook): Missing[] {
	const circumstances = circumstancesNow(plan, start, reads);
	const missingOf = ({ action, label, when, onError }: PlannedStep, index: number): Missing[] => {
		const before = plan.setup.slice(0, index);
		if (when !== undefined && surelyUnmet(when, circumstances, before) !== undefined) {
			return [];
		}
		const mayMake = madeBySteps(before, circumstances);
		const isAbsent = (path: string) => saysAbsent(errnoOf(reads.statat(AT.FDCWD, path, 0))) && !mayMake(path);
		const places = programPlaces(action, reads);
		const lacksProgram = places.length > 0 && !places.some((each) => isProgram(reads, each) || mayMake(each));
		return [
			...(lacksProgram ? [{ label, message: `no program is at ${places.map(quoted).join(" or ")}`, isFatal: onError === "fail" }] : []),
			...askedFor(action)
				.filter(isAbsent)
				.map((path) => ({ label, message: `${quoted(path)} does not exist`, isFatal: false })),
		];
	};
	return plan.setup.flatMap(missingOf);
}
