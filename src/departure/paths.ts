import type { PathsPart, Target } from "../confine/paths/setting.ts";
import { targetsIn } from "../confine/paths/targets.ts";
import { isDirectory, typeOf } from "../files/kind.ts";
import { mountIdOf } from "../files/mount-facts.ts";
import { type MountLine, parseMounts } from "../files/mountinfo.ts";
import { bindMount, MOUNT_ATTR, makeMount, restrictMount } from "../files/mounting.ts";
import { lookTrusted, mustOpenTrusted, openTrusted } from "../files/open.ts";
import { isWithin, splitPath } from "../files/path-text.ts";
import { UntrustedLink } from "../files/walk.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { O, S, ST } from "../sys/constants.ts";
import { errno, saysAbsent } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Host, Reads, Stat } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { isKernelsMagic, readProc } from "../sys/proc.ts";
import { requireNothingLeft } from "./left-open.ts";
import { requireWays } from "./paths-way.ts";
import type { WallJourney } from "./walls.ts";

type Rules = Pick<PathsPart, "masked" | "readOnly" | "hasReadOnlySystems" | "except">;

/** `closed`: as it is to be. */
export type Look = "closed" | "absent" | "open" | "unreachable";

/** The places that the rules are about as things are now, and how each of them is; `byWorkload`: as the user that it will be. */
export function lookAtPaths(rules: Rules, reads: Reads, byWorkload: boolean): (readonly [Target, Look])[] {
	const table = systemsIn(reads);
	return targetsIn(table, rules)
		.flatMap((each) => withProcessors(each, reads))
		.map((each) => [each, lookAt(each, table, reads, byWorkload)] as const);
}

/** Refuses where somebody else than root can lead one of them elsewhere. */
export function requireFixedPaths(rules: Rules, reads: Reads): void {
	const table = systemsIn(reads);
	requireWays(targetsIn(table, rules), table, reads);
}

/** Of the whole table, which may be long, the lines that rules are about. */
function systemsIn(reads: Reads): MountLine[] {
	const text = readProc(reads, "self/mountinfo", tableLimit);
	if (typeof text !== "string") {
		return fail("CONFINE_REFUSED", "/proc/self/mountinfo cannot be read, so that it is not known what is mounted", { where: "paths" });
	}
	const lines = text.split("\n");
	const tops = lines.filter((line) => systems.some((each) => line.includes(each))).map((line) => `${pointIn(line)}/`);
	const isMeant = (line: string) => kinds.some((each) => line.includes(each)) || tops.some((top) => pointIn(line).startsWith(top));
	return parseMounts(lines.filter(isMeant).join("\n"));
}

/** As it is written, with escapes. */
function pointIn(line: string): string {
	return line.split(" ", 5)[4] ?? "";
}

const tableLimit = 16 * 1024 * 1024;
const systems = [" - proc ", " - sysfs "];
const kinds = [...systems, " - cgroup"];

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

function lookAt({ path, as }: Target, table: readonly MountLine[], reads: Reads, byWorkload: boolean): Look {
	const fd = lookTrusted(reads, path, O.PATH);
	if (fd < 0) {
		const isRefused = fd === -errno.EACCES;
		return saysAbsent(fd) ? "absent" : isRefused && byWorkload && isOfAnother(path, reads) ? "closed" : isRefused ? "unreachable" : "open";
	}
	const isClosed = { masked: isMasked, "read-only": isReadOnly, "read-only mount": isReadOnlyOrHidden }[as];
	return withDescriptor(reads, fd, () => isClosed(fd, reads, path, table)) ? "closed" : "open";
}

/** Whether the directory that refuses to be searched is another's: the workload opens its own again by chmod(2). */
function isOfAnother(path: string, reads: Reads): boolean {
	for (let at = path; at !== "/"; ) {
		at = splitPath(at).parent;
		const fd = lookTrusted(reads, at, O.PATH);
		if (fd >= 0) {
			const stat = withDescriptor(reads, fd, () => reads.fstat(fd));
			return typeof stat !== "number" && stat.uid !== reads.getresuid()[1];
		}
	}
	return false;
}

/** The null device, or a directory without anything that nothing can be put into, and that is not the system's own. */
function isMasked(fd: number, reads: Reads): boolean {
	const stat = mustRead<Stat>("fstat", reads.fstat(fd));
	if (!isDirectory(stat)) {
		return isNull(stat);
	}
	const [magic, flags] = mustRead<[number, number]>("fstatfs", reads.fstatfs(fd));
	if (isKernelsMagic(magic) || (flags & ST.RDONLY) === 0) {
		return false;
	}
	const opened = reads.openRead(fd, ".", O.RDONLY | O.DIRECTORY, 0);
	const names = opened < 0 ? opened : withDescriptor(reads, opened, () => reads.readDirectory(opened));
	return typeof names !== "number" && names.length === 0;
}

function isNull(stat: Stat): boolean {
	return typeOf(stat) === S.IFCHR && stat.rdev === "1:3";
}

function isReadOnly(fd: number, reads: Reads): boolean {
	const [, flags] = mustRead<[number, number]>("fstatfs", reads.fstatfs(fd));
	return (flags & ST.RDONLY) !== 0;
}

