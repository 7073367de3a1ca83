import { makeMount } from "../../files/mounting.ts";
import type { Host } from "../../sys/native.ts";
import type { BlockAction } from "./block-fields.ts";
import { blockRefusal } from "./block-refusal.ts";
import { withBlockDevice } from "./block-source.ts";

interface BlockMount extends BlockAction {
	readonly type: string;
	readonly parameters: readonly string[];
	readonly attributes: number;
}

/** Mounts the file system of a device or an image at an opened directory. */
export function mountBlock(host: Host, action: BlockMount, target: number): void {
	const { type, parameters, attributes, block } = action;
	let offset = 0;
	try {
		withBlockDevice(host, action, (source, at) => {
			offset = at;
			makeMount(host, { type, source, parameters, attributes, isReadOnly: block.isReadOnly }, target);
		});
	} catch (error) {
		throw blockRefusal(host, error, action, offset);
	}
}
