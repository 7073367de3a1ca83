import type { CapabilityName } from "../../../src/capability/names.ts";
import type { DockerProfile, DockerRule } from "./evaluate.ts";

type Version = readonly [major: number, minor: number, patch: number];

/** What a version of Docker changed in its default profile. */
type Change = {
	readonly since: Version;
	readonly calls: readonly string[];
} & (
	| { readonly what: "allowed"; readonly with?: CapabilityName; readonly fromKernel?: string }
	| { readonly what: "no longer allowed" }
	| { readonly what: "allowed when"; readonly args: readonly NonNullable<DockerRule["args"]>[] }
);

/**
 * From the Docker that Debian has to the one of which the profile is: each line is a fact, read from default.json of all versions from
 * 20.10 to 29.7.2 (moby/moby, profiles/seccomp, and moby/profiles later). A version is the first of the main line; older lines had some of it
 * before. Of calls for other architectures nothing is said.
 */
const changes: readonly Change[] = [
	{ since: [23, 0, 0], calls: ["pkey_alloc", "pkey_free", "pkey_mprotect"], what: "allowed" },
	{ since: [23, 0, 0], calls: ["process_vm_readv", "process_vm_writev"], what: "allowed", fromKernel: "4.8" },
	{ since: [23, 0, 0], calls: ["bpf"], what: "allowed", with: "BPF" },
	{ since: [23, 0, 0], calls: ["perf_event_open"], what: "allowed", with: "PERFMON" },
	{ since: [23, 0, 0], calls: ["clock_settime64"], what: "allowed", with: "SYS_TIME" },
	{ since: [24, 0, 3], calls: ["name_to_handle_at"], what: "allowed" },
	{ since: [25, 0, 0], calls: ["io_uring_setup", "io_uring_enter", "io_uring_register"], what: "no longer allowed" },
	{ since: [25, 0, 3], calls: ["cachestat", "fchmodat2", "map_shadow_stack"], what: "allowed" },
	{ since: [25, 0, 3], calls: ["futex_requeue", "futex_wait", "futex_wake"], what: "allowed" },
	{ since: [25, 0, 3], calls: ["set_mempolicy_home_node"], what: "allowed", with: "SYS_NICE" },
	{ since: [28, 2, 0], calls: ["getxattrat", "listxattrat", "removexattrat", "setxattrat"], what: "allowed" },
	{ since: [28, 2, 0], calls: ["listmount", "mseal", "statmount", "uretprobe"], what: "allowed" },
	{ since: [28, 2, 0], calls: ["lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr"], what: "allowed", with: "SYS_ADMIN" },
	{
		// Only machines' own sockets, AF_VSOCK, were refused since 20.10.22, which Debian's does not have.
		since: [29, 4, 2],
		calls: ["socket"],
		what: "allowed when",
		args: [
			[{ index: 0, op: "SCMP_CMP_LT", value: 38 }],
			[{ index: 0, op: "SCMP_CMP_EQ", value: 39 }],
			[{ index: 0, op: "SCMP_CMP_GT", value: 40 }],
		],
	},
];

/** The profile of a version of Docker with all that changed in it since. */
export function changed(profile: DockerProfile, version: Version): DockerProfile {
	return changesSince(version).reduce(applied, profile);
}

/** Since a version names a call with this number, what is below and not named is refused by EPERM; what is above is ENOSYS. */
const largestNumbers: readonly (readonly [since: Version, number: number])[] = [
	[[20, 10, 0], 449],
	[[25, 0, 3], 456],
	[[28, 2, 0], 466],
];

/** Whether today's profile may say of a call something else than that of a version of Docker. */
export function mayDiffer(version: Version, name: string | undefined, nr: number): boolean {
	if (name !== undefined && changesSince(version).some(({ calls }) => calls.includes(name))) {
		return true;
	}
	const then = largestNumbers.findLast(([since]) => order(since) <= order(version))?.[1] ?? 0;
	const today = largestNumbers.at(-1)?.[1] ?? 0;
	return nr > then && nr <= today;
}

function changesSince(version: Version): Change[] {
	return changes.filter(({ since }) => order(since) > order(version));
}

function order([major, minor, patch]: Version): number {
	return (major * 1000 + minor) * 1000 + patch;
}

function applied(profile: DockerProfile, change: Change): DockerProfile {
	const { calls } = change;
	const allow = (more: Partial<DockerRule>): DockerRule => ({ names: calls, action: "SCMP_ACT_ALLOW", ...more });
	const without = profile.syscalls.map((rule) => ({ ...rule, names: rule.names.filter((name) => !calls.includes(name)) }));
	switch (change.what) {
		case "allowed": {
			const { with: capability, fromKernel } = change;
			const includes = {
				...(capability === undefined ? {} : { caps: [`CAP_${capability}`] }),
				...(fromKernel === undefined ? {} : { minKernel: fromKernel }),
			};
			return { ...profile, syscalls: [...profile.syscalls, allow({ includes })] };
		}
		case "no longer allowed":
			return { ...profile, syscalls: without };
		case "allowed when":
			return { ...profile, syscalls: [...without, ...change.args.map((args) => allow({ args }))] };
	}
}
