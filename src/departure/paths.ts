import type { PathsPart } from "../confine/paths/setting.ts";
import { type Target, targetsIn } from "../confine/paths/targets.ts";
import { isDirectory, typeOf } from "../files/kind.ts";
import { tableOf } from "../files/mount-facts.ts";
import type { MountLine } from "../files/mountinfo.ts";
import { bindMount, MOUNT_ATTR, makeMount, restrictMount } from "../files/mounting.ts";
import { lookTrusted, mustOpenTrusted } from "../files/open.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { O, S, ST } from "../sys/constants.ts";
import { errno, saysAbsent } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Host, Reads, Stat } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { forgetProc, PROC_SUPER_MAGIC } from "../sys/proc.ts";

type Rules = Pick<PathsPart, "masked" | "readOnly" | "hasReadOnlySystems" | "except">;

/** `closed`: as it is to be, or nothing is there. */
export type Look = "closed" | "open" | "unreachable";

/** The places that the rules are about as things are now, and how each of them is. */
export function lookAtPaths(rules: Rules, reads: Reads): (readonly [Target, Look])[] {
	const table = tableOf(reads);
	if (table.length === 0) {
		fail("CONFINE_REFUSED", "/proc/self/mountinfo cannot be read, so that it is not known what is mounted", { where: "paths" });
	}
	return targetsIn(table, rules)
		.flatMap((each) => withProcessors(each, reads))
		.map((each) => [each, lookAt(each, table, reads)] as const);
}

/** One for each of them. */
function withProcessors(target: Target, reads: Reads): Target[] {
	const [before, after] = target.path.split("/cpu*/");
	if (before === undefined || after === undefined || !target.rule.includes("/cpu*/")) {
		return [target];
	}
	const fd = lookTrusted(reads, before, O.RDONLY | O.DIRECTORY);
	const names =
		fd < 0
			? []
			: mustRead<string[]>(
					"getdents64",
					withDescriptor(reads, fd, () => reads.readDirectory(fd)),
				);
	return names.filter((name) => /^cpu\d+$/.test(name)).map((name) => ({ ...target, path: `${before}/${name}/${after}` }));
}

function lookAt({ path, as }: Target, table: readonly MountLine[], reads: Reads): Look {
	const fd = lookTrusted(reads, path, O.PATH);
	if (fd < 0) {
		return saysAbsent(fd) ? "closed" : fd === -errno.EACCES ? "unreachable" : "open";
	}
	return withDescriptor(reads, fd, () => (as === "masked" ? isMasked(fd, reads) : isReadOnly(fd, path, table, reads))) ? "closed" : "open";
}

/** The null device, or a directory without anything that nothing can be put into, and that is not the system's own. */
function isMasked(fd: number, reads: Reads): boolean {
	const stat = mustRead<Stat>("fstat", reads.fstat(fd));
	if (!isDirectory(stat)) {
		return isNull(stat);
	}
	const [magic, flags] = mustRead<[number, number]>("fstatfs", reads.fstatfs(fd));
	if (magic === PROC_SUPER_MAGIC || magic === sysfsMagic || (flags & ST.RDONLY) === 0) {
		return false;
	}
	const opened = reads.openRead(fd, ".", O.RDONLY | O.DIRECTORY, 0);
	const names = opened < 0 ? opened : withDescriptor(reads, opened, () => reads.readDirectory(opened));
	return typeof names !== "number" && names.length === 0;
}

const sysfsMagic = 0x6265_6572;

function isNull(stat: Stat): boolean {
	return typeOf(stat) === S.IFCHR && stat.rdev === "1:3";
}

/** What is mounted below of the same system as well. */
function isReadOnly(fd: number, path: string, table: readonly MountLine[], reads: Reads): boolean {
	const [, flags] = mustRead<[number, number]>("fstatfs", reads.fstatfs(fd));
	const isOpen = ({ point, type, flags: own, options }: MountLine) =>
		type === "proc" && point.startsWith(`${path}/`) && !own.includes("ro") && !options.split(",").includes("ro");
	return (flags & ST.RDONLY) !== 0 && !table.some(isOpen);
}

