import { capability } from "../capability/names.ts";
import { type DeviceNode, isNameable } from "../confine/devices/node.ts";
import { keptRemedy } from "../departure/devices.ts";
import type { DevicesAsk } from "../departure/walls.ts";
import { fail } from "../report/failure.ts";
import { printable } from "../report/text.ts";
import { yamlScalar } from "../report/yaml.ts";
import { AT } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { everHeld } from "./confine-notes.ts";

export const withoutDevice =
	"leave it out of the container: docker run without --device, --privileged, --ipc host, -v /dev:... | compose: without devices | kubernetes: without the device's resource";

const mostNamed = 5;

/**
 * What of the kept capabilities opens any device that the device cgroup lets through: by a node of one's own, or by the old /dev. What is there and not named may
 * not be let through; whether there is more than what is there, is tried when the new /dev is made.
 */
export function keptOpening({ request, start, reads }: DevicesAsk, foreign: readonly DeviceNode[]): string | undefined {
	const all = everHeld(request.sets, request.noNewPrivileges);
	const names = (["MKNOD", "SYS_ADMIN"] as const).filter((name) => all.has(capability(name)));
	const kept = names.length === 0 ? undefined : names.join(" and ");
	const open = kept === undefined || start.isImagined === true ? [] : foreign.filter((node) => isOpenToRoot(reads, node));
	if (kept !== undefined && open.length > 0) {
		refuseKept(kept, open);
	}
	return kept;
}

/** access(2) asks the device cgroup as open(2) does, and does nothing else. */
function isOpenToRoot(reads: Reads, { path }: DeviceNode): boolean {
	const readable = reads.faccessat(AT.FDCWD, path, 4);
	return readable !== -errno.EPERM && (readable === 0 || reads.faccessat(AT.FDCWD, path, 2) === 0);
}

function refuseKept(kept: string, open: readonly DeviceNode[]): never {
	const names = open.slice(0, mostNamed).map(({ path }) => printable(path));
	const more = open.length > mostNamed ? ` and ${open.length - mostNamed} more` : "";
	const list = open
		.filter(isNameable)
		.map(({ path }) => yamlScalar(path))
		.join(", ");
	const [leave = ""] = keptRemedy(kept);
	const what = `this container's device cgroup allows ${names.join(", ")}${more}, which devices does not name`;
	return fail("CONFINE_REFUSED", `${kept} is kept, and ${what}: the workload could open ${open.length === 1 ? "it" : "them"}`, {
		where: "devices",
		remedy: [
			...(more === "" && list !== "" ? [`devices: [${list}], where the workload is to have it`, `or ${withoutDevice}`] : [withoutDevice]),
			`or ${leave}`,
		],
	});
}
