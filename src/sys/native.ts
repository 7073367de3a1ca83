/**
 * The typed border to the native host: every call the TypeScript side can make, and nothing else.
 *
 * One function is one system call (or one of the few loops that have to be native). Arguments go in, a value comes
 * out. A failed call returns its errno as a negative number, as the kernel does; no call throws for a kernel error.
 * Text crosses as bytes: what is not UTF-8 becomes a lone surrogate U+DC80..U+DCFF and comes back as the same byte, so
 * arguments, environment and file names pass unharmed. A string holding NUL gives -EINVAL where the kernel wants a C string.
 * So does a number that does not fit, and for an id 4294967295, which the kernel takes for one that is to be left alone.
 *
 * `Reads` never change anything. `Acts` do; the departure, steps, processes and the executor may hold them.
 */

/** A negative errno. Every other number the border returns is 0 or above. */
export type Errno = number;

export interface Stat {
	/** st_mode: type and permission bits. */
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly nlink: number;
	readonly size: number;
	/** Seconds since the epoch, with their parts, when the content was last changed; its owner can set it at will. */
	readonly mtime: number;
	/** As `mtime`, when anything of it was last changed, by the clock of that moment. inode(7) */
	readonly ctime: number;
	/** Device of the file system, `major:minor`. */
	readonly dev: string;
	/** Device that a device node stands for, `major:minor`. */
	readonly rdev: string;
	readonly ino: bigint;
}

/** A node of a parsed YAML document. Lines and columns begin at 1. */
export type YamlNode = YamlScalar | YamlSequence | YamlMapping;
interface YamlPosition {
	readonly line: number;
	readonly column: number;
}
export interface YamlScalar extends YamlPosition {
	readonly kind: "scalar";
	readonly text: string;
	/** Written without quotes and not as a block: only then may it mean a number, a boolean or null. */
	readonly plain: boolean;
}
export interface YamlSequence extends YamlPosition {
	readonly kind: "sequence";
	readonly items: readonly YamlNode[];
}
export interface YamlMapping extends YamlPosition {
	readonly kind: "mapping";
	readonly entries: readonly (readonly [YamlScalar, YamlNode])[];
}
export interface YamlFault extends YamlPosition {
	readonly kind: "fault";
	/** What is wrong: a limit that was passed, or a syntax error in the parser's words. */
	readonly fault: "syntax" | "too-deep" | "too-many-nodes" | "duplicate-key" | "unsupported";
	readonly message: string;
}

/** Permission bits to take away, then those to give. */
export interface ModeChange {
	readonly clear: number;
	readonly set: number;
}
export interface OwnTreeOptions {
	/** One entry of the directory alone, whatever it is; undefined for the directory itself and all below it. */
	readonly name: string | undefined;
	/** undefined leaves the id alone. */
	readonly uid: number | undefined;
	readonly gid: number | undefined;
	/** Gives the owner to what has it already as well. */
	readonly always: boolean;
	/** Leaves alone what the user can read and write; the rest becomes so for its new owner. */
	readonly unusable: boolean;
	readonly user: { readonly uid: number; readonly groups: readonly number[] };
	/** Executables are the regular files that somebody may execute, others the devices, pipes and sockets. Links have no mode. */
	readonly modes: Readonly<Record<"directories" | "files" | "executables" | "others", ModeChange | undefined>> | undefined;
	readonly crossMounts: boolean;
	/** Change what has more than one link. */
	readonly hardLinks: boolean;
	/** Whether who serves the file system may know better than this kernel, and is asked. statx(2) AT_STATX_DONT_SYNC */
	readonly asksServer: boolean;
	readonly maxDepth: number;
	/** Names (not paths) that are skipped, with all below them. */
	readonly exclude: readonly string[];
}
export interface OwnTreeResult {
	readonly seen: number;
	/** Entries that got the owner. */
	readonly changed: number;
	readonly modesChanged: number;
	/** Files, links, devices, pipes and sockets left alone because they have more than one link. */
	readonly hardLinked: number;
	/** Directories left alone because another file system is mounted there. */
	readonly otherMounts: number;
	/** The first failures, path below the top first. Counted in `failed`. `depth` and `setgid` stand beside the names of calls; `wait4` is a helper that was lost. */
	readonly failures: readonly { readonly path: string; readonly call: string; readonly errno: number }[];
	readonly failed: number;
	/** Of those, the refused changes of entries that the user can use as they are, while nobody may do more than was wanted. */
	readonly failedButMet: number;
}

