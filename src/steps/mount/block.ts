/** What is loaded for a file that mounts a device or an image. */
export { mountBlock } from "./block-mount.ts";
export { blockObstacles } from "./block-obstacles.ts";
export { blockDevices, blockNeeds, showsBlock } from "./block-source.ts";
