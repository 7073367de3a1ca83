interface ExitGuide {
	readonly ends: string;
	readonly look?: string;
}

const runtimeOwn = "Docker's own, where docker run prints a line of its own: docker inspect -f '{{.State.Error}}' CONTAINER is not empty";
const ours = (code: string) => `docker logs has a line abdicate: error[${code}], and abdicate explain ${code} more of it`;

/** What a status of a container is, by its number. */
export const exitGuide: Readonly<Record<number, ExitGuide>> = {
	0: {
		ends: "the workload, well; of a tool: nothing to complain of",
		look: "a server that ends so was told to, or went into the background: run it in the foreground",
	},
	1: {
		ends: "the workload, by its own account: no part of this program's; of a tool: findings",
		look: "docker logs: what the workload printed last",
	},
	2: {
		ends: "the workload, often for wrong options; of a tool: a command line that is not understood",
		look: "docker logs: what it printed last",
	},
	255: {
		ends: "the workload, by its own account: often exit -1, or ssh that got no connection",
		look: "docker logs: what the workload printed last",
	},
	125: { ends: `this program, before the workload ran: ${ours("CODE")}\n${runtimeOwn}; nothing of the container has run then` },
	126: {
		ends: `a command that is there and cannot be executed: ${ours("COMMAND_NOT_EXECUTABLE")}\n${runtimeOwn}; then it is the ENTRYPOINT itself: chmod 755`,
	},
	127: {
		ends: `a command that is not there: ${ours("COMMAND_NOT_FOUND")}\n${runtimeOwn}; then it is the ENTRYPOINT itself\na shell script, for a command in it: ours has no line in the log then`,
	},
};

interface SignalEnd {
	readonly what: string;
	readonly look?: string;
}

/** Why a signal ends a workload, where there is a usual reason. */
export const signalEnds: Readonly<Record<string, SignalEnd>> = {
	ABRT: { what: "it gave up itself (abort, assert)", look: "docker logs" },
	BUS: {
		what: "it used a file that it has mapped and that is shorter now, or has no room: a full /dev/shm or disk",
		look: "df -h /dev/shm; docker run --shm-size 1g, kubernetes: an emptyDir with medium: Memory at /dev/shm",
	},
	HUP: { what: "its terminal has closed, or it was to read its files again and does not", look: "init: {signals: {HUP: NAME}}" },
	ILL: { what: "an instruction that this processor does not have", look: "an image for this architecture, or an older baseline" },
	INT: { what: "Ctrl-C" },
	KILL: {
		what: "there was not enough memory (cgroup), or it did not end in time after docker stop (10 s), or docker kill",
		look: "docker inspect -f '{{.State.OOMKilled}}' CONTAINER; oom_kill in memory.events of its cgroup; docker stop --time, init: {grace: 30s}",
	},
	PIPE: { what: "nobody reads its output any more" },
	SEGV: { what: "its own defect, or another libc than it was made for", look: "the machine's log (dmesg)" },
	SYS: { what: "a seccomp filter killed it for a call", look: "the machine's log: type=1326 ... syscall=N, and abdicate explain call:N" },
	XCPU: { what: "it has used up the time of limits.cpu (RLIMIT_CPU)", look: "limits: {cpu: ...}, docker run --ulimit cpu=" },
	XFSZ: {
		what: "it wrote more to one file than limits.fsize allows (RLIMIT_FSIZE)",
		look: "limits: {fsize: ...}, docker run --ulimit fsize=",
	},
	TERM: {
		what: "docker stop, or Kubernetes, which ends a Pod so",
		look: "init: {exit_codes: {143: 0}} where that is a good end",
	},
};
