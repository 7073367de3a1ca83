import { CapabilitySet } from "../../src/capability/set.ts";
import { callNames } from "../../src/confine/seccomp/calls.ts";
import { dockerDefault, dockerDefaultVersion, hardenings } from "../../src/confine/seccomp/docker-default.ts";
import { type Exception, exceptions } from "../../src/confine/seccomp/exceptions.ts";
import { callsWithOlder, olderCalls } from "../../src/confine/seccomp/older-calls.ts";
import { callsOpenedBy, capabilitiesOpening, exceptionsOpening, openingCapabilities } from "../../src/tools/explain/calls.ts";
import { refusedCalls } from "../../src/tools/guides/refused-calls.ts";
import { judgeBy } from "../../src/tools/seccomp/judge.ts";
import { decisionWords, isAlways, isPossible } from "../../src/tools/seccomp/words.ts";
import { code, codes, table } from "./table.ts";

const machine = { machine: "x86_64", kernel: [6, 12] } as const;
const judge = judgeBy(dockerDefault, { allow: [], deny: [], action: undefined }, { ...machine, kept: CapabilitySet.empty });
const all = callNames("x86_64");
const allowed = all.filter((name) => isAlways(judge(name)));
const conditional = all.filter((name) => !isAlways(judge(name)) && isPossible(judge(name)));

/** Who is needed for a call, or which name in `allow`. */
function openedBy(name: string): string {
	return [...capabilitiesOpening(name, machine), ...exceptionsOpening(name, machine).map(code)].join(", ");
}

const refusedRows = refusedCalls
	.map(({ names, reason }) => ({ names: names.filter((name) => !isAlways(judge(name))), reason }))
	.filter(({ names }) => names.length > 0)
	// What is opened by other words has a line of its own.
	.flatMap(({ names, reason }) =>
		[...new Set(names.map(openedBy))].map((opening): [string, string, string] => [
			codes(names.filter((name) => openedBy(name) === opening)),
			reason,
			opening,
		]),
	);

/** Seen with glibc 2.36, coreutils 9.1, Python, node and bash, but for those of newer libraries and of Wine. */
const failsWithout: Readonly<Record<string, string>> = {
	clone3: "every thread of glibc 2.34 and newer",
	faccessat2: "`test -r` of bash and dash, `access` with flags, with glibc and musl",
	fchmodat2: "a change of mode that follows no link, as of `tar`, with glibc 2.39 and musl 1.2.5",
	futex_waitv: "Wine",
	openat2: "`tar` of 2025 and newer",
	renameat2: "`mv`",
	statx: "`ls`, `stat`",
};

