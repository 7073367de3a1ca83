import type { Diagnostic } from "../../../report/failure.ts";

/** The line with the account that was meant, as it is to be written, and as a change of it: whether it is that one, a person has to know. */
export function nearAccount({ message, source }: Diagnostic, line = 1): Pick<Diagnostic, "remedy" | "correction"> {
	const [, name = "", meant = ""] = /^"(.+?)" is not in .*did you mean "(.+)"\?$/.exec(message) ?? [];
	const characters = Array.from(source?.line ?? "");
	const start = (source?.column ?? 1) - 1;
	const value = characters
		.slice(start)
		.join("")
		.replace(/\s+#[^"']*$/, "");
	if (name === "" || !value.includes(name)) {
		return {};
	}
	const column = start + 1 + Array.from(value.slice(0, value.indexOf(name))).length;
	const edit = { line, column, endLine: line, endColumn: column + Array.from(name).length, text: meant };
	const text = (characters.slice(0, start).join("") + value.replace(name, () => meant)).trim();
	return {
		remedy: [`write ${text}`],
		correction: { edits: [edit], isCertain: false },
	};
}
