import { writeFileSync } from "node:fs";

/** Tells scripts/test.mjs why not all of a lane can run on this machine; where that is required it fails then. */
export function sayUnavailable(reason: string): void {
	const file = process.env["LANE_UNAVAILABLE"];
	if (file !== undefined) {
		writeFileSync(file, reason);
	}
}
