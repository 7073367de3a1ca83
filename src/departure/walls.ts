import type { LandlockPart } from "../confine/landlock/part.ts";
import type { LandlockSetting } from "../confine/landlock/setting.ts";
import type { Reads } from "../sys/native.ts";
import type { Start } from "./start.ts";

/** The planners of the walls that are configured. Their code is loaded for those alone, before there is a plan. */
export interface Walls {
	readonly landlock?: PlanWall<LandlockSetting, LandlockPart>;
}

export type PlanWall<Setting, Part> = (setting: Setting, ask: WallAsk) => Part | undefined;

export interface WallAsk {
	readonly reads: Reads;
	readonly start: Start;
	/** Whether the process may put a wall around itself then: nothing can be gained by exec any more, or SYS_ADMIN is kept. */
	readonly mayRestrict: boolean;
	note(message: string): void;
}
