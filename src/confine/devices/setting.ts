export const deviceAccess = ["rw", "r", "w"] as const;
export type DeviceAccess = (typeof deviceAccess)[number];

/** A node beside those of the default set. */
export interface FurtherDevice {
	readonly path: string;
	readonly access: DeviceAccess;
}

/** What stands at `devices`: the nodes beside the default set, or that there is no such wall. */
export type DevicesSetting = "none" | readonly FurtherDevice[];
