import { CapabilitySet } from "../../capability/set.ts";
import type { Runtime } from "../../report/ways.ts";
import { capabilitiesIn } from "./capability-words.ts";

/** Of the Pod Security Standards. */
export type PodLevel = "baseline" | "restricted";

/** A start in words: who, and with what around it. Names of users and groups are the image's. */
export interface WordedStart {
	/** `1000`, `app:video`; undefined for the workload's user, or 1000 where that is root. */
	readonly user: string | undefined;
	readonly groups: readonly string[];
	/** Whether who is named with a group has the memberships of /etc/group as well, as in a Pod. */
	readonly mergesGroups: boolean;
	/** What a runtime gives to root; another user has it in the bounding set alone. */
	readonly capabilities: CapabilitySet;
	/** Undefined as the capabilities. */
	readonly bounding: CapabilitySet | undefined;
	readonly noNewPrivileges: boolean;
	readonly isFiltered: boolean;
	readonly isReadOnly: boolean;
	/** Beside those that every container has. */
	readonly devices: readonly string[];
	/** Nothing of /proc and /sys is masked or read-only. */
	readonly isOpen: boolean;
	/** The first port that everybody may bind. ip(7) */
	readonly firstFreePort: 0 | 1024;
	/** What is below /proc/sys, by paths there; of all others it is this machine's. */
	readonly settings: Readonly<Record<string, string>>;
	/** Volumes are of this group, as Kubernetes makes them. */
	readonly fsGroup?: string;
	/** Mounted and writable, whatever the root is. */
	readonly volumes: readonly { readonly path: string; readonly type: "ext4" | "tmpfs" }[];
	/** Who makes it, where that is said. */
	readonly runtime?: Runtime;
	/** What it may be changed into is a Pod of this level. */
	readonly level?: PodLevel;
}

/** What surrounds a start that asks for nothing. */
export const usualSurroundings = {
	noNewPrivileges: false,
	isFiltered: true,
	isReadOnly: false,
	devices: [],
	isOpen: false,
	firstFreePort: 0,
	volumes: [],
	settings: {},
} as const;

const docker: WordedStart = {
	user: "0:0",
	groups: [],
	mergesGroups: false,
	capabilities: capabilitiesIn("docker", CapabilitySet.empty, ""),
	bounding: undefined,
	...usualSurroundings,
	runtime: "docker",
};

const restricted: WordedStart = {
	...docker,
	user: undefined,
	mergesGroups: true,
	capabilities: CapabilitySet.empty,
	noNewPrivileges: true,
	firstFreePort: 1024,
	runtime: "kubernetes",
	level: "restricted",
};

/** What `--privileged` brings of what steps ask for; every other device of the machine is there as well. */
const ofMachine = ["/dev/fuse", "/dev/kmsg", "/dev/loop-control", "/dev/loop0", "/dev/net/tun"];

/** Whole starts, by the names that people call them. */
export const namedStarts: Readonly<Record<string, WordedStart>> = {
	docker,
	privileged: {
		...docker,
		capabilities: capabilitiesIn("all", CapabilitySet.empty, ""),
		isFiltered: false,
		devices: ofMachine,
		isOpen: true,
	},
	/** What a Pod is given that asks for nothing: no profile of seccomp, unless the node has it otherwise. */
	"kubernetes-baseline": {
		...docker,
		mergesGroups: true,
		isFiltered: false,
		firstFreePort: 1024,
		runtime: "kubernetes",
		level: "baseline",
	},
	"kubernetes-restricted": restricted,
	/** A uid of the project's range, which nobody in the image has, and root's group. */
	openshift: { ...restricted, user: "1000620000:0", groups: ["1000620000"] },
};
