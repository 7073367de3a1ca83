import type { PodLevel } from "../../plan/imagined/named-starts.ts";
import type { Diagnostic } from "../../report/failure.ts";
import { openWays } from "../../report/ways.ts";
import { spokenBy } from "../../sys/runtime.ts";
import { withAssumedNames } from "./as-written.ts";
import type { Imagined } from "./imagine.ts";
import { isAllowed } from "./pod-security.ts";

type Told = Pick<Diagnostic, "message" | "remedy"> & Partial<Pick<Diagnostic, "where" | "step">>;

/** What is wrong with a start that is imagined, in the words of who would make it, with what that one may do about it. */
export function toldAs<T extends Told>(
	{ as: { runtime, level }, assumed }: Pick<Imagined, "as" | "assumed">,
	problems: readonly T[],
	format?: string,
): readonly T[] {
	const named = (text: string) => withAssumedNames(text, assumed);
	return spokenBy(level === undefined ? problems : within(level, problems), runtime, format).map((each) => ({
		...each,
		message: named(each.message),
		where: each.where && named(each.where),
		step: each.step && named(each.step),
		remedy: each.remedy?.map(named),
	}));
}

/** With the last of those who lose a way, where all of them are to be found. */
function within<T extends Told>(level: PodLevel, problems: readonly T[]): readonly T[] {
	const open = problems.map(({ remedy }) => remedy?.flatMap((line) => openWays(line, "kubernetes: ", (way) => isAllowed(way, level))));
	const last = problems.findLastIndex(({ remedy }, index) => remedy?.join("\n") !== open[index]?.join("\n"));
	const beyond = `more than the level ${level} allows would do: --format kubernetes, in the place of --as, prints that Pod`;
	return problems.map((each, index) => {
		const [first, ...others] = [...(open[index] ?? []), ...(index === last ? [beyond] : [])];
		// What it was the other way to is not told.
		return { ...each, remedy: first === undefined ? [] : [first === each.remedy?.[0] ? first : first.replace(/^or /, ""), ...others] };
	});
}
