import { standInNames } from "../steps/fuse/stand-in.ts";
import type { Host } from "../sys/native.ts";

/** What this program does under another program's name. Ends in the exit status, unless it ends in a workload. */
export type DropIn = (host: Host, name: string, args: readonly string[]) => number | Promise<number>;

interface OtherName {
	readonly names: readonly string[];
	readonly load: () => Promise<DropIn>;
}

/** Each is loaded when this program is called by one of its names. */
const otherNames: readonly OtherName[] = [{ names: standInNames, load: async () => (await import("./drop-ins/fusermount.ts")).fusermount }];

/** By the last component of argv[0]; `undefined` for any name of our own. */
export function dropInFor(name: string): OtherName["load"] | undefined {
	return otherNames.find(({ names }) => names.includes(name))?.load;
}
