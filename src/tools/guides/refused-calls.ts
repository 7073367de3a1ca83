/** Calls that docker-default refuses to who keeps nothing, and why; a call that it opens to a capability is one of these as well. */
export interface RefusedCalls {
	readonly names: readonly string[];
	readonly reason: string;
}

/** The table of Docker's own page on its profile, to its last line, and what the profile has come to refuse since. */
export const refusedCalls: readonly RefusedCalls[] = [
	{ names: ["acct"], reason: "switches the accounting of processes on and off, which is the machine's" },
	{ names: ["add_key", "keyctl", "request_key"], reason: "the kernel's keyrings are not namespaced: containers with one uid share them" },
	{ names: ["bpf"], reason: "loads programs into the kernel, which may outlive the container" },
	{
		names: ["clock_settime", "clock_settime64", "settimeofday", "stime"],
		reason: "the clock has no namespace: it is the machine's",
	},
	{
		names: ["clone", "unshare"],
		reason: "new namespaces, a user namespace above all, lead to kernel code that only root reached before",
	},
	{
		names: ["clone3"],
		reason: "its flags lie in memory, where no filter can look: with ENOSYS, programs take clone, whose flags it can see",
	},
	{ names: ["setns"], reason: "enters namespaces of other processes" },
	{
		names: ["create_module", "delete_module", "finit_module", "init_module", "query_module"],
		reason: "modules are code in the machine's kernel; create_module and query_module are gone since Linux 2.6",
	},
	{ names: ["get_kernel_syms"], reason: "listed the kernel's symbols; gone since Linux 2.6" },
	{
		names: ["get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node", "migrate_pages", "move_pages"],
		reason: "where memory lies on a machine with several nodes; the kernel looks at SYS_NICE only for some of it",
	},
	{ names: ["ioperm", "iopl"], reason: "input and output ports of the machine" },
	{
		names: ["kcmp", "pidfd_getfd", "process_madvise"],
		reason: "looks into, or takes from, other processes",
	},
	{ names: ["process_vm_readv", "process_vm_writev", "ptrace"], reason: "before Linux 4.8 a traced process got past a filter" },
	{ names: ["kexec_file_load", "kexec_load"], reason: "loads the kernel that is started next" },
	{ names: ["lookup_dcookie"], reason: "names files of the machine for a profiler; gone since Linux 6.7" },
	{ names: ["perf_event_open"], reason: "profiling shows much of the machine, and its code had many faults" },
	{
		names: ["mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick"],
		reason: "changes what paths lead to; the code of file systems reads what a user wrote",
	},
	{ names: ["pivot_root"], reason: "exchanges the root of a mount namespace" },
	{ names: ["chroot"], reason: "makes programs see another root" },
	{ names: ["nfsservctl"], reason: "spoke to the kernel's NFS server; gone since Linux 3.1" },
	{
		names: ["open_by_handle_at"],
		reason: "opens a file by its number, past every directory above it: containers were left by it in 2014",
	},
	{
		names: ["personality"],
		reason:
			"asks the kernel to behave as an older or another system, which nobody tests: only the usual values are allowed; gdb and setarch -R ask for 0x40000, addresses that are not randomised",
	},
	{ names: ["quotactl", "quotactl_fd"], reason: "changes the quota of file systems" },
	{ names: ["reboot"], reason: "stops or starts the machine" },
	{ names: ["sethostname", "setdomainname"], reason: "changes a name that others trust" },
	{
		names: ["socket"],
		reason:
			"not every address family is harmless: AF_ALG is kernel code without a need, AF_VSOCK speaks to the hypervisor past every network namespace",
	},
	{ names: ["swapoff", "swapon"], reason: "memory of the whole machine" },
	{ names: ["_sysctl"], reason: "replaced by /proc/sys; gone since Linux 5.5" },
	{ names: ["sysfs", "ustat"], reason: "obsolete" },
	{ names: ["syslog"], reason: "reads and clears the kernel's log" },
	{ names: ["uselib"], reason: "loaded libraries of a format of long ago" },
	{ names: ["userfaultfd"], reason: "a process that answers its own page faults can hold the kernel up in the middle of its work" },
	{ names: ["vhangup"], reason: "hangs up the terminal" },
	{ names: ["vm86", "vm86old"], reason: "real mode of the processor inside the kernel, for i386" },
	{ names: ["fanotify_init"], reason: "watches whole file systems" },
	{ names: ["lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr"], reason: "asks security modules, and sets labels" },
	{
		names: ["io_uring_setup", "io_uring_enter", "io_uring_register"],
		reason: "does the work of many calls where no filter sees them, and had many faults",
	},
];

/** What to know of calls that docker-default allows. */
const remarks: Readonly<Record<string, string>> = {
	socketcall:
		"on i386 it does what socket does, with its arguments in memory, where no filter looks: architectures: [native] closes that way",
	ptrace: "between processes of one user, as the kernel itself asks",
	clock_adjtime: "it also reads; nobody sets the clock without SYS_TIME",
	adjtimex: "it also reads; nobody sets the clock without SYS_TIME",
};

export function remarkOn(name: string): string | undefined {
	return remarks[name];
}

export function reasonFor(name: string): string | undefined {
	return refusedCalls.find(({ names }) => names.includes(name))?.reason;
}
