/** The last line where much was told: how much, and where there is more to read. Nothing for one thing alone, which says all itself. */
export function closingLine(told: readonly { readonly code: string; readonly severity?: string }[]): string {
	const count = (severity: string) => told.filter((each) => (each.severity ?? "error") === severity).length;
	const counts = ["error", "warning", "note"].map((severity) => [count(severity), severity] as const);
	const [errors, warnings] = counts.map(([number]) => number);
	if ((errors ?? 0) + (warnings ?? 0) < 2) {
		return "";
	}
	const words = counts.flatMap(([number, severity]) => (number === 0 ? [] : [`${number} ${severity}${number === 1 ? "" : "s"}`]));
	return `abdicate: ${words.join(", ")}; abdicate explain ${mostOften(told.map(({ code }) => code))} says more\n`;
}

/** The first of those that come as often. */
function mostOften(codes: readonly string[]): string {
	const number = (code: string) => codes.filter((each) => each === code).length;
	return codes.reduce((best, code) => (number(code) > number(best) ? code : best), codes[0] ?? "");
}
