import type { Correction } from "../../../report/correction.ts";
import type { Diagnostic } from "../../../report/failure.ts";

/** The line with the account that was meant, as it is to be written, and as a change of the file that a person has to want. */
export function nearAccount({ code, message, source }: Diagnostic, line: number | undefined): Pick<Diagnostic, "remedy" | "correction"> {
	const [, name = "", meant = ""] = /^"(.+?)" is not in .*did you mean "(.+)"\?$/.exec(message) ?? [];
	const characters = Array.from(source?.line ?? "");
	const before = characters.slice(0, (source?.column ?? 1) - 1).join("");
	const value = characters.join("").slice(before.length);
	const found = value.indexOf(name);
	if (!/^(?:USER|GROUP)_UNKNOWN$/.test(code) || name === "" || found < 0 || line === undefined) {
		return {};
	}
	const column = Array.from(before + value.slice(0, found)).length + 1;
	const correction: Correction = {
		edits: [{ line, column, endLine: line, endColumn: column + Array.from(name).length, text: meant }],
		isCertain: false,
	};
	const written = before + value.slice(0, found) + meant + value.slice(found + name.length);
	return { remedy: [`write ${written.trim().replace(/\s+#[^"']*$/, "")}`], correction };
}
