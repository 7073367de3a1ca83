import { AT } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { mustReadProc } from "../sys/proc.ts";

export interface FoundMount {
	/** The file system's type, `fuse.sshfs`. */
	readonly type: string;
	/** Unknown without /proc. */
	readonly source?: string;
	/** Of the file system itself. */
	readonly options?: readonly string[];
}

const tableLimit = 16 * 1024 * 1024;

/** Magic numbers of statfs(2), for a container without /proc. */
const typeByMagic: ReadonlyMap<number, string> = new Map([
	[0x01021994, "tmpfs"],
	[0x65735546, "fuse"],
	[0x794c7630, "overlay"],
	[0x9fa0, "proc"],
	[0x6969, "nfs"],
	[0xff534d42, "cifs"],
	[0xfe534d42, "smb3"],
]);

/** What is mounted exactly at an opened directory or file, the last one if several. */
export function findMount(reads: Reads, fd: number): FoundMount | undefined {
	const table = mustReadProc(reads, "self/mountinfo", tableLimit);
	return table === undefined
		? findWithoutProc(reads, fd)
		: findInTable(table, mustRead<string>("readlink", reads.readlinkat(AT.FDCWD, `/proc/self/fd/${fd}`)));
}

/** proc_pid_mountinfo(5) */
export function findInTable(table: string, path: string): FoundMount | undefined {
	const found = parseMounts(table).findLast(({ point }) => point === path);
	return found && { type: found.type, source: found.source, options: unescapeField(found.options).split(",") };
}

/** The mount that a path lies on, as it is written: nothing there is asked. `undefined` without /proc. */
export function mountAt(reads: Reads, path: string): MountLine | undefined {
	const table = mustReadProc(reads, "self/mountinfo", tableLimit);
	const above = (point: string) => point === path || path.startsWith(point === "/" ? "/" : `${point}/`);
	return parseMounts(table ?? "")
		.filter(({ point }) => above(point))
		.reduce<MountLine | undefined>(
			(found, each) => (found !== undefined && found.point.length > each.point.length ? found : each),
			undefined,
		);
}

export interface CgroupMount {
	readonly version: 1 | 2;
	/** The cgroup that is seen at `path`. */
	readonly root: string;
	readonly path: string;
	/** Of the file system; in version 1 they name its controllers. */
	readonly options: readonly string[];
}

/** Where the hierarchies of cgroups are mounted. cgroups(7) */
export function cgroupMounts(reads: Reads): CgroupMount[] {
	return parseMounts(mustReadProc(reads, "self/mountinfo", tableLimit) ?? "").flatMap(({ type, root, point, options }) =>
		type === "cgroup" || type === "cgroup2" ? [{ version: type === "cgroup" ? 1 : 2, root, path: point, options: options.split(",") }] : [],
	);
}

export interface MountLine {
	readonly id: string;
	/** The mount that it is put onto. */
	readonly parent: string;
	/** Of the file system, not of a file on it. */
	readonly device: string;
	/** What of the file system is mounted. */
	readonly root: string;
	readonly point: string;
	/** `shared:12`, `master:3`: with whom what is mounted below is exchanged. */
	readonly peers: readonly string[];
	/** Of this mount. */
	readonly flags: readonly string[];
	readonly type: string;
	readonly source: string;
	/** Of the file system, with commas between and escaped as they stand there. */
	readonly options: string;
}

/** The mount, or its file system. */
export function isReadOnlyLine({ flags, options }: MountLine): boolean {
	return flags.includes("ro") || options.split(",").includes("ro");
}

/** Every line of the table that is one. proc_pid_mountinfo(5) */
export function parseMounts(table: string): MountLine[] {
	return table.split("\n").flatMap((line) => {
		const [, type = "", source = "", options = ""] = / - ([^ ]+) ([^ ]*) (.*)$/.exec(line) ?? [];
		const [id = "", parent = "", device = "", root = "", point = "", flags = "", ...rest] = line.split(" ");
		return type === ""
			? []
			: [
					{
						id,
						parent,
						device,
						root: unescapeField(root),
						point: unescapeField(point),
						peers: rest.slice(0, Math.max(0, rest.indexOf("-"))),
						flags: flags.split(","),
						type,
						source: unescapeField(source),
						options,
					},
				];
	});
}

/** Blanks and backslashes are octal escapes, byte by byte. */
export function unescapeField(field: string): string {
	return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** A device other than that of the directory above: a bind mount of the same device does not show. */
function findWithoutProc(reads: Reads, fd: number): FoundMount | undefined {
	const [here, above, system] = [reads.fstat(fd), reads.statat(fd, "..", 0), reads.fstatfs(fd)];
	if (typeof here === "number" || typeof above === "number" || typeof system === "number" || here.dev === above.dev) {
		return undefined;
	}
	return { type: typeByMagic.get(system[0]) ?? "unknown" };
}
