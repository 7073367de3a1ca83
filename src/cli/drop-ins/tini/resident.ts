import type { Resident, ResidentTexts } from "../../../departure/resident.ts";
import { SIG } from "../../../sys/constants.ts";
import { complaintsOf, endsOf, forwardedText, lineOf, plainInit } from "../common/init-resident.ts";
import type { TiniWish } from "./wish.ts";

/** The init that a command line of tini asks for. */
export function tiniResident(name: string, wish: TiniWish): Resident {
	return {
		...plainInit,
		name,
		place: "group",
		toGroup: wish.toGroup,
		subreaper: wish.isSubreaper,
		// tini ignores them for itself, so that they end with it.
		signals: { [SIG.TTIN]: 0, [SIG.TTOU]: 0 },
		exitStatuses: Object.fromEntries(wish.expected.map((status) => [status, 0])),
		texts: textsOf(name, wish),
	};
}

/** From which verbosity on each is said. */
export const says = { warnings: 1, program: 2, everything: 3 } as const;

function textsOf(name: string, { verbosity, tellsOfZombies }: TiniWish): ResidentTexts {
	const tellsOfReaped = verbosity >= says.everything || (tellsOfZombies && verbosity >= says.warnings);
	const { failed, refused } = complaintsOf(name);
	return {
		failed,
		...(verbosity >= says.warnings && { refused }),
		...(tellsOfReaped && { reaped: lineOf(name, tellsOfZombies ? "warning: " : "", "reaped process \x01, which had ended with \x02") }),
		...(verbosity >= says.program && endsOf(name)),
		...(verbosity >= says.everything && { forwarded: forwardedText(name) }),
	};
}
