import { type CapabilityName, capability } from "../capability/names.ts";
import { lackOf } from "../capability/withheld.ts";
import type { Start } from "../departure/start.ts";
import type { Problem } from "../report/problem.ts";
import { mountObstacles } from "../steps/common/mount-refusal.ts";
import type { Reads } from "../sys/native.ts";

export type Lack = Problem & { readonly remedy: readonly string[] };

/** Why this start can take no namespace and mount nothing, and what would let it; undefined where it can. */
export function lackToUnshare({ credentials, withheld, isImagined }: Start, reads: Reads, mounts: boolean): Lack | undefined {
	if (!credentials.sets.permitted.has(capability("SYS_ADMIN"))) {
		const { message, remedy } = lackOf(["SYS_ADMIN"], withheld);
		return { message: `SYS_ADMIN is ${message}`, remedy };
	}
	const [obstacle] = mounts && isImagined !== true ? mountObstacles(reads) : [];
	return obstacle && { message: obstacle.message, remedy: obstacle.remedy ?? [] };
}

/** The same as another way, behind those by which the runtime does it. */
export function orByItself({ remedy }: Lack): string[] {
	return remedy.map((each) => `or ${each.startsWith("docker run ") ? "let this program do it: " : ""}${each}`);
}

/** What searches a directory of another's, where one of them is held. */
export function searchingOf({ credentials }: Start): CapabilityName[] {
	return (["DAC_READ_SEARCH", "DAC_OVERRIDE"] as const).filter((each) => credentials.sets.permitted.has(capability(each))).slice(0, 1);
}
