import type { Config } from "../config/config.ts";
import { readTrustedFile } from "../config/trust.ts";
import type { SeccompSetting } from "../confine/seccomp/setting.ts";
import type { FilterPlanner } from "../departure/request.ts";
import type { Start } from "../departure/start.ts";
import type { Walls } from "../departure/walls.ts";
import { residentWall as resident } from "../plan/resident.ts";
import type { Reads } from "../sys/native.ts";
import { isPrivileged } from "./load.ts";

interface Context {
	readonly reads: Reads;
	readonly start: Start;
	/** Of the configuration; undefined when there is none. */
	readonly file: string | undefined;
	/** For a look, and no start. */
	readonly isReview: boolean;
}

interface Loaded {
	readonly walls: Walls;
	readonly planFilter: FilterPlanner | undefined;
}

/** Keys for which mounts may be made, which are to be seen by nobody outside. */
const wantNamespaces = ["namespaces", "paths", "devices"];

/** What knows of the walls that are configured, which most are not. */
export async function loadWalls({ rows }: Config, context: Context): Promise<Loaded> {
	const { apparmor, selinux, devices, landlock, seccomp } = rows;
	const hasNamespaces = wantNamespaces.some((key) => rows[key] !== undefined);
	const hasLabel = apparmor !== undefined || selinux !== undefined;
	return {
		walls: {
			...(hasLabel ? { labels: await import("../departure/labels.ts") } : {}),
			...(hasNamespaces ? { namespaces: await import("../plan/namespaces.ts") } : {}),
			...(rows["paths"] === undefined ? {} : { paths: await import("../plan/paths.ts") }),
			...(devices === undefined ? {} : { devices: await import("../plan/devices.ts") }),
			...(rows["cgroup"] === undefined ? {} : { cgroup: await import("../plan/cgroup.ts") }),
			...(rows["init"] === undefined ? {} : { resident }),
			...(landlock === undefined ? {} : { landlock: await import("../plan/landlock.ts") }),
		},
		planFilter: seccomp === undefined ? undefined : await planFilterOf(seccomp as SeccompSetting, context),
	};
}

async function planFilterOf(setting: SeccompSetting, { reads, start, file, isReview }: Context): Promise<FilterPlanner> {
	const readTrusted = (path: string, limit?: number) => readTrustedFile(reads, path, isPrivileged(start), limit);
	return (await import("../plan/seccomp.ts")).filterPlanner(setting, { uname: reads.uname(), file, isReview, readTrusted });
}
