import type { Problem } from "../../report/problem.ts";
import type { Reads } from "../../sys/native.ts";
import type { BlockAction } from "./block-fields.ts";
import { ownUsersRefuse } from "./own-users.ts";

/** What the step would say, as far as it can be seen without a change. */
export function blockObstacles(reads: Reads, _action: BlockAction): Problem[] {
	const ofOwnUsers = ownUsersRefuse(reads);
	return ofOwnUsers === undefined ? [] : [ofOwnUsers];
}