/** What is simply copied, and how. */
export interface CopyPlainOptions {
	/** undefined is as in the source. */
	readonly uid: number | undefined;
	readonly gid: number | undefined;
	/** Patterns of names that are passed over. */
	readonly exclude: readonly string[];
	/** Leaves what does not belong to this user, or may not be read by it. */
	readonly readableBy: number | undefined;
	/** Leaves what has any extended attribute; else what has an access control list beside bits for its group. */
	readonly attributes: boolean;
	/** A directory whose names are passed over. */
	readonly unlessIn: number | undefined;
}
/** A call that was refused, and whether it was about what is read. */
export interface CopyFault {
	readonly call: string;
	readonly errno: number;
	readonly isOfSource: boolean;
}
export interface CopyPlainResult {
	readonly copied: number;
	readonly directories: readonly string[];
	/** What is no directory and was not copied: more than one link, an attribute, somebody else's, a device, a pipe or a socket. */
	readonly left: readonly string[];
	/** What ended it. */
	readonly failure?: CopyFault & { readonly name: string };
}

/** Calls that observe. */
export interface Reads {
	argv(): string[];
	/** `NAME=value` entries in their original order. */
	environ(): string[];
	/** AT_EXECFN of the auxiliary vector, getauxval(3): the path by which this program was executed. */
	executedAs(): string;
	/** AT_SECURE of the auxiliary vector, getauxval(3): the kernel gave this program more than its caller had. */
	atSecure(): boolean;
	getpid(): number;
	getppid(): number;
	/** Real, effective, saved. getresuid(2) */
	getresuid(): [number, number, number];
	getresgid(): [number, number, number];
	getgroups(): number[] | Errno;
	/** Effective, permitted, inheritable. capget(2); pid 0 is this process. */
	capget(pid: number): [bigint, bigint, bigint] | Errno;
	/** The bounding set, and the last capability the kernel knows: the one before the first that it refuses. PR_CAPBSET_READ(2const) */
	capbsetReadAll(): [bits: bigint, last: number] | Errno;
	/** The ambient set up to that capability. PR_CAP_AMBIENT(2const) */
	capAmbientReadAll(last: number): bigint | Errno;
	getSecurebits(): number | Errno;
	getNoNewPrivs(): number | Errno;
	getKeepCaps(): number | Errno;
	/** The version of Landlock's interface, from 1 on; -EOPNOTSUPP where it is not switched on. landlock_create_ruleset(2) */
	landlockAbi(): number | Errno;
	/** 0 off, 2 filter. PR_GET_SECCOMP */
	getSeccomp(): number | Errno;
	/** 0 where the kernel takes filters: one that is nowhere is refused for that alone. seccomp(2) SECCOMP_SET_MODE_FILTER */
	takesFilters(): number | Errno;
	/** 0 where fsopen(2), fsmount(2), open_tree(2) and move_mount(2) answer, -EPERM also without SYS_ADMIN: each is asked for what it gives to nobody. */
	takesMounts(): number | Errno;
	/** Signal number, 0 for none. PR_GET_PDEATHSIG(2const) */
	getParentDeathSignal(): number | Errno;
	/** The nice value -20..19 plus 20, so that it is never negative. getpriority(2) */
	getpriority(): number | Errno;
	/** Soft and hard limit; RLIM_INFINITY is 2^64-1. getrlimit(2) */
	getrlimit(resource: number): [bigint, bigint] | Errno;
	/** The file mode creation mask: set and put back, the process has one thread. umask(2) */
	getUmask(): number;
	/** 0 default, 1 ignored, 2 handled. sigaction(2) */
	sigDisposition(signal: number): number | Errno;
	/** Blocked signals that wait; bit n-1 is signal n. sigpending(2) */
	sigPending(): bigint | Errno;
	/** 1 where orphans below become children of this process. PR_GET_CHILD_SUBREAPER(2const) */
	getChildSubreaper(): number | Errno;
	/** The mask of the start, where this program has blocked all signals from its first instruction on: as a first process, whose signals the kernel throws away. */
	heldMask(): bigint | undefined;
	/** Of this process. getsid(2), getpgid(2) */
	getsid(): number | Errno;
	getpgid(): number | Errno;
	/** The process group in the foreground of the terminal that controls this process; -ENOTTY of anything else. TIOCGPGRP(2const) */
	foregroundOf(fd: number): number | Errno;
	/** How many columns the terminal has that it is, 0 where that does not know; -ENOTTY of anything else. TIOCGWINSZ(2const) */
	windowColumns(fd: number): number | Errno;
	/** sysname, nodename, release, version, machine. uname(2) */
	uname(): [string, string, string, string, string];
	getcwd(): string | Errno;
	/** Online processors this process may run on. sched_getaffinity(2) */
	cpuCount(): number;
	/** Milliseconds, CLOCK_MONOTONIC. */
	clock(): number;
	/** Milliseconds of another clock, by its number. clock_gettime(2) */
	clockGettime(clock: number): number | Errno;

