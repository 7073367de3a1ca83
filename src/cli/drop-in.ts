import type { Host } from "../sys/native.ts";

/** What this program does under another program's name. Ends in the exit status, unless it ends in a workload. */
export type DropIn = (host: Host, name: string, args: readonly string[]) => number | Promise<number>;
