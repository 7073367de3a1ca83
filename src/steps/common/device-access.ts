import { isDevice, typeOf } from "../../files/kind.ts";
import { openTrusted, statTrusted } from "../../files/open.ts";
import { allows, octal, type Viewer } from "../../files/permissions.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import { yamlQuoted } from "../../report/yaml.ts";
import { AT, O, S, ST } from "../../sys/constants.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import type { ApplyContext } from "../step.ts";
import { type ChildIdentity, userChild } from "./child-identity.ts";

/** `none` looks at the device without opening it: some, a watchdog or a tape, do something when they are opened. */
export type DeviceAccess = "r" | "w" | "rw" | "none";
export const deviceAccess = ["r", "w", "rw", "none"] as const;

export interface RefusedDevice extends Problem {
	/** The permission bits are all that stands in the way. */
	readonly isByMode: boolean;
}

/** Whom the configuration can give a group. */
type Workload = Pick<ChildIdentity, "uid"> | undefined;

/** Who must be able to do what with a device. */
export interface DeviceUse {
	readonly path: string;
	readonly access: DeviceAccess;
	readonly identity: ChildIdentity;
}

const openFlags = { r: O.RDONLY, w: O.WRONLY, rw: O.RDWR } as const;
const wantedBits = { r: 4, w: 2, rw: 6, none: 0 } as const;

export function isAllowedByMode(stat: Stat, viewer: Viewer, access: DeviceAccess): boolean {
	return allows(stat, viewer, wantedBits[access]);
}

/**
 * Why the user cannot open the device, or `undefined` when it can. Only an open asks the device cgroup, so one is made, as the
 * user; a device that is in use already has passed every gate. What is no device is not opened.
 */
export function refusedDevice(
	{ host, target, tryAs }: Pick<ApplyContext, "host" | "target" | "tryAs">,
	{ path, access, identity }: DeviceUse,
): RefusedDevice | undefined {
	const code = tryAs(userChild, (self) => {
		const stat = self.statat(AT.FDCWD, path, 0);
		if (typeof stat === "number" || !isDevice(stat)) {
			return typeof stat === "number" ? -stat : errno.ENOTBLK;
		}
		return access === "none" ? 0 : Math.max(0, -self.open(AT.FDCWD, path, openFlags[access] | O.NONBLOCK | O.NOCTTY, 0, 0));
	});
	if (code === 0 || code === errno.EBUSY) {
		return undefined;
	}
	return explained(host, { path, access, identity }, target, code);
}

/** What of that can be seen without opening it. */
export function foreseenRefusal(reads: Reads, use: DeviceUse, target: Workload): RefusedDevice | undefined {
	const stat = statTrusted(reads, use.path);
	const isOpen = stat === undefined || (isDevice(stat) && isAllowedByMode(stat, use.identity, use.access));
	return isOpen ? undefined : explained(reads, use, target, isDevice(stat) ? errno.EACCES : errno.ENOTBLK);
}

function explained(reads: Reads, use: DeviceUse, target: Workload, code: number): RefusedDevice {
	const { isByMode = false, ...explanation } = explain(reads, use, code);
	const isOfWorkload = isByMode && use.identity.uid === target?.uid;
	return {
		isByMode,
		...explanation,
		...(isOfWorkload ? { remedy: [`groups: {from_path: [${yamlQuoted(use.path)}]}, when its group may`] } : {}),
	};
}

function explain(reads: Reads, use: DeviceUse, code: number): Problem & Partial<RefusedDevice> {
	const { path, access } = use;
	// By root's links alone: what a link of the workload's leads to is not told either.
	const stat = statTrusted(reads, path);
	const flags = deviceRemedy(path);
	switch (code) {
		case errno.ENOENT:
			return { message: "there is no such device", remedy: flags };
		case errno.ENOTBLK:
			return { message: "it is there, but is not a device", remedy: flags };
		case errno.EPERM:
			return { message: `the device cgroup refuses ${access} on ${stat === undefined ? path : rule(stat)}`, remedy: flags };
		case errno.ENXIO:
		case errno.ENODEV:
			return { message: `${errnoName(code)}: no driver answers for it`, remedy: ["load the kernel module on the machine: modprobe"] };
		case errno.EACCES:
			return stat === undefined ? { message: "a directory on the way is closed to the user" } : denied(reads, use, stat);
		default:
			return errnoText("open", code);
	}
}

export function deviceRemedy(path: string): string[] {
	return [
		`docker run --device ${shellWord(path)} ... | compose: devices: [${yamlQuoted(path)}] | kubernetes: a device plugin, or a privileged container`,
	];
}

/** As `--device-cgroup-rule` wants it: `c 10:229`. */
export function rule(stat: Pick<Stat, "mode" | "rdev">): string {
	return `${typeOf(stat) === S.IFCHR ? "c" : "b"} ${stat.rdev}`;
}

/** EACCES has three sources: a mount without devices, the permission bits, a security module. */
function denied(reads: Reads, { path, access, identity }: DeviceUse, stat: Stat): Problem & Partial<RefusedDevice> {
	if (isOnNodev(reads, path)) {
		return { message: "the file system that it lies on is mounted nodev", remedy: ["mount it with the option dev"] };
	}
	if (isAllowedByMode(stat, identity, access)) {
		return { message: "a security module (AppArmor, SELinux) or a closed directory refuses it, although its mode allows it" };
	}
	const mode = octal(stat.mode & 0o7777);
	return {
		isByMode: true,
		message: `mode ${mode} of ${stat.uid}:${stat.gid} does not give the user ${access}`,
	};
}

function isOnNodev(reads: Reads, path: string): boolean {
	const fd = openTrusted(reads, path, O.PATH);
	const system = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.fstatfs(fd));
	return typeof system !== "number" && (system[1] & ST.NODEV) !== 0;
}
