import { must } from "../sys/act.ts";
import type { Host } from "../sys/native.ts";

/** Whether what is left behind below becomes this process's own. Process 1 has all orphans as it is, and gVisor knows of nobody else who could. */
export function adoptOrphans(host: Host, isWanted: boolean): void {
	if (host.getpid() !== 1) {
		must(host, "setChildSubreaper", isWanted);
	}
}
