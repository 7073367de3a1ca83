/** Capability names in the kernel's order: index is the number. capabilities(7), linux/capability.h */
export const capabilityNames = [
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
] as const;

export type CapabilityName = (typeof capabilityNames)[number];

/** The number the kernel uses, 0..63. Made only by the functions of this file. */
export type Capability = number & { readonly __brand: "Capability" };

const numberByName: ReadonlyMap<string, Capability> = new Map(capabilityNames.map((name, index) => [name, index as Capability]));

/** A capability that this source names; a wrong name does not compile. */
export function capability(name: CapabilityName): Capability {
	return numberByName.get(name) as Capability;
}

/** Docker's spelling: any case, `CAP_` optional. `undefined` when unknown. Numbers (`cap_42`) are not names. */
export function parseCapability(text: string): Capability | undefined {
	// Only these letters: toUpperCase makes an I of the Turkish dotless one.
	return /^[A-Za-z_]+$/.test(text) ? numberByName.get(text.toUpperCase().replace(/^CAP_/, "")) : undefined;
}

/** `NET_RAW`; a number newer than this program prints as `cap_42`. */
export function capabilityName(number: Capability): string {
	return capabilityNames[number] ?? `cap_${number}`;
}

/** For loops up to the kernel's last capability. */
export function capabilityAt(index: number): Capability {
	if (!Number.isInteger(index) || index < 0 || index > 63) {
		throw new RangeError(`capability number ${index}`);
	}
	return index as Capability;
}
