import type { Diagnostic } from "../../../report/failure.ts";

/** The line with the account that was meant, as it is to be written: whether it is that one, a person has to know. */
export function nearAccount({ message, source }: Diagnostic): readonly string[] {
	const [, name = "", meant = ""] = /^"(.+?)" is not in .*did you mean "(.+)"\?$/.exec(message) ?? [];
	const characters = Array.from(source?.line ?? "");
	const start = (source?.column ?? 1) - 1;
	const value = characters
		.slice(start)
		.join("")
		.replace(/\s+#[^"']*$/, "");
	return name === "" || !value.includes(name)
		? []
		: [`write ${(characters.slice(0, start).join("") + value.replace(name, () => meant)).trim()}`];
}
