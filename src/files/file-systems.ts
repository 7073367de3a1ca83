/**
 * File systems whose owners and modes nobody but this kernel has written: name and magic number of statfs(2). FUSE, virtiofs, 9p, NFS,
 * SMB, Ceph and the like are not among them, because there a server answers, and neither is what is not known.
 */
const kept = {
	ext2: 0xef53,
	ext3: 0xef53,
	ext4: 0xef53,
	xfs: 0x58465342,
	btrfs: 0x9123683e,
	zfs: 0x2fc12fc1,
	bcachefs: 0xca451a4e,
	f2fs: 0xf2f52010,
	jfs: 0x3153464a,
	nilfs2: 0x3434,
	reiserfs: 0x52654973,
	tmpfs: 0x01021994,
	devtmpfs: 0x01021994,
	ramfs: 0x858458f6,
	squashfs: 0x73717368,
	erofs: 0xe0f5e1e2,
	iso9660: 0x9660,
	udf: 0x15013346,
	cramfs: 0x28cd3d45,
	romfs: 0x7275,
	vfat: 0x4d44,
	exfat: 0x2011bab0,
	ntfs3: 0x7366746e,
	proc: 0x9fa0,
	sysfs: 0x62656572,
	devpts: 0x1cd1,
	mqueue: 0x19800202,
	hugetlbfs: 0x958458f6,
	cgroup: 0x27e0eb,
	cgroup2: 0x63677270,
	securityfs: 0x73636673,
	debugfs: 0x64626720,
	tracefs: 0x74726163,
	configfs: 0x62656570,
	bpf: 0xcafe4a11,
	pstore: 0x6165676c,
	efivarfs: 0xde5e81e4,
	binfmt_misc: 0x42494e4d,
	nsfs: 0x6e736673,
} as const;

export function ownedByKernel(type: string): boolean {
	return type in kept;
}

export function ownedByKernelMagic(magic: number): boolean {
	return (Object.values(kept) as number[]).includes(magic);
}

/** Whether it is that of one of these. */
export function isMagicOf(magic: number, ...types: readonly (keyof typeof kept)[]): boolean {
	return types.some((type) => kept[type] === magic);
}
