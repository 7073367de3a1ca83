import { isOfGroups } from "../confine/cgroup/found.ts";
import { type Controller, hierarchies } from "../confine/cgroup/levels.ts";
import { type CgroupPart, groupNames, type LeafPart } from "../confine/cgroup/part.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import { errno, errnoName } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Host, Reads } from "../sys/native.ts";
import { mustRead, readSmallFile, withDescriptor } from "../sys/observe.ts";

/** The work of the row `cgroup-leaf`. A group with processes hands no controller down; who opens a file has to be who writes. cgroups(7) */
export function applyLeaf({ group, controllers }: LeafPart, host: Host): void {
	withDescriptor(host, openGroup(host, group), (own) => {
		for (const pid of movedFrom(host, own)) {
			const result = write(host, own, `${groupNames.setup}/cgroup.procs`, pid);
			// It may have ended meanwhile.
			if (result !== -errno.ESRCH) {
				succeeded(result, group, `moving process ${pid}`);
			}
		}
		for (const each of controllers) {
			succeeded(write(host, own, "cgroup.subtree_control", `+${each}`), group, `handing ${each} down`);
		}
	});
}

/** The work of the row `cgroup`: the limits stand before anybody is in it. */
export function applyCgroup({ group, files }: CgroupPart, host: Host): void {
	withDescriptor(host, openGroup(host, group), (above) => {
		// Empty, it is made anew: no limit is left of a former start that is not written any more.
		host.unlinkat(above, groupNames.workload, AT.REMOVEDIR);
		makeGroup(host, above, groupNames.workload);
		const own = must(host, "open", above, groupNames.workload, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0, 0) as number;
		withDescriptor(host, own, () => {
			for (const [file, text] of files) {
				succeeded(write(host, own, file, text), group, `${file} = ${text}`);
			}
			succeeded(write(host, own, "cgroup.procs", "0"), group, "joining");
		});
	});
	const found = foundLimits({ files }, host);
	const wanted = limitsText(files);
	if (found !== wanted) {
		fail("CONFINE_REFUSED", `the kernel took other limits than were written: ${found} instead of ${wanted}`, { where: "drop cgroup" });
	}
}

/** Those of the group that this process is in, as the kernel has them. */
export function foundLimits({ files }: Pick<CgroupPart, "files">, reads: Reads): string {
	const own = hierarchies(reads, "self")((files[0]?.[0].split(".", 1)[0] ?? "pids") as Controller)?.levels[0];
	if (own === undefined) {
		return "of a group that is not to be seen";
	}
	return limitsText(
		files.map(([file, text]) => {
			const found = readSmallFile(reads, `${own}/${file}`);
			const lines = typeof found === "number" ? [errnoName(found)] : found.trim().split("\n");
			// Of devices there is a line each.
			return [file, lines.find((each) => each === text) ?? lines.join(" ")];
		}),
	);
}

function limitsText(files: CgroupPart["files"]): string {
	return files.map(([file, text]) => `${file}: ${text}`).join(", ");
}

function openGroup(host: Host, group: string): number {
	const fd = must(host, "open", AT.FDCWD, group, O.RDONLY | O.DIRECTORY | O.NOFOLLOW, 0, 0) as number;
	if (!isOfGroups(host, fd)) {
		host.close(fd);
		fail("CONFINE_REFUSED", `${quoted(group)} is no cgroup: something else is mounted there`, {
			where: "drop cgroup",
			remedy: ["let no volume or step cover the mount of cgroups"],
		});
	}
	return fd;
}

/** One of a former start is used again. */
function makeGroup(host: Host, above: number, name: string): void {
	const result = host.mkdirat(above, name, 0o755);
	if (result !== -errno.EEXIST) {
		succeeded(result, name, "making it");
	}
}

/** Those that can be seen from here; none of the topmost group of the machine, which hands down whoever is in it. */
function movedFrom(host: Host, group: number): string[] {
	if (typeof host.statat(group, "cgroup.type", 0) === "number") {
		return [];
	}
	makeGroup(host, group, groupNames.setup);
	const fd = must(host, "open", group, "cgroup.procs", O.RDONLY, 0, 0) as number;
	const text = withDescriptor(host, fd, () => mustRead<string>("read", host.readAll(fd, 1 << 20)));
	return text.split("\n").filter((pid) => !["", "0"].includes(pid));
}

function write(host: Host, directory: number, file: string, text: string): number {
	const fd = host.open(directory, file, O.WRONLY, 0, 0);
	return fd < 0 ? fd : withDescriptor(host, fd, () => host.write(fd, text));
}

function succeeded(result: number, group: string, what: string): void {
	if (result < 0) {
		const { message, remedy } = whyRefused(result);
		fail("CONFINE_REFUSED", `the cgroup ${quoted(group)}: ${what}: ${message}`, { where: "drop cgroup", remedy });
	}
}

function whyRefused(result: number) {
	switch (-result) {
		case errno.EBUSY:
			return {
				message: "EBUSY: it has processes of its own, which cannot be seen from here",
				remedy: [
					"let nothing else of outside run in the container's cgroup while it starts: docker exec, another container with --pid or --cgroup-parent",
				],
			};
		case errno.EINVAL:
		case errno.ENODEV:
			return { message: `${errnoName(result)}: the kernel takes no such value`, remedy: ["see cgroups(7) and the device's own limits"] };
		default:
			return errnoText("open", result);
	}
}
