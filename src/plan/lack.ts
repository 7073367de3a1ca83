import type { Lack } from "../config/config.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";

/** A key that is needed now: what of it lacks a variable is an error. */
export function askFor(key: string, lacks: readonly Lack[] = []): void {
	failFor(
		lacks.filter(({ at }) => at === key || at.startsWith(`${key}[`) || at.startsWith(`${key}.`)),
		"",
	);
}

/** All of these at once, each at its key below `above`. */
export function failFor(lacks: readonly Lack[], above: string): void {
	const [first, ...others] = lacks.map(({ at, code, message }): Diagnostic => ({ code, message, where: `${above}${at}` }));
	if (first !== undefined) {
		throw new Failure(first, ...others);
	}
}
