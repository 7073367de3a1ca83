/** In the order of their numbers, as far as Debian's Docker knows them, which is what it means by ALL. capabilities(7) */
const names = [
	...["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE"],
	...["NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT"],
	...["SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE"],
	...["AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ"],
];

/** Those that it does not know, by their numbers: no part of ALL. */
const newer: Readonly<Record<string, number>> = { PERFMON: 38, BPF: 39, CHECKPOINT_RESTORE: 40 };

const dockerDefault = [
	...["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE"],
	...["SYS_CHROOT", "KILL", "AUDIT_WRITE"],
];

/** What root holds of `--cap-add` and `--cap-drop`, as hexadecimal; `held` is the machine's own bounding set, which is all there is of ALL. */
export function capabilityMask(add: readonly string[], drop: readonly string[], held: bigint): string {
	const all = names.filter((_, number) => (held >> BigInt(number)) & 1n);
	const start = add.includes("ALL") ? all : drop.includes("ALL") ? [] : dockerDefault.filter((name) => !drop.includes(name));
	const wanted = [...start.filter((name) => !drop.includes(name)), ...add.filter((name) => name !== "ALL")];
	return wanted.reduce((mask, name) => mask | (1n << BigInt(numberOf(name))), 0n).toString(16);
}

function numberOf(name: string): number {
	const number = newer[name] ?? names.indexOf(name);
	if (number < 0) {
		throw new Error(`a house knows no capability ${name}`);
	}
	return number;
}
