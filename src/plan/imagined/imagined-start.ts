import { CapabilitySet } from "../../capability/set.ts";
import { usualSurroundings, type WordedStart } from "./named-starts.ts";

/** A start that was not made, with the ids of an image. */
export interface ImaginedStart
	extends Pick<
		WordedStart,
		"noNewPrivileges" | "isFiltered" | "isReadOnly" | "devices" | "isOpen" | "firstFreePort" | "volumes" | "settings" | "runtime"
	> {
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
	readonly bounding: CapabilitySet;
	/** Permitted and effective. */
	readonly held: CapabilitySet;
	/** Volumes are of this group, as Kubernetes makes them. */
	readonly fsGroup?: number | undefined;
}

/** To look at account files and programs, before it is known who starts. */
export const everybodysRoot: ImaginedStart = {
	uid: 0,
	gid: 0,
	groups: [0],
	bounding: CapabilitySet.of("DAC_OVERRIDE"),
	held: CapabilitySet.of("DAC_OVERRIDE"),
	...usualSurroundings,
};
