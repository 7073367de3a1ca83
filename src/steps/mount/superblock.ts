import { yamlScalar } from "../../report/yaml.ts";
import type { ReadAt } from "./image.ts";
import type { MountType } from "./mount-types.ts";

/** Past the mark that lies deepest. */
const longestLooked = 0x1_1000;

export interface Found {
	readonly type: string;
	readonly text: string;
	readonly remedy: readonly string[];
}

/** What a file system may be in, and what shows the kernel what is inside. */
const containers: readonly (readonly [text: string, offset: number, bytes: string, remedy: string])[] = [
	["LUKS", 0, "LUKS\xba\xbe", "open it first: cryptsetup open, in a run step before this one, and mount /dev/mapper/NAME"],
	["a volume of LVM", 536, "LVM2 001", "vgchange --activate y, on the machine, and mount /dev/VG/LV"],
	["a part of a RAID", 4096, "\xfc\x4e\x2b\xa9", "mdadm --assemble, on the machine, and mount /dev/mdN"],
	["a qcow2 image", 0, "QFI\xfb", "qemu-img convert -O raw FROM TO: the kernel mounts raw images alone"],
	["a VMDK image", 0, "KDMV", "qemu-img convert -O raw FROM TO: the kernel mounts raw images alone"],
	["a VHDX image", 0, "vhdxfile", "qemu-img convert -O raw FROM TO: the kernel mounts raw images alone"],
	["swap space", 4086, "SWAPSPACE2", "name another device or image: swapon(8) takes it, and nothing mounts it"],
];

/** What lies where, as it stands in the headers of the kernel and in libblkid's table. */
const marks: readonly (readonly [type: MountType, offset: number, bytes: string])[] = [
	["xfs", 0, "XFSB"],
	["squashfs", 0, "hsqs"],
	["ntfs3", 3, "NTFS    "],
	["exfat", 3, "EXFAT   "],
	["vfat", 54, "FAT"],
	["vfat", 82, "FAT32"],
	["erofs", 1024, "\xe2\xe1\xf5\xe0"],
	["f2fs", 1024, "\x10\x20\xf5\xf2"],
	["hfsplus", 1024, "H+"],
	["ext4", 1080, "\x53\xef"],
	["iso9660", 32_769, "CD001"],
	["btrfs", 65_600, "_BHRfS_M"],
];

/** The file system that begins there, what it may be in, a table of partitions, or nothing at all; `undefined` for what is not known. */
export function superblockIn(read: ReadAt): Found | undefined {
	const has = (offset: number, bytes: string) => String.fromCharCode(...read(offset, bytes.length)) === bytes;
	const container = containers.find(([, offset, bytes]) => has(offset, bytes));
	if (container !== undefined) {
		const [text, , , remedy] = container;
		return { type: "", text, remedy: [remedy] };
	}
	const [type] = marks.find(([, offset, bytes]) => has(offset, bytes)) ?? [];
	if (type !== undefined) {
		return { type, text: type, remedy: [`type: ${yamlScalar(type)}`] };
	}
	const beginning = read(0, longestLooked);
	if (beginning.length > 0 && beginning.every((byte) => byte === 0)) {
		return { type: "", text: "zeros alone", remedy: ["mkfs it first: nothing is formatted here"] };
	}
	if (has(510, "\x55\xaa")) {
		return { type: "", text: "a table of partitions", remedy: ["loop: true with partition: 1, or the device of the partition itself"] };
	}
	return undefined;
}
