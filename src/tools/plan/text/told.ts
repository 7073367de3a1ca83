import { companions } from "./beside.ts";
import { heldIn } from "./capabilities.ts";
import { dangers } from "./dangers.ts";
import { goalOf, type Page } from "./page.ts";
import { reachOf } from "./reach.ts";
import { waysBack } from "./ways-back.ts";

/** What the text says of the workload's power, as data. */
export function toldAsData(page: Page) {
	return {
		dangers: dangers(heldIn(page.plan.departure.expected.sets)).map(({ name, danger, abuse }) => ({ name, danger, abuse })),
		ways_back: waysBack(page),
		reachable: {
			...reachOf(page),
			beside: companions(page).map(({ action, uid, gid, more, can }) => ({ program: goalOf(action), uid, gid, more: more.names(), can })),
		},
	};
}
