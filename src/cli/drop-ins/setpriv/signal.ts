import { realTimeSignal } from "../../../config/signal-number.ts";
import { signalNames } from "../../../config/signals.ts";
import { fail } from "../../../report/failure.ts";
import { suggestion } from "../../../report/suggest.ts";
import { quoted } from "../../../report/text.ts";

/** Other names of the same. signal(7) */
const synonyms: Readonly<Record<string, (typeof signalNames)[number]>> = { IOT: "ABRT", CLD: "CHLD", POLL: "IO", UNUSED: "SYS" };

/** A name of any case, with SIG or without, RTMIN+N and RTMAX-N too; no numbers. */
export function parseSignalName(text: string, where: string): number {
	const name = text.toUpperCase().replace(/^SIG/, "");
	const [, end, distance] = /^RT(?:(MAX)-|(?:MIN\+)?)(\d{1,2})$/.exec(name) ?? [];
	const realTime = distance === undefined ? undefined : realTimeSignal(end === undefined ? "MIN" : "MAX", Number(distance));
	if (realTime !== undefined) {
		return realTime;
	}
	const index = signalNames.indexOf((synonyms[name] ?? name) as (typeof signalNames)[number]);
	return index < 0
		? fail("CONFIG_INVALID_VALUE", `${quoted(text)} is no name of a signal${suggestion(name, signalNames)}`, {
				where,
				remedy: ["keep, clear, or a name such as TERM"],
			})
		: index + 1;
}

/** `TERM`, or the number of one without a name. */
export function signalText(number: number): string {
	return signalNames[number - 1] ?? `${number}`;
}