	/** openat2(2), always close-on-exec; flags that write, create or truncate give -EINVAL. dirfd -100 is the working directory. */
	openRead(dirfd: number, path: string, flags: number, resolve: number): number | Errno;
	close(fd: number): number | Errno;
	fstat(fd: number): Stat | Errno;
	/** fstatat(2) with AT_ flags. */
	statat(dirfd: number, path: string, flags: number): Stat | Errno;
	readlinkat(dirfd: number, path: string): string | Errno;
	/** All that is left to read; -EFBIG past `limit` bytes. */
	readAll(fd: number, limit: number): string | Errno;
	/** At most `limit` bytes from what is there now. read(2) */
	read(fd: number, limit: number): string | Errno;
	/** As `read`, from an offset. pread(2) */
	pread(fd: number, offset: number, limit: number): string | Errno;
	/** Names without . and .., in the order of the directory. getdents64(2) */
	readDirectory(fd: number): string[] | Errno;
	/** The names, without those of patterns, of directories and of what is neither that nor a file nor a link. */
	entryKinds(
		fd: number,
		exclude: readonly string[],
	): { readonly directories: readonly string[]; readonly others: readonly string[] } | Errno;
	/**
	 * Whether `target` lacks a name of `source`, or has one that an `unfinished` pattern matches, and the names that are directories in both;
	 * those of `exclude` are not looked for.
	 */
	compareNames(
		source: number,
		target: number,
		exclude: readonly string[],
		unfinished: readonly string[],
	): { readonly isMissing: boolean; readonly directories: readonly string[] } | Errno;
	/** File system magic and ST_ mount flags. fstatfs(2) */
	fstatfs(fd: number): [number, number] | Errno;
	/** Of its file system, for who is not root: bytes and those that are free, inodes and those that are free. fstatfs(2) */
	space(fd: number): [number, number, number, number] | Errno;
	/** Of any descriptor; that of O_PATH takes /proc, and gives -ENOSYS without it. fgetxattr(2) */
	getxattr(fd: number, name: string): string | Errno;
	/** The names that `getxattr` takes; not of O_PATH. flistxattr(2) */
	listxattr(fd: number): string[] | Errno;
	/** Access by the effective ids. faccessat2(2) with AT_EACCESS */
	faccessat(dirfd: number, path: string, mode: number): number | Errno;
	/** FD_CLOEXEC of an open descriptor, or -EBADF. */
	getFdFlags(fd: number): number | Errno;
	/** Ready events per descriptor, same order; an empty list when time is over. Negative timeout waits for ever. poll(2) */
	poll(fds: readonly (readonly [fd: number, events: number])[], timeoutMs: number): number[] | Errno;

	/** Parses one YAML 1.2 document. Limits: depth 32, 10,000 nodes after aliases are expanded. `undefined` for an empty document. */
	parseYaml(text: string): YamlNode | YamlFault | undefined;
}

/** Calls that change the process, the file system or another process. */
export interface Acts {
	write(fd: number, text: string): number | Errno;
	exit(status: number): never;

