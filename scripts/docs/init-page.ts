import { type Peer, type Situation, situations } from "../../test/harness/init/situations.ts";
import { table } from "./table.ts";

const peers: readonly Peer[] = ["tini", "dumb-init", "catatonit"];

const link = (report: string): string => {
	const [repository, number] = report.split("#");
	return `[${report}](https://github.com/${repository}/issues/${number})`;
};

/** Backquotes would break a code span of their own. */
const named = (name: string): string => (/^(kill|\/proc|[A-Z_]+$)/.test(name) ? `\`${name}\`` : name);

/** What a peer does, in a cell: nothing where it is the same. */
const cell = ({ peers: words }: Situation, peer: Peer): string => {
	const text = words[peer];
	return text === undefined ? "the same" : text === "not tried" ? "–" : text.replace(/^not tried: /, "");
};

export const initPage = `# Init mode

<!-- Generated from test/harness/init/situations.ts by \`make docs\`; the words between are in scripts/docs/init-page.ts. -->

\`\`\`yaml
user: app
init: true
\`\`\`

Without it the workload takes this program's place: it is process 1, gets every signal itself, and nothing stays beside it. That is right for a server that was
written for it. Most programs were not: as process 1 they are told of no signal they have no handler for, and whoever's parent has died becomes their child. With \`init\` the workload is
a child of process 1, which is this program in a small mode of its own. It replaces \`tini -- gosu app\` and \`docker run --init\`.

| key | |
| --- | --- |
| \`signals: {TERM: QUIT, WINCH: none}\` | what is sent instead of a signal, by names or by numbers (\`{15: 3}\`) |
| \`exit_codes: {143: 0}\` | the status of the container instead of the workload's |
| \`group: true\` | signals go to the workload's whole process group, not to it alone |
| \`subreaper: auto\` | adopt orphans. \`auto\`: where this is not process 1, which has them as it is |
| \`grace: 5s\` | what still runs when the workload has ended gets TERM and so much time, then KILL; a bare number counts seconds. Not given: it is killed at once, with the namespace |
| \`daemons: terminate\` | the end of a step's daemon, such as that of \`fuse\`, is told; with \`terminate\` the workload gets TERM then |

## What stays, and what it holds

The setup, the drop and its proof are those of every start; then this process forks. The child becomes the workload. The parent executes this program once more in a
mode that has neither the engine nor a heap, with the workload's environment and no other, and is told by a pipe what to do with which signal. It empties its capability sets and reads them back, closes
everything but descriptors 0 to 2 (with \`grace\` one more stays, of the list of who is left), changes to \`/\`, puts a filter around itself that allows what its loop calls and nothing else, and only then the workload begins. An init that could not do all of that is told
with 125, and the workload never runs; one that is killed before it could ends the start with 128 and the signal's number (\`limits\` that are too narrow for any program do that), and the workload does not run either. Two things are
passed over: the directory, where the user may not enter \`/\`, and the filter, where the kernel refuses one and no wall of the workload needs it, which a warning says.

It is behind a filter from before it is executed, because the workload's user may trace it from then on: the first allows what it takes to become the init, and neither opens, connects, maps nor starts anything; the second is narrower.

| | |
| --- | --- |
| user, groups | the workload's |
| inheritable, permitted, effective, ambient | empty. KILL is permitted and effective where the workload may change its uid and holds it, or it could not be signalled any more |
| bounding set, securebits, no_new_privs | the workload's |
| descriptors | 0 to 2, which are the workload's; a socket or a pipe that the workload closes is closed |
| environment, \`/proc/1/environ\` | the workload's: what \`env.unset\` took out is not there, and nothing of the configuration is |
| memory | less than 1 MB, of it less than 100 kB its own |
| system calls | those of its loop, by a seccomp filter of its own |

The file of this program is executed by the workload's user, so it has to be 0755. Where that user may execute but not read it, the init serves all the same, and /proc/1/fd and
/proc/1/environ stay closed to the user; where it may not execute it, the start is refused (INIT_REFUSED).

It is no secret to the workload's user, since it has nothing to keep: \`kill -HUP 1\` reaches the workload and \`/proc/1/fd/1\` is the container's log, as without an init. With tini or dumb-init
in front of gosu both are refused, because process 1 is still root. Whoever traces it gets no further than its filter. Root in a \`docker exec\` without SYS_PTRACE is somebody else to it: the links of \`/proc/1/fd\` are closed to
that shell, as those of any process of another user, and open to \`docker exec --user\` with the workload's.

In \`ps\`, \`docker top\` and \`/proc/1/comm\` process 1 is called \`abdicate-init\`, and so is its command line; the workload is its child, with a name of its own.

## Signals

From the first instruction on, signals are held back, so that none is lost while the start is still planning: TERM in the setup ends the start with 143. What comes to process 1 before that instruction, the kernel throws
away, whoever process 1 is.

Every signal that comes is sent to the workload as it came, real-time signals and those that other inits keep to themselves too, with two exceptions: CHLD is the init's own affair, and KILL and STOP come to nobody's
knowledge. The workload begins with an empty mask and default actions, whatever the container's runtime had blocked or ignored. A signal that is refused is told once, and nothing ends by it.

## The terminal

Where process 1 leads a session (\`docker run -t\`) the workload gets a session and the terminal of its own: Ctrl-C, Ctrl-Z, \`fg\`, the size of the window and the hang-up are those of a terminal without an init, and
what nobody could continue is not stopped. Below a shell with job control the workload leads a process group in the foreground; when a key stops it the init stops as well, so that the shell takes the terminal back, and \`fg\` gives it to
the workload again.

## What else runs

Every process that ends is reaped. When the workload ends the container ends: with its status, or 128 and the number of the signal that ended it. \`grace\` gives time to what is left: workers in sessions of their
own, a program in the middle of a file. The status stays the workload's. \`docker stop\` kills everything after 10 seconds of its own, so \`--stop-timeout\` (Compose: \`stop_grace_period\`, a Pod: \`terminationGracePeriodSeconds\`)
has to be longer than the workload's time and the grace together; \`check\` says so from a grace of 10 seconds on.

The grace is for whom the init may signal: its own user, which is the workload's, and everybody where it keeps KILL. Processes of other users (a step's daemon with another \`user\`, a shell that root has by
\`docker exec\`) are neither told nor waited for, while those of its own are; when some are left a warning says so once, and they end with the container. \`check\` warns where a step's daemon is of that kind. What is left is found by /proc;
without one, whoever is left has the whole time.

A daemon that a \`fuse\` step started, or a \`run\` with \`background: true\`, is watched, from when the steps are done: one that has ended before that is not told of. Such a program goes to the background by itself and exits 0, which is waited for; one that does not fork takes \`ready\` beside
\`background\`, which says when the start may go on. When it ends, that is said with its name and status. A file system whose daemon is gone answers ENOTCONN for good, and nobody
is left who may mount it again; with \`daemons: terminate\` the workload gets TERM, and whoever restarts the container has it mounted anew.

## Sockets and notifications

\`LISTEN_PID\` is the workload's pid, for sockets of \`listen\` and for those that came with the start. \`NOTIFY_SOCKET\` is handed on as it is. What the workload says there comes from pid 2, so that a unit of systemd needs
\`NotifyAccess=all\`, or the workload tells \`MAINPID=\`.

## What is not offered

- **Nothing runs at the end.** A step \`on_exit\` would need somebody who still holds what the workload gave up, all its life, and this program's reason is that there is nobody. What the workload's user may do, the workload's own
  handler of TERM does. What takes privilege belongs to whoever still has it: \`--rm\` and a volume's driver, a unit's \`ExecStopPost=\`, a \`preStop\` hook, a second container, or the setup of the next start, whose steps
  are written so that they find what the last one left.
- **No second service.** It watches one workload and restarts nothing. For several: a container each, or s6-overlay or systemd as process 1, without \`init\`. A workload that is itself such an init is refused
  (\`/init\` of s6-overlay, systemd, \`/sbin/init\`), by \`check\` as well, because it has to be process 1.
- **No guess about groups.** A signal goes to the workload alone unless \`group\` says otherwise: a master that hands TERM on to its workers would tell them twice. With \`group\`, what a shell has started by \`&\` ignores QUIT and INT,
  as shells without job control have it: TERM reaches those too.

## Beside tini, dumb-init and catatonit

${Object.keys(situations).length} situations that people have reported of the inits of today, or that follow from what this one promises. Each is a test (\`test/e2e/init\`), of this program, which does what is right in each, and of
Debian's tini 0.19.0, dumb-init 1.2.5 and catatonit 0.1.7: the cells of this table are what they do there.

${table(
	["situation", "right", ...peers, "reported"],
	Object.entries(situations as Readonly<Record<string, Situation>>).map(([name, each]) => [
		`**${named(name)}**: ${each.what}`,
		each.right,
		...peers.map((peer) => cell(each, peer)),
		each.reports.map(link).join(", "),
	]),
)}

In a container that starts as the workload's user (\`USER app\`) the others may signal their workload as well, and \`/proc/1/fd/1\` is open to it; nothing can be set up there.
`;
