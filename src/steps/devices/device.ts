import * as v from "valibot";
import { choice, fileMode, integer, path, userSpec } from "../../config/fields.ts";
import { type FieldsOutput, mapping, optional, orShort, required } from "../../config/mapping.ts";
import { failBecame } from "../../files/exact-mode.ts";
import { isDevice, typeOf } from "../../files/kind.ts";
import { mustOpenTrusted, statTrusted } from "../../files/open.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { octal } from "../../files/permissions.ts";
import { setOwnerOf } from "../../files/place.ts";
import { removeAbandoned, withTemporaryStage } from "../../files/stage.ts";
import { observeUserNamespace } from "../../identity/user-namespace.ts";
import { fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { AT, O, S, ST } from "../../sys/constants.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { type ChildIdentity, changeNeeds, mayChange, resolveChild, userChild } from "../common/child-identity.ts";
import {
	type DeviceUse,
	deviceAccess,
	deviceRemedy,
	foreseenRefusal,
	isAllowedByMode,
	type RefusedDevice,
	refusedDevice,
	rule,
} from "../common/device-access.ts";
import { makeDirectories, unmasked } from "../common/directories.ts";
import { absent, toldBy } from "../common/obstacle.ts";
import { hasOtherOwner, type Owner, ownerText, resolveOwner, toGiveOwner } from "../common/owner.ts";
import { isClosed, mayReach, mayTakeAway, toReach, toTakeAway } from "../common/reach.ts";
import { readOnlyObstacle, refusal } from "../common/refusal.ts";
import type { Need, Obstacle, Outcome, PlanContext, Step } from "../step.ts";

export interface DeviceAction extends DeviceUse {
	/** What is made when it is missing; `undefined` only checks. */
	readonly node: DeviceNode | undefined;
}

export interface DeviceNode extends Owner {
	/** Type and permission bits. */
	readonly mode: number;
	readonly major: number;
	readonly minor: number;
}

const typeBits = { c: S.IFCHR, b: S.IFBLK } as const;

/** The kernel has 12 bits for the one number and 20 for the other. makedev(3) */
const fields = {
	path: required(path),
	access: optional(() => choice(...deviceAccess), "rw"),
	user: optional(userSpec, "target"),
	major: optional(() => integer(0, 4095)),
	minor: optional(() => integer(0, 1_048_575)),
	type: optional(() => choice("c", "b")),
	mode: optional(fileMode),
	owner: optional(userSpec),
	group: optional(userSpec),
};

export const device: Step<FieldsOutput<typeof fields>, DeviceAction> = {
	summary: "Makes sure that the user can open a device, and makes the node when its numbers are given.",
	schema: () =>
		v.pipe(
			orShort("path", mapping(fields)),
			v.check(({ major, minor, type, mode, owner, group }) => {
				const isMade = major !== undefined && minor !== undefined;
				return isMade || [major, minor, type, mode, owner, group].every((each) => each === undefined);
			}, "a node to make needs major and minor; a check has neither of them, nor type, mode, owner and group"),
		),
	plan: (config, context) => {
		const { major, minor } = config;
		const identity = resolveChild(config.user, context);
		return {
			path: absolutePath(config.path, mustRead("getcwd", context.reads.getcwd())),
			access: config.access,
			identity,
			node:
				major === undefined || minor === undefined
					? undefined
					: { ...ownerOf(config, identity, context), mode: typeBits[config.type ?? "c"] | (config.mode ?? 0o600), major, minor },
		};
	},
	describe: ({ path, access, node }) => {
		const mode = octal((node?.mode ?? 0) & 0o7777);
		return node === undefined ? `${path} ${access}` : `${path} ${access} as ${numbers(node)} mode ${mode} owner ${ownerText(node)}`;
	},
	needs: (action, reads) => [
		...(action.node === undefined ? [toReach(action.path)] : nodeNeeds(action, action.node, reads)),
		...changeNeeds(action.identity, toTry, reads),
	],
	gives: ({ path, node }) => (node === undefined ? [] : [{ what: "owned", path, uid: node.uid, gid: node.gid, mode: () => node.mode }]),
	mayNeed: ({ path, identity, node }) => [
		...(node === undefined
			? mayReach(path)
			: [toMake(path), ...(hasOtherOwner({ uid: 0, gid: 0 }, node) ? [toGiveOwner(path)] : []), ...mayTakeAway(path)]),
		...mayChange(identity, toTry),
	],
	children: ({ identity }) => ({ [userChild]: { identity, capabilities: [] } }),
	obstacles: (action, reads, isClose, beholder) => {
		const { path, node } = action;
		if (node !== undefined) {
			return isClose ? nodeObstacles(action, node, reads) : [];
		}
		const missing = absent(reads, path, "open").map((each) => ({
			...each,
			message: `${quoted(path)}: there is no such device`,
			remedy: deviceRemedy(path),
		}));
		const refused = isClose ? foreseenRefusal(reads, action, beholder?.target) : undefined;
		return [...missing, ...(refused === undefined ? [] : [{ ...whyRefused(path, refused), at: [path] }])];
	},
	makes: ({ path, node }) => (node === undefined ? [] : [{ path }]),
	preparesGround: true,
	grants: ({ path, access, node }) => ({
		devices: [node === undefined ? { path, access } : { path, access: `${access === "none" ? "" : access}m`, numbers: numbers(node) }],
	}),
	apply: (action, context) => {
		const { host } = context;
		const { path, node } = action;
		const stat = node === undefined ? undefined : statTrusted(host, path);
		if (node !== undefined && stat !== undefined) {
			requireSame(path, node, stat);
		}
		const isMissing = node !== undefined && stat === undefined;
		const refused = isMissing ? undefined : refusedDevice(context, action);
		if (!isMissing && refused === undefined) {
			if (node !== undefined) {
				removeLeft(host, path);
			}
			return { state: "ok", detail: "already there" };
		}
		if (node === undefined || refused?.isByMode === false) {
			throwRefused(path, refused as RefusedDevice);
		}
		const done = make(host, path, node, stat !== undefined);
		const still = refusedDevice(context, action);
		return still === undefined ? done : throwRefused(path, still);
	},
};

/** Unless it is said, the node belongs to who uses it. */
function ownerOf({ owner, group }: FieldsOutput<typeof fields>, user: ChildIdentity, { target, accounts }: PlanContext): Owner {
	const written = resolveOwner(owner ?? `${user.uid}`, group ?? "keep", target, accounts);
	return group === undefined ? { ...written, gid: user.gid } : written;
}

/** The directory in which a run that died just after it had made the node. */
function removeLeft(host: Host, path: string): void {
	try {
		const directory = mustOpenTrusted(host, splitPath(path).parent, O.PATH | O.DIRECTORY);
		withDescriptor(host, directory, () => removeAbandoned(host, directory));
	} catch (error) {
		throw refusal(error, { reads: host, path });
	}
}

function whyRefused(path: string, { message, remedy }: Problem): Problem {
	return { message: `${quoted(path)}: ${message}`, ...(remedy && { remedy }) };
}

function throwRefused(path: string, refused: Problem): never {
	const { message, remedy } = whyRefused(path, refused);
	fail("STEP_FAILED", message, { remedy });
}

/** Another device of that name, or that it could not be made anew where its mode keeps the user out. */
function nodeObstacles({ path, identity, access }: DeviceAction, node: DeviceNode, reads: Reads): readonly Obstacle[] {
	const stat = statTrusted(reads, path);
	if (stat !== undefined && isNode(stat, node) && isAllowedByMode(stat, identity, access)) {
		return [];
	}
	try {
		if (stat !== undefined) {
			requireSame(path, node, stat);
		}
		return readOnlyObstacle(reads, path, "mknodat");
	} catch (error) {
		return toldBy(error, path);
	}
}

function numbers({ mode, major, minor }: DeviceNode): string {
	return rule({ mode, rdev: `${major}:${minor}` });
}

/** Another device under this name is somebody's decision: it is not replaced. */
function requireSame(path: string, node: DeviceNode, stat: Stat): void {
	if (!isNode(stat, node)) {
		const is = isDevice(stat) ? `is ${rule(stat)}` : "is no device";
		fail("STEP_FAILED", `${quoted(path)} is there, and ${is}, not ${numbers(node)}`, { remedy: ["remove it, or correct the numbers"] });
	}
}

function isNode(stat: Stat, node: DeviceNode): boolean {
	return typeOf(stat) === typeOf(node) && stat.rdev === `${node.major}:${node.minor}`;
}

function nodeNeeds({ path, identity, access }: DeviceAction, node: DeviceNode, reads: Reads): Need[] {
	const stat = statTrusted(reads, path);
	if (stat !== undefined && isAllowedByMode(stat, identity, access)) {
		return [toReach(path)];
	}
	const isMissing = stat === undefined && !isClosed(reads, path);
	const self = { uid: reads.getresuid()[1], gid: reads.getresgid()[1] };
	return [
		{ ...toMake(path), certain: isMissing },
		...(hasOtherOwner(self, node) ? [{ ...toGiveOwner(path), certain: isMissing }] : []),
		...toTakeAway(path, reads),
	];
}

const toTry = "to try the device as the user";

function toMake(path: string): Need {
	return { anyOf: ["MKNOD"], certain: false, purpose: `to make ${path}`, instead: deviceRemedy(path) };
}

/** Made beside and moved into place, so that it never shows with another mode or owner and an interrupted run leaves none. mknod(2) */
function make(host: Host, path: string, node: DeviceNode, isReplaced: boolean): Outcome {
	const { parent } = splitPath(path);
	try {
		makeDirectories(host, parent, 0o755);
		const directory = mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY);
		withDescriptor(host, directory, () => {
			requireDevices(host, directory, parent);
			placeNode(host, directory, path, node);
		});
	} catch (error) {
		throw refusal(error, { reads: host, path, meanings: { EBUSY: busy } });
	}
	return { state: "changed", detail: isReplaced ? "made anew, because its mode kept the user out" : "made" };
}

