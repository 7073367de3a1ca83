import { dressed } from "./dress.ts";
import { type Form, type Line, textForm } from "./log.ts";
import type { Screen } from "./terminal.ts";
import { durationText } from "./units.ts";

/** Text for who reads along: dressed for a terminal, with how long a step has taken. Loaded at -v. */
export function verboseForm(screen: Screen): Form {
	return (line) => dressed(textForm(withDuration(line)), line.severity, screen);
}

function withDuration({ milliseconds, ...line }: Line): Line {
	return milliseconds === undefined
		? line
		: { ...line, message: [line.message, `in ${durationText(milliseconds)}`].filter((each) => each !== "").join(", ") };
}
