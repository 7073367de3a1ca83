import { must } from "./act.ts";
import type { Host } from "./native.ts";

const failed = 125;

/**
 * Does `work` in a child, whose exit status is what comes back from it. However that ends, the child ends with it: it never goes on
 * with what its parent was doing. fork(2)
 */
export function forkChild(host: Host, work: () => number): number {
	const pid = must(host, "fork") as number;
	if (pid === 0) {
		try {
			host.exit(work());
		} finally {
			host.exit(failed);
		}
	}
	return pid;
}