	setgroups(groups: readonly number[]): number | Errno;
	setresuid(real: number, effective: number, saved: number): number | Errno;
	setresgid(real: number, effective: number, saved: number): number | Errno;
	capset(effective: bigint, permitted: bigint, inheritable: bigint): number | Errno;
	capbsetDrop(capability: number): number | Errno;
	capAmbientRaise(capability: number): number | Errno;
	capAmbientLower(capability: number): number | Errno;
	capAmbientClearAll(): number | Errno;
	setSecurebits(bits: number): number | Errno;
	setKeepCaps(value: number): number | Errno;
	setNoNewPrivs(): number | Errno;
	/** PR_SET_PDEATHSIG; 0 clears. */
	setParentDeathSignal(signal: number): number | Errno;
	/** Who may trace this process where Yama restricts it: a pid, 0 for none, -1 for any. -EINVAL without Yama. PR_SET_PTRACER(2const) */
	setTracer(pid: number): number | Errno;
	setrlimit(resource: number, soft: bigint, hard: bigint): number | Errno;
	setpriority(nice: number): number | Errno;
	/** A new anonymous session keyring. keyctl(2) KEYCTL_JOIN_SESSION_KEYRING */
	joinSessionKeyring(): number | Errno;
	/** A ruleset, close-on-exec: the rights that are refused without a rule, on files, TCP ports and scopes. landlock_create_ruleset(2) */
	landlockCreateRuleset(files: number, ports: number, scopes: number): number | Errno;
	/** For an opened file, or a directory and all below it. landlock_add_rule(2) */
	landlockAddPath(ruleset: number, fd: number, allowed: number): number | Errno;
	landlockAddPort(ruleset: number, port: number, allowed: number): number | Errno;
	/** For good, this process and all that it starts. landlock_restrict_self(2) */
	landlockRestrictSelf(ruleset: number): number | Errno;
	/** For good, as above: a filter that lets this program go on. Sixteen digits for each instruction; SECCOMP_FILTER_FLAG_. seccomp(2) */
	loadFilter(program: string, flags: number): number | Errno;
	umask(mask: number): number;
	chdir(path: string): number | Errno;
	/** The working directory stays where it is, outside. chroot(2) */
	chroot(path: string): number | Errno;
	/** SIG_DFL for one signal. sigaction(2) */
	sigDefault(signal: number): number | Errno;
	/** SIG_DFL for all of them. */
	sigDefaultAll(): number | Errno;
	/** Replaces the blocked-signal mask; bit n-1 is signal n. Returns the former one. sigprocmask(2) */
	sigmask(mask: bigint): bigint | Errno;

	/** openat2(2), always close-on-exec. */
	open(dirfd: number, path: string, flags: number, mode: number, resolve: number): number | Errno;
	mkdirat(dirfd: number, path: string, mode: number): number | Errno;
	mknodat(dirfd: number, path: string, mode: number, major: number, minor: number): number | Errno;
	symlinkat(target: string, dirfd: number, path: string): number | Errno;
	/** No link at `from` is followed. linkat(2) */
	linkat(fromDirfd: number, from: string, toDirfd: number, to: string): number | Errno;
	unlinkat(dirfd: number, path: string, flags: number): number | Errno;
	renameat2(fromDirfd: number, from: string, toDirfd: number, to: string, flags: number): number | Errno;
	/** Of any descriptor, as `getxattr`. fchmod(2), fchmodat2(2) */
	fchmod(fd: number, mode: number): number | Errno;
	/** undefined leaves the id alone. fchown(2) */
	fchown(fd: number, uid: number | undefined, gid: number | undefined): number | Errno;
	fchownat(dirfd: number, path: string, uid: number | undefined, gid: number | undefined, flags: number): number | Errno;
	fsync(fd: number): number | Errno;
	/** Writes back the whole file system that the descriptor is on. syncfs(2) */
	syncfs(fd: number): number | Errno;
	/**
	 * Copies the plain files and the links of a directory to free names in another one, which nobody else can enter: content with its
	 * holes, times, permission bits without set-user-ID and set-group-ID, owner. Calls `tick` with the number so far every few files and
	 * megabytes, and `first` before a file is made that is the first here to get its mode and owner; what they throw ends it.
	 */
	copyPlain(
		source: number,
		target: number,
		options: CopyPlainOptions,
		tick: (copied: number) => void,
		first: (name: string, mode: number, uid: number, gid: number) => void,
	): CopyPlainResult | Errno;
	/** Of an opened file to an empty one, with its holes. */
	copyContent(from: number, to: number, tick: () => void): CopyFault | undefined | Errno;
	/** Those of reading and writing, as far as the file system has them. futimens(3) */
	copyTimes(from: number, to: number): number | Errno;
	ftruncate(fd: number, length: number): number | Errno;
	/** Of an opened file, by its type. fcntl(2), F_SETLEASE */
	lease(fd: number, type: number): number | Errno;
	flock(fd: number, operation: number): number | Errno;
	/**
	 * A part of an opened file, in bytes, up to its end with a length of 0, for as long as anybody has it open, the kernel itself included. -EAGAIN
	 * where somebody else has it locked. fcntl(2) F_OFD_SETLK
	 */
	lockPart(fd: number, isExclusive: boolean, start: number, length: number): number | Errno;
	setxattr(fd: number, name: string, value: string): number | Errno;
	/** Of any descriptor, as `getxattr`. fremovexattr(2) */
	removexattr(fd: number, name: string): number | Errno;
	/**
	 * Re-owns a tree and sets its modes by descriptor, never following a link; the top directory is changed last. Tells every few
	 * milliseconds how many entries it has seen, and how many changes it has made to them: an owner and a mode are two. What is thrown then
	 * ends it where it is.
	 */
	ownTree(fd: number, options: OwnTreeOptions, progress: (seen: number, changed: number) => void): OwnTreeResult | Errno;

