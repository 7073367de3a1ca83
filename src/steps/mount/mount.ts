import * as v from "valibot";
import { choice, commaSeparated, flag, nonEmptyText, path, text } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, required } from "../../config/mapping.ts";
import { type FoundMount, findMount } from "../../files/mountinfo.ts";
import { bindMount, MOUNT_ATTR, makeMount, unmountLazily } from "../../files/mounting.ts";
import { lookTrusted, mustOpenTrusted, statTrusted } from "../../files/open.ts";
import { absolutePath } from "../../files/path-text.ts";
import { isSame } from "../../files/trust.ts";
import type { Identity } from "../../identity/identity.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { AT, O, ST } from "../../sys/constants.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { errnoOf, mustRead, withDescriptor } from "../../sys/observe.ts";
import { statServed } from "../../sys/served.ts";
import { missingPoint, mountMayNeed, mountMeanings, mountNeeds, mountObstacles } from "../common/mount-refusal.ts";
import { absent, untrustedOnTheWay } from "../common/obstacle.ts";
import { toReach } from "../common/reach.ts";
import { refusal } from "../common/refusal.ts";
import { shapedSourceObstacles, takeFrom } from "../programs/believed-source.ts";
import type { Need, Obstacle, Step } from "../step.ts";
import type * as Blocks from "./block.ts";
import { type BlockSource, blockConstraints, blockFault, blockFields, blockOf, isBlock, partText } from "./block-fields.ts";
import { fstabConstraints, fstabFault } from "./fstab-options.ts";
import { layerNeeds, withLayers } from "./layers.ts";
import { attachMapped, isShownAs, type MountIdmap, mapAttributes, mapChoices, mapNeeds, mapOf, mayMakeRootsFiles } from "./mapped.ts";
import {
	attributesOf,
	isBlockType,
	liftedBy,
	type MountType,
	mountTypes,
	otherTypes,
	parametersOf,
	shows,
	sourceOf,
} from "./mount-types.ts";
import { serverParameters } from "./network-mount.ts";
import { type Differing, differingFlags, differingOptions, differingText, rootOf, toMountAnew } from "./tmpfs.ts";

let loaded: typeof Blocks | undefined;

/** Of a file with these types, or of any: most have no devices. */
export async function loadBlocks(types: readonly string[] | undefined): Promise<void> {
	if (types?.some((each) => isBlockType(each as MountType)) !== false) {
		loaded = await import("./block.ts");
	}
}

function blocks(): typeof Blocks {
	if (loaded === undefined) {
		throw new Error("mounts of devices are not loaded");
	}
	return loaded;
}

export interface MountAction {
	readonly type: MountType;
	readonly source: string;
	readonly target: string;
	/** Options of the file system: size=10m, mode=1777. */
	readonly parameters: readonly string[];
	/** MOUNT_ATTR_ bits. mount_setattr(2) */
	readonly attributes: number;
	/** Those that one which is there must be without. */
	readonly lifted?: number;
	readonly recursive: boolean;
	readonly replace: boolean;
	/** Of a file system on a device or in an image. */
	readonly block?: BlockSource;
	/** Of a bind: as whose its files are shown. */
	readonly idmap?: MountIdmap;
}

const options = () => commaSeparated(text);

const fields = {
	type: required(() => choice(...mountTypes)),
	source: optional(nonEmptyText),
	target: required(path),
	options: list(options),
	recursive: optional(flag, true),
	stale: optional(() => choice("replace", "fail"), "replace"),
	...blockFields,
	idmap: optional(() => choice(...mapChoices)),
};

const optionFault = (config: FieldsOutput<typeof fields>) => fstabFault(config, isBlockType(config.type));

const schema = () =>
	v.pipe(
		mapping(fields, { path: ["target", "type"] }),
		v.check(
			({ type, source }) => sourceOf(type, source) !== undefined,
			({ input }) => `${/^(?:[aei]|nt?fs|xfs|f2fs|hfs)/.test(input.type) ? "an" : "a"} ${input.type} mount needs its source`,
		),
		v.check(
			(input) => optionFault(input) === undefined,
			({ input }) => optionFault(input) ?? "",
		),
		v.check(
			(input) => blockFault(input) === undefined,
			({ input }) => blockFault(input) ?? "",
		),
	);

