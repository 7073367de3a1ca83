import { observeUserNamespace } from "../../identity/user-namespace.ts";
import type { Problem } from "../../report/problem.ts";
import type { Reads } from "../../sys/native.ts";

/**
 * No file system that takes a device is mounted by who is root in a user namespace alone, whatever it holds there: it would be given structures
 * of anybody's making. user_namespaces(7)
 */
export function ownUsersRefuse(reads: Reads): Problem | undefined {
	return observeUserNamespace(reads) === undefined
		? undefined
		: {
				message: "in a user namespace the kernel mounts no file system of a device or an image, whatever is held there",
				remedy: [
					"start it without one: docker run --userns=host ... | compose: userns_mode: host | kubernetes: hostUsers: true | or Docker or Podman of root",
					"or serve it by a daemon, with the step fuse: squashfuse, fuse2fs",
				],
			};
}
