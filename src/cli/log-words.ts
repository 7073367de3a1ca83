import type { LogOptions } from "../report/log.ts";
import { nearest } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";

const levels: Readonly<Record<string, number>> = { quiet: -1, normal: 0, verbose: 1 };
const formats: readonly string[] = ["text", "json"] satisfies LogOptions["format"][];
const words: readonly string[] = [...Object.keys(levels), ...formats];

/** What ABDICATE_LOG asks for: words with commas between them. Of two that exclude each other the last one holds. */
export function speechIn(variable: string): LogOptions {
	const given = variable
		.split(",")
		.map((each) => each.trim())
		.filter((each) => each !== "");
	const unknown = given.filter((each) => !words.includes(each));
	return {
		format: (given.findLast((each) => formats.includes(each)) ?? "text") as LogOptions["format"],
		level: levels[given.findLast((each) => Object.hasOwn(levels, each)) ?? "normal"] as number,
		...(unknown.length > 0 && { unknown }),
	};
}

/** A slip, which stops nothing: what is understood holds. */
export function unknownWords(unknown: readonly string[]): string {
	const meant = unknown.map((word) => {
		const near = nearest(word.toLowerCase(), words);
		return `${quoted(word)}${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
	});
	return `ABDICATE_LOG: ${meant.join(", ")} is none of its words, which are ${words.join(", ")}, with commas between them`;
}