export const mount: Step<FieldsOutput<typeof fields>, MountAction> = {
	summary: "Mounts a file system or binds a directory, unless that mount is there already.",
	schema,
	plan: (config, { reads, target: user }) => {
		const { type, source, target, options, recursive, stale, idmap } = config;
		const workdir = mustRead("getcwd", reads.getcwd());
		const given = sourceOf(type, source) ?? "";
		const lifted = liftedBy(type, options);
		const from = type === "bind" || isBlockType(type) ? absolutePath(given, workdir) : given;
		return {
			type,
			source: from,
			target: absolutePath(target, workdir),
			parameters: parametersOf(type, from, options, workdir),
			attributes: attributesOf(type, options) | mapAttributes(idmap, options),
			...(lifted !== 0 && { lifted }),
			recursive: type === "bind" && recursive && !options.includes("bind"),
			replace: stale === "replace",
			...blockOf(config, { uid: user.uid, groups: user.groups }),
			...(idmap !== undefined && { idmap: mapOf(idmap, type, options, user) }),
		};
	},
	describe: ({ type, source, target, block, idmap }) =>
		type === "bind"
			? `${source} at ${target}${idmap === undefined ? "" : ` as ${idmap.uid}:${idmap.gid}`}`
			: source === type
				? `${type} at ${target}`
				: `${type} ${block?.loop === undefined ? "" : partText(block.loop)}${source} at ${target}`,
	needs: (action, reads) =>
		isMounted(action, reads)
			? [toReach(action.target)]
			: [...needsToMount(action, reads), ...sourceNeeds(action, reads), ...mapNeeds(action)],
	gives: ({ type, target, parameters, attributes }) => [
		{ what: "mounted", path: target },
		...(type === "tmpfs" && (attributes & MOUNT_ATTR.RDONLY) === 0
			? [{ what: "owned", path: target, ...rootOf(parameters) } as const]
			: []),
	],
	mayNeed: (action) => [...mountMayNeed(action.target), ...sourceNeeds(action), ...mapNeeds(action)],
	obstacles: (action, reads, isClose, beholder) =>
		isMounted(action, reads)
			? []
			: [
					...(action.type === "bind" && beholder !== undefined ? shapedSourceObstacles(asPlacing(action, beholder.target), reads) : []),
					...mountObstacles(reads),
					...(isBlock(action) ? blocks().blockObstacles(reads, action, isClose) : []),
					...absentEnds(action, reads, isClose),
				],
	makes: ({ type, source, target, attributes, idmap }) => [
		{
			path: target,
			isTree: true,
			...(type === "tmpfs" && { leaves: "emptiness" }),
			...(type === "bind" && idmap === undefined && { leaves: "another", from: { path: source, uid: undefined, gid: undefined } }),
			...((attributes & MOUNT_ATTR.RDONLY) !== 0 && { isReadOnly: true }),
		},
	],
	notes: (action) => (mayMakeRootsFiles(action) ? ["what the workload makes there is root's on disk where the source is"] : []),
	preparesGround: true,
	grants: (action) => ({ mounts: "always", ...(isBlock(action) ? { devices: blocks().blockDevices(action) } : {}) }),
	refusesShaped: ({ type, source }) => (isBlockType(type) && source !== undefined ? [source] : []),
	leavesKeys: ({ type }) => type === "nfs" || type === "cifs",
	makesRootsFiles: ({ type, options, idmap }) =>
		type === "bind" && idmap === "root-to-target" && (attributesOf(type, options) & MOUNT_ATTR.RDONLY) === 0,
	constraints: {
		"": {
			anyOf: [{ properties: { type: { not: { const: "bind" } } } }, { required: ["source"] }],
			allOf: [...blockConstraints, ...fstabConstraints(otherTypes)],
		},
	},
	apply: (action, { host, target }) => {
		try {
			if (action.type === "bind") {
				takeFrom(asPlacing(action, target), host);
			}
			if (isMounted(action, host)) {
				return { state: "ok", detail: "already mounted" };
			}
			const before = differingAt(action, host);
			attach(host, action);
			requireRestrictions(action, host);
			return { state: "changed", detail: before.length === 0 ? "mounted" : `mounted anew ${differingText(before, "was")}` };
		} catch (error) {
			const isPointThere = !saysAbsent(errnoOf(host.statat(AT.FDCWD, action.target, 0)));
			const missing = isPointThere ? missingSource : missingPoint(action.target);
			throw refusal(error, { reads: host, path: action.target, readsOnly: true, meanings: mountMeanings(action.type, missing) });
		}
	},
};

const missingSource = {
	message: "what is to be mounted there does not exist: the source, or a path of its options",
	remedy: ["name what is there, or make it by a step before: mkdir"],
};

