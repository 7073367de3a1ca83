import { signalNames } from "./signals.ts";

/** SIGRTMIN of the C libraries, which keep the first two real-time signals for themselves. signal(7) */
const firstRealTime = 34;
const last = 64;

/** `TERM`, `SIGTERM`, `RTMIN+3`, `RTMAX-1`, or the number; undefined for what is none. */
export function signalNumber(written: string): number | undefined {
	const name = written.replace(/^SIG/, "");
	const [, digits] = /^([1-9][0-9]?)$/.exec(written) ?? [];
	const [, end, , distance = "0"] = /^RT(MIN|MAX)(([+-])([0-9]{1,2}))?$/.exec(name)?.filter((_, index) => index !== 3) ?? [];
	if (digits !== undefined) {
		return within(1, Number(digits));
	}
	if (end !== undefined) {
		const isRight = distance === "0" || name[5] === (end === "MIN" ? "+" : "-");
		return isRight ? realTimeSignal(end as "MIN" | "MAX", Number(distance)) : undefined;
	}
	const index = signalNames.indexOf(name as never);
	return index < 0 ? undefined : index + 1;
}

/** So many from the first, or from the last. */
export function realTimeSignal(end: "MIN" | "MAX", distance: number): number | undefined {
	return within(firstRealTime, end === "MIN" ? firstRealTime + distance : last - distance);
}

function within(least: number, number: number): number | undefined {
	return number >= least && number <= last ? number : undefined;
}

/** The name of a number, as `kill -l` has it. */
export function signalName(number: number): string {
	return signalNames[number - 1] ?? (number < firstRealTime ? `${number}` : `RTMIN+${number - firstRealTime}`);
}
