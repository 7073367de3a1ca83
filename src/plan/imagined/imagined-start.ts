import type { CapabilitySet } from "../../capability/set.ts";
import type { WordedStart } from "./named-starts.ts";

/** A start that was not made, with the ids of an image. */
export interface ImaginedStart
	extends Pick<WordedStart, "noNewPrivileges" | "isFiltered" | "isReadOnly" | "devices" | "isOpen" | "firstFreePort" | "volumes"> {
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
	readonly bounding: CapabilitySet;
	/** Permitted and effective. */
	readonly held: CapabilitySet;
	/** Volumes are of this group, as Kubernetes makes them. */
	readonly fsGroup?: number | undefined;
}
