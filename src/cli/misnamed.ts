import type { Diagnostic } from "../report/failure.ts";
import { nearest } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { dropInNames } from "./other-names.ts";

/** Who calls it by a name that only looks like one of its others meant that one: with this it is told first. */
export function toldOfName(self: string, [first, ...others]: readonly Diagnostic[]): readonly Diagnostic[] {
	const name = self.slice(self.lastIndexOf("/") + 1);
	const meant =
		nearest(name, dropInNames) ??
		dropInNames.find((each) =>
			name
				.toLowerCase()
				.split(/[^a-z]/)
				.includes(each),
		);
	if (first === undefined || meant === undefined) {
		return first === undefined ? others : [first, ...others];
	}
	const words = `it is called ${quoted(name)}, which is none of the programs that it stands in for; did you mean "${meant}"?`;
	return [{ ...first, remedy: [words, ...(first.remedy ?? [])] }, ...others];
}