function absentEnds({ type, source, target }: MountAction, reads: Reads, isClose: boolean): Obstacle[] {
	const ends = type === "bind" ? [source, target] : [target];
	return ends.flatMap((path) => {
		const missing = path === target ? missingPoint(path) : missingSource;
		const found = absent(reads, path, "open", { meanings: mountMeanings(type, missing) });
		return found.length > 0 || !isClose ? found : untrustedOnTheWay(reads, path);
	});
}

function needsToMount(action: MountAction, reads: Reads): Need[] {
	const differing = differingAt(action, reads);
	return mountNeeds(action.target).map((need) =>
		differing.length > 0 && need.anyOf.includes("SYS_ADMIN") ? toMountAnew(need, action.target, differing) : need,
	);
}

function asPlacing({ source, target: path }: MountAction, target: Identity) {
	return { kind: "mount", path, source, target };
}

/** The directories that it is made of. */
function sourceNeeds(action: MountAction, reads?: Reads): Need[] {
	const { type, source, parameters } = action;
	return [
		...(isBlock(action) ? blocks().blockNeeds(action, reads) : []),
		...(type === "bind" ? [toReach(source)] : []),
		...layerNeeds(parameters),
	];
}

/** What the mount at the target has otherwise, where it shows the file system that is asked for. */
function differingAt(action: MountAction, reads: Reads): Differing[] {
	const fd = lookTrusted(reads, action.target, O.PATH);
	return fd < 0 ? [] : withDescriptor(reads, fd, () => differingOf(action, reads, fd, findMount(reads, fd)));
}

function differingOf(action: MountAction, reads: Reads, fd: number, found: FoundMount | undefined): Differing[] {
	const { type, parameters, lifted = 0 } = action;
	const system = reads.fstatfs(fd);
	if (type === "bind" || found === undefined || !shows(action, found)) {
		return [];
	}
	const flags = typeof system === "number" ? 0 : system[1] & lifted;
	return [
		...(type === "tmpfs" && found.options !== undefined ? differingOptions(parameters, found.options) : []),
		...differingFlags(flags),
	];
}

/** The target shows the same file system, or the same directory, with at least the restrictions asked for. */
function isMounted(action: MountAction, reads: Reads): boolean {
	const fd = lookTrusted(reads, action.target, O.PATH);
	if (fd < 0) {
		return false;
	}
	return withDescriptor(reads, fd, () => {
		const found = hasRestrictions(action, reads, fd) ? findMount(reads, fd) : undefined;
		if (action.type !== "bind") {
			const isIt = found !== undefined && shows(action, found) && differingOf(action, reads, fd, found).length === 0;
			return isIt && (!isBlock(action) || blocks().showsBlock(action, reads, fd));
		}
		const [from, to] = [statTrusted(reads, action.source), reads.fstat(fd)];
		return found !== undefined && from !== undefined && typeof to !== "number" && isSame(from, to) && isShownAs(action.idmap, to);
	});
}

/** What the mount shall not allow, it must not. The first four attributes have the bits that statfs(2) reports. */
function hasRestrictions({ attributes }: MountAction, reads: Reads, fd: number): boolean {
	const system = reads.fstatfs(fd);
	const restrictions = attributes & 0xf;
	return typeof system !== "number" && (system[1] & restrictions) === restrictions;
}

/** A kernel that tells no flags of a mount, as gVisor's, has taken them with the call. */
function requireRestrictions(action: MountAction, reads: Reads): void {
	const isRight = withDescriptor(reads, mustOpenTrusted(reads, action.target, O.PATH), (fd) => {
		const system = reads.fstatfs(fd);
		return (typeof system !== "number" && (system[1] & ST.VALID) === 0) || hasRestrictions(action, reads, fd);
	});
	if (!isRight) {
		fail("STEP_FAILED", `${quoted(action.target)} is mounted, but without all of ro, nosuid, nodev and noexec that were asked for`);
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
	const stat = statServed(reads, fd, ".");
	return stat === -errno.ENOTCONN || stat === -errno.ESTALE;
}

function attachTo(host: Host, action: MountAction, target: number): void {
	const { type, source, target: path, parameters, attributes, recursive } = action;
	if (type === "bind") {
		const from = mustOpenTrusted(host, source, O.PATH);
		withDescriptor(host, from, () => {
			if (!attachMapped(host, action, from, target)) {
				bindMount(host, from, target, path, { attributes, recursive });
			}
		});
		return;
	}
	if (isBlock(action)) {
		blocks().mountBlock(host, action, target);
		return;
	}
	withLayers(host, parameters, (opened) =>
		makeMount(host, { type, source, parameters: serverParameters(host, type, source, opened), attributes }, target),
	);
}
