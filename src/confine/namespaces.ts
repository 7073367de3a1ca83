import { initialNamespaces } from "./initial-namespaces.ts";

/** What stands at `namespaces`. */
export const namespaceNames = ["mount", "ipc", "uts", "net", "cgroup"] as const;

export type NamespaceName = (typeof namespaceNames)[number];
export type NamespacesSetting = readonly NamespaceName[];

interface Kind {
	/** CLONE_NEW, of unshare(2). */
	readonly flag: number;
	/** In /proc/self/ns. */
	readonly link: string;
	/**
	 * Of the machine itself, as the kernel numbers it; older kernels number those of mounts and of networks as they make them, with the first
	 * numbers that there are.
	 */
	readonly initial: readonly number[];
}

/** namespaces(7) */
export const namespaceKinds: Readonly<Record<NamespaceName, Kind>> = {
	mount: { flag: 0x2_0000, link: "mnt", initial: [initialNamespaces.mnt, 0xf000_0000, 0xf000_0001] },
	uts: { flag: 0x400_0000, link: "uts", initial: [initialNamespaces.uts] },
	ipc: { flag: 0x800_0000, link: "ipc", initial: [initialNamespaces.ipc] },
	cgroup: { flag: 0x200_0000, link: "cgroup", initial: [initialNamespaces.cgroup] },
	net: { flag: 0x4000_0000, link: "net", initial: [initialNamespaces.net] },
};

/** As data of the plan: which are new, and which the start had. */
export interface NamespacesPart {
	readonly names: readonly NamespaceName[];
	/** `ipc:[4026531839]`, of each in its order. */
	readonly former: readonly string[];
	/** Those that a runtime would have to grant something for: the others are apart already, as in any container. */
	readonly lacking: readonly NamespaceName[];
	/** Where queues of messages are mounted, which are of an ipc namespace. mq_overview(7) */
	readonly queues: readonly string[];
}
