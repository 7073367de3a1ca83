export { forkChild } from "../sys/fork.ts";
