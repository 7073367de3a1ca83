import { join, resolve } from "node:path";

/** The root of the repository. */
export const root = resolve(import.meta.dirname, "../../..");
/** The binary under test and the witness. */
export const binary = join(root, "dist/abdicate");
export const probeFile = join(root, "build/probe");
/** The witness of seccomp filters; it is in no image. */
export const filterFile = join(root, "build/filter");
/** What an init is tried with, and where: test/harness/init. */
export const workloadFile = join(root, "build/workload");
export const terminalFile = join(root, "build/terminal");
/** What is worth keeping between runs; not in version control. */
export const cache = join(root, ".cache");