export const seccompPage = `# seccomp

<!-- Generated from the tables in src/ by \`make docs\`; the words between them are in scripts/docs/seccomp-page.ts. -->

A filter of the kernel's in front of every system call of the workload. It begins with the workload's first instruction, when the setup is done and proved: what
the setup has to do, mount, change owners, open ports, does not have to be allowed to the workload. A runtime's own filter is there from the start of the container
and has to let both pass. Where there are two, both hold. seccomp(2)

\`\`\`yaml
user: app
seccomp: docker-default
\`\`\`

| written | is |
| --- | --- |
| \`none\` (default) | no filter of ours |
| \`docker-default\` | what Docker allows by default, built in |
| \`/etc/app.json\` | a profile of your own, as Docker and the OCI write them |
| \`{profile, allow, deny, architectures, action}\` | one of both, changed |
| \`--seccomp\` | the same as an option: \`--seccomp docker-default\`, \`--seccomp none\` |

| in \`{...}\` | is |
| --- | --- |
| \`profile\` | \`docker-default\` or a path; required |
| \`allow\` | calls that are allowed whatever their arguments are, by name, or [exceptions](#exceptions) such as \`browser\` |
| \`deny\` | calls that are refused, with EPERM or what \`action\` says, under \`log\` with EPERM too; it wins over \`allow\`, over the profile, and over what a kept capability opens. Calls for which programs have an older one get [ENOSYS](#eperm-and-enosys) |
| \`architectures\` | in place of the profile's: \`native\`, \`x86\`, \`x32\`, \`arm\`. A program of any other is killed at its first call (status 159, without a word): a start whose command is one ends with 126 before, unless a step makes it; of a script's interpreter \`plan\`, and \`check\` in the image, tell it |
| \`action\` | in place of the profile's default: \`errno\` (EPERM), \`kill\`, \`trap\`, \`log\`. \`log\` refuses nothing that the profile does not name, and writes it to the kernel's log, for finding out |

A kernel without filters (\`CONFIG_SECCOMP_FILTER\`; \`grep Seccomp: /proc/self/status\` prints a line where there is one), a profile that cannot be read or loaded, and
\`no_new_privileges: false\`, with which the kernel takes a filter from SYS_ADMIN alone, end the start with 125. Nothing of it is ever a warning.

A command that is linked dynamically, against glibc or musl, ends before anything of its own where a profile lacks what its loader calls (openat, read, mmap, mprotect, arch_prctl, and where
it kills brk and set_tid_address): such a start ends with 126, with their names. What else a program calls is for who writes its profile.

What holds is shown by \`abdicate plan\` (the filter in one line), \`abdicate explain CALL\` (what becomes of one call, and why), \`abdicate check\` (what is wrong with a
profile, and what the command is known to need) and \`abdicate inspect\` (how many filters a process has).

### How to see that it is on

\`abdicate -v\` ends with a line for the walls, \`confined walls: seccomp docker-default, from the exec on\`: a filter that the kernel does not load ends the start. Of a container that runs,
\`Seccomp_filters\` of /proc/PID/status (Linux 5.10) is one more than without the key, the runtime's own beside it. \`docker exec\` starts its programs outside of the filter, and \`abdicate enter\` inside:

\`\`\`console
$ docker exec app /abdicate inspect 1 | grep seccomp
  seccomp      filter, 2 installed
$ docker exec app grep Seccomp_filters /proc/self/status
Seccomp_filters:	1
$ docker exec app /abdicate enter -- grep Seccomp_filters /proc/self/status
Seccomp_filters:	2
\`\`\`

## docker-default

The effect of the default profile of Docker ${dockerDefaultVersion}, in a table of our own. It is a list of what is allowed: of the ${all.length} calls of x86_64 that are known here, ${allowed.length} are
allowed to everybody and ${conditional.length} under conditions. Any other gets EPERM; a call whose number is above all that the profile names, that is, one that is newer than it, gets
ENOSYS, so that programs take an older one as they do on an older kernel. It is compiled when this program is built, and completed at the start with what the
workload's bounding set keeps: that costs well under a millisecond.

| call | is |
| --- | --- |
${conditional.map((name) => `| ${code(name)} | ${decisionWords(name, judge(name)).replaceAll("|", "\\|")} |`).join("\n")}
| \`clone3\` | ${decisionWords("clone3", judge("clone3"))}; programs take clone then, whose flags a filter can see |

### What it refuses, and why

${table(["calls", "why", "opened by keeping, or by a name in `allow` beside its own"], refusedRows)}

\`ptrace\`, \`process_vm_readv\` and \`process_vm_writev\` are allowed since Linux 4.8, where a traced process no longer gets past its filter: between processes of one user, as the
kernel itself asks. \`clock_adjtime\` and \`adjtimex\` are allowed, because they also read; the kernel lets nobody set the clock without SYS_TIME.

### What a kept capability opens

A capability in the bounding set of the workload (\`capabilities.keep\`) opens the calls that are of no use without it. \`deny\` closes them again: a backup that
keeps DAC_READ_SEARCH to read everything has no use for \`open_by_handle_at\`, by which containers were left in 2014.

\`\`\`yaml
capabilities: {keep: [DAC_READ_SEARCH]}
seccomp: {profile: docker-default, deny: [open_by_handle_at]}
\`\`\`

${table(
	["kept", "opens"],
	openingCapabilities.map((name) => [name, codes(callsOpenedBy(name))]),
)}

A program of a \`run\` step that stays beside the workload gets the filter of the capabilities that *it* keeps.

### Stricter than Docker's

${table(
	["call", "what is compared", "why"],
	hardenings.map(({ call, what, why }) => [code(call), what, why]),
)}

### Other architectures of the machine

x86_64 kernels run programs of i386 and x32 too, aarch64 those of 32-bit ARM; docker-default has rules for each, as Docker's. On i386 many calls have a second door:
\`socketcall\` does what \`socket\` does, with its arguments in memory, where no filter sees them. As in Docker's profile it is allowed, so that a program of i386 reaches the
address families that \`socket\` refuses. Hardly an image has such programs, and the cure is not to run any:

\`\`\`yaml
seccomp: {profile: docker-default, architectures: [native]}
\`\`\`

## Exceptions

What public programs were found to need beyond docker-default, by taking one call away after the other. \`allow\` takes their names; \`check\` says when the command is one of these programs and the
filter refuses what it needs.

${table(
	["in `allow`", "for", "calls"],
	Object.entries(exceptions).map(([name, { calls, purpose }]) => [code(name), purpose, codes(calls)]),
)}

${Object.entries<Exception>(exceptions)
	.flatMap(([name, { remark }]) => (remark === undefined ? [] : [`${code(name)}: ${remark}.`]))
	.join("\n")}

\`gdb\` and \`setarch -R\` ask by \`personality\` for addresses that are not randomised (0x40000), which docker-default does not let pass: \`allow: [personality]\`. gdb goes on
without, with a warning; \`linux32\` alone needs nothing.

A runtime's own filter refuses the same calls, and what one of two filters refuses stays refused: see [below](#with-a-runtimes-filter-and-without).

## A profile of your own

Profiles that were written for Docker, containerd, Podman or config.json are read as they are. A good start is what Docker has, changed: \`allow\` and \`deny\` do that without a file. Where less is wanted, begin with
nothing and find out what the program calls:

\`\`\`yaml
seccomp: {profile: /etc/app.json, action: log}
\`\`\`

writes every call that the profile does not name to the kernel's log (\`dmesg\`, \`type=1326\`, with its number: \`abdicate explain 165\` says which call that is) and refuses none. For the command to start at
all, \`execve\` has to be allowed; that \`write\` or \`exit_group\` are not is a warning. [examples/static](../../examples/static/) has a profile of 24 calls.

${table(
	["written", "means"],
	[
		[
			"`defaultAction`, `action`",
			"SCMP_ACT_ALLOW, LOG, ERRNO, TRAP, KILL and KILL_THREAD (the thread ends), KILL_PROCESS. NOTIFY and TRACE ask another process, and there is none: they are refused",
		],
		[
			"`defaultErrnoRet`, `errnoRet`",
			"a number, 0 to 4095; EPERM when not written. 0 tells the program that it was done, and another than ENOSYS (38) hides [older calls](#eperm-and-enosys): `check` warns of both",
		],
		["`defaultErrno`, `errno`", 'the same by name, as Podman writes it: "ENOSYS". Where both are written they have to agree'],
		[
			"`names`, or `name`",
			"a name that is not known is passed over, and told by `check`; in a rule that refuses, under a default that allows, it is an error",
		],
		["`args`", "all have to hold. The same index twice in one rule means that one of them is enough, as runc takes it; `check` warns"],
		[
			"`op`",
			"SCMP_CMP_EQ, NE, LT, LE, GT, GE compare 64 bits without a sign; MASKED_EQ compares the bits of `value` with those of `valueTwo`",
		],
		["numbers", "whole, up to 18446744073709551615, and exact: what does not fit into 53 bits is no other number here"],
		[
			"several rules for a call",
			"the first without `args` that is not the default decides alone; those with `args`, and others without, are never asked, which `check` warns of. Rules with `args` that can both hold and say something else are an error",
		],
		[
			"`includes`, `excludes`",
			"`caps`: all of, none of what the bounding set keeps. `arches`: the machine, in Go's words (amd64, arm64). `minKernel`: two numbers, as 4.8, and no third, as Docker takes it",
		],
		[
			"`architectures`, or `archMap`",
			"which programs of other architectures may run; the machine's own always may, and what is not named is killed. Only one of both may be written",
		],
		[
			"`flags`",
			"not written: SECCOMP_FILTER_FLAG_SPEC_ALLOW, and without it on a kernel that does not know it; an empty list: none. LOG and TSYNC are taken; those of a listener are refused",
		],
		["numbers above all that are named", "ENOSYS, unless the default allows or is ENOSYS itself"],
		["`socketcall`, `ipc` (i386)", "never looser than what the profile says of the calls that they stand for, unless it names them"],
		["`comment`", "passed over; a key that is not known is an error"],
	],
)}

A file that only holds a profile is told so, with the command that takes it out: a whole config.json (\`.linux.seccomp\`), what \`docker inspect\` prints, a
SeccompProfile of Kubernetes (\`.spec\`), which is YAML mostly. JSON takes no comments, no comma at the end of a list, and straight quotes alone: where a profile was copied from a web page, the typographic ones are named.

The kernel keeps a list of calls that a filter always allows, and does not ask it for those (Linux 5.11): rules without conditions cost nothing there.

### Stored in the image

docker-default costs next to nothing. Any other profile is compiled at each start, which takes some milliseconds, unless the image brings it compiled:

\`\`\`dockerfile
COPY entrypoint.yaml /etc/entrypoint.yaml
COPY app.json /etc/app.json
RUN ["/abdicate", "compile"]
\`\`\`

\`abdicate compile [FILE]\` writes the filter beside the configuration, as \`/etc/entrypoint.yaml.seccomp\`, for every set of capabilities that may be kept. What is stored is used where it was made by this
version of the program, on this architecture, of the very profile and of the very key \`seccomp\` that the start finds: both are in it, and are compared whole ([0047](../decisions/0047-stored-filters.md)). Otherwise the start compiles the profile, and says so
at \`-v\`. It is believed like the configuration itself: what another than root could have written ends the start with CONFIG_UNTRUSTED.

## EPERM and ENOSYS

A program that gets ENOSYS for a newer call takes the older one, as on an older kernel. At EPERM it gives up, although the older call is allowed. So \`deny\` gives these ENOSYS, and \`check\` says where a
profile refuses one with another errno:

${table(
	["refused with another errno than ENOSYS", "older", "fails"],
	callsWithOlder.map((name) => [code(name), codes(olderCalls(name)), failsWithout[name] ?? ""]),
)}

On 32-bit ABIs the same holds for each \`..._time64\` and \`clock_gettime64\`. \`close_range\`, \`copy_file_range\`, \`epoll_pwait2\`, \`pidfd_open\` and \`rseq\` programs do without at any errno. \`action: kill\` and \`trap\` hold for these calls as for others.

The same is seen behind a filter of the runtime's that is older than the programs: copies of Docker's profile of before July 2021 have no rule for \`clone3\`, and refuse it with EPERM.

| what is seen | cause | remedy |
| --- | --- | --- |
| \`RuntimeError: can't start new thread\`, \`pthread_create: Operation not permitted\`, node or Java that aborts at the start, \`getaddrinfo() thread failed to start\` | \`clone3\` with EPERM | \`deny: [clone3]\`, or \`errnoRet: 38\` for it in the profile; a newer Docker or libseccomp where the runtime's filter does it |
| \`Operation not permitted\` from \`ls\` and \`stat\` for files that \`cat\` reads | \`statx\` with EPERM | the same with \`statx\`, or allow it |
| \`test -r\`, \`test -x\` and \`[ -w ]\` say no to every file | \`faccessat2\` with EPERM | the same with \`faccessat2\`, or allow it |
| \`mv: cannot move\`, and \`cp\` goes | \`renameat2\` with EPERM | the same with \`renameat2\`, or allow it |
| \`tar: Cannot change mode\`, \`tar: Cannot open\` | \`fchmodat2\`, \`openat2\` with EPERM | the same with these, or allow them |
| \`Function not implemented\` | a call without an older one, or whose older one is refused as well | allow it |
| \`Fatal glibc error: cannot get entropy for arc4random\`, node that aborts | \`getrandom\` | allow it |
| \`Bad system call\`, status 159 | SIGSYS: \`action: kill\` or \`trap\`, or a program of an architecture that is not among \`architectures\` | \`action: log\` and \`dmesg\` say which call |
| a call fails that \`explain\` says is allowed | the runtime's filter, or the kernel | \`abdicate inspect\` counts the filters |

## Calls with the same effect

To deny \`chmod\` alone closes little: \`chmod\` of coreutils calls \`fchmodat\`. \`check\` says which calls do the same and are allowed: \`mkdir\` and \`mkdirat\`, \`rename\` and \`renameat2\`, \`open\`, \`openat\`,
\`openat2\` and \`creat\`, on i386 \`chown32\`, with \`io_uring\` what a queue does in place of a call. It says so of a profile that allows what it does not name as well, which was written before the newer names: they are open in it.

\`\`\`yaml
seccomp: {profile: docker-default, deny: [chmod, fchmod, fchmodat, fchmodat2]}
\`\`\`

## With a runtime's filter, and without

The runtime's filter stays. Docker, containerd and Podman set one unless they are told not to; Kubernetes sets none unless a Pod has \`seccompProfile: {type: RuntimeDefault}\` or the kubelet \`seccompDefault\`. Where both are there, both hold: what the
runtime's refuses stays refused to the workload too, whatever \`allow\` or a profile says here, and \`abdicate explain CALL\`, the text plan and \`-v\` say so where one is there already. Where the configured filter allows more than the
usual one, \`abdicate plan --format docker\` (compose, kubernetes) asks for \`seccomp=unconfined\` and says for which calls. To let the setup do what a
filter would refuse and the workload not, the runtime is told to set none, and the configuration sets its own:

\`\`\`console
$ docker run --security-opt seccomp=unconfined IMAGE     # and in entrypoint.yaml: seccomp: docker-default
$ docker run --security-opt seccomp=/path/on/the/host/profile.json IMAGE
\`\`\`

The second gives the runtime a profile: it is read where \`docker\` is called, and holds for the setup as well. \`seccomp: none\`, or \`--seccomp none\`, is a workload without a filter of ours: \`unshare --map-root-user --user whoami\` says
\`root\` then, where the runtime allows it, and fails under docker-default.

## What no filter does

It sees the number of a call and six words. Paths, addresses and everything else that lies in memory it does not see, and another thread could change it. It says nothing of files: that is for modes, mounts and
Landlock. Descriptors that are open stay usable, whatever opened them. And a call that is allowed may still be refused by the kernel.
`;
