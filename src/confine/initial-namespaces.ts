/** The numbers of the namespaces that a machine starts with; those of mnt and net are fixed on newer kernels alone. linux/nsfs.h, enum init_ns_ino */
export const initialNamespaces = {
	cgroup: 0xef_ff_ff_fb,
	ipc: 0xef_ff_ff_ff,
	mnt: 0xef_ff_ff_f8,
	net: 0xef_ff_ff_f9,
	pid: 0xef_ff_ff_fc,
	time: 0xef_ff_ff_fa,
	user: 0xef_ff_ff_fd,
	uts: 0xef_ff_ff_fe,
} as const;
