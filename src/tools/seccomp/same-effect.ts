/** Calls of which each does what the others do: by a path or a descriptor, with more flags, with longer numbers. */
const families: readonly string[] = [
	"open openat openat2 creat",
	"access faccessat faccessat2",
	"stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 statx",
	"chmod fchmod fchmodat fchmodat2",
	"chown chown32 fchown fchown32 lchown lchown32 fchownat",
	"utime utimes utimensat utimensat_time64 futimesat",
	"mkdir mkdirat",
	"mknod mknodat",
	"link linkat",
	"symlink symlinkat",
	"readlink readlinkat",
	"rename renameat renameat2",
	"unlink unlinkat",
	"truncate truncate64 ftruncate ftruncate64",
	"chdir fchdir",
	"getdents getdents64",
	"setxattr lsetxattr fsetxattr setxattrat",
	"getxattr lgetxattr fgetxattr getxattrat",
	"listxattr llistxattr flistxattr listxattrat",
	"removexattr lremovexattr fremovexattr removexattrat",
	"accept accept4",
	"sendto sendmsg sendmmsg",
	"recvfrom recvmsg recvmmsg recvmmsg_time64",
	"fork vfork clone clone3",
	"kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo",
	"setuid setuid32 setreuid setreuid32 setresuid setresuid32",
	"setgid setgid32 setregid setregid32 setresgid setresgid32",
	"setgroups setgroups32",
	"setrlimit prlimit64",
	"settimeofday clock_settime clock_settime64 stime",
	"umount umount2",
	"init_module finit_module",
	"kexec_load kexec_file_load",
];

/** What does the same as a call, and more than that: not the other way round. */
const wider: Readonly<Record<string, string>> = {
	connect: "sendto sendmsg sendmmsg",
	rmdir: "unlinkat",
	mount: "move_mount",
};

/** What a queue of io_uring does in place of a call. io_uring_enter(2) */
const queued =
	`open openat openat2 creat stat lstat fstat newfstatat statx mkdir mkdirat link linkat symlink symlinkat rename renameat renameat2 unlink unlinkat
	rmdir setxattr fsetxattr getxattr fgetxattr truncate ftruncate socket bind listen connect accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg`.split(
		/\s+/,
	);

/** The calls that have the effect of one as well. */
export function sameEffect(name: string): string[] {
	const found = [...families, ...(Object.hasOwn(wider, name) ? [`${name} ${wider[name]}`] : [])]
		.map((each) => each.split(" "))
		.filter((each) => each.includes(name))
		.flat();
	return [...new Set([...found, ...(queued.includes(name) ? ["io_uring_setup"] : [])])].filter((each) => each !== name);
}