/** In a directory that nobody else can enter: not even the group that a directory hands on can open it before it is its owner's. */
function placeNode(host: Host, directory: number, path: string, node: DeviceNode): void {
	const { name } = splitPath(path);
	removeAbandoned(host, directory);
	withTemporaryStage(host, directory, (stage) => {
		try {
			unmasked(host, () => must(host, "mknodat", stage, name, node.mode, node.major, node.minor));
		} catch (error) {
			const EPERM = { message: mknodRefused(host, stage, name, node), remedy: deviceRemedy(path) };
			throw refusal(error, { reads: host, path, fd: directory, meanings: { EPERM } });
		}
		setOwnerOf(host, { directory: stage, name, type: typeOf(node) }, node);
		// Whether the user can open it is tried; that others cannot is looked at.
		requireNoWider(path, node, mustRead<Stat>("statx", host.statat(stage, name, AT.SYMLINK_NOFOLLOW)));
		must(host, "renameat2", stage, name, directory, name, 0);
	});
}

function requireNoWider(path: string, node: DeviceNode, now: Stat): void {
	const wanted = { ...node, mode: node.mode & 0o7777 };
	if ((now.mode & 0o7777 & ~wanted.mode) !== 0 || hasOtherOwner(now, node)) {
		failBecame(path, wanted, now);
	}
}

function requireDevices(host: Host, directory: number, path: string): void {
	const [, flags] = mustRead("fstatfs", host.fstatfs(directory));
	if ((flags & ST.NODEV) !== 0) {
		fail("STEP_FAILED", `the file system of ${quoted(path)} is mounted nodev: a device there cannot be opened`, {
			remedy: ["put the device below /dev, or mount with the option dev"],
		});
	}
}

const busy: Problem = { message: "something is mounted there, so the node cannot be replaced" };

/**
 * MKNOD is one gate, the m of the device cgroup the other; a filter may stand before both, and outside the machine's own user
 * namespace nobody passes. Neither gate asks about a whiteout, 0:0, so that it is refused too tells the filter. mknod(2), user_namespaces(7)
 */
function mknodRefused(host: Host, stage: number, name: string, node: DeviceNode): string {
	if (observeUserNamespace(host) !== undefined) {
		return "in a user namespace nobody can make a device, whatever is held";
	}
	if (host.mknodat(stage, name, S.IFCHR, 0, 0) === 0) {
		return `CAP_MKNOD is held, so the device cgroup refuses m on ${numbers(node)}`;
	}
	return "CAP_MKNOD is held, so a seccomp filter or a security module refuses mknod";
}
