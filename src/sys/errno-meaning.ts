import { otherSeccomp } from "../report/other-profile.ts";
import type { Problem } from "../report/problem.ts";
import { errnoName } from "./errno.ts";

/*
 * What an errno says, as the end of a sentence, and behind an arrow what to do about it. Text, and not a value for each: every start has it
 * in its memory, and most never ask. errno(3)
 */

/** By whatever call it comes. */
const usual = `
EPERM a seccomp filter or a security module does not allow it, or a capability is missing
EACCES its permissions, those of a directory above it, or a security module do not allow it
ENOENT it does not exist, or a directory above it -> make it in the image, or by a step before: mkdir, file, copy
EIO the disk, or the server behind the file system, failed -> look into the machine's log (dmesg), or the server's
E2BIG it is larger than the kernel takes
EAGAIN the kernel has none left to give at the moment
ENOMEM there is not enough memory -> docker run --memory N ... | kubernetes: resources.limits.memory: give the container more
EBUSY something uses it, or is mounted on it
EEXIST something is there already
EXDEV it lies on another file system or mount
ENODEV no driver is behind it
ENXIO no driver, or nobody who reads, is behind it
ENOTDIR a part of its path is not a directory
EISDIR it is a directory
EINVAL the kernel, or the file system, does not take such a value
ENFILE the whole machine has as many files open as it may -> sysctl fs.file-max of the machine
EMFILE this process has as many files open as RLIMIT_NOFILE allows -> docker run --ulimit nofile=N
ETXTBSY a program that runs, or a file that is being written
EFBIG it would be larger than RLIMIT_FSIZE or the file system allows -> docker run --ulimit fsize=-1
ENOSPC the file system is full -> make room (df -h, df -i), or give the volume or tmpfs more: size=
EROFS the file system is mounted read-only -> mount it writable (no :ro, no readOnly: true)
EMLINK it has as many links as the file system allows
ENAMETOOLONG a name is longer than 255 bytes, or the path than 4095 -> choose a shorter one
ENOSYS this kernel does not have the call, or a seccomp filter hides it
ENOTEMPTY the directory is not empty
ELOOP links lead to each other, or there are more than the kernel follows
EOPNOTSUPP the file system does not do this
ENOTCONN the daemon of this FUSE mount has ended -> a fuse step mounts it anew; or unmount it: umount -l
ESTALE the server does not know it any more -> mount it again
EDQUOT the quota of its owner, or of the project, is used up -> make room, or raise the quota
EUCLEAN the file system is damaged -> check it on the machine: fsck
EHOSTDOWN the server of this file system does not answer
ENOKEY it is encrypted, or its server wants to know who asks, and the key is not in the keyring
ETIMEDOUT the server of this file system does not answer in time
`;

