import type { Problem } from "../../report/problem.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import type { Errno } from "../../sys/native.ts";

export const startUnconfined =
	"docker run --security-opt apparmor=unconfined ... | compose: security_opt: [apparmor=unconfined] | kubernetes: securityContext.appArmorProfile: {type: Unconfined}";

/** What the modules say to a label of the next exec. apparmor_setprocattr(), selinux_setprocattr() of the kernel */
const meanings: Readonly<Record<"apparmor" | "selinux", Readonly<Record<number, Problem>>>> = {
	apparmor: {
		[errno.ENOENT]: {
			message: "the machine has loaded no such profile",
			remedy: ["load it there, and on each machine that may run the container: apparmor_parser --replace FILE"],
		},
		[errno.EACCES]: {
			message: "the AppArmor profile of the start has no change_profile rule for it",
			remedy: [startUnconfined, "or the rule in the profile of the start: change_profile,"],
		},
		[errno.EPERM]: {
			message: "under no_new_privileges a start that is confined may only add to that",
			remedy: [startUnconfined],
		},
	},
	selinux: {
		[errno.EINVAL]: {
			message: "the policy that the machine has loaded does not know such a context",
			remedy: ["load the module that has it there, and on each machine that may run the container: semodule --install FILE"],
		},
		[errno.EACCES]: {
			message: "the policy does not let the type of the start choose the context of its exec",
			remedy: [
				"process setexec for it in the policy, or another type: docker run --security-opt label=type:TYPE ... | kubernetes: securityContext.seLinuxOptions",
			],
		},
	},
};

/** The errno and what it means, as the end of a sentence. */
export function whyRefused(name: "apparmor" | "selinux", code: Errno): Problem {
	const { message, remedy } = meanings[name][-code] ?? {};
	return { message: message === undefined ? errnoName(code) : `${errnoName(code)}: ${message}`, remedy };
}
