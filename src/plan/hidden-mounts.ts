import { destination } from "../files/destination.ts";
import { mountAt } from "../files/mountinfo.ts";
import { Attempts } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { madeBy, type StepAction } from "../steps/index.ts";
import type { Reads } from "../sys/native.ts";
import { isMounting, type SetupStep } from "./mounting.ts";

/**
 * What a step mounts below a mount that is shared appears at its peers, which is what it is shared for: on the machine, or in another
 * container. From a mount namespace of its own nothing goes out any more.
 */
export function refuseHiddenMounts(setup: readonly SetupStep[], reads: Reads): void {
	const errors = new Attempts();
	for (const { label, action } of setup.filter((step) => isMounting(step, reads))) {
		// Where a program mounts, nobody knows.
		for (const { path } of madeBy(action as StepAction).filter((made) => made.path !== "/")) {
			errors.attempt(() => refuseBelowShared(label, path, reads));
		}
	}
	errors.end();
}

function refuseBelowShared(label: string, path: string, reads: Reads): void {
	const mount = mountAt(reads, destination(reads, path));
	const peers = mount?.peers.find((each) => each.startsWith("shared:"));
	if (mount !== undefined && peers !== undefined) {
		fail(
			"MOUNT_HIDDEN",
			`what is mounted at ${quoted(path)} would be seen by nobody outside: ${quoted(mount.point)} is shared with others (${peers} of /proc/self/mountinfo), and mounts stay inside for paths, devices or namespaces: mount`,
			{
				where: label,
				remedy: [
					"if nobody outside is to see it, bring the volume in without sharing: docker run without :rshared and :shared | kubernetes: without mountPropagation: Bidirectional",
					"if somebody is, leave confine, paths, devices and namespaces: mount out of this container",
				],
			},
		);
	}
}
