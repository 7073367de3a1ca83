/** What a program calls the kernel by. x32 is x86_64 with short pointers, and rare. syscall(2) */
export type Abi = "x86_64" | "x86" | "x32" | "aarch64" | "arm";

/** The word at `arch` of struct seccomp_data; x32 has that of x86_64 and bit 30 in its numbers. linux/audit.h */
export const auditArch: Record<Abi, number> = {
	x86_64: 0xc000003e,
	x86: 0x40000003,
	x32: 0xc000003e,
	aarch64: 0xc00000b7,
	arm: 0x40000028,
};

/** Of the numbers of x32. __X32_SYSCALL_BIT, asm/unistd.h */
export const x32Bit = 0x40000000;

/** This program is one of 64 bits: where setarch(8) lets the machine be called i686 or armv8l, its kernel is no other. `machine` is uname(2)'s. */
export function nativeAbi(machine: string): "x86_64" | "aarch64" {
	return /^(?:aarch64|arm)/.test(machine) ? "aarch64" : "x86_64";
}
