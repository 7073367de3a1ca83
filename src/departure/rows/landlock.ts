import { capability } from "../../capability/names.ts";
import { later } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import type { LandlockPart } from "../../confine/landlock/part.ts";
import type { LandlockSetting } from "../../confine/landlock/setting.ts";
import { row } from "../row.ts";
import { loaded } from "../walls.ts";

const schema = later(async () => (await import("../landlock-setting.ts")).landlockSetting);

/** What the workload may open, and where it may connect and listen, by a wall that it cannot take down. landlock(7) */
export const landlock = row<LandlockPart, LandlockSetting>({
	act: "walls",
	reason: "behind it whatever this program opens for itself would be refused as well",
	after: {
		uid: "the paths are opened as the user",
		"no-new-privileges": "the kernel lets nobody do it who could still gain privilege by exec",
	},
	key: {
		name: "landlock",
		description:
			"What files the workload may `read`, `execute` and `write`, and to which TCP ports it may `connect` and `bind`: the kernel refuses all else, whatever the modes say. Not given: no wall. See landlock(7).",
		field: () => optional(schema),
		load: schema.load,
	},
	plan: ({ setting, request, start, reads, note }) => {
		if (setting === undefined || request.ofWorkload === undefined) {
			return undefined;
		}
		const { walls, leavesFor, warn } = request.ofWorkload;
		const mayRestrict = request.noNewPrivileges || start.credentials.noNewPrivileges || request.sets.effective.has(capability("SYS_ADMIN"));
		return loaded(walls.landlock).planLandlock(setting, { reads, start, mayRestrict, leavesFor, note, warn });
	},
	apply: (journey, part) => loaded(journey.walls?.landlock).applyLandlock(part, journey),
});
