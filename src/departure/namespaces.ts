import { type NamespaceName, type NamespacesPart, namespaceKinds } from "../confine/namespaces.ts";
import { MOUNT_ATTR, makeMount, receiveMounts, shareMounts } from "../files/mounting.ts";
import { mustOpenTrusted } from "../files/open.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import type { Host, Reads } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";

/** The work of the rows `namespaces` and `network-namespace`. */
export function applyNamespaces({ names, queues }: NamespacesPart, host: Host): void {
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
