import type { Resident, ResidentTexts } from "../../../departure/resident.ts";
import { SIG } from "../../../sys/constants.ts";
import { complaintsOf, endsOf, forwardedText, lineOf, plainInit } from "../common/init-resident.ts";
import type { DumbInitWish } from "./wish.ts";

/** By which a terminal stops a program. In a session of its own, whose group nobody could continue, they would be thrown away. credentials(7) */
const stopping = [SIG.TSTP, SIG.TTIN, SIG.TTOU];

/** The init that a command line of dumb-init asks for. */
export function dumbInitResident(name: string, { hasSession, rewritten, isVerbose }: DumbInitWish): Resident {
	const stopped = hasSession ? stopping.map((signal) => [signal, SIG.STOP] as const) : [];
	return {
		...plainInit,
		name,
		place: hasSession ? "session" : "shared",
		toGroup: hasSession,
		signals: Object.fromEntries([...stopped, ...rewritten]),
		stopsItself: stopping,
		// It is a signal like any other, and rewritten as such.
		atEnd: hasSession ? (rewritten.get(SIG.TERM) ?? SIG.TERM) || undefined : undefined,
		resetsSignals: true,
		texts: textsOf(name, isVerbose),
	};
}

function textsOf(name: string, isVerbose: boolean): ResidentTexts {
	return {
		...complaintsOf(name),
		...(isVerbose && {
			...endsOf(name),
			reaped: lineOf(name, "", "process \x01 has ended with \x02"),
			forwarded: forwardedText(name),
		}),
	};
}