	socket(domain: number, type: number, protocol: number): number | Errno;
	setsockoptInt(fd: number, level: number, option: number, value: number): number | Errno;
	/** bind(2) to a literal IPv4 or IPv6 address. */
	bindInet(fd: number, address: string, port: number): number | Errno;
	/** bind(2) to a Unix path, or to an abstract name when it begins with `@`. */
	bindUnix(fd: number, path: string): number | Errno;
	listen(fd: number, backlog: number): number | Errno;
	connectInet(fd: number, address: string, port: number): number | Errno;
	connectUnix(fd: number, path: string): number | Errno;
	/** Without SIGPIPE when the other end is gone. send(2) */
	send(fd: number, text: string): number | Errno;
	/** One byte 0, and with it a copy of the descriptor for whoever reads it from the socket's other end. unix(7) SCM_RIGHTS */
	sendDescriptor(socket: number, fd: number): number | Errno;

	/** New mount API: fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2). */
	fsopen(type: string): number | Errno;
	fsconfigString(fd: number, key: string, value: string): number | Errno;
	fsconfigFlag(fd: number, key: string): number | Errno;
	fsconfigCreate(fd: number): number | Errno;
	fsmount(fd: number, mountAttributes: number): number | Errno;
	openTree(dirfd: number, path: string, flags: number): number | Errno;
	moveMount(fromFd: number, toFd: number): number | Errno;
	/** With MOUNT_ATTR_IDMAP, the ids of the mount are mapped as those of the user namespace are. */
	mountSetattr(fd: number, set: bigint, clear: bigint, propagation: bigint, recursive: boolean, userNamespace?: number): number | Errno;
	/** Classic mount(2): source, target, type, data. */
	mount(texts: readonly [source: string, target: string, type: string, data: string], flags: number): number | Errno;
	umount(target: string, flags: number): number | Errno;
	/** The number of a loop device that nobody uses, by /dev/loop-control. loop(4) LOOP_CTL_GET_FREE */
	loopFree(control: number): number | Errno;
	/** Shows a part of an opened file as a device, with LO_FLAGS_; a size of 0 is up to the end. -EBUSY for one in use. LOOP_CONFIGURE, Linux 5.8 */
	loopConfigure(device: number, backing: number, offset: number, size: number, flags: number): number | Errno;
	/** The same in two calls. LOOP_SET_FD, LOOP_SET_STATUS64 */
	loopSetFile(device: number, backing: number): number | Errno;
	loopSetStatus(device: number, offset: number, size: number, flags: number): number | Errno;
	unshare(flags: number): number | Errno;
	sethostname(name: string): number | Errno;

