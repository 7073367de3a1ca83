import type { FoundMount } from "../../files/mountinfo.ts";
import { MOUNT_ATTR } from "../../files/mounting.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { layersOf, showsLayers } from "./layers.ts";
import { refuseServer } from "./network-mount.ts";

/** What is different from one file system to another. */
interface Kind {
	/** What the table of mounts calls it. */
	readonly shown: readonly string[];
	/** MOUNT_ATTR_ bits unless options take them back: nobody needs set-user-ID programs or devices in what was just mounted. */
	readonly attributes: number;
	/** Its name in the table of mounts, where it has no source of its own. */
	readonly source?: string;
}

const noPrograms = MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV;

const kinds = {
	tmpfs: { shown: ["tmpfs"], attributes: noPrograms, source: "tmpfs" },
	// It keeps what its source allows.
	bind: { shown: [], attributes: 0 },
	overlay: { shown: ["overlay"], attributes: noPrograms, source: "overlay" },
	proc: { shown: ["proc"], attributes: noPrograms | MOUNT_ATTR.NOEXEC, source: "proc" },
	nfs: { shown: ["nfs", "nfs4"], attributes: noPrograms },
	cifs: { shown: ["cifs", "smb3"], attributes: noPrograms },
} as const satisfies Readonly<Record<string, Kind>>;

/** What lies on a device, and whether it can be written to at all. */
const blockKinds = {
	...{ ext2: "rw", ext3: "rw", ext4: "rw", xfs: "rw", btrfs: "rw", f2fs: "rw", bcachefs: "rw", jfs: "rw", nilfs2: "rw", reiserfs: "rw" },
	...{ vfat: "rw", exfat: "rw", ntfs3: "rw", hfs: "rw", hfsplus: "rw", udf: "rw", minix: "rw", affs: "rw", ufs: "rw" },
	...{ squashfs: "ro", erofs: "ro", iso9660: "ro", cramfs: "ro", romfs: "ro" },
} as const satisfies Readonly<Record<string, "ro" | "rw">>;

type BlockType = keyof typeof blockKinds;
export type MountType = keyof typeof kinds | BlockType;

/** Those that are on no device. */
export const otherTypes = Object.keys(kinds);

export const mountTypes = [...otherTypes, ...Object.keys(blockKinds)] as [MountType, ...MountType[]];

export function isBlockType(type: MountType): type is BlockType {
	return type in blockKinds;
}

/** Not this mount alone, but the file system: nothing is written to its device. */
export function isReadOnlySystem(type: BlockType, options: readonly string[]): boolean {
	return blockKinds[type] === "ro" || (attributesOf(type, options) & MOUNT_ATTR.RDONLY) !== 0;
}

function kindOf(type: MountType): Kind {
	return isBlockType(type) ? { shown: [type], attributes: noPrograms | (blockKinds[type] === "ro" ? MOUNT_ATTR.RDONLY : 0) } : kinds[type];
}

/** Options that every file system has, and the bit that each sets or takes back. mount(8) */
const attributeOptions: Readonly<Record<string, { readonly set?: number; readonly clear?: number }>> = {
	ro: { set: MOUNT_ATTR.RDONLY },
	rw: { clear: MOUNT_ATTR.RDONLY },
	nosuid: { set: MOUNT_ATTR.NOSUID },
	suid: { clear: MOUNT_ATTR.NOSUID },
	nodev: { set: MOUNT_ATTR.NODEV },
	dev: { clear: MOUNT_ATTR.NODEV },
	noexec: { set: MOUNT_ATTR.NOEXEC },
	exec: { clear: MOUNT_ATTR.NOEXEC },
	noatime: { set: MOUNT_ATTR.NOATIME },
};
const bindOptions: readonly string[] = ["bind", "rbind"];

/** `undefined` where it has to be given and is not. */
export function sourceOf(type: MountType, source: string | undefined): string | undefined {
	return source ?? kindOf(type).source;
}

export function attributesOf(type: MountType, options: readonly string[]): number {
	return options.reduce<number>((bits, option) => {
		const { set = 0, clear = 0 } = attributeOptions[option] ?? {};
		return (bits | set) & ~clear;
	}, kindOf(type).attributes);
}

/** What a mount must not have: attributes that are taken back by name, and nobody gives again. A bind keeps what its source has. */
export function liftedBy(type: MountType, options: readonly string[]): number {
	const written = options.reduce((bits, option) => {
		const { set = 0, clear = 0 } = attributeOptions[option] ?? {};
		return (bits | clear) & ~set;
	}, 0);
	return type === "bind" ? 0 : written;
}

/** What is left for the file system itself. A bind has no options of its own. */
export function parametersOf(type: MountType, source: string, options: readonly string[], workdir: string): readonly string[] {
	const parameters = options.filter((option) => !(option in attributeOptions) && !(type === "bind" && bindOptions.includes(option)));
	const [unknown] = parameters;
	if (type === "bind" && unknown !== undefined) {
		fail("CONFIG_INVALID_VALUE", `mount: a bind does not know the option ${quoted(unknown)}`, {
			remedy: [`it knows ${[...Object.keys(attributeOptions), ...bindOptions].join(", ")}`],
		});
	}
	if (type === "nfs" || type === "cifs") {
		refuseServer(type, source, parameters);
	}
	return type === "overlay" ? layersOf(parameters, workdir) : parameters;
}

/** Whether what is mounted is what was asked for. Without /proc nothing but its type is known. */
export function shows(
	{ type, source, parameters }: { readonly type: MountType; readonly source: string; readonly parameters: readonly string[] },
	found: FoundMount,
): boolean {
	const names: readonly string[] = kindOf(type).shown;
	if (!names.includes(found.type)) {
		return false;
	}
	switch (type) {
		case "overlay":
			return found.options === undefined || showsLayers(parameters, found.options);
		case "proc":
			return found.options === undefined || parameters.every((each) => found.options?.includes(procOption(each)));
		case "nfs":
		case "cifs":
			return found.source === undefined || found.source === source;
		default:
			return true;
	}
}

/** As the kernel shows it. proc(5) */
function procOption(option: string): string {
	const names: Readonly<Record<string, string>> = { "1": "noaccess", "2": "invisible", "4": "ptraceable" };
	const [key, value = ""] = option.split("=");
	return key === "hidepid" ? `hidepid=${names[value] ?? value}` : option;
}
