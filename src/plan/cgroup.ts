import { isLimited } from "../confine/cgroup/found.ts";
import { type Hierarchy, hierarchies } from "../confine/cgroup/levels.ts";
import { flagsOf, type Limit, limitsOf } from "../confine/cgroup/limits.ts";
import { type CgroupPart, groupNames } from "../confine/cgroup/part.ts";
import type { CgroupSetting } from "../confine/cgroup/setting.ts";
import { nodeOf } from "../confine/devices/node.ts";
import { applyCgroup, applyLeaf, foundLimits } from "../departure/cgroup.ts";
import type { ConfineAsk } from "../departure/walls.ts";
import { statTrusted } from "../files/open.ts";
import { fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { quoted } from "../report/text.ts";
import { AT } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { readSmallFile } from "../sys/observe.ts";
import { readProc } from "../sys/proc.ts";

export { applyCgroup, applyLeaf, foundLimits };

/** Plans the limits that the start does not have already: by a group of its own, or refused with what the runtime calls them. */
export function planCgroup(setting: CgroupSetting, { reads, start, note, ofWorkload }: ConfineAsk): CgroupPart | undefined {
	const hierarchyOf = hierarchies(reads, "self");
	const limits = limitsOf(setting, (device) => numbersOf(device, reads, start.isImagined === true));
	const lacking = limits.filter((limit) => !isLimited(reads, limit, hierarchyOf(limit.controller)));
	const kept = limits.filter((limit) => !lacking.includes(limit));
	if (kept.length > 0) {
		note(`cgroup: ${kept.map(({ shown }) => shown).join(", ")}: the start is limited as tightly already`);
	}
	if (lacking.length === 0) {
		return undefined;
	}
	const why = ofWorkload.isEntering
		? { message: "enter limits nothing" }
		: whyNotDelegated(
				reads,
				lacking,
				lacking.map(({ controller }) => hierarchyOf(controller)),
			);
	if (why !== undefined) {
		return start.isImagined === true ? void note(`cgroup: ${flagsOf(lacking).join()}`) : refuse(lacking, why);
	}
	const group = groupFor(hierarchyOf(lacking[0]?.controller as Limit["controller"]) as Hierarchy);
	const handedDown = words(reads, `${group}/cgroup.subtree_control`);
	return {
		group,
		controllers: [...new Set(lacking.map(({ controller }) => controller))].filter((each) => !handedDown.includes(each)),
		files: lacking.map(({ file, text }) => [file, text]),
	};
}

/** That of the start, or the one above where a former start has moved it down. */
function groupFor({ levels: [own, above] }: Hierarchy): string {
	return above !== undefined && own.endsWith(`/${groupNames.setup}`) ? above : own;
}

/** Of its node; where there is none, of the machine's device of that name: a limit by the runtime takes no node in the container. */
function numbersOf(device: string, reads: Reads, isImagined: boolean): string {
	const stat = statTrusted(reads, device);
	const node = stat && nodeOf(device, stat);
	const numbers = stat === undefined ? numbersByName(device, reads) : node?.type === "b" ? node.rdev : undefined;
	return numbers !== undefined || isImagined
		? (numbers ?? "0:0")
		: fail("CONFINE_REFUSED", `${quoted(device)} is ${stat === undefined ? "not there" : "no block device"}`, {
				where: "cgroup.io",
				remedy: [
					"the path that the machine has for it, such as /dev/sda, or the node in the container: docker run --device PATH ... | compose: devices: [PATH]",
				],
			});
}

/** proc_partitions(5) */
function numbersByName(device: string, reads: Reads): string | undefined {
	const [, name] = /^\/dev\/(.+)$/.exec(device) ?? [];
	const table = readProc(reads, "partitions");
	const lines = typeof table === "string" ? table.split("\n").map((line) => line.trim().split(/\s+/)) : [];
	const [major, minor] = lines.find((words) => name !== undefined && words[3] === name) ?? [];
	return major === undefined || minor === undefined ? undefined : `${major}:${minor}`;
}

/** The groups below that of the start are its own to make where it may write there, and where the controllers have come so far. */
function whyNotDelegated(reads: Reads, lacking: readonly Limit[], found: readonly (Hierarchy | undefined)[]): Problem | undefined {
	const first = found.find((each) => each === undefined || each.version === 1);
	if (found.includes(undefined)) {
		return { message: "the cgroup of this container is not to be seen here" };
	}
	if (first !== undefined) {
		return { message: "this machine has cgroups of version 1, of which nothing is delegated" };
	}
	const own = groupFor(found[0] as Hierarchy);
	if (reads.faccessat(AT.FDCWD, own, 2) !== 0 || reads.getresuid()[1] !== 0) {
		return { message: `the cgroup ${quoted(own)} cannot be written to, so that it is not delegated` };
	}
	const there = words(reads, `${own}/cgroup.controllers`);
	const missing = lacking.find(({ controller }) => !there.includes(controller));
	return missing && { message: `the controller ${missing.controller} has not been handed down to the cgroup ${quoted(own)}` };
}

function words(reads: Reads, path: string): string[] {
	const text = readSmallFile(reads, path);
	return typeof text === "string" ? text.trim().split(/\s+/) : [];
}

function refuse(lacking: readonly Limit[], { message }: Problem): never {
	return fail("CONFINE_REFUSED", `${lacking.map(({ shown }) => shown).join(", ")}: ${message}`, {
		where: "cgroup",
		remedy: flagsOf(lacking),
	});
}
