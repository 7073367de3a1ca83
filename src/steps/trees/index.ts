import { mkdir } from "./mkdir.ts";
import { own } from "./own.ts";

/** Whole trees: their owners, modes and what goes from them. The two that most files use are part of the prepared engine. */
export const trees = {
	mkdir: async () => mkdir,
	own: async () => own,
	chmod: async () => (await import("./chmod.ts")).chmod,
	remove: async () => (await import("./remove.ts")).remove,
} as const;

/** What a step is in a file that has one of its policies. */
export const treePolicies = {
	"idmap-or-chown": async () => ({ own: (await import("./own-idmapped.ts")).ownOrMap }),
} as const;
