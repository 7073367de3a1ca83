import { type Hierarchy, hierarchies } from "../confine/cgroup/levels.ts";
import { type NamespaceName, type NamespacesPart, namespaceKinds } from "../confine/namespaces.ts";
import { bindMount, MOUNT_ATTR, makeMount, receiveMounts, shareMounts } from "../files/mounting.ts";
import { mustOpenTrusted } from "../files/open.ts";
import { fail } from "../report/failure.ts";
import { otherApparmor } from "../report/other-profile.ts";
import { must } from "../sys/act.ts";
import { AT, O, SOCK } from "../sys/constants.ts";
import type { Host, Reads } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import type { WallJourney } from "./walls.ts";

/** The work of the rows `namespaces` and `network-namespace`. */
export function applyNamespaces({ names, queues }: NamespacesPart, { host, note }: WallJourney): void {
	const hierarchy = names.includes("cgroup") ? hierarchies(host, "self")("pids") : undefined;
	must(
		host,
		"unshare",
		names.reduce((flags, name) => flags | namespaceKinds[name].flag, 0),
	);
	if (names.includes("mount")) {
		// Nothing goes out; and what is put in place later arrives where a helper has taken a view of its own.
		changeMounts(() => receiveMounts(host));
		changeMounts(() => shareMounts(host));
	}
	for (const point of queues) {
		replaceQueues(host, point);
	}
	if (hierarchy?.version === 2 && hierarchy.levels.length > 1) {
		showOwnGroup(host, hierarchy);
	}
	if (names.includes("net") && !bringUpLoopback(host)) {
		note("namespaces: net: loopback stays down: to bring it up takes NET_ADMIN");
	}
}

/** Programs look for their limits in the topmost group of the mount, which is still that of the start. */
function showOwnGroup(host: Host, { levels: [own], mount: { path } }: Hierarchy): void {
	withDescriptor(host, mustOpenTrusted(host, own, O.PATH | O.DIRECTORY), (group) =>
		withDescriptor(host, mustOpenTrusted(host, path, O.PATH | O.DIRECTORY), (target) =>
			bindMount(host, group, target, path, { attributes: 0, recursive: false }),
		),
	);
}

/** A profile may let nobody do it, whatever is held. apparmor.d(5) */
function changeMounts(change: () => void): void {
	try {
		change();
	} catch (error) {
		if (error instanceof SyscallError && error.is("EACCES")) {
			fail("DROP_FAILED", "mounts cannot be kept apart: mount: EACCES: AppArmor or SELinux refuses it", {
				where: "drop namespaces",
				remedy: [`a profile that allows mount: ${otherApparmor}`],
			});
		}
		throw error;
	}
}

const netlink = { family: 16, ack: /\0{4} \0{3}\x10\0/ };

/**
 * RTM_NEWLINK for the first interface, IFF_UP of all flags. Said to be done by an error 0, with the head of the request behind it.
 * netlink(7), rtnetlink(7)
 */
function bringUpLoopback(host: Host): boolean {
	const request = [32, 16 | (5 << 16), 1, 0, 0, 1, 1, 1].map((word) => String.fromCharCode(word & 255, 0, word >> 16, 0)).join("");
	const socket = must(host, "socket", netlink.family, SOCK.DGRAM, 0) as number;
	return withDescriptor(host, socket, () => {
		must(host, "send", socket, request);
		const answer = mustRead<string>("read", host.read(socket, 1024));
		return netlink.ack.test(answer);
	});
}

/** Those that are mounted stay those of the namespace which was left. */
function replaceQueues(host: Host, point: string): void {
	const attributes = MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;
	withDescriptor(host, mustOpenTrusted(host, point, O.PATH | O.DIRECTORY), (target) =>
		makeMount(host, { type: "mqueue", source: "mqueue", parameters: [], attributes }, target),
	);
}

/** Of these names, those that are not what they were. */
export function changedNamespaces({ names, former }: NamespacesPart, reads: Reads): string {
	return names.filter((name, index) => namespaceOf(reads, name) !== former[index]).join(" ");
}

/** `ipc:[4026531839]` */
export function namespaceOf(reads: Reads, name: NamespaceName): string {
	return mustRead<string>("readlink", reads.readlinkat(AT.FDCWD, `/proc/self/ns/${namespaceKinds[name].link}`));
}
