import type { Planned } from "../../plan/surroundings.ts";
import { treesGivenAway } from "../../steps/facts.ts";
import { powerfulSocket } from "../guides/powerful-groups.ts";

/** A daemon's socket that the file gives to the workload, whatever its group is called and whether it is there now or not. */
export interface SocketGiven {
	readonly by: string;
	readonly path: string;
	/** Its owner is changed, and not the workload's groups. */
	readonly isOwned: boolean;
}

export function socketsGiven({ groups, setup }: Planned["config"]): SocketGiven[] {
	return [
		...groups.fromPath.map((path) => ({ by: "groups.from_path", path, isOwned: false })),
		...setup.flatMap((entry) => treesGivenAway(entry).map((path) => ({ by: entry.kind, path, isOwned: true }))),
	].filter(({ path }) => powerfulSocket.test(path));
}
