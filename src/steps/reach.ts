import type { Need } from "./step.ts";

/** Root without capabilities is an ordinary owner: a directory that is closed to others on the way stops it. path_resolution(7) */
export function toReach(path: string): Need {
	return {
		anyOf: ["DAC_READ_SEARCH", "DAC_OVERRIDE"],
		certain: false,
		purpose: `to reach ${path} through directories of others`,
		unlessOpen: { path, for: "search" },
	};
}

export function toWriteBeside(path: string): Need {
	return {
		anyOf: ["DAC_OVERRIDE"],
		certain: false,
		purpose: `to write into the directory of ${path}`,
		unlessOpen: { path, for: "write" },
	};
}
