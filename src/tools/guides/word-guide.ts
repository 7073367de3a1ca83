interface WordGuide {
	/** Other ways to write it, for who asks. */
	readonly also?: readonly string[];
	readonly is: string;
	/** What it is to this program, or what it has in its place. */
	readonly here: string;
	/** A page of a peer that says more. */
	readonly see?: string;
}

const status = "proc_pid_status(5)";
const runtime = "docker run --help; docs.docker.com, Runtime privilege and Linux capabilities";

/** Words that people look for and that are no name of anything here. */
export const wordGuide: Readonly<Record<string, WordGuide>> = {
	"--privileged": {
		also: ["privileged"],
		is: "Docker: every capability, every device, no seccomp, no AppArmor, nothing masked; uid 0 in it is root of the machine",
		here: "what a job needs it for is mostly one capability or device: abdicate plan --format docker. Where it stays: confine: docker-default",
		see: "docs/why-privileged.md",
	},
	"--cap-add": {
		also: ["cap_add", "cap-add"],
		is: "Docker, Compose: what the runtime adds for a container that starts as root; a start as another user holds none of it",
		here: "what the setup needs is granted so, what the workload needs is also kept: capabilities: {keep: [NAME]}",
		see: runtime,
	},
	"--cap-drop": {
		also: ["cap_drop", "cap-drop"],
		is: "Docker, Compose: what the runtime takes away, from root too",
		here: "not needed: the workload gets nothing but capabilities.keep. With ALL add what abdicate plan --format docker prints",
		see: runtime,
	},
	ALL: {
		also: ["all"],
		is: "every capability that the kernel has, in the words of Docker",
		here: "capabilities: {keep: ALL, drop: [SYS_ADMIN]} gives up only what is named, newer ones not; keep with names is the safe way round",
	},
	root: {
		is: "uid 0: owns the system's files, and gets its bounding set with every program that it executes; without capabilities still an owner",
		here: "user: root is the only way to stay root, and has to be written; securebits: locked makes uid 0 an ordinary user",
		see: "capabilities(7)",
	},
	uid: {
		also: ["gid", "real", "saved", "euid", "ruid", "suid"],
		is: "a process has four: real (who it is to signals), effective (asked when it acts), saved (what it may go back to), file system (as effective). gid likewise",
		here: "all four become the user's; a saved 0 would be a way back to root, and is proved to be none",
		see: "credentials(7)",
	},
	setuid: {
		also: ["set-user-ID", "suid-bit"],
		is: "a program with mode 4755 that belongs to root runs as root, whoever starts it: sudo, su, mount",
		here: "no_new_privileges: true, the default, ends that for the workload; find / -perm -4000 lists them",
		see: "inode(7)",
	},
	no_new_privs: {
		also: ["NoNewPrivs", "no-new-privileges", "no-new-privs", "NNP"],
		is: "no exec gives more than there is: set-user-ID and file capabilities mean nothing. It stays for good, children too",
		here: "no_new_privileges, on by default; from the runtime, --security-opt no-new-privileges, this program works as well",
		see: "PR_SET_NO_NEW_PRIVS(2const)",
	},
	"user namespace": {
		also: ["user namespaces", "userns", "rootless", "userns-remap"],
		is: "its own ids: uid 0 in it is another uid outside, and its capabilities count for what belongs to it alone",
		here: "ids outside of its map do not exist: cat /proc/self/uid_map; ID_UNMAPPED says which",
		see: "user_namespaces(7)",
	},
	CapEff: {
		also: ["CapPrm", "CapInh", "CapBnd", "CapAmb"],
		is: "lines of /proc/PID/status: the five sets as masks",
		here: "abdicate inspect PID says them in words; abdicate explain 0xMASK a mask, and explain effective the set",
		see: status,
	},
	Seccomp: {
		is: "a line of /proc/PID/status: 0 off, 1 strict, 2 a filter that decides about each system call",
		here: "the runtime's filter stays; the key seccomp adds one for the workload. abdicate explain CALL says what a profile makes of a call",
		see: "seccomp(2)",
	},
	ptrace_scope: {
		also: ["yama"],
		is: "kernel.yama.ptrace_scope: 1 lets a debugger attach to its children alone, 2 takes SYS_PTRACE, 3 nobody; it is the machine's",
		here: "gdb -p and strace -p of the same user take 0, or SYS_PTRACE; inspect only reads, which it does not restrict",
		see: "ptrace(2)",
	},
	PUID: {
		also: ["PGID"],
		is: "a convention of images: the uid and gid that the workload is to have, from the environment",
		here: 'user: "${PUID:-1000}:${PGID:-1000}", and setup: [{own: /config}] for its volume',
	},
};