/** By one of these calls, where that is something else; SECCOMP stands for how another filter is asked for. Docker's filter answers keyctl with EPERM; its containers have a session keyring of their own. */
const byCall = `
fsopen,fsmount,openTree,moveMount,mountSetattr ENOSYS this kernel does not have the call, or a seccomp filter hides it -> a kernel from Linux 5.12 on has it, and a filter has to let it pass: SECCOMP
execve ENOENT it, its interpreter or its dynamic loader does not exist
execve,fork,setresuid EAGAIN there are as many processes as the container's limit allows, or RLIMIT_NPROC -> docker run --pids-limit N --ulimit nproc=N ... | kubernetes: podPidsLimit of the kubelet | or here: limits: {nproc: N}
execve EINVAL it is a program that asks for more than one dynamic loader
execve ENODEV the file system cannot map it into memory
execve EISDIR its dynamic loader is a directory
execve ELIBBAD its dynamic loader is none, or for another machine
execve ETXTBSY a process has it open for writing -> let what writes it end before: a daemon that a step left, or another container
execve EPERM a security module, or a seccomp filter, refused it
execve ENOEXEC its format is not known
config ENOENT there is no such file -> COPY or mount it there, or write the path that it has
config EACCES its mode, or that of a directory above it, is closed to who reads it here -> chmod 644 in the image (COPY --chmod=644), or where it is mounted from (kubernetes: defaultMode of the volume)
unread ENOENT there is no such file -> mount it there (docker run --volume, compose: secrets, kubernetes: a Secret), or write the path that it has
unread EACCES its mode, or that of a directory above it, is closed to who reads it here -> chmod (kubernetes: defaultMode of the volume)
status ENOENT there is no such process
capget,pidfd_open ESRCH there is no such process
pidfd_open ENOSYS a kernel before 5.3 does not have it, or a seccomp filter hides it
fuse EACCES nobody but the daemon's own user may use it -> allow_other: true, or a daemon of the workload's user
fuse EIO the daemon failed at it -> what it printed says why
fuse ENOENT what it serves does not exist -> look at what the command of the step names
fuse ETIMEDOUT its daemon does not answer -> ready_timeout: 1m, say, if the server takes longer
setgroups EINVAL a group is not mapped in this user namespace, or there are more than 65536 -> map it (cat /proc/self/gid_map), or name fewer
setresuid,setresgid,fchown,fchownat EINVAL an id is not mapped in this user namespace -> map it, or choose another: cat /proc/self/uid_map
fchown,fchownat EOVERFLOW an id is not mapped in this user namespace -> map it, or choose another: cat /proc/self/uid_map
pipe ENFILE the machine has as many pipes as it may -> sysctl fs.pipe-user-pages-soft, fs.file-max of the machine
renameat2 EBUSY it is mounted by itself, so that nothing can take its place -> mount the directory that it lies in instead
renameat2 EINVAL the file system cannot exchange two names, or one lies in the other
unlinkat EBUSY something is mounted there -> unmount it, or name what is in it
symlinkat EPERM the file system has no symbolic links
sendfile EINVAL the file system cannot copy so, or the file is append-only
chdir EACCES it, or a directory above it, is closed to the user -> let the user enter it and each directory above it
chdir ENOENT it does not exist -> make it in the image or by a step: mkdir
chdir ENOTDIR it, or a part of its path, is not a directory -> workdir: names a directory
mount EBUSY it is in use, or mounted there already
mount,moveMount ENOSPC there are as many mounts as the machine allows -> sysctl fs.mount-max of the machine
umount EBUSY a process uses it
umount EINVAL nothing is mounted there
socket EAFNOSUPPORT this kernel does not have this kind of address (IPv6 may be off)
getcwd ENOENT the working directory of the start has been removed -> docker run --workdir ...
keyctl EPERM,ENOSYS a seccomp filter refuses it, or the kernel does not have it -> session_keyring: keep, or a seccomp profile of the runtime that allows keyctl (Docker's does not)
keyctl EDQUOT the user has as many keys as it may -> sysctl kernel.keys.maxkeys of the machine
landlockRestrictSelf E2BIG 16 walls of Landlock are around it already, which is as many as the kernel takes
bindUnix EINVAL,ENAMETOOLONG the path is longer than a socket's may be: 107 bytes
`;

/** What a failed call means beyond its name and number. What EPERM and EACCES mean depends on more: whoever can, looks further. */
export function errnoMeaning(call: string, code: number): Problem | undefined {
	const name = errnoName(code);
	const line = usual.split("\n").find((each) => each.startsWith(`${name} `));
	return wordsOfItsOwn(call, code) ?? (line === undefined ? undefined : understood(line.slice(name.length + 1)));
}

/** What this call means by it beside the usual. */
export function wordsOfItsOwn(call: string, code: number): Problem | undefined {
	for (const line of byCall.split("\n")) {
		const [calls = "", names = "", ...words] = line.split(" ");
		if (names.split(",").includes(errnoName(code)) && calls.split(",").includes(call)) {
			return understood(words.join(" "));
		}
	}
	return undefined;
}

/** The errno and what it means, as the end of a sentence, and what to do about it. */
export function errnoText(call: string, code: number): Problem {
	const { message, remedy } = errnoMeaning(call, code) ?? {};
	return { message: message === undefined ? errnoName(code) : `${errnoName(code)}: ${message}`, remedy };
}

function understood(text: string): Problem {
	const [message = "", ...remedy] = text.replace("SECCOMP", otherSeccomp).split(" -> ");
	return { message, remedy };
}
