import { capability } from "../../capability/names.ts";

/** The last one of the kernel that the start is imagined on. */
export const newestCapability = capability("CHECKPOINT_RESTORE");
