import { fail } from "../report/failure.ts";

/** Why a wall cannot be put around who could still gain privilege by exec. seccomp(2), landlock_restrict_self(2) */

export function refuseFilterWithGain(): never {
	fail("CONFIG_CONFLICT", "with no_new_privileges: false SYS_ADMIN alone could load a filter, and that is given up before", {
		where: "seccomp",
		remedy: ["no_new_privileges: true, or seccomp: none"],
	});
}

export function refuseLandlockWithGain(): never {
	fail(
		"CONFIG_CONFLICT",
		"landlock takes no_new_privileges, or SYS_ADMIN that is kept: the kernel walls in nobody who could gain privilege by exec",
		{
			where: "landlock",
			remedy: ["leave no_new_privileges out"],
		},
	);
}
