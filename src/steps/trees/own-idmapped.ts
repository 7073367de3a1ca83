import { isPattern } from "../../files/glob.ts";
import { isDirectory } from "../../files/kind.ts";
import { mountIdOf, tableOf } from "../../files/mount-facts.ts";
import type { MountLine } from "../../files/mountinfo.ts";
import { MOUNT_ATTR, mountsStayInside } from "../../files/mounting.ts";
import { isFixedPath, mustOpenTrustedEntry, statTrustedEntry } from "../../files/open.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { O } from "../../sys/constants.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { mustReadProc } from "../../sys/proc.ts";
import { mountMapped, needsToMap, whyUnmapped } from "../common/idmap.ts";
import { hasOtherOwner } from "../common/owner.ts";
import type { Need, Outcome, Step } from "../step.ts";
import { otherOwned } from "./other-owned.ts";
import { type OwnAction, own, refuseOtherContents, refuseSystemPath } from "./own.ts";
import { placeOfOpened } from "./system-paths.ts";
import { combine } from "./tree.ts";

/** The step `own` in a file that has the policy idmap-or-chown: what it does not map is for `own` itself. */
export const ownOrMap: typeof own = {
	...own,
	plan: (config, context) => {
		const action = own.plan(config, context);
		return isForMap(action) ? checked(action) : action;
	},
	needs: (action, reads) => [
		...(isForMap(action) ? mapNeeds(action, (path) => mayMap(action, path, reads)) : []),
		...own.needs(ofTop(action), reads),
	],
	mayNeed: (action) => [...(isForMap(action) ? mapNeeds(action, () => true) : []), ...own.mayNeed(action)],
	trees: (action, reads) => own.trees?.(ofTop(action), reads) ?? [],
	grants: (action) => (isForMap(action) ? { mounts: "perhaps" } : {}),
	apply: (action, context) =>
		isForMap(action)
			? combine(action.patterns.map((path) => mapOrChown({ ...action, patterns: [path] }, path, context)))
			: own.apply(action, context),
};

type Context = Parameters<Step<unknown, OwnAction>["apply"]>[1];

function isForMap({ policy }: OwnAction): boolean {
	return policy === "idmap-or-chown";
}

/** The top is given to its owner last, so one that is right tells that all was done, by whatever way. */
function ofTop(action: OwnAction): OwnAction {
	return isForMap(action) ? { ...action, policy: "if-root-differs" } : action;
}

/** What a map cannot tell apart. */
function checked(action: OwnAction): OwnAction {
	const { patterns, uid, gid, modes, exclude, crossMounts } = action;
	const refuse = (why: string, remedy: string) => fail("CONFIG_CONFLICT", `a volume is mapped as a whole: ${why}`, { remedy: [remedy] });
	if (patterns.some(isPattern)) {
		refuse("a pattern does not name it", "name each path");
	}
	if (uid === undefined || gid === undefined) {
		refuse("both owner and group are mapped, so that neither is kept", "leave keep out, or policy");
	}
	if (modes !== undefined || exclude.length > 0 || crossMounts) {
		refuse(
			"a map sets no modes, passes over nothing and ends with its mount",
			"leave modes, exclude and cross_mounts out, or policy; chmod sets modes",
		);
	}
	return action;
}

/** A start does without them, by giving the entries their owner. */
function mapNeeds({ patterns }: OwnAction, isFor: (path: string) => boolean): Need[] {
	const purpose = (path: string) =>
		`to map the ids of ${path}, with all of SYS_ADMIN, SETUID, SETGID and SETFCAP: without them owners are changed on disk`;
	return patterns
		.filter(isFor)
		.flatMap((path) =>
			needsToMap(path).map((need): Need => ({ ...need, purpose: purpose(path), certain: false, isSpare: true, isBetter: true })),
		);
}

function mayMap(action: OwnAction, path: string, reads: Reads): boolean {
	const stat = statTrustedEntry(reads, path);
	return stat !== undefined && hasOtherOwner(stat, action) && whyNotOwner(stat, action) === undefined;
}

function mapOrChown(action: OwnAction, path: string, context: Context): Outcome {
	const why = map(action, path, context.host);
	if (why === undefined) {
		return { state: "changed", detail: "mapped, nothing changed on disk" };
	}
	const { state, detail } = own.apply(ofTop(action), context);
	return { state, detail: why === "" ? detail : `not mapped, because ${why}: ${detail}` };
}

