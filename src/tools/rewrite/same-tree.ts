import { typedScalar } from "../../config/scalar.ts";
import type { Reads } from "../../sys/native.ts";

type Parsed = ReturnType<Reads["parseYaml"]>;

/** Whether a configuration reads the same in both: by what is written, and by what it means. */
export function isSameTree(one: Parsed, other: Parsed): boolean {
	if (one?.kind === "sequence" && other?.kind === "sequence") {
		return one.items.length === other.items.length && one.items.every((item, index) => isSameTree(item, other.items[index]));
	}
	if (one?.kind === "mapping" && other?.kind === "mapping") {
		const [ours, theirs] = [one, other].map(({ entries }) => entries.flat());
		return ours?.length === theirs?.length && (ours ?? []).every((each, index) => isSameTree(each, theirs?.[index]));
	}
	if (one?.kind === "scalar" && other?.kind === "scalar") {
		return one.text === other.text && typedScalar(one) === typedScalar(other);
	}
	return one === undefined && other === undefined;
}
