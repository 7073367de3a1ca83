import * as v from "valibot";
import { choice, flag, nonEmptyText, oneOrMany, path, text } from "../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, required } from "../config/mapping.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { O } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import { findMount } from "../sys/mountinfo.ts";
import { bindMount, MOUNT_ATTR, makeMount, unmountLazily } from "../sys/mounting.ts";
import type { Host, Reads } from "../sys/native.ts";
import { mustRead, readSmallFile, withDescriptor } from "../sys/observe.ts";
import { absolutePath, mustOpenTrusted, openTrusted, statTrusted, UntrustedLink } from "../sys/paths.ts";
import { toReach } from "./reach.ts";
import { type Explanation, refusal } from "./refusal.ts";
import type { Need, Obstacle, Step } from "./step.ts";

export interface MountAction {
	readonly type: "tmpfs" | "bind";
	readonly source: string;
	readonly target: string;
	/** Options of the file system: size=10m, mode=1777. */
	readonly parameters: readonly string[];
	/** MOUNT_ATTR_ bits. mount_setattr(2) */
	readonly attributes: number;
	readonly recursive: boolean;
	readonly replace: boolean;
}

/** Options that every file system has, and the bit that each sets or takes back. mount(8) */
const attributeOptions: Readonly<Record<string, { readonly set?: number; readonly clear?: number }>> = {
	ro: { set: MOUNT_ATTR.RDONLY },
	rw: { clear: MOUNT_ATTR.RDONLY },
	nosuid: { set: MOUNT_ATTR.NOSUID },
	suid: { clear: MOUNT_ATTR.NOSUID },
	nodev: { set: MOUNT_ATTR.NODEV },
	dev: { clear: MOUNT_ATTR.NODEV },
	noexec: { set: MOUNT_ATTR.NOEXEC },
	exec: { clear: MOUNT_ATTR.NOEXEC },
	noatime: { set: MOUNT_ATTR.NOATIME },
};
const bindOptions: readonly string[] = ["bind", "rbind"];

const options = () =>
	v.pipe(
		oneOrMany(text()),
		v.transform((values) => values.flatMap((value) => value.split(",").filter((option) => option !== ""))),
	);

const fields = {
	type: required(() => choice("tmpfs", "bind")),
	source: optional(nonEmptyText),
	target: required(path),
	options: list(options),
	recursive: optional(flag, true),
	stale: optional(() => choice("replace", "fail"), "replace"),
};

const schema = () =>
	v.pipe(
		mapping(fields),
		v.check(({ type, source }) => type !== "bind" || source !== undefined, "a bind mount needs its source"),
	);

export const mount: Step<FieldsOutput<typeof fields>, MountAction> = {
	summary: "Mounts a tmpfs or binds a directory, unless that mount is there already.",
	schema,
	plan: ({ type, source, target, options, recursive, stale }, { reads }) => {
		const workdir = mustRead("getcwd", reads.getcwd());
		return {
			type,
			source: type === "bind" ? absolutePath(source ?? "", workdir) : (source ?? "tmpfs"),
			target: absolutePath(target, workdir),
			parameters: parametersOf(type, options),
			// Nobody needs set-user-ID programs or devices in a fresh tmpfs; a bind keeps what its source allows.
			attributes: options.reduce(applyAttribute, type === "tmpfs" ? MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV : 0),
			recursive: type === "bind" && recursive && !options.includes("bind"),
			replace: stale === "replace",
		};
	},
	describe: ({ type, source, target }) => (type === "bind" ? `${source} at ${target}` : `${type} at ${target}`),
	needs: (action, reads) => (isMounted(action, reads) ? [toReach(action.target)] : mountNeeds(action.target)),
	obstacles: (action, reads) => (isMounted(action, reads) ? [] : mountObstacles(reads)),
	apply: (action, { host }) => {
		try {
			if (isMounted(action, host)) {
				return { state: "ok", detail: "already mounted" };
			}
			attach(host, action);
			return { state: "changed", detail: "mounted" };
		} catch (error) {
			throw refusal(error, { reads: host, path: action.target, meanings: mountMeanings });
		}
	},
};

function applyAttribute(bits: number, option: string): number {
	const { set = 0, clear = 0 } = attributeOptions[option] ?? {};
	return (bits | set) & ~clear;
}

