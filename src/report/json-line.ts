import { json } from "./json.ts";
import type { Form, Line } from "./log.ts";

/** What says the time: milliseconds of the clock with this number, or a negative errno. */
export interface Clock {
	clockGettime(clock: number): number;
}

const realtime = 0;

/** Every line in JSON, whoever says it. */
export function jsonForm(clock: Clock): Form {
	return (line) => jsonLine(timeOf(clock), line);
}

/** For who fills `{time}` in, when it is said. */
export const laterForm: Form = (line) => jsonLine("{time}", line);

/** `time` is text as it stands, for who fills it in later. */
export function jsonLine(time: string | null, { severity, code, step, message, remedy = [], ...more }: Line): string {
	const known = { time, severity: severity === "note" ? "info" : severity, code: code ?? null, step: step ?? null, message, remedy };
	return `${json({ ...known, ...more })}\n`;
}

const day = 86_400_000;

/** RFC 3339 in UTC, with milliseconds. */
export function timeOf(clock: Clock): string | null {
	const now = Math.floor(clock.clockGettime(realtime));
	return now < 0 ? null : `${dateOf(Math.floor(now / day))}T${timeOfDay(now % day)}Z`;
}

/**
 * The engine is without a Date. Years are counted from March, so that a leap day is the last of one; 400 of them are 146,097 days, and
 * 719,468 days lie between the first of March of year 0 and the epoch.
 */
function dateOf(daysOfEpoch: number): string {
	const days = daysOfEpoch + 719_468;
	const ofEra = days % 146_097;
	const year = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
	const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
	const fromMarch = Math.floor((5 * ofYear + 2) / 153);
	const month = ((fromMarch + 2) % 12) + 1;
	const ofMonth = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
	const whole = year + Math.floor(days / 146_097) * 400 + (month <= 2 ? 1 : 0);
	return [digits(whole, 4), digits(month, 2), digits(ofMonth, 2)].join("-");
}

function timeOfDay(ms: number): string {
	const seconds = Math.floor(ms / 1000);
	const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((each) => digits(each, 2));
	return `${parts.join(":")}.${digits(ms % 1000, 3)}`;
}

function digits(number: number, count: number): string {
	return `${number}`.padStart(count, "0");
}
