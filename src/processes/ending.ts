import type { Departing } from "../departure/departure.ts";
import { SIG } from "../sys/constants.ts";
import { childrenOf, namesOf, reapAll } from "./children.ts";
import type { SpawnContext } from "./context.ts";
import { sendSignal } from "./look-as.ts";

const endingMs = 5000;
const pauseMs = 10;

/**
 * Ends every child of this process, of which `first` was the first. Each that is killed makes its own children ours, until there are
 * none. Who forks as fast as it can is raced, so there is no pause while anybody new is found. Returns the names of those who cannot
 * be ended.
 */
export function endAll(context: SpawnContext, child: Departing, first: number): readonly string[] {
	const { host } = context;
	let deadline: number | undefined;
	let before = "";
	while (reapAll(host, () => {})) {
		const children = childrenOf(host, first);
		// To find them may take long.
		deadline ??= host.clock() + endingMs;
		if (host.clock() >= deadline) {
			return namesOf(host, children);
		}
		for (const pid of children) {
			sendSignal(context, child, pid, SIG.KILL);
		}
		const found = children.join();
		if (found === before) {
			host.poll([], pauseMs);
		}
		before = found;
	}
	return [];
}
