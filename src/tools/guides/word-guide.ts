import type { WordGuide } from "./word.ts";
import { wordsOfImages } from "./words-of-images.ts";
import { wordsOfPrograms } from "./words-of-programs.ts";
import { wordsOfVolumes } from "./words-of-volumes.ts";

const runtime = "docker run --help; docs.docker.com, Runtime privilege and Linux capabilities";

/** Words that people look for and that are no name of anything here. */
export const wordGuide: Readonly<Record<string, WordGuide>> = {
	"--privileged": {
		is: "Docker: every capability, every device, no seccomp, no AppArmor, nothing masked; uid 0 in it is root of the machine",
		here: "what a job needs it for is mostly one capability or device: abdicate plan --format docker. Where it stays: confine: docker-default",
		see: "docs/why-privileged.md",
	},
	"--cap-add": {
		also: ["cap_add"],
		is: "Docker, Compose: what the runtime adds for a container that starts as root; a start as another user holds none of it",
		here: "what the setup needs is granted so, what the workload needs is also kept: capabilities: {keep: [NAME]}",
		see: runtime,
	},
	"--cap-drop": {
		also: ["cap_drop", "drop ALL"],
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
		also: ["set-user-ID", "suid-bit", "setuid bit"],
		is: "a program with mode 4755 that belongs to root runs as root, whoever starts it: sudo, su, mount",
		here: "no_new_privileges: true, the default, ends that for the workload; find / -perm -4000 lists them",
		see: "inode(7)",
	},
	no_new_privs: {
		also: ["NoNewPrivs", "no-new-privileges", "no-new-privs", "NNP", "allowPrivilegeEscalation"],
		is: "no exec gives more than there is: set-user-ID and file capabilities mean nothing. It stays for good, children too. Kubernetes: allowPrivilegeEscalation: false",
		here: "no_new_privileges, on by default; from the runtime, --security-opt no-new-privileges, this program works as well",
		see: "PR_SET_NO_NEW_PRIVS(2const)",
	},
	"user namespace": {
		also: ["user namespaces", "userns", "userns-remap"],
		is: "its own ids: uid 0 in it is another uid outside, and its capabilities count for what belongs to it alone",
		here: "ids outside of its map do not exist: cat /proc/self/uid_map; ID_UNMAPPED says which",
		see: "user_namespaces(7)",
	},
	rootless: {
		also: ["podman"],
		is: "a runtime that needs no root, as Podman is mostly: root of the container is the user outside who started it",
		here: "works as ever; ids outside of /etc/subuid do not exist: abdicate explain user namespace",
	},
	Seccomp: {
		is: "a line of /proc/PID/status: 0 off, 1 strict, 2 a filter that decides about each system call",
		here: "the runtime's filter stays; the key seccomp adds one for the workload. abdicate explain CALL says what a profile makes of a call",
		see: "seccomp(2)",
	},
	ptrace_scope: {
		also: ["yama", "strace", "gdb"],
		is: "kernel.yama.ptrace_scope: 1 lets a debugger attach to its children alone, 2 takes SYS_PTRACE, 3 nobody; it is the machine's",
		here: "gdb -p and strace -p of the same user take 0, or SYS_PTRACE; inspect only reads, which it does not restrict",
		see: "ptrace(2)",
	},
	PUID: {
		also: ["PGID"],
		is: "a convention of images: the uid and gid that the workload is to have, from the environment",
		here: 'user: "${PUID:-1000}:${PGID:-1000}", and setup: [{own: /config}] for its volume',
	},
	ulimit: {
		also: ["ulimits", "--ulimit", "rlimit", "setrlimit"],
		is: "what one process may have: files (nofile), processes of its uid (nproc), core. Soft holds, hard is how far it may be raised",
		here: "limits: {nofile: 65536}; above the hard limit of the start it takes SYS_RESOURCE, or docker run --ulimit nofile=65536",
		see: "getrlimit(2)",
	},
	tmpfs: {
		also: ["--tmpfs"],
		is: "a file system in memory: empty at each start, and it hides what the image has there",
		here: "docker run --tmpfs /run; the step mount makes one too, with SYS_ADMIN. Secrets belong on one",
		see: "tmpfs(5)",
	},
	emptyDir: {
		is: "Kubernetes: an empty directory for as long as the Pod lives, so that a container that is started again finds what it left. It lies on the node's disk; with medium: Memory it is a tmpfs",
		here: "with fsGroup: GID the workload's group may write to it; else own: PATH, with CHOWN. For secrets: emptyDir: {medium: Memory}",
	},
	healthcheck: {
		also: ["HEALTHCHECK", "livenessProbe", "readinessProbe", "probe"],
		is: "Docker, Kubernetes: a command that the runtime runs in the container again and again, as the container's user",
		here: "not as the workload's: abdicate enter -- COMMAND runs it with the identity and rights of the file",
	},
	STOPSIGNAL: {
		also: ["--stop-signal", "stop_signal", "docker stop"],
		is: "what docker stop sends to PID 1 first, TERM mostly; after 10 s (Kubernetes: 30) follows KILL",
		here: "without init the workload is PID 1 and gets it; init: {signals: {TERM: QUIT}} sends another, init: {grace: 30s} waits",
	},
	terminationGracePeriodSeconds: {
		also: ["stop_grace_period", "--stop-timeout"],
		is: "how long until KILL after the signal to stop: Kubernetes 30 s, Docker 10",
		here: "init: {grace: 5s} is for what the workload leaves behind, and has to be shorter",
	},
	volume: {
		also: ["volumes", "--volume", "bind mount", "persistentVolumeClaim", "hostPath"],
		is: "files from outside of the image, with the owners that they have there; a new one is root's, or in Docker as the image has it",
		here: "setup: [{own: /data}] gives it to the user, or the runtime does: see fsGroup",
	},
	entrypoint: {
		also: ["ENTRYPOINT", "--entrypoint"],
		is: "what the runtime executes, with CMD, or what follows the image in docker run, as its arguments",
		here: 'ENTRYPOINT ["/abdicate", "--"]; the real program stands in CMD or in command. --entrypoint goes around it, setup and all',
	},
	CMD: {
		also: ["args"],
		is: "arguments of the ENTRYPOINT; Kubernetes calls it args, and the ENTRYPOINT command",
		here: "what the workload is, where the file has no command. A new ENTRYPOINT empties the CMD of the base image: write it again",
	},
	runAsUser: {
		also: ["USER", "--user"],
		is: "as whom the container starts: USER of the image, docker run --user, Kubernetes. Another than root holds no capability",
		here: "a setup that needs root starts as root, and user: in the file is who the workload becomes; without such a setup, start as it",
	},
	runAsGroup: {
		is: "Kubernetes: the primary gid of the start, 0 where it is not written",
		here: "user: USER:GROUP is the workload's",
	},
	runAsNonRoot: {
		is: "Kubernetes: true refuses to start a container as uid 0",
		here: "a setup that needs root is refused so, although the workload is not root. Without such a setup: runAsUser: 1000. abdicate plan --format kubernetes FILE prints what fits",
	},
	supplementalGroups: {
		also: ["--group-add", "group_add", "supplementary groups"],
		is: "groups that a process has beside its gid: Kubernetes supplementalGroups, Docker --group-add; no file is changed",
		here: "groups: the user's of /etc/group and what the runtime added, never group 0; groups: {add: [video]} adds others",
		see: "credentials(7)",
	},
	fsGroup: {
		also: ["fsGroupChangePolicy"],
		is: "Kubernetes: gives the files of a volume that group, with write permission, and the Pod the group; hostPath is left alone",
		here: "then no step own, and no start as root for it",
	},
	seccompProfile: {
		also: ["RuntimeDefault", "Localhost"],
		is: "Kubernetes: the filter of the container, for the setup too. RuntimeDefault is like Docker's; none is given where nothing is written",
		here: "the runtime's stays, and seccomp: docker-default adds one for the workload alone",
		see: "abdicate explain docker-default",
	},
	"seccomp=unconfined": {
		also: ["unconfined"],
		is: "the runtime gives the container no filter at all",
		here: "seccomp: docker-default puts one before the workload",
	},
	readOnlyRootFilesystem: {
		also: ["--read-only", "read_only", "read-only root"],
		is: "Kubernetes, Docker, Compose: nobody can write to the files of the image, root included; volumes and tmpfs stay writable",
		here: "works with this program, which writes only what a step says: let those paths lie on a volume, or docker run --read-only --tmpfs /run. paths.read_only makes further paths so",
	},
	"masked paths": {
		also: ["procMount", "systempaths=unconfined", "/proc/kcore", "/proc/sys"],
		is: "what a runtime hides of /proc and /sys, and what is read-only there. Left open by --privileged, systempaths=unconfined and procMount: Unmasked",
		here: "paths: docker-default, or confine: docker-default, closes it to the workload where the runtime did not",
		see: "abdicate explain docker-default",
	},
	"PID 1": {
		also: ["PID1", "pid-1"],
		is: "the first process of a container, which ends with it. Signals that it has no handler for do nothing, and orphans are its to reap",
		here: "the workload itself, in this program's place; with init: true an init without privilege, and the workload below it",
		see: "pid_namespaces(7)",
	},
	workload: {
		is: "the program that the container is for: CMD of the image, or command of the file",
		here: "what it may still do: abdicate plan FILE before a start, abdicate inspect PID in a running container",
	},
	"way back": {
		also: ["privilege escalation", "escalation", "regain"],
		is: "whatever gives privilege again that was given up: a saved uid 0, a capability left in a set, a set-user-ID program, a descriptor that root opened",
		here: "each is closed; setuid(0), a full capset and setgroups are tried and have to fail before the workload runs. What a configuration leaves open: abdicate check, plan --score",
		see: "docs/ways-out.md",
	},
	capability: {
		also: ["caps", "linux capabilities"],
		is: "a piece of root's power, such as CHOWN: who holds it passes that check of the kernel, whatever the uid; 41 of them",
		here: "the workload keeps none but capabilities: {keep: [NAME]}. A process has five sets of them: abdicate explain effective, or a NAME",
		see: "capabilities(7)",
	},
	"file capabilities": {
		also: ["file capability", "setcap", "getcap"],
		is: "capabilities that a program file carries (setcap cap_net_raw+ep FILE): whoever executes it gets them",
		here: "under no_new_privileges, the default, it gets none that the workload lacks: capabilities: {keep_if_present: [NET_RAW]}, for ping",
		see: "capabilities(7)",
	},
	dumpable: {
		also: ["PR_SET_DUMPABLE", "suid_dumpable"],
		is: "whether others of its user may trace a process and read its memory, and whether it leaves a core; a change of ids takes it away, exec gives it back",
		here: "the workload has it, as every program that its user can read. limits: {core: 0} leaves no core",
		see: "PR_SET_DUMPABLE(2const)",
	},
	hostPID: {
		also: ["hostNetwork", "hostIPC", "--pid", "--net", "--network", "--ipc", "pid: host", "network_mode"],
		is: "the machine's processes, network or shared memory in place of the container's own, by `host` alone: --pid host, --network host, --ipc host",
		here: "KILL, SYS_PTRACE or NET_ADMIN, if kept, then reach the machine. namespaces: [ipc, net] gives the workload its own, net with loopback alone; abdicate inspect PID says whose they are",
		see: "namespaces(7)",
	},
	"docker.sock": {
		also: ["/var/run/docker.sock", "/run/docker.sock", "docker socket"],
		is: "who may write to it starts containers as root with any file of the machine: it is root there",
		here: "no drop helps against that: do without it, or put a proxy in between that allows single requests",
		see: "docs/why-privileged.md",
	},
	"--device": {
		is: "Docker: a device of the machine appears in the container, and its cgroup lets it be opened; Kubernetes has device plugins",
		here: "setup: [{device: /dev/fuse}] makes sure that the user can open it; without --device that is EPERM",
	},
	OpenShift: {
		also: ["SCC", "restricted-v2", "anyuid", "arbitrary uid"],
		is: "starts images as a uid of the project, with gid 0 and no capability (restricted-v2); anyuid lets them start as root",
		here: "abdicate plan --as openshift FILE says what such a start does; what it writes has to belong to group 0: chmod -R g=u in the image",
	},
	"Pod Security": {
		also: ["PodSecurity", "Pod Security Standards", "restricted", "baseline"],
		is: "Kubernetes: what a namespace lets a Pod be: privileged, baseline, or restricted, which wants no root, no capability but NET_BIND_SERVICE, and a seccomp profile",
		here: "a setup that needs root takes baseline at least: abdicate plan --as kubernetes-restricted FILE, or kubernetes-baseline, says what is refused",
	},
	CrashLoopBackOff: {
		also: ["Back-off restarting", "restarting"],
		is: "Kubernetes: the container has ended again and again, and waits longer before each start",
		here: "kubectl logs --previous POD has the last line, abdicate: error[CODE] or the workload's own; kubectl describe pod POD the exit code. abdicate explain CODE, or the number",
	},
	OOMKilled: {
		also: ["oom", "out of memory"],
		is: "the kernel ended a process because the container had no memory left; its status is 137",
		here: "the runtime gives more: docker run --memory, resources.limits.memory; oom_score_adj says who goes first, cgroup: {memory: 1G} holds the workload alone",
	},
	securityContext: {
		is: "Kubernetes: user, capabilities, seccomp and more of a Pod or container",
		here: "abdicate plan --format kubernetes prints the one that the file needs",
	},
	"--security-opt": {
		also: ["security_opt"],
		is: "Docker: seccomp=FILE, apparmor=PROFILE, label=type:TYPE, each for the setup too; no-new-privileges; unconfined for none",
		here: "seccomp, apparmor, selinux and no_new_privileges are the workload's alone",
	},
	zombie: {
		also: ["zombies", "defunct", "reap", "reaper", "subreaper"],
		is: "a process that has ended and whose parent has not asked how; those of parents that are gone are PID 1's to reap",
		here: "init: {} does so, and hands signals on; without it the workload is PID 1 and has to itself",
		see: "wait(2)",
	},
	LISTEN_FDS: {
		also: ["LISTEN_PID", "socket activation"],
		is: "how many sockets a program is handed, from descriptor 3 on",
		here: "the step listen opens one before the drop, for a low port, say, and sets it",
		see: "sd_listen_fds(3)",
	},
	envsubst: {
		also: ["template", "gomplate"],
		is: "puts variables into a file, as entrypoint scripts do",
		here: 'setup: [{file: {path: /run/app.conf, content: "port=${PORT:-80}"}}], with the user and mode that it needs',
	},
	...wordsOfImages,
	...wordsOfPrograms,
	...wordsOfVolumes,
};
