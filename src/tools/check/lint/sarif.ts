import { json } from "../../../report/json.ts";
import { byteOf, printable } from "../../../report/text.ts";
import { errorSummaries } from "../../guides/error-summaries.ts";
import type { Finding } from "./findings.ts";
import { rules } from "./rules.ts";

/** SARIF 2.1.0, which code hosts show beside the lines concerned. */
export function renderSarif(findings: readonly Finding[], version: string): string {
	const ids = [...new Set(findings.map(({ code }) => code))];
	const summaries: Readonly<Record<string, string>> = {
		...errorSummaries,
		...Object.fromEntries(Object.entries(rules).map(([code, { summary }]) => [code, summary])),
	};
	const log = {
		$schema: "https://json.schemastore.org/sarif-2.1.0.json",
		version: "2.1.0",
		runs: [
			{
				tool: { driver: { name: "abdicate", version, rules: ids.map((id) => ({ id, shortDescription: { text: summaries[id] ?? id } })) } },
				results: findings.map(({ code, severity, message, remedy, file, line, column }) => ({
					ruleId: code,
					ruleIndex: ids.indexOf(code),
					level: severity,
					message: { text: [message, ...remedy].map(plain).join("\n") },
					locations: [
						{
							physicalLocation: {
								artifactLocation: { uri: file.split("/").map(encoded).join("/") },
								...(line === undefined ? {} : { region: { startLine: line, startColumn: column } }),
							},
						},
					],
				})),
			},
		],
	};
	return `${json(log, 2)}\n`;
}

/** One line, in which nothing is a link: text of SARIF knows `[words](address)`. SARIF 2.1.0, section 3.11.6 */
function plain(text: string): string {
	return printable(text).replace(/\[(?=[^\]]*\]\()/g, "\\[");
}

/** A part of a path in an address, where a byte that is not UTF-8 is one of its own. RFC 3986, section 2.1 */
function encoded(part: string): string {
	return Array.from(part)
		.map((character) => {
			const byte = byteOf(character.codePointAt(0) ?? 0);
			return byte === undefined ? encodeURIComponent(character) : `%${byte.toString(16).toUpperCase()}`;
		})
		.join("");
}
