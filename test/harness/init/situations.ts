/** The peers, as Debian 12 has them. */
export type Peer = "tini" | "dumb-init" | "catatonit";

/** A situation that an init meets. What is right was learned from what people reported of the inits of today. */
export interface Situation {
	readonly what: string;
	/** What is right, and why. */
	readonly right: string;
	/** What each peer does that is otherwise. Missing: the same. What begins with `not tried` is for no test: it has no such thing, or it depends on chance. */
	readonly peers: Readonly<Partial<Record<Peer, string>>>;
	/** What a workload that is process 1 itself is told or does, where that is shown too. */
	readonly alone?: string;
	readonly reports: readonly string[];
}

/** Of three peers that do the same. */
const all = (text: string): Situation["peers"] => ({ tini: text, "dumb-init": text, catatonit: text });

export const situations = {
	"exit status": {
		what: "the workload exits with 0, 1, 42, 126, 127, 128, 200, 255",
		right: "the same status",
		peers: {},
		reports: ["openSUSE/catatonit#5"],
	},
	"end by a signal": {
		what: "a signal ends the workload: HUP, INT, ABRT, KILL, SEGV, TERM, USR1, RTMIN, RTMIN+3",
		right: "128 and its number, as shells and Docker have it, real-time signals too",
		peers: {},
		alone: "nothing ends process 1 that it sends itself, KILL neither: it goes on",
		reports: ["Yelp/dumb-init#59", "Yelp/dumb-init#260", "moby/moby#41454"],
	},
	"no such program": {
		what: "the program is missing, a directory, not executable, or not in PATH",
		right: "127 for what is not found, 126 for what cannot be executed, as shells, Docker and Kubernetes read it",
		peers: { "dumb-init": "2 for each", catatonit: "1 for each" },
		reports: ["krallin/tini#59"],
	},
	"every signal": {
		what: "each of the signals 1 to 64 comes to process 1",
		right: "the workload gets each as it came; CHLD alone is the init's own affair",
		peers: {
			tini: "keeps ILL, TRAP, ABRT, BUS, FPE, SEGV, TTIN, TTOU, SYS to itself",
			"dumb-init": "TSTP, TTIN and TTOU arrive as STOP: the workload is frozen; CHLD arrives too",
			catatonit: "keeps ILL, TRAP, ABRT, BUS, FPE, SEGV, TSTP, TTIN, TTOU, SYS to itself",
		},
		reports: ["containers/podman#18095", "lxc/lxc#1850", "lxc/lxc#1085", "moby/moby#2749"],
	},
	"a signal at once": {
		what: "TERM comes as soon as process 1 is there",
		right: "it is not lost: either the start ends by it or the workload gets it",
		peers: { "dumb-init": "not tried: it is lost where the workload has no session yet" },
		reports: ["Yelp/dumb-init#102", "Yelp/dumb-init#104"],
	},
	"blocked signals": {
		what: "what starts the init has TERM and USR1 blocked",
		right: "an empty mask for the workload, which would be deaf to TERM",
		peers: { tini: "passed on: the workload is deaf to TERM", catatonit: "passed on, and TSTP, TTIN, TTOU added" },
		reports: ["ralphlange/procServ#48", "aether-lang-dev/aether#2038"],
	},
	"ignored signals": {
		what: "what starts the init ignores INT, PIPE and XFSZ, as a host written in Rust does with PIPE",
		right: "default actions for the workload",
		peers: { tini: "passed on", catatonit: "passed on" },
		reports: ["JonathonReinhart/scuba#254", "containers/crun#2058"],
	},
	"SIGCHLD ignored": {
		what: "what starts the init ignores CHLD",
		right: "the workload's status; the kernel would keep no zombie, and waitpid(2) finds nobody",
		peers: { tini: "hangs for ever, without a child", catatonit: "hangs for ever, without a child" },
		reports: ["util-linux/util-linux#4014", "oven-sh/bun#43203"],
	},
	"SIGCHLD blocked": {
		what: "what starts the init has CHLD blocked",
		right: "the workload's status",
		peers: {},
		reports: ["nerves-project/erlinit#33"],
	},
	"clean signals": {
		what: "a start with nothing blocked and nothing ignored",
		right: "the same for the workload",
		peers: { catatonit: "TSTP, TTIN and TTOU are blocked" },
		reports: ["containers/podman#18095"],
	},
	"a group of its own": {
		what: "the workload's parent, process group and session",
		right: "a child of process 1 that leads a group, so that a terminal and a signal to the group mean it alone",
		peers: {},
		reports: ["krallin/tini#44", "Yelp/dumb-init#10"],
	},
	"a dropped workload without KILL": {
		what: "the workload is another user, the container has no KILL, and TERM comes",
		right: "the workload gets it: the init has the workload's uid",
		peers: {
			tini: "dies of the refusal, and everything with it; the workload is never told",
			"dumb-init": "says nothing; the workload is never told, and killed when the grace is over",
			catatonit: "says nothing; the workload is never told, and killed when the grace is over",
		},
		reports: ["greeves89/AI-Employee#835", "NVIDIA/OpenShell#2855", "Yelp/dumb-init#284"],
	},
	"/proc/1/fd/1": {
		what: "a workload of another user writes to /proc/1/fd/1, the usual way of a cron job or a log file to the container's log",
		right: "it works, as without an init: process 1 has the same uid and hides nothing",
		peers: all("permission denied"),
		reports: ["haugene/docker-transmission-openvpn#1117", "hyperliquid-dex/node#163"],
	},
	"/proc/1/fd/1 of a user": {
		what: "the same where the container starts as that user",
		right: "it works",
		peers: {},
		reports: ["haugene/docker-transmission-openvpn#1117"],
	},
	"no exec": {
		what: "TERM to a shell that waits for a program",
		right: "143 at once; a shell that is process 1 itself waits for its program",
		peers: {},
		reports: ["moby/moby#33319", "mrusse/soularr#120"],
	},
	"a signal once": {
		what: "a master that hands TERM on to its worker gets TERM",
		right: "the worker is told once: the signal goes to the workload alone unless the group is asked for",
		peers: { "dumb-init": "told twice: the whole session gets it" },
		reports: ["Yelp/dumb-init#4"],
	},
	"the rest is told": {
		what: "TERM ends the workload, and another process of the container has its own session",
		right: "with a grace it gets TERM as well, and is waited for",
		peers: all("never told, killed with the namespace"),
		reports: ["Yelp/dumb-init#191", "krallin/tini#95"],
	},
	"the rest is waited for": {
		what: "the workload exits with 3 on TERM, and a helper needs longer",
		right: "with a grace: 3, after the helper has written what it had",
		peers: {
			tini: "3 at once, the helper is killed",
			"dumb-init": "3 at once: TERM is sent to the helper, which is killed right after",
			catatonit: "3 at once, the helper is killed",
		},
		reports: ["krallin/tini#180", "Yelp/dumb-init#212", "Yelp/dumb-init#53"],
	},
	"the rest does not end": {
		what: "the workload exits with 3, and what is left ignores TERM",
		right: "with a grace: 3, when that is over",
		peers: {},
		reports: ["krallin/tini#180"],
	},
	orphans: {
		what: "the workload leaves thousands of orphans that end together",
		right: "no zombie stays",
		peers: {},
		alone: "every one stays",
		reports: ["kubernetes/kubernetes#81042", "sorintlab/stolon#777"],
	},
	"quick ends": {
		what: "the workload ends at once, many times",
		right: "its status each time",
		peers: {},
		reports: ["Yelp/dumb-init#102"],
	},
	"children of others": {
		what: "`docker exec` leaves an orphan that ends with 2, and the workload waits for its own children",
		right: "the workload sees none but its own",
		peers: {},
		alone: "it is given a child it never had; PostgreSQL restarts its cluster over that",
		reports: ["docker-library/postgres#1349", "super-productivity#9917", "Supervisor/supervisor#936"],
	},
	"not process 1": {
		what: "the init is not process 1, process 1 reaps nothing, and the workload leaves orphans",
		right: "the init takes and reaps them, without a word",
		peers: { tini: "warns, and leaves zombies", "dumb-init": "leaves zombies" },
		reports: ["flant/shell-operator#377", "krallin/tini#120"],
	},
	"an init below an init": {
		what: "the runtime has put an init before the image's own (`docker run --init`), and TERM comes",
		right: "told once, the same status, nothing said",
		peers: { tini: "warns" },
		reports: ["denoland/deno_docker#256", "BSC-ES/autosubmit#2260"],
	},
	"job control": {
		what: "`docker run -t` with a shell: a job in the background, fg, Ctrl-Z, jobs, fg, Ctrl-C",
		right: "as without an init",
		peers: { catatonit: "Ctrl-Z has no effect" },
		alone: "the same",
		reports: ["krallin/tini#19", "Yelp/dumb-init#51", "Yelp/dumb-init#78"],
	},
	"job control below an init": {
		what: "the same under `docker run --init`",
		right: "as without an init",
		peers: { "dumb-init": "the shell has no job control", catatonit: "Ctrl-Z has no effect" },
		alone: "the same",
		reports: ["Yelp/dumb-init#51"],
	},
	"Ctrl-Z without a shell": {
		what: "`docker run -t` with a program alone: Ctrl-Z, then Ctrl-C",
		right: "not frozen, since nobody could continue it; Ctrl-C ends it with 130",
		peers: { tini: "frozen: Ctrl-C has no effect any more" },
		reports: ["Yelp/dumb-init#184"],
	},
	"below a shell": {
		what: "the init is started by a shell with job control; its program reads the terminal; Ctrl-Z, fg, Ctrl-C",
		right: "as without an init: the shell gets the terminal back, and fg gives it to the program",
		peers: {
			tini: "Ctrl-Z stops the program alone, and the shell waits for ever",
			catatonit: "Ctrl-Z has no effect",
		},
		alone: "the same",
		reports: [],
	},
	"size of the window": {
		what: "the window's size changes",
		right: "the workload is told, and reads the new one",
		peers: {},
		alone: "the same",
		reports: [],
	},
	"hang-up": {
		what: "the terminal is taken away",
		right: "the workload gets HUP",
		peers: {},
		alone: "the same",
		reports: [],
	},
	LISTEN_PID: {
		what: "sockets were passed, with LISTEN_PID=1",
		right: "LISTEN_PID is the workload's pid, or it takes none of them",
		peers: { tini: "1: the sockets are ignored", "dumb-init": "1: the sockets are ignored" },
		reports: ["openSUSE/catatonit#13", "containers/podman#11316"],
	},
	"a closed pipe": {
		what: "the workload closes a pipe or a listening socket that was passed to it",
		right: "it is closed: the reader sees the end, a client is refused",
		peers: { tini: "the init keeps it open", "dumb-init": "the init keeps it open" },
		reports: ["openSUSE/catatonit#12"],
	},
	idle: {
		what: "nothing happens",
		right: "the init does nothing",
		peers: { tini: "wakes once a second" },
		reports: [],
	},
	tracing: {
		what: "strace attaches to process 1",
		right: "it works, and the forwarding goes on",
		peers: {},
		reports: ["krallin/tini#181"],
	},
	"the environment of process 1": {
		what: "/proc/1/environ, where the workload's environment is another than the container's",
		right: "the workload's: what was taken out of it is not to be found there either",
		peers: all("the container's"),
		reports: ["moby/moby#18136", "miklosbagi/gluetrans#90"],
	},
	"kill -HUP 1": {
		what: "`docker exec --user app CONTAINER kill -HUP 1`, where the workload is app's",
		right: "the workload gets it, as without an init",
		peers: all("operation not permitted"),
		reports: [],
	},
	"exit statuses mapped": {
		what: "143 is to be 0, as for what ends by TERM and calls that well",
		right: "143 is 0, others stay",
		peers: { "dumb-init": "not tried", catatonit: "not tried" },
		reports: ["krallin/tini#69"],
	},
	"signals mapped": {
		what: "TERM is to be QUIT, as nginx and others want it",
		right: "QUIT arrives, others stay",
		peers: { tini: "not tried", catatonit: "not tried" },
		reports: ["krallin/tini#75", "nginx/docker-nginx#377"],
	},
	"to the group": {
		what: "signals are to go to the workload's whole group",
		right: "its child is told too",
		peers: {},
		reports: ["krallin/tini#75"],
	},
	"an init as the workload": {
		what: "the workload is an init itself: s6-overlay's /init, systemd, /sbin/init",
		right: "refused before anything is done: it has to be process 1",
		peers: all("not tried"),
		reports: ["kipsilabs/altmount#578", "just-containers/s6-overlay#634", "krallin/tini#102"],
	},
	"out of memory": {
		what: "the limit of memory kills the workload, or a child of its",
		right: "137 for the workload; what a child's death means is the workload's business",
		peers: {},
		reports: ["kubernetes/kubernetes#104454", "kubernetes/kubernetes#50632", "phusion/baseimage-docker#583"],
	},
	NOTIFY_SOCKET: {
		what: "NOTIFY_SOCKET is set",
		right: "it is handed on as it is; what is told comes from pid 2, so that it takes NotifyAccess=all or MAINPID=",
		peers: {},
		reports: ["containers/podman#6693", "systemd/systemd#5239"],
	},
} as const satisfies Readonly<Record<string, Situation>>;

export type SituationName = keyof typeof situations;