/** Of what covers another mount there is a line of its own, and what covers a file may be the null device. */
function isReadOnlyOrHidden(fd: number, reads: Reads, path: string, table: readonly MountLine[]): boolean {
	if (isReadOnly(fd, reads)) {
		return true;
	}
	const id = mountIdOf(reads, fd);
	const stat = reads.fstat(fd);
	return (id !== undefined && !table.some((each) => each.id === id && each.point === path)) || (typeof stat !== "number" && isNull(stat));
}

/** The work of the row `paths`: what was open when the plan was made, and then what a step has mounted since. */
export function applyPaths(part: PathsPart, { host, warn }: WallJourney): void {
	requireFixedPaths(part, host);
	if (part.needs.length === 0) {
		requireClosed(openTargets(part, host));
	} else {
		const closer: Closer = { host, nullDevice: undefined, empty: undefined };
		try {
			closeAll(part.open, closer);
			const since = openTargets(part, host);
			closeAll(since, closer);
			requireClosed(since.length === 0 ? [] : openTargets(part, host));
		} finally {
			if (closer.nullDevice !== undefined) {
				host.close(closer.nullDevice);
			}
		}
	}
	if (part.named.length > 0) {
		const absent = absentOf(part.named, lookAtPaths(part, host, false));
		absent.map(absentText).forEach((each) => void warn?.(each));
	}
}

function requireClosed(left: readonly Target[]): void {
	if (left.length > 0) {
		fail("VERIFY_FAILED", `still open: ${left.map(({ path }) => quoted(path)).join(", ")}`, { where: "drop paths" });
	}
}

/** Those of the rules that close nothing, because there is nothing. */
export function absentOf(rules: readonly string[], looks: readonly (readonly [Target, Look])[]): string[] {
	return rules.filter((rule) => looks.every(([target, look]) => target.rule !== rule || look === "absent"));
}

export function absentText(rule: string): string {
	return `paths: ${quoted(rule)} is not there, so that nothing is closed by that name`;
}

function openTargets(part: Rules, host: Reads): Target[] {
	return lookAtPaths(part, host, false).flatMap(([target, look]) => (isDone(look) ? [] : [target]));
}

/** Nothing is to be done, or can be. */
function isDone(look: Look): boolean {
	return look === "closed" || look === "absent";
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
	/** Opened for the first file. */
	nullDevice: number | undefined;
	/** The first directory that was masked: the others show the same. */
	empty: string | undefined;
}

const noneOfIt = MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;

function closeAll(targets: readonly Target[], closer: Closer): void {
	for (const target of targets) {
		attempt(target, () => close(target, closer));
	}
}

function close({ path, as }: Target, closer: Closer): void {
	const { host } = closer;
	const opened = openTrusted(host, path, O.PATH);
	if (saysAbsent(opened)) {
		return;
	}
	withDescriptor(host, mustRead<number>("open", opened), (fd) => {
		if (as === "read-only mount") {
			restrictMount(host, fd, MOUNT_ATTR.RDONLY);
		} else if (as === "read-only") {
			bindMount(host, fd, fd, path, { attributes: MOUNT_ATTR.RDONLY, recursive: true });
		} else if (!isDirectory(mustRead<Stat>("fstat", host.fstat(fd)))) {
			closer.nullDevice ??= openNull(host);
			// Never without devices: who opens it is to read nothing, and not to fail.
			bindMount(host, closer.nullDevice, fd, path, { attributes: 0, recursive: false });
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

function attempt({ path, as }: Target, work: () => void): void {
	try {
		work();
	} catch (error) {
		if (error instanceof UntrustedLink) {
			fail("CONFINE_REFUSED", `${quoted(path)} cannot be closed: ${error.message}`, {
				where: "drop paths",
				remedy: ["name what lies in directories of root's alone, without links of others on the way"],
			});
		}
		if (!(error instanceof SyscallError)) {
			throw error;
		}
		const { message, remedy } = errnoText(error.call, error.errno);
		fail("DROP_FAILED", `${quoted(path)} cannot be ${as === "masked" ? "masked" : "made read-only"}: ${error.call}: ${message}`, {
			where: "drop paths",
			remedy: [
				...(remedy ?? []),
				"the runtime's AppArmor profile may refuse to mount: docker run --security-opt apparmor=unconfined ... | compose: security_opt: [apparmor=unconfined] | kubernetes: securityContext.appArmorProfile: {type: Unconfined}",
			],
		});
	}
}

/** The rules that hold, and what is open in spite of one. */
export function observePaths(part: PathsPart, reads: Reads): string {
	const ofSystem =
		part.hasReadOnlySystems || [...part.masked, ...part.readOnly].some((rule) => isWithin(rule, "/proc") || isWithin(rule, "/sys"));
	requireNothingLeft(reads, "drop paths", { ofSystem, paths: part.named, isForeign: () => false });
	const open = lookAtPaths(part, reads, true).flatMap(([target, look]) => (isDone(look) ? [] : [target]));
	const holds = (rule: string) => !open.some((each) => each.rule === rule);
	const others = open.map(({ path }) => `open: ${path}`);
	return [...part.masked.filter(holds), ...part.readOnly.filter(holds), ...others].join(" ");
}
