import { yamlScalar } from "../../report/yaml.ts";
import type { ReadAt } from "./image.ts";

export interface Found {
	readonly type: string;
	readonly text: string;
	readonly remedy: readonly string[];
}

/** What lies where, as it stands in the headers of the kernel and in libblkid's table. */
const marks: readonly (readonly [type: string, offset: number, bytes: string])[] = [
	["LUKS", 0, "LUKS\xba\xbe"],
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
	["swap", 4086, "SWAPSPACE2"],
	["iso9660", 32_769, "CD001"],
	["btrfs", 65_600, "_BHRfS_M"],
];

/** The file system that begins there, or a table of partitions; `undefined` for what is not known. */
export function superblockIn(read: ReadAt): Found | undefined {
	for (const [type, offset, bytes] of marks) {
		if (String.fromCharCode(...read(offset, bytes.length)) === bytes) {
			return { type, text: type, remedy: [`type: ${yamlScalar(type)}`] };
		}
	}
	if (String.fromCharCode(...read(510, 2)) === "\x55\xaa") {
		return { type: "", text: "a table of partitions", remedy: ["loop: true with partition: 1, or the device of the partition itself"] };
	}
	return undefined;
}
