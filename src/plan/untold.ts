import { fail } from "../report/failure.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import { SyscallError } from "../sys/observe.ts";

/** A wall is planned by what the kernel tells of the start. One that does not tell it has no such wall, and nothing runs: gVisor is one. */
export function orRefuse<Part>(where: string, plan: () => Part): Part {
	try {
		return plan();
	} catch (error) {
		if (!(error instanceof SyscallError)) {
			throw error;
		}
		const { message, remedy = [] } = errnoText(error.call, error.errno);
		const isOtherKernel = error.is("ENOSYS", "ENOENT");
		return fail("CONFINE_REFUSED", `this kernel does not tell what is open to the workload: ${error.call}: ${message}`, {
			where,
			remedy: isOtherKernel
				? [
						"under gVisor leave it out: that is a kernel of its own, with nothing of the machine's in /proc and /sys; seccomp works there",
						"or run the container on Linux itself: docker run --runtime runc ... | kubernetes: without runtimeClassName",
					]
				: [...remedy, "or leave it out"],
		});
	}
}
