import { flag, integer } from "../../config/fields.ts";
import { optional } from "../../config/mapping.ts";
import { size } from "../../config/size.ts";
import { MOUNT_ATTR } from "../../files/mounting.ts";
import type { Identity } from "../../identity/identity.ts";
import { attributesOf, isBlockType, isReadOnlySystem, type MountType, otherTypes } from "./mount-types.ts";

/** What partition tables count in. */
export const sector = 512;

/** A part of an image, in bytes. */
export interface Span {
	readonly offset: number;
	readonly size: number;
}

/** A device, or an image file, that a file system is on. */
export interface BlockSource {
	readonly isReadOnly: boolean;
	readonly loop?: LoopPart | undefined;
	/** Who must not be able to write to it. */
	readonly workload: Pick<Identity, "uid" | "groups">;
}

/** Which part of an image file, in bytes; a size of 0 is up to the end. */
export type LoopPart = Span | { readonly partition: number };

export interface BlockAction {
	readonly source: string;
	readonly block: BlockSource;
}

export function isBlock<A extends { readonly source: string; readonly block?: BlockSource }>(action: A): action is A & BlockAction {
	return action.block !== undefined;
}

/** `partition 2 of `, before the image. */
export function partText(loop: LoopPart): string {
	return "partition" in loop ? `partition ${loop.partition} of ` : loop.offset === 0 ? "" : `at ${loop.offset} of `;
}

const partFields = ["offset", "size", "partition"];

export const blockFields = {
	loop: optional(flag, false),
	// A loop device begins anywhere, as what lies behind a program does, and is so many whole sectors long.
	offset: optional(() => size(0)),
	size: optional(() => size(0, sector)),
	partition: optional(() => integer(1, 128)),
};

export interface BlockConfig {
	readonly type: MountType;
	readonly source?: string | undefined;
	readonly options: readonly string[];
	readonly loop: boolean;
	readonly offset?: number | undefined;
	readonly size?: number | undefined;
	readonly partition?: number | undefined;
}

/** What does not go together. */
export function blockFault({ type, source, options, loop, offset, size: length, partition }: BlockConfig): string | undefined {
	const isPart = offset !== undefined || length !== undefined || partition !== undefined;
	if (!isBlockType(type)) {
		return loop || isPart ? `a ${type} mount has no loop, offset, size and partition: they are for a file system in an image` : undefined;
	}
	if (source !== undefined && !/^(?:\/|\.{1,2}\/)/.test(source)) {
		return `the source of ${type} is the path of a device or an image, such as /dev/sdb1 or /data/disk.img`;
	}
	if (isReadOnlySystem(type, options) && (attributesOf(type, options) & MOUNT_ATTR.RDONLY) === 0) {
		return `${type} is read-only itself: leave rw out of options`;
	}
	if (isPart && !loop) {
		return "offset, size and partition are for an image: loop: true";
	}
	return partition !== undefined && (offset !== undefined || length !== undefined)
		? "a partition says where it begins and ends: leave offset and size out"
		: undefined;
}

/** The same, as far as a schema can say it. */
export const blockConstraints = [
	{
		anyOf: [
			{ properties: { type: { not: { enum: otherTypes } } } },
			{
				not: {
					anyOf: [
						{ required: ["loop"], properties: { loop: { enum: [true, "true"] } } },
						...partFields.map((each) => ({ required: [each] })),
					],
				},
			},
		],
	},
	{
		anyOf: [
			{ required: ["loop"], properties: { loop: { not: { enum: [false, "false"] } } } },
			{ not: { anyOf: partFields.map((each) => ({ required: [each] })) } },
		],
	},
	...["offset", "size"].map((each) => ({ not: { required: ["partition", each] } })),
];

export function blockOf(config: BlockConfig, workload: BlockSource["workload"]): { readonly block?: BlockSource } {
	const { type, options, loop, offset = 0, size: length = 0, partition } = config;
	if (!isBlockType(type)) {
		return {};
	}
	const part = partition === undefined ? { offset, size: length } : { partition };
	return { block: { isReadOnly: isReadOnlySystem(type, options), ...(loop ? { loop: part } : {}), workload } };
}
