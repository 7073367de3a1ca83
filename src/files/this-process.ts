import type { Reads } from "../sys/native.ts";
import type { Viewer } from "./permissions.ts";

/** Who this process is to a file, by its effective ids and its groups. */
export function thisViewer(reads: Reads): Viewer {
	const groups = reads.getgroups();
	return { uid: reads.getresuid()[1], groups: [reads.getresgid()[1], ...(typeof groups === "number" ? [] : groups)] };
}
