/**
 * What an ordinary container of Docker has no access to, as of 2026: daemon/pkg/oci/defaults.go of moby, which runc carries out. A newer
 * list is a change here and a line in docs/reference/confine.md.
 */

/** What a list of paths can say beside paths. */
export const defaultWords = ["docker-default", "none"] as const;

/** One for each processor; a star stands for its number. */
const throttles = "/sys/devices/system/cpu/cpu*/thermal_throttle";

export const maskedByDocker: readonly string[] = [
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	throttles,
];

/** Masked since some release of it, so that an ordinary container of an older one has them open. */
export const maskedLately: readonly string[] = ["/proc/interrupts", "/sys/devices/virtual/powercap", throttles];

export const readOnlyByDocker: readonly string[] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
