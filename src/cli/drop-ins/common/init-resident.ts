import type { Resident, ResidentTexts } from "../../../departure/resident.ts";

/** What every drop-in for an init is in the same way: it keeps what it was given, and ends with its program. */
export const plainInit = {
	signals: {},
	exitStatuses: {},
	toGroup: false,
	subreaper: false,
	graceMs: undefined,
	atEnd: undefined,
	resetsSignals: false,
	keepsPrivilege: true,
	endsWithDaemons: false,
} as const satisfies Partial<Resident>;

/** A line of the drop-in's, as messages of this program begin. */
export function lineOf(name: string, severity: "" | "warning: ", words: string): string {
	return `abdicate: ${severity}${name}: ${words}\n`;
}

/** What there is to be said of an init that cannot do what it is for. */
export function complaintsOf(name: string): Required<Pick<ResidentTexts, "failed" | "refused">> {
	return {
		failed: lineOf(name, "", "the init cannot do its work (errno \x02), so that the program is not started"),
		refused: lineOf(
			name,
			"warning: ",
			"signal \x02 does not reach process \x01, which belongs to another user: KILL is not held (docker run --cap-add KILL; or a configuration with user and init, where both have one user)",
		),
	};
}

/** How the program has ended. */
export function endsOf(name: string): Required<Pick<ResidentTexts, "ended" | "killed">> {
	return {
		ended: lineOf(name, "", "the program, process \x01, has ended with \x02"),
		killed: lineOf(name, "", "the program, process \x01, was ended by signal \x02"),
	};
}

export function forwardedText(name: string): string {
	return lineOf(name, "", "signal \x02 goes to process \x01");
}
