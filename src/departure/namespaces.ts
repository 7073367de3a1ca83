import { type Hierarchy, hierarchies } from "../confine/cgroup/levels.ts";
import { type NamespaceName, type NamespacesPart, namespaceKinds } from "../confine/namespaces.ts";
import { bindMount, MOUNT_ATTR, makeMount, receiveMounts, shareMounts } from "../files/mounting.ts";
import { mustOpenTrusted } from "../files/open.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import type { Host, Reads } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";

/** The work of the rows `namespaces` and `network-namespace`. */
export function applyNamespaces({ names, queues }: NamespacesPart, host: Host): void {
	const hierarchy = names.includes("cgroup") ? hierarchies(host, "self")("pids") : undefined;
	must(
		host,
		"unshare",
		names.reduce((flags, name) => flags | namespaceKinds[name].flag, 0),
	);
	if (names.includes("mount")) {
		// Nothing goes out; and what is put in place later arrives where a helper has taken a view of its own.
		receiveMounts(host);
		shareMounts(host);
	}
	for (const point of queues) {
		replaceQueues(host, point);
	}
	if (hierarchy?.version === 2 && hierarchy.levels.length > 1) {
		showOwnGroup(host, hierarchy);
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
