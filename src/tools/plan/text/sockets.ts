import { reachedSockets } from "../powerful-sockets.ts";
import type { Page } from "./page.ts";

export interface OpenSocket {
	readonly path: string;
	readonly what: string;
}

const startsContainers = "starts containers as root of the machine";

export function openSockets({ plan, looked, reads }: Page): OpenSocket[] {
	return reachedSockets({ ...looked, plan }, reads).flatMap(({ path, by, isThere }): OpenSocket[] => {
		const isElsewhere = !isThere && looked.start.isImagined === true;
		return isThere
			? [{ path, what: startsContainers }]
			: isElsewhere
				? [{ path, what: `${startsContainers}, once it is mounted there: ${by} gives it` }]
				: [];
	});
}