/** What is left for the file system itself. A bind has no options of its own. */
function parametersOf(type: MountAction["type"], options: readonly string[]): string[] {
	const parameters = options.filter((option) => !(option in attributeOptions) && !(type === "bind" && bindOptions.includes(option)));
	const [unknown] = parameters;
	if (type === "bind" && unknown !== undefined) {
		fail("CONFIG_INVALID_VALUE", `mount: a bind does not know the option ${quoted(unknown)}`, {
			remedy: [`it knows ${[...Object.keys(attributeOptions), ...bindOptions].join(", ")}`],
		});
	}
	return parameters;
}

/** What mounting at a path takes; also for the step that mounts FUSE. */
export function mountNeeds(target: string): Need[] {
	return [{ anyOf: ["SYS_ADMIN"], certain: true, purpose: `to mount at ${target}` }, toReach(target)];
}

/** The profiles that container runtimes give unless told otherwise: each denies every mount. */
const profilesWithoutMount = /^(?:docker-default|cri-containerd\.apparmor\.d|containers-default-[^ ]*) \(enforce\)/;

export function mountObstacles(reads: Reads): Obstacle[] {
	const label = readSmallFile(reads, "/proc/self/attr/apparmor/current");
	const profile = typeof label === "string" ? profilesWithoutMount.exec(label)?.[0] : undefined;
	return profile === undefined
		? []
		: [{ message: `the AppArmor profile ${profile} forbids every mount`, remedy: mountMeanings.EACCES.remedy ?? [] }];
}

/** Why mounting is refused although SYS_ADMIN is held: the errno tells the refusers apart. */
export const mountMeanings: Readonly<Record<"EPERM" | "EACCES" | "EINVAL" | "ENOENT" | "ENODEV", Explanation>> = {
	EPERM: {
		reason: "CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the mount is locked by an outer namespace",
		remedy: [
			"docker run --security-opt seccomp=PROFILE ... with mount, fsopen and move_mount allowed | kubernetes: securityContext.seccompProfile",
		],
	},
	EACCES: {
		reason: "CAP_SYS_ADMIN is held, so AppArmor or SELinux refused it",
		remedy: ["docker run --security-opt apparmor=PROFILE ... that allows mount | kubernetes: securityContext.appArmorProfile"],
	},
	EINVAL: { reason: "the file system does not know the option, or its value" },
	ENOENT: { reason: "the mount point or the source does not exist", remedy: ["make it first with mkdir"] },
	ENODEV: { reason: "the kernel does not have this file system" },
};

/** The target shows the same kind of file system, or the same directory, with at least the restrictions asked for. */
function isMounted({ type, source, target, attributes }: MountAction, reads: Reads): boolean {
	const fd = openUnlessUntrusted(reads, target);
	if (fd < 0) {
		return false;
	}
	return withDescriptor(reads, fd, () => {
		const system = reads.fstatfs(fd);
		// The first four attributes have the bits that statfs(2) reports.
		const restrictions = attributes & 0xf;
		const found = typeof system !== "number" && (system[1] & restrictions) === restrictions ? findMount(reads, fd) : undefined;
		if (type === "tmpfs") {
			return found?.type === "tmpfs";
		}
		const [from, to] = [statTrusted(reads, source), reads.fstat(fd)];
		return found !== undefined && from !== undefined && typeof to !== "number" && from.ino === to.ino && from.dev === to.dev;
	});
}

/** A link that is not followed is reported when the step does its work. */
function openUnlessUntrusted(reads: Reads, path: string): number {
	try {
		return openTrusted(reads, path, O.PATH);
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return -errno.ELOOP;
		}
		throw error;
	}
}

function attach(host: Host, action: MountAction): void {
	const target = mustOpenTrusted(host, action.target, O.PATH);
	withDescriptor(host, target, () => {
		if (action.replace && isDead(host, target)) {
			unmountLazily(host, target, action.target);
			attach(host, action);
		} else {
			attachTo(host, action, target);
		}
	});
}

/** The server behind a mount is gone: every access answers so. */
function isDead(reads: Reads, fd: number): boolean {
	const stat = reads.fstat(fd);
	return stat === -errno.ENOTCONN || stat === -errno.ESTALE;
}

function attachTo(host: Host, { type, source, target: path, parameters, attributes, recursive }: MountAction, target: number): void {
	if (type === "tmpfs") {
		makeMount(host, { type, source, parameters, attributes }, target);
		return;
	}
	const from = mustOpenTrusted(host, source, O.PATH);
	withDescriptor(host, from, () => bindMount(host, from, target, path, { attributes, recursive }));
}
