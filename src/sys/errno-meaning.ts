import type { Problem } from "../report/problem.ts";
import { type ErrnoName, errnoName } from "./errno.ts";

type Meanings = Readonly<Partial<Record<ErrnoName, Problem>>>;

const mean = (message: string, ...remedy: readonly string[]): Problem => ({ message, remedy });

const moreProcesses = () =>
	mean(
		"there are as many processes as the container's limit or RLIMIT_NPROC allows; the latter counts all of this uid, in other containers too",
		"docker run --pids-limit N --ulimit nproc=N ... | the configuration: limits: {nproc: N}",
	);
const noMemory = () =>
	mean("there is not enough memory", "docker run --memory N ... | kubernetes: resources.limits.memory: give the container more");
const unmapped = () => mean("an id is not mapped in this user namespace", "map it, or choose another: cat /proc/self/uid_map");
const withoutKeyctl = () =>
	mean(
		"a seccomp filter refuses it, or the kernel does not have it",
		"session_keyring: keep, or a seccomp profile of the runtime that allows keyctl (Docker's does not)",
	);
const mostMounts = () => mean("there are as many mounts as the machine allows", "sysctl fs.mount-max of the machine");
const isMounted = () => mean("it is mounted by itself, so that nothing can take its place", "mount the directory that it lies in instead");

/** What an errno says by whatever call it comes, as the end of a sentence. Made when it is asked for: most starts never ask. errno(3) */
const usual = (): Meanings => ({
	EPERM: mean("a seccomp filter or a security module does not allow it, or a capability is missing"),
	EACCES: mean("its permissions, those of a directory above it, or a security module do not allow it"),
	ENOENT: mean("it does not exist, or a directory above it", "make it in the image, or by a step before: mkdir, file, copy"),
	EIO: mean("the disk, or the server behind the file system, failed", "look into the machine's log (dmesg), or the server's"),
	E2BIG: mean("it is larger than the kernel takes"),
	EAGAIN: mean("the kernel has none left to give at the moment"),
	ENOMEM: noMemory(),
	EBUSY: mean("something uses it, or is mounted on it"),
	EEXIST: mean("something is there already"),
	EXDEV: mean("it lies on another file system or mount"),
	ENODEV: mean("no driver is behind it"),
	ENXIO: mean("no driver, or nobody who reads, is behind it"),
	ENOTDIR: mean("a part of its path is not a directory"),
	EISDIR: mean("it is a directory"),
	EINVAL: mean("the kernel, or the file system, does not take such a value"),
	ENFILE: mean("the whole machine has as many files open as it may", "sysctl fs.file-max of the machine"),
	EMFILE: mean("this process has as many files open as RLIMIT_NOFILE allows", "docker run --ulimit nofile=N ..."),
	ETXTBSY: mean("a program that runs, or a file that is being written"),
	EFBIG: mean("it would be larger than RLIMIT_FSIZE or the file system allows", "docker run --ulimit fsize=-1 ..."),
	ENOSPC: mean("the file system is full, of bytes or of inodes", "make room (df -h, df -i), or give the volume or tmpfs more: size="),
	EROFS: mean("the file system is mounted read-only", "mount it writable (no :ro, no readOnly: true)"),
	EMLINK: mean("it has as many links as the file system allows"),
	ENAMETOOLONG: mean("a name is longer than 255 bytes, or the path than 4095", "choose a shorter one"),
	ENOSYS: mean("this kernel does not have the call, or a seccomp filter hides it"),
	ENOTEMPTY: mean("the directory is not empty"),
	ELOOP: mean("links lead to each other, or there are more than the kernel follows"),
	EOPNOTSUPP: mean("the file system does not do this"),
	ENOTCONN: mean("the daemon of this FUSE mount has ended", "a fuse step mounts it anew; or unmount it: umount -l"),
	ESTALE: mean("the server does not know it any more", "mount it again"),
	EDQUOT: mean("the quota of its owner, or of the project, is used up", "make room, or raise the quota"),
	EUCLEAN: mean("the file system is damaged", "check it on the machine: fsck"),
	EHOSTDOWN: mean("the server of this file system does not answer"),
	ENOKEY: mean("it is encrypted, or its server wants to know who asks, and the key is not in the keyring"),
	ETIMEDOUT: mean("the server of this file system does not answer in time"),
});

