import { capability } from "../../../capability/names.ts";
import { allows } from "../../../files/permissions.ts";
import { AT } from "../../../sys/constants.ts";
import { socketsGiven } from "../powerful-sockets.ts";
import type { Page } from "./page.ts";

/** By which containers of the machine are started. */
const daemons = [
	"/var/run/docker.sock",
	"/run/docker.sock",
	"/run/podman/podman.sock",
	"/run/containerd/containerd.sock",
	"/run/crio/crio.sock",
];

export interface OpenSocket {
	readonly path: string;
	readonly what: string;
}

const startsContainers = "starts containers as root of the machine";

/** Each once, where /var/run is a link. What the file gives by its name another start may have, where nothing is here. */
export function openSockets({ plan, looked, reads }: Page): OpenSocket[] {
	const { sets, groups } = plan.departure.expected;
	const viewer = { uid: plan.identity.uid, groups: [plan.identity.gid, ...groups] };
	const passes = sets.permitted.has(capability("DAC_OVERRIDE"));
	const given = socketsGiven(looked.config);
	const seen = new Set<string>();
	return [...new Set([...given.map(({ path }) => path), ...daemons])].flatMap((path): OpenSocket[] => {
		const by = given.find((each) => each.path === path);
		const stat = reads.statat(AT.FDCWD, path, 0);
		if (typeof stat === "number") {
			const isElsewhere = by !== undefined && looked.start.isImagined === true;
			return isElsewhere ? [{ path, what: `${startsContainers}, once it is mounted there: ${by.by} gives it` }] : [];
		}
		const id = `${path.replace("/var/", "/")} ${stat.dev} ${stat.ino}`;
		const isOpen = !seen.has(id) && (passes || by?.isOwned === true || allows(stat, viewer, 2));
		seen.add(id);
		return isOpen ? [{ path, what: startsContainers }] : [];
	});
}
