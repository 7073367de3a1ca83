import { type NamespaceName, type NamespacesPart, type NamespacesSetting, namespaceKinds } from "../confine/namespaces.ts";
import { applyNamespaces, changedNamespaces, namespaceOf } from "../departure/namespaces.ts";
import type { ConfineAsk, NamespaceRow } from "../departure/walls.ts";
import { tableOf } from "../files/mount-facts.ts";
import { fail } from "../report/failure.ts";
import { AT } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { readSmallFile } from "../sys/observe.ts";
import { observeProc } from "../sys/proc.ts";
import { type Lack, lackToUnshare, orByItself } from "./able-to-mount.ts";
import { refuseHiddenMounts } from "./hidden-mounts.ts";
import { orRefuse } from "./untold.ts";

export { applyNamespaces, changedNamespaces };

const rowOf: Readonly<Record<NamespaceName, NamespaceRow>> = {
	mount: "namespaces",
	ipc: "namespaces",
	uts: "namespaces",
	net: "network-namespace",
	cgroup: "cgroup-namespace",
};

/**
 * Those of the row that are written, and that of mounts where files and devices are walled. A start without SYS_ADMIN keeps what it has where
 * that is apart already: it is not the machine's, and of networks it has nothing but loopback.
 */
export function planNamespaces(
	row: NamespaceRow,
	setting: NamespacesSetting,
	isForMounts: boolean,
	ask: ConfineAsk,
): NamespacesPart | undefined {
	return orRefuse("namespaces", () => plan(row, setting, isForMounts, ask));
}

function plan(
	row: NamespaceRow,
	setting: NamespacesSetting,
	isForMounts: boolean,
	{ start, reads, note, ofWorkload }: ConfineAsk,
): NamespacesPart | undefined {
	const written = setting.filter((name) => rowOf[name] === row);
	if (written.length === 0 && (!isForMounts || ofWorkload.isEntering)) {
		return undefined;
	}
	if (observeProc(reads) !== true) {
		fail("CONFINE_REFUSED", "without /proc it cannot be told which namespaces this start has", {
			where: "namespaces",
			remedy: ["mount /proc: every container runtime does unless told otherwise"],
		});
	}
	const lacking = written.filter((name) => !isApart(reads, name));
	if (ofWorkload.isEntering) {
		requireThoseOfFirst(written, lacking, reads);
		return undefined;
	}
	const queues = written.includes("ipc") ? tableOf(reads).flatMap(({ type, point }) => (type === "mqueue" ? [point] : [])) : [];
	const names = [...new Set([...(isForMounts || queues.length > 0 ? (["mount"] as const) : []), ...written])];
	const lack = lackToUnshare(start, reads, names.includes("mount"));
	if (lack !== undefined) {
		if (lacking.length > 0) {
			refuse(lacking, lack);
		}
		if (written.length > 0) {
			note(
				`namespaces: ${written.join(", ")}: ${row === "network-namespace" ? "there is nothing but loopback" : "that of the start is not the machine's, and stays"}`,
			);
		}
		return undefined;
	}
	if (names.includes("mount")) {
		refuseHiddenMounts(ofWorkload.setup, reads);
	}
	return { names, former: names.map((name) => namespaceOf(reads, name)), lacking, queues };
}

/** Not the machine's; and of networks, one with nothing but loopback. */
function isApart(reads: Reads, name: NamespaceName): boolean {
	const number = Number(/\[(\d+)\]$/.exec(namespaceOf(reads, name))?.[1]);
	return !namespaceKinds[name].initial.includes(number) && (name !== "net" || interfaces(reads).every((each) => each === "lo"));
}

/**
 * A runtime brings a second program into those namespaces alone that it has made for the container: what the first has taken for itself beside
 * them it stays out of. Where process 1 is of the same mounts it is the first, and shows which those are; not where that may not be read.
 */
function requireThoseOfFirst(written: readonly NamespaceName[], lacking: readonly NamespaceName[], reads: Reads): void {
	const first = (name: NamespaceName) => reads.readlinkat(AT.FDCWD, `/proc/1/ns/${namespaceKinds[name].link}`);
	const isFirst = first("mount") === namespaceOf(reads, "mount");
	const isOther = (name: NamespaceName) => {
		const found = first(name);
		return isFirst && typeof found === "string" && found !== namespaceOf(reads, name);
	};
	const found = written.filter((name) => lacking.includes(name) || isOther(name));
	if (found.length > 0) {
		fail(
			"CONFINE_REFUSED",
			`enter takes no namespaces, and the runtime has brought it into others than the first program's: ${found.join(", ")}`,
			{
				where: "namespaces",
				remedy: [...found.map((name) => (name === "net" ? madeByRuntime : granted[name])), "or leave it out of namespaces"],
			},
		);
	}
}

/** By the kernel's table of them, which is of the reader's own network. proc_pid_net(5) */
function interfaces(reads: Reads): string[] {
	const table = readSmallFile(reads, "/proc/self/net/dev");
	// What cannot be told counts as a network.
	return typeof table !== "string" ? ["?"] : [...table.matchAll(/^\s*([^\s:|]+):/gm)].map(([, name = ""]) => name);
}

/** How each runtime gives it without a capability. */
const granted: Readonly<Record<NamespaceName, string>> = {
	mount: "start it in a container, which has mounts of its own",
	ipc: "leave the machine's ipc out: docker run without --ipc host | compose: without ipc: host | kubernetes: without hostIPC",
	uts: "leave the machine's uts out: docker run without --uts host | compose: without uts: host | kubernetes: without hostNetwork",
	cgroup:
		"give the container a cgroup namespace of its own: docker run --cgroupns private ... | compose: cgroup: private | kubernetes: as it is with cgroups of version 2",
	net: "start it without a network: docker run --network none ... | compose: network_mode: none",
};

/** Then the runtime has one for the container, which the first program exchanges, and every later one is brought into. */
const madeByRuntime =
	"give the container a network of its own: docker run without --network host | compose: without network_mode: host | kubernetes: without hostNetwork";

function refuse(lacking: readonly NamespaceName[], lack: Lack): never {
	const what = lacking.map((name) => (name === "net" ? "net (there is more than loopback)" : `${name} (it has the machine's)`)).join(", ");
	fail("CONFINE_REFUSED", `${lack.message}, and there is no namespace of its own: ${what}`, {
		where: "namespaces",
		remedy: [...lacking.map((name) => granted[name]), ...orByItself(lack)],
	});
}