	/** Read end, write end, both close-on-exec. pipe2(2) */
	pipe(): [number, number] | Errno;
	/** fork(2): 0 in the child. The engine has one thread, so both sides go on in JavaScript. */
	fork(): number | Errno;
	/**
	 * The first path that the kernel takes; what is refused with one of `passedOver` lets the next be tried. Returns only when none was
	 * taken: the errno of each that was tried. One call, so that nothing of this program stands between the last act and the next one. execve(2)
	 *
	 * With a program, struct sock_filter[] as it lies in memory in hexadecimal digits, that filter is loaded first, when everything is in its
	 * place: what came of it is the first of the answer, and the only one when it failed. Of its two numbers the first are the flags, the
	 * second those that are left out for a kernel that answers EINVAL. Where the filter lets nothing go on here, two more are a descriptor and
	 * a status, and the rest errnos: no candidate taken, it writes the text for the one that decides and its errno, and ends. The texts are, for
	 * each candidate, those of these errnos and one for any other. seccomp(2)
	 */
	execve(
		paths: readonly string[],
		argv: readonly string[],
		envp: readonly string[],
		passedOver: readonly number[],
		...filter: readonly [program?: string, numbers?: readonly number[], texts?: readonly string[]]
	): readonly Errno[] | Errno;
	/**
	 * A child that executes at once, as by `execve`, in the memory of this process, which waits for that: nothing is copied. Its pid alone; or the errno of
	 * each path that was tried, when none was taken. Before, it does what the numbers say: 0 stays in session and group, 1 makes a group, 2 a session;
	 * the terminal to take along or -1; 1 comes to its foreground; 1 takes SIG_DFL for every signal; its parent-death signal or 0; the entry of the
	 * environment that becomes its LISTEN_PID, or -1. Then it takes the mask. vfork(2)
	 */
	spawn(
		paths: readonly string[],
		argv: readonly string[],
		envp: readonly string[],
		passedOver: readonly number[],
		numbers: readonly number[],
		mask: bigint,
	): readonly number[] | Errno;
	/**
	 * A child that goes on, in the memory of its parent, which executes what `program` is open on at once and touches nothing of it until then: nothing
	 * is copied, and nobody waits. To `told` goes the child's pid, and the text behind it; what is open at `settings` and `ready` is at `settingsTo` and
	 * `readyTo` then, and so is `list`, unless it is below 0. What is executed is behind a `filter` that allows what becomes an init: 1 where the kernel takes
	 * it, 2 in any case, 0 for none. The entry `pidAt` of the environment becomes LISTEN_PID, unless it is below 0. Returns to the child alone: a parent that
	 * cannot writes the errno to `ready`, below 0, and ends in 125 when the child has ended. clone(2), execveat(2)
	 */
	part(
		program: number,
		argv: readonly string[],
		envp: readonly string[],
		pidAt: number,
		told: number,
		text: string,
		settings: number,
		settingsTo: number,
		ready: number,
		readyTo: number,
		list: number,
		listTo: number,
		filter: 0 | 1 | 2,
	): number | Errno;
	/** What the descriptor is open on, for an empty path, or a path from it: returns only the reason why not. execveat(2) */
	execveat(fd: number, path: string, argv: readonly string[], envp: readonly string[]): Errno;
	/** Pid and wait status; [0, 0] with WNOHANG when nothing changed. waitpid(2) */
	waitpid(pid: number, options: number): [number, number] | Errno;
	kill(pid: number, signal: number): number | Errno;
	pidfdOpen(pid: number): number | Errno;
	setsid(): number | Errno;
	setpgid(pid: number, group: number): number | Errno;
	/** Of a terminal that controls this process, from the background too where SIGTTOU is blocked. TIOCSPGRP(2const) */
	setForeground(fd: number, group: number): number | Errno;
	/** As the terminal of a session that has none. TIOCSCTTY(2const) */
	takeTerminal(fd: number): number | Errno;
	/** Leaves the terminal, and takes in the SIGHUP and SIGCONT that the kernel sends for it. TIOCNOTTY(2const) */
	leaveTerminal(fd: number): number | Errno;
	/** Whether orphans below become children of this process. Not inherited by fork, kept by exec. PR_SET_CHILD_SUBREAPER(2const) */
	setChildSubreaper(isOne: boolean): number | Errno;

	/** Closes a range at once (to = 2147483647 for all). close_range(2) */
	closeRange(from: number, to: number): number | Errno;
	/** Sets close-on-exec on a range (to = 2147483647 for all). close_range(2) */
	closeRangeOnExec(from: number, to: number): number | Errno;
	/** A copy of fd at or above `minimum`. F_DUPFD_CLOEXEC */
	dupAbove(fd: number, minimum: number): number | Errno;
	/** As `dupAbove` for a copy that is meant to be inherited. F_DUPFD */
	dupInheritedAbove(fd: number, minimum: number): number | Errno;
	/** dup3(2); without close-on-exec, the copy is meant to be inherited. */
	dupInherited(from: number, to: number): number | Errno;
}

export interface Host extends Reads, Acts {}

/** The host object the native side puts in place before the first line of JavaScript runs. */
export function nativeHost(): Host {
	return (globalThis as unknown as { host: Host }).host;
}