/** The work of the row `paths`. What a step has mounted since the plan was made is found here. */
export function applyPaths(part: PathsPart, host: Host): void {
	const open = openTargets(part, host);
	const null_ = open.some(({ as }) => as === "masked") ? openNull(host) : undefined;
	const closer = { host, nullDevice: null_, empty: undefined as string | undefined };
	for (const target of open) {
		attempt(target, () => close(target, closer));
	}
	if (null_ !== undefined) {
		host.close(null_);
	}
	// What was open before is found again through the mounts that cover it now.
	forgetProc(host);
	const left = openTargets(part, host);
	if (left.length > 0) {
		fail("VERIFY_FAILED", `still open: ${left.map(({ path }) => quoted(path)).join(", ")}`, { where: "drop paths" });
	}
}

function openTargets(part: Rules, host: Reads): Target[] {
	return lookAtPaths(part, host).flatMap(([target, look]) => (look === "closed" ? [] : [target]));
}

/** It takes the place of files: checked, since a step may have made another. */
function openNull(host: Host): number {
	const fd = mustOpenTrusted(host, "/dev/null", O.PATH);
	if (!isNull(mustRead<Stat>("fstat", host.fstat(fd)))) {
		host.close(fd);
		fail("DROP_FAILED", '"/dev/null" is not the null device, which masks files', {
			where: "drop paths",
			remedy: ["let no step or volume put something else there"],
		});
	}
	return fd;
}

interface Closer {
	readonly host: Host;
	readonly nullDevice: number | undefined;
	/** The first directory that was masked: the others show the same. */
	empty: string | undefined;
}

const noneOfIt = MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;

function close({ path, as }: Target, closer: Closer): void {
	const { host } = closer;
	withDescriptor(host, mustOpenTrusted(host, path, O.PATH), (fd) => {
		if (as === "read-only mount") {
			restrictMount(host, fd, MOUNT_ATTR.RDONLY);
		} else if (as === "read-only") {
			bindMount(host, fd, fd, path, { attributes: MOUNT_ATTR.RDONLY, recursive: true });
		} else if (!isDirectory(mustRead<Stat>("fstat", host.fstat(fd)))) {
			maskFile(host, closer.nullDevice as number, fd, path);
		} else if (closer.empty === undefined) {
			makeMount(host, { type: "tmpfs", source: "tmpfs", parameters: ["mode=555", "size=4k"], attributes: noneOfIt }, fd);
			closer.empty = path;
		} else {
			withDescriptor(host, mustOpenTrusted(host, closer.empty, O.PATH), (empty) =>
				bindMount(host, empty, fd, path, { attributes: 0, recursive: false }),
			);
		}
	});
}

/** Never without devices: who opens it is to read nothing, and not to fail. */
function maskFile(host: Host, nullDevice: number, fd: number, path: string): void {
	bindMount(host, nullDevice, fd, path, { attributes: 0, recursive: false });
}

function attempt({ path, as }: Target, work: () => void): void {
	try {
		work();
	} catch (error) {
		if (!(error instanceof SyscallError)) {
			throw error;
		}
		const { message, remedy } = errnoText(error.call, error.errno);
		fail("DROP_FAILED", `${quoted(path)} cannot be ${as === "masked" ? "masked" : "made read-only"}: ${error.call}: ${message}`, {
			where: "drop paths",
			remedy: [
				...(remedy ?? []),
				"the runtime's AppArmor profile may refuse to mount: docker run --security-opt apparmor=unconfined ... | kubernetes: securityContext.appArmorProfile",
			],
		});
	}
}

/** The rules that hold, and what is open in spite of one. */
export function observePaths(part: PathsPart, reads: Reads): string {
	const open = lookAtPaths(part, reads).flatMap(([target, look]) => (look === "open" ? [target] : []));
	const holds = (rule: string) => !open.some((each) => each.rule === rule);
	const others = open.map(({ path }) => `open: ${path}`);
	return [...part.masked.filter(holds), ...part.readOnly.filter(holds), ...others].join(" ");
}
