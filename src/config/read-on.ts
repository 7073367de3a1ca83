import { type Correction, corrected } from "../report/correction.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import type { Source } from "../report/source.ts";
import { correctionAt } from "./right-names.ts";

/** What is wrong with a text that corrections make readable, told at once with them and at the places of the text as it is. */
export async function readOn(
	source: Source,
	corrections: readonly Correction[],
	read: (text: string) => Promise<unknown>,
): Promise<readonly Diagnostic[]> {
	const { text, back } = corrected(source.lines.join("\n"), corrections);
	const isCertain = corrections.every((each) => each.isCertain);
	const [found] = await Promise.allSettled([read(text)]);
	const failure = found.status === "rejected" && found.reason instanceof Failure ? found.reason : undefined;
	return (failure?.diagnostics ?? []).map(({ where = "", correction, ...told }) => {
		const [, place = "", line = "1", column = "1"] = /^:((\d+):(\d+))/.exec(where.slice(source.file.length)) ?? [];
		const point = back({ line: Number(line), column: Number(column) });
		const moved = correction && correctionAt(correction, back);
		return {
			...told,
			where: `${source.file}:${point.line}:${point.column}${where.slice(source.file.length + 1 + place.length)}`,
			source: { line: source.lines[point.line - 1] ?? "", column: point.column },
			...(moved && { correction: { ...moved, isCertain: moved.isCertain && isCertain } }),
		};
	});
}
