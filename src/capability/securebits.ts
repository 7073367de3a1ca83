/** Securebits by their names, with the kernel's values. capabilities(7), linux/securebits.h */
export const securebits = {
	noroot: 0x01,
	noroot_locked: 0x02,
	no_setuid_fixup: 0x04,
	no_setuid_fixup_locked: 0x08,
	keep_caps: 0x10,
	keep_caps_locked: 0x20,
	no_cap_ambient_raise: 0x40,
	no_cap_ambient_raise_locked: 0x80,
	exec_restrict_file: 0x100,
	exec_restrict_file_locked: 0x200,
	exec_deny_interactive: 0x400,
	exec_deny_interactive_locked: 0x800,
} as const;

export type Securebit = keyof typeof securebits;

/**
 * NOROOT and NO_CAP_AMBIENT_RAISE with their locks. Not NO_SETUID_FIXUP: with it a root daemon that changes to a user keeps every
 * capability. Not the lock of KEEP_CAPS: the bit is cleared by exec and keeps what is permitted anyway, and programs that change
 * their uid and keep a capability (ping, chronyd) end without it.
 */
export const lockedSecurebits = 0xc3;

/** The lock bit of each: a set lock is never undone. */
export const securebitLocks = 0xaaa;

/** What programs are to ask of themselves: set without SETPCAP, since Linux 6.14, with their locks. SECURE_ALL_UNPRIVILEGED */
export const unprivilegedSecurebits = 0xf00;

/** `noroot,noroot_locked` or `none`. */
export function securebitText(bits: number): string {
	return securebitNames(bits).join(",") || "none";
}

/** In the order of their values; bits newer than this program as `0x1000`. */
export function securebitNames(bits: number): string[] {
	const names = Object.entries(securebits).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]));
	const unknown = bits & ~0xfff;
	return unknown === 0 ? names : [...names, `0x${unknown.toString(16)}`];
}
