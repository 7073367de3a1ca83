import type { SyscallError } from "./observe.ts";

/** For a call that is refused although no capability is missing. ENOSYS is what an old kernel says, and filters say it, too. seccomp(2) */
export function filterRemedy(error: SyscallError): string[] {
	if (!error.is("ENOSYS", "EPERM")) {
		return [];
	}
	const kernel = error.is("ENOSYS") ? ["a kernel from Linux 4.18 on has every call that is needed"] : [];
	return [
		...kernel,
		"a seccomp filter has to let it pass: docker run --security-opt seccomp=PROFILE ... | a newer Docker and libseccomp | kubernetes: securityContext.seccompProfile",
	];
}
