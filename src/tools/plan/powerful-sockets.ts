import { capability } from "../../capability/names.ts";
import { closedDirectory } from "../../files/execute-access.ts";
import { splitPath } from "../../files/path-text.ts";
import { allows } from "../../files/permissions.ts";
import { outlookOf } from "../../plan/foretell.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Planned } from "../../plan/surroundings.ts";
import { matches } from "../../report/pattern.ts";
import { giftsOf, treesGivenAway } from "../../steps/facts.ts";
import type { StepAction } from "../../steps/index.ts";
import { AT, S } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { powerfulSocket } from "../guides/powerful-groups.ts";

/** By which containers of the machine are started. */
const daemons = ["docker", "podman/podman", "containerd/containerd", "crio/crio"].flatMap((name) => [
	`/var/run/${name}.sock`,
	`/run/${name}.sock`,
]);

/** A daemon's socket that the workload may connect to, whatever its group is called. */
export interface ReachedSocket {
	readonly path: string;
	/** The key of the file that gives it. */
	readonly by: string | undefined;
	/** Its owner or mode is changed, and not the workload's groups. */
	readonly isChanged: boolean;
	readonly isThere: boolean;
}

/** Each once, where /var/run is a link. What the file gives by its name another start may have, where nothing is here. */
export function reachedSockets({ plan, config, start }: Planned, reads: Reads): ReachedSocket[] {
	const { left } = outlookOf(plan, start, reads);
	const { sets, groups } = plan.departure.expected;
	const viewer = { uid: plan.identity.uid, groups: [plan.identity.gid, ...groups] };
	const passes = (["DAC_OVERRIDE", "DAC_READ_SEARCH"] as const).some((name) => sets.permitted.has(capability(name)));
	const isOpen = (path: string, stat: Parameters<typeof allows>[0]) =>
		sets.permitted.has(capability("DAC_OVERRIDE")) ||
		(allows(stat, viewer, 2) && (passes || closedDirectory(left.reads, path, { viewer, workdir: "/" }) === undefined));
	const treesGiven = config.setup.flatMap(treesGivenAway);
	const ofGroups = config.groups.fromPath.filter((path) => powerfulSocket.test(path));
	const seen = new Set<string>();
	return [...new Set([...ofGroups, ...daemons])].flatMap((path): ReachedSocket[] => {
		const changer = plan.setup.find(({ action }) => opens(action, path, treesGiven, plan, reads));
		const isOfGroup = ofGroups.includes(path);
		const reached = { path, by: isOfGroup ? "groups.from_path" : changer?.action.kind, isChanged: !isOfGroup && changer !== undefined };
		const stat = left.reads.statat(AT.FDCWD, path, 0);
		if (typeof stat === "number") {
			return reached.by === undefined ? [] : [{ ...reached, isThere: false }];
		}
		const id = `${path.replace("/var/", "/")} ${stat.dev} ${stat.ino}`;
		const isNew = !seen.has(id);
		seen.add(id);
		return isNew && (isOfGroup || isOpen(path, stat)) ? [{ ...reached, isThere: true }] : [];
	});
}

/** Whether it would give one to the workload that is as daemons make them. */
function opens(action: StepAction, path: string, treesGiven: readonly string[], { identity }: Plan, reads: Reads): boolean {
	const { parent } = splitPath(path);
	return giftsOf(action, reads).some(({ what, path: pattern, uid, mode }) => {
		const isNamed = what === "owned" && matches(path, pattern);
		const isGiven = uid === identity.uid && (isNamed || (treesGiven.includes(pattern) && matches(parent, pattern)));
		return isGiven || (isNamed && ((mode?.(S.IFSOCK | 0o660) ?? 0) & 2) !== 0);
	});
}
