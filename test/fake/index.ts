/**
 * A kernel for tests: what Linux does with ids, capabilities and the files around them, so that a drop can be tried in every
 * order and with every failure without being root. Only tests import it. test/unit/sys compares it with the real kernel.
 */

export type { FakeEntry } from "./entry.ts";
export { type Call, FakeKernel, ProcessExited, type Workload, WorkloadStarted } from "./kernel.ts";
export type { FakeProcess, Machine } from "./process.ts";
export type { SecurityModule } from "./security-module.ts";
export { capDropAll, dockerRoot, privilegedRoot, rootlessRoot, unprivileged } from "./starts.ts";