/** What it says by one of these, where that is something else. */
const byCall = (): Readonly<Record<string, Meanings>> => ({
	execve: {
		ENOENT: mean("it, its interpreter or its dynamic loader does not exist"),
		EAGAIN: moreProcesses(),
		EINVAL: mean("it is a program that asks for more than one dynamic loader"),
		ENODEV: mean("the file system cannot map it into memory"),
		EISDIR: mean("its dynamic loader is a directory"),
		ELIBBAD: mean("its dynamic loader is none, or for another machine"),
		ETXTBSY: mean("a process has it open for writing", "let what writes it end before: a daemon that a step left, or another container"),
		EPERM: mean("a security module, or a seccomp filter, refused it"),
		ENOEXEC: mean("its format is not known"),
	},
	config: { ENOENT: mean("there is no such file", "COPY or mount it there, or name another: --config FILE") },
	unread: {
		ENOENT: mean(
			"there is no such file",
			"mount it there (docker run --volume, compose: secrets, kubernetes: a Secret), or write the path that it has",
		),
		EACCES: mean(
			"its mode, or that of a directory above it, is closed to who reads it here",
			"chmod (kubernetes: defaultMode of the volume), or docker run --cap-add DAC_READ_SEARCH",
		),
	},
	status: { ENOENT: mean("there is no such process") },
	pidfd_open: {
		ESRCH: mean("there is no such process"),
		ENOSYS: mean("a kernel before 5.3 does not have it, or a seccomp filter hides it"),
	},
	fuse: {
		EACCES: mean("nobody but the daemon's own user may use it", "allow_other: true, or a daemon of the workload's user"),
		EIO: mean("the daemon failed at it", "what it printed says why"),
		ENOENT: mean("what it serves does not exist", "look at what the command of the step names"),
		ETIMEDOUT: mean("its daemon does not answer", "ready_timeout: 1m, say, if the server takes longer"),
	},
	fork: { EAGAIN: moreProcesses() },
	setresuid: { EAGAIN: moreProcesses(), EINVAL: unmapped() },
	setresgid: { EINVAL: unmapped() },
	setgroups: { EINVAL: unmapped() },
	fchown: { EINVAL: unmapped(), EOVERFLOW: unmapped() },
	fchownat: { EINVAL: unmapped(), EOVERFLOW: unmapped() },
	pipe: { ENFILE: mean("the machine has as many pipes as it may", "sysctl fs.pipe-user-pages-soft, fs.file-max of the machine") },
	renameat2: { EBUSY: isMounted(), EINVAL: mean("the file system cannot exchange two names, or one lies in the other") },
	unlinkat: { EBUSY: mean("something is mounted there", "unmount it, or name what is in it"), EISDIR: mean("it is a directory") },
	symlinkat: { EPERM: mean("the file system has no symbolic links") },
	sendfile: { EINVAL: mean("the file system cannot copy so, or the file is append-only") },
	chdir: {
		EACCES: mean("it, or a directory above it, is closed to the user", "let the user enter it and each directory above it"),
		ENOENT: mean("it does not exist", "make it in the image or by a step: mkdir"),
		ENOTDIR: mean("it, or a part of its path, is not a directory", "workdir: names a directory"),
	},
	mount: { EBUSY: mean("it is in use, or mounted there already"), ENOSPC: mostMounts() },
	moveMount: { ENOSPC: mostMounts() },
	umount: { EBUSY: mean("a process uses it"), EINVAL: mean("nothing is mounted there") },
	socket: { EAFNOSUPPORT: mean("this kernel does not have this kind of address (IPv6 may be off)") },
	getcwd: { ENOENT: mean("the working directory of the start has been removed", "docker run --workdir ...") },
	// Docker's filter answers EPERM; its containers have a session keyring of their own.
	keyctl: {
		EPERM: withoutKeyctl(),
		ENOSYS: withoutKeyctl(),
		EDQUOT: mean("the user has as many keys as it may", "sysctl kernel.keys.maxkeys of the machine"),
	},
	bindUnix: {
		EINVAL: mean("the path is longer than a socket's may be: 107 bytes"),
		ENAMETOOLONG: mean("the path is longer than a socket's may be: 107 bytes"),
	},
});

/** What a failed call means beyond its name and number. What EPERM and EACCES mean depends on more: whoever can, looks further. */
export function errnoMeaning(call: string, code: number): Problem | undefined {
	const name = errnoName(code) as ErrnoName;
	return byCall()[call]?.[name] ?? usual()[name];
}

/** Whether this call has words for it beside the usual ones. */
export function hasWordsOfItsOwn(call: string, code: number): boolean {
	return byCall()[call]?.[errnoName(code) as ErrnoName] !== undefined;
}

/** The errno and what it means, as the end of a sentence, and what to do about it. */
export function errnoText(call: string, code: number): Problem {
	const { message, remedy } = errnoMeaning(call, code) ?? {};
	return { message: message === undefined ? errnoName(code) : `${errnoName(code)}: ${message}`, remedy };
}