/** Why it was not done, if it was not; empty where there was nothing to do, or the step itself has to say what is wrong. */
function map(action: OwnAction, path: string, host: Host): string | undefined {
	const opened = openTop(host, path);
	if (opened === undefined) {
		return "";
	}
	return withDescriptor(host, opened, (fd) => {
		const stat = mustRead("fstat", host.fstat(fd));
		if (!isDirectory(stat) || !hasOtherOwner(stat, action)) {
			return "";
		}
		refuseSystemPath(path, action.policy, placeOfOpened(host, fd, stat));
		if (action.onlyIfContents !== undefined) {
			refuseOtherContents(action, action.onlyIfContents, path, host);
		}
		return (
			whyNotOwner(stat, action) ??
			whyNotFixed(host, path) ??
			whyNotMount(host, fd) ??
			whyMixed(host, fd, stat) ??
			whyRefused(action, host, fd, stat)
		);
	});
}

function openTop(host: Host, path: string): number | undefined {
	try {
		return mustOpenTrustedEntry(host, path, O.PATH);
	} catch {
		return undefined;
	}
}

/**
 * Root's are never mapped: what the workload then makes is root's on disk, where a set-user-ID program is the way out for any other who sees
 * it, and where this program believes root's files in the next start. And nobody's files are made to look like root's.
 */
function whyNotOwner({ uid, gid }: Stat, to: OwnAction): string | undefined {
	if (uid === 0 || gid === 0) {
		return `it belonged to root${uid === 0 ? "" : "'s group"}, and what is root's on disk is not mapped`;
	}
	return to.uid === 0 || to.gid === 0 ? `what shall be root's${to.uid === 0 ? "" : " group's"} is not mapped` : undefined;
}

/** Who owns a directory on the way moves what is mounted below it, and brings another's volume under this name, whose files it would then have. */
function whyNotFixed(reads: Reads, path: string): string | undefined {
	return isFixedPath(reads, path) ? undefined : "somebody else than root can lead its path to another volume";
}

/**
 * A name in a tree that is a mount of its own leads to nothing outside of it: link(2) does not cross mounts. In any other tree the workload
 * could have given a second name to a file from beside it.
 */
function whyNotMount(reads: Reads, fd: number): string | undefined {
	const id = mountIdOf(reads, fd);
	const table = tableOf(reads);
	const mount = table.find((each) => each.id === id);
	const above = reads.openRead(fd, "..", O.PATH | O.DIRECTORY, 0);
	const idAbove = above < 0 ? id : withDescriptor(reads, above, () => mountIdOf(reads, above));
	if (mount === undefined || id === idAbove) {
		return "it is no mount of its own";
	}
	if (table.some((other) => isAround(other, mount))) {
		return "another mount shows it with more around it";
	}
	return isShared(reads, mount) && !mountsStayInside()
		? "its mount is shared with other namespaces, where the map would be seen"
		: undefined;
}

function isAround(other: MountLine, { device, root }: MountLine): boolean {
	return other.device === device && other.root !== root && root.startsWith(other.root === "/" ? "/" : `${other.root}/`);
}

/** proc_pid_mountinfo(5), the optional fields. */
function isShared(reads: Reads, { id }: MountLine): boolean {
	const lines = (mustReadProc(reads, "self/mountinfo", 4 * 1024 * 1024) ?? "").split("\n");
	return lines.some((line) => line.startsWith(`${id} `) && / shared:\d+ .*?- |^(?!.* - )/.test(line));
}

function whyMixed(host: Host, fd: number, top: Stat): string | undefined {
	const other = otherOwned(host, fd, top);
	return other === undefined ? undefined : `${quoted(other)} belonged to another user than the top`;
}

function whyRefused({ uid, gid }: OwnAction, host: Host, fd: number, from: Stat): string | undefined {
	const attributes = MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV;
	try {
		mountMapped(host, fd, fd, {
			from,
			to: { uid: uid ?? from.uid, gid: gid ?? from.gid },
			attributes,
			attributesBelow: 0,
			recursive: true,
		});
		return undefined;
	} catch (error) {
		if (error instanceof SyscallError) {
			return whyUnmapped(error, host).message;
		}
		throw error;
	}
}
