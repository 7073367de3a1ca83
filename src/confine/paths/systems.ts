import { isMagicOf } from "../../files/file-systems.ts";

/** File systems that are the kernel's own state. */
export function ownedBySystem(magic: number): boolean {
	return isMagicOf(magic, "proc", "sysfs", "cgroup", "cgroup2");
}
