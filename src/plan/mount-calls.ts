import { capability } from "../capability/names.ts";
import type { Start } from "../departure/start.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { fail } from "../report/failure.ts";
import { otherSeccomp } from "../report/other-profile.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";

/**
 * What takes the calls of Linux 5.2 is refused without them before anything is done. A user namespace may not mount in what it was started in, and
 * in a namespace of its own then: there EPERM tells nothing.
 */
export function requireMountCalls({ credentials, isImagined }: Start, reads: Reads, where: string): void {
	const result = isImagined === true ? 0 : reads.takesMounts();
	const isFiltered =
		result === -errno.EPERM && credentials.sets.effective.has(capability("SYS_ADMIN")) && observeUserNamespace(reads) === undefined;
	if (result !== -errno.ENOSYS && !isFiltered) {
		return;
	}
	const why = isFiltered
		? "a seccomp filter refuses one of them (EPERM)"
		: "this kernel lacks one of them, or a seccomp filter hides it (ENOSYS)";
	fail("CONFINE_REFUSED", `a new /dev takes fsopen, fsconfig, fsmount, open_tree and move_mount: ${why}`, {
		where,
		remedy: [
			...(isFiltered ? [] : ["a kernel from Linux 5.2 on has them"]),
			`a seccomp filter has to let them pass: ${otherSeccomp} | or a newer Docker and libseccomp`,
			"or leave the devices out of the container: docker run without --device, --privileged, --ipc host, -v /dev:... | compose: without devices | kubernetes: without the device's resource",
			"or devices: none",
		],
	});
}
