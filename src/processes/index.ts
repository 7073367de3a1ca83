/** What steps may have done in another process; loaded for a start that has such a step. */
export { leftRunning } from "./children.ts";
export { lookAs, tryAs, tryHere } from "./look-as.ts";
export { adoptOrphans } from "./orphans.ts";
export { spawnKept } from "./spawn.ts";
