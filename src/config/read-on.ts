import { type Correction, corrected } from "../report/correction.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import type { Source } from "../report/source.ts";
import { correctionAt } from "./right-names.ts";

/** What is wrong with a text that corrections make readable, told at once with them and at the places of the text as it is. `lines` is what is read of it. */
export async function readOn(
	source: Source,
	corrections: readonly Correction[],
	read: (text: string) => Promise<unknown>,
	lines = source.lines,
): Promise<readonly Diagnostic[]> {
	const { text, back } = corrected(lines.join("\n"), corrections);
	const isCertain = lines === source.lines && corrections.every((each) => each.isCertain);
	const [found] = await Promise.allSettled([read(text)]);
	const failure = found.status === "rejected" && found.reason instanceof Failure ? found.reason : undefined;
	return (failure?.diagnostics ?? []).map(({ where = "", correction, ...told }) => {
		const [, place = "", line = "1", column = "1"] = /^:((\d+):(\d+))/.exec(where.slice(source.file.length)) ?? [];
		const point = back({ line: Number(line), column: Number(column) });
		const moved = correction && correctionAt(correction, back);
		return {
			...told,
			where: `${source.file}:${point.line}:${point.column}${where.slice(source.file.length + 1 + place.length)}`,
			// Text of a document that is somebody else's is not shown.
			...(told.source && { source: { line: source.lines[point.line - 1] ?? "", column: point.column } }),
			...(moved && { correction: { ...moved, isCertain: moved.isCertain && isCertain } }),
		};
	});
}
