import type { Abi } from "./calls.ts";
import type { Action, Condition } from "./profile.ts";

/** The words of profiles, as Docker, the OCI and libseccomp write them. */

export const actions: Readonly<Record<string, Exclude<Action["kind"], "errno"> | "errno">> = {
	SCMP_ACT_ALLOW: "allow",
	SCMP_ACT_LOG: "log",
	SCMP_ACT_ERRNO: "errno",
	SCMP_ACT_TRAP: "trap",
	SCMP_ACT_KILL: "kill-thread",
	SCMP_ACT_KILL_THREAD: "kill-thread",
	SCMP_ACT_KILL_PROCESS: "kill-process",
};

/** What a filter of ours cannot do, and why. */
export const refusedActions: Readonly<Record<string, string>> = {
	SCMP_ACT_NOTIFY: "asks another process about each call, and there is none to answer",
	SCMP_ACT_TRACE: "asks a tracer, and the workload has none: the call would fail with ENOSYS",
};

export const operators: Readonly<Record<string, Condition["operator"]>> = {
	SCMP_CMP_EQ: "==",
	SCMP_CMP_NE: "!=",
	SCMP_CMP_LT: "<",
	SCMP_CMP_LE: "<=",
	SCMP_CMP_GT: ">",
	SCMP_CMP_GE: ">=",
	SCMP_CMP_MASKED_EQ: "masked ==",
};

/** SECCOMP_FILTER_FLAG_ by their names. linux/seccomp.h */
export const flagBits: Readonly<Record<string, number>> = {
	SECCOMP_FILTER_FLAG_TSYNC: 1,
	SECCOMP_FILTER_FLAG_LOG: 2,
	SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
};

export const refusedFlags: Readonly<Record<string, string>> = {
	SECCOMP_FILTER_FLAG_NEW_LISTENER: "is for a process that answers instead of the kernel, and there is none",
	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: "is for a process that answers instead of the kernel, and there is none",
	SECCOMP_FILTER_FLAG_TSYNC_ESRCH: "is about the errno of a call that this program makes",
};

/** Those of the machines that this program runs on; the others are known, and no process here can be one. */
export const architectures: Readonly<Record<string, Abi | undefined>> = {
	SCMP_ARCH_X86_64: "x86_64",
	SCMP_ARCH_X86: "x86",
	SCMP_ARCH_X32: "x32",
	SCMP_ARCH_AARCH64: "aarch64",
	SCMP_ARCH_ARM: "arm",
	...Object.fromEntries(
		`LOONGARCH64 M68K MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PARISC PARISC64 PPC PPC64 PPC64LE RISCV64 S390 S390X SH SHEB`
			.split(" ")
			.map((name) => [`SCMP_ARCH_${name}`, undefined]),
	),
};

/** What a rule's `arches` compares with: the words of Go, and those that Docker writes beside them. */
export const goArchitecture: Readonly<Partial<Record<Abi, string>>> = { x86_64: "amd64", aarch64: "arm64" };
export const goArchitectures: readonly string[] =
	`386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x amd64p32 arm64be armbe mips64n32 mips64p32 mips64p32le
	mipsel mipsel64 mipsel64n32 ppc riscv s390 sparc sparc64 wasm x32 x86`.split(/\s+/);

/** Others' words for those of `architectures`: what is not written is that of the machine. */
export function architectureMeant(word: string): string | undefined {
	const plain = word.replace(/^(?:SCMP_|AUDIT_)?ARCH_/i, "").toLowerCase();
	const found = { amd64: "X86_64", arm64: "AARCH64", i386: "X86", "386": "X86", i686: "X86", armhf: "ARM" }[plain] ?? plain.toUpperCase();
	return Object.hasOwn(architectures, `SCMP_ARCH_${found}`) ? `SCMP_ARCH_${found}` : undefined;
}
