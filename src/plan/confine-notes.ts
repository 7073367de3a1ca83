import { capability } from "../capability/names.ts";
import type { CapabilitySet, CapabilitySets } from "../capability/set.ts";
import { initialNamespaces } from "../confine/initial-namespaces.ts";
import type { PathsAsk } from "../departure/walls.ts";
import { tableOf } from "../files/mount-facts.ts";
import { quoted } from "../report/text.ts";
import { AT } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { readProc } from "../sys/proc.ts";

/** What the workload has, or gets by an exec. */
export function everHeld({ permitted, inheritable, bounding }: CapabilitySets, noNewPrivileges: boolean): CapabilitySet {
	return noNewPrivileges ? permitted.union(inheritable) : permitted.union(inheritable).union(bounding);
}

/** Mounts are undone by who may mount: where it can be had, walls of mounts are none to whoever gets into the workload. */
export function warnOfKept({ sets, noNewPrivileges }: PathsAsk["request"], where: string, warn: (message: string) => void): void {
	if (everHeld(sets, noNewPrivileges).has(capability("SYS_ADMIN"))) {
		warn(`${where}: SYS_ADMIN is kept, with which the workload can take away every mask, and mount what it likes`);
	}
}

/** What an ordinary container has and no process can take on by itself. */
export function notesOfConfine(settings: Readonly<Record<string, unknown>>, reads: Reads): string[] {
	const { apparmor, selinux } = settings;
	const label = apparmor === undefined && selinux === undefined ? unlabelled(reads) : undefined;
	const shared = ofMachine.flatMap((link) =>
		reads.readlinkat(AT.FDCWD, `/proc/self/ns/${link}`) === `${link}:[${initialNamespaces[link]}]` ? [link] : [],
	);
	const mounts = tableOf(reads).flatMap(({ type, root, point, source }) =>
		kernels.includes(type) || sockets.test(root) || (root === "/" && point !== "/" && source.startsWith("/dev/")) ? [point] : [],
	);
	return [
		...(label === undefined
			? []
			: [`confine: the workload gets no label: the start is ${label}; a profile that is loaded is named by apparmor`]),
		...(shared.length === 0 ? [] : [`confine: these namespaces stay the machine's: ${shared.join(", ")}`]),
		...(mounts.length === 0
			? []
			: [
					`confine: what was brought in stays, whole file systems, sockets and parts of the kernel among it: ${mounts.map((each) => quoted(each)).join(", ")}`,
				]),
	];
}

/** Of AppArmor; of SELinux it is the domain of containers that are not confined. */
function unlabelled(reads: Reads): string | undefined {
	const found = readProc(reads, "self/attr/current");
	const text = typeof found === "string" ? found.replace(/[\0\n]+$/, "") : "";
	return /^unconfined\b|:(?:spc_t|unconfined_t):/.test(text) ? text : undefined;
}

/** The machine's own, which a container can be given. */
const ofMachine = ["cgroup", "pid", "user", "net"] as const;

/** Nobody but the machine's root has business there. */
const kernels = ["debugfs", "tracefs", "securityfs", "bpf", "configfs", "pstore", "efivarfs", "fusectl", "binfmt_misc", "devtmpfs"];

/** Who may talk to one of these is root of the machine. */
const sockets = /\/(?:docker|containerd|crio|podman|buildkitd|kubelet)\.sock$/;
