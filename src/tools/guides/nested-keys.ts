/** One sentence for each key inside another, by its whole name. The test of the JSON Schema wants them all. */
export const nestedKeys: Readonly<Record<string, string>> = {
	"command.default": "The command when none is given; see `prepend_if`.",
	"command.prepend_if": 'Patterns such as `"-*"`: when the first argument matches one, `default` goes in front of the arguments.',
	"command.setup_only_for":
		"Base names of the commands that get the setup, or patterns such as rabbitmq*; others are only dropped. By default all get it.",
	"command.skip_setup_if":
		"Patterns: an argument that matches one, such as `--help`, skips the setup. A backslash takes the meaning of `*` and `?` away: `'-\\?'`.",
	"groups.from_user": "Take the memberships in /etc/group. By default yes, unless `user` names a group.",
	"groups.keep_runtime":
		"Keep what `--group-add` or supplementalGroups gave, without the groups of the user of the start and without group 0.",
	"groups.add": "More groups, by name or gid.",
	"groups.from_path":
		"Paths and patterns, such as /var/run/docker.sock; the group of each is added, where only root, or who started the container, can have put it.",
	"groups.allow_root_group": "Allow gid 0 among the supplementary groups.",
	"umask.if_default": "The mask that applies only when the inherited one is 0022, that is, when nobody chose one.",
	"selinux.user": "The user of the context, such as system_u.",
	"selinux.role": "The role of the context, such as system_r.",
	"selinux.type": "The type of the context, such as app_t.",
	"selinux.level": "The level or range of the context, such as `s0:c1,c2`: the categories that keep containers apart.",
	"env.set": "Variables that get this value, whatever they had.",
	"env.default":
		"Variables that get this value when they are not given; for a NAME of `from_file` when NAME_FILE is not given either, and the other way round.",
	"env.from_file":
		"Names: when NAME_FILE is given, NAME gets the content of the file that it names, without one newline (LF or CR LF) at its end; NAME_FILE is removed. Both given is an error. Where the user could have put the file, it has to be readable for it; none on FUSE or a network mount, unless the file itself is mounted.",
	"env.unset": "Names and patterns, such as `DB_*`, that are removed.",
	"env.clear": "Begin with an empty environment.",
	...limits({
		cpu: "Processor time in seconds",
		fsize: "Size in bytes of a file that is written",
		data: "Data segment in bytes",
		stack: "Stack in bytes",
		core: "Size of a core dump in bytes; 0 for none",
		rss: "Resident memory in bytes; without effect on Linux",
		nproc: "Processes of the user, in other containers too; beyond them fork gets EAGAIN",
		nofile: "Open files of one process; beyond them it gets EMFILE",
		memlock: "Locked memory in bytes",
		as: "Address space in bytes",
		locks: "File locks; without effect on Linux",
		sigpending: "Queued signals of the user",
		msgqueue: "Bytes in POSIX message queues of the user",
		nice: "Ceiling of the nice value, as 20 minus the value",
		rtprio: "Ceiling of the real-time priority",
		rttime: "Microseconds of processor time under real-time scheduling without a blocking call",
	}),
	"capabilities.keep":
		"Capabilities for the workload, in all five sets; one that is not held is an error. `ALL` keeps what is there, see `drop`.",
	"capabilities.keep_if_present": "As `keep`, but without an error for what is not held.",
	"capabilities.drop": "Only with `keep: ALL`: what is taken away from all.",
	"capabilities.sets": "The five sets one by one, in runc's words. It stands alone.",
	"capabilities.sets.bounding": "What any program can ever gain again.",
	"capabilities.sets.permitted": "What may be made effective.",
	"capabilities.sets.effective": "What the kernel checks. It has to be within `permitted`.",
	"capabilities.sets.inheritable": "What a program with inheritable file capabilities gets.",
	"capabilities.sets.ambient": "What an ordinary program gets by exec. It has to be within `permitted` and `inheritable`.",
	"seccomp.profile": "`docker-default`, the path of a profile in the format of Docker and OCI, or `none`.",
	"seccomp.allow":
		"System calls that the workload may make beside those of the profile, by their names, or what a kind of program needs: browser, bwrap, perf, io_uring, numa.",
	"seccomp.deny":
		"System calls that are refused with EPERM, or by `action`, whatever the profile, `allow` and a kept capability say; with ENOSYS where programs take an older call then, such as clone for clone3.",
	"seccomp.architectures": "In place of those of the profile: `native` ends every program for another architecture of this machine.",
	"seccomp.action":
		"What becomes of a call that the profile leaves to its default: `errno` (EPERM), `kill`, `trap` (SIGSYS), or `log`, which lets it pass and writes it to the log of the kernel.",
	"paths.masked":
		"Paths that show nothing any more, beside those of an ordinary container: a list adds to `docker-default`. With `none`, alone or in the list, those of an ordinary container stay as they are, and `plan` says which are open. One below /proc or /sys is masked in every proc or sysfs there is.",
	"paths.read_only":
		"Paths that can only be read, in the same way; `docker-default` has every sysfs and every mount of cgroups as a whole, too.",
	"paths.except":
		"Where a second proc or sysfs is mounted that is to stay as it is, for monitoring: `/host/proc`. `plan` says what it leaves open.",
	"cgroup.pids": "Processes and threads, at most.",
	"cgroup.memory": "The most memory, such as 512M or 512Mi, in whole pages; beyond it the kernel ends a process, which is status 137.",
	"cgroup.cpu": "Time of processors: 1.5, or 150%, is one and a half.",
	"cgroup.io": "What goes to and from block devices.",
	"cgroup.io.device": "The block device itself, and no partition, as the container sees it.",
	"cgroup.io.read_bps": "Bytes in a second that are read, a size such as 10M.",
	"cgroup.io.write_bps": "Bytes in a second that are written, a size such as 10M.",
	"cgroup.io.read_iops": "Operations of reading in a second.",
	"cgroup.io.write_iops": "Operations of writing in a second.",
	"devices.path": "Of a device below /dev that the workload finds beside those of every container.",
	"devices.access":
		"`rw` (default), `r` or `w`. What the node's own mode does not give, or gives more of, is given by a new node of root's with the workload's group.",
	"landlock.read":
		"Files, and directories with all below them, that may be read. One of `read`, `execute` and `write` closes everything else in the file system, but for the base set.",
	"landlock.execute":
		"Files, and directories with all below them, that may be executed, and read. What may be read can be run by an interpreter or the dynamic loader as well. A file moved or linked to where it may be executed, and could not before, fails with EXDEV.",
	"landlock.write":
		"Files, devices, and directories with all below them, that may be read, written, made, renamed and removed; of devices, such as /dev/net/tun and /dev/kvm, ioctl(2) as well. No device is made there.",
	"landlock.connect": "TCP ports that may be connected to; an empty list for none. Other protocols are not walled.",
	"landlock.bind":
		"TCP ports that may be listened on, 0 for one that the kernel chooses; an empty list for none. Sockets of `listen` pass.",
	"landlock.scope":
		"`signals`: none to a process outside of the wall; `abstract_sockets`: no connection to an abstract Unix socket that was made outside of it. Linux 6.12.",
	"landlock.minimum":
		"The ABI of Landlock, 0 to 6, below which the start fails; what the kernel then lacks is not walled, and said at -v; a wall that does not stand at all is warned of. 0 goes on without any.",
	"landlock.base":
		"`usual` (default): what programs need although nobody thinks of it is open as well: the command with its interpreters and loader, libraries, /proc for reading, /dev/null and its like, descriptors 0-2, names, time zones and certificates. `none`: not.",
	"init.signals":
		"What is sent instead of a signal, by names such as TERM and RTMIN+3 or by numbers: `{TERM: QUIT}`, `{15: 3}`; `none` for nothing.",
	"init.exit_codes":
		"What is ended with instead of a status of the workload, which is 128 and the signal for one that was killed: `{143: 0}`.",
	"init.group": "Whether signals go to the workload's whole process group, and not to it alone.",
	"init.subreaper": "Whether orphans are taken in by an init that is not the first process, which has them in any case. `auto` is yes.",
	"init.grace":
		"When the workload has ended: how long whoever is left has to end after SIGTERM, and SIGKILL after that: `5s`, `500ms`; a bare number counts seconds. Processes of other users, which the init may not signal, are not waited for. `docker stop` kills everything after ten seconds.",
	"init.daemons":
		"What becomes of it when a daemon that a step has left, such as that of a FUSE mount, ends: `warn` says so, `terminate` sends the workload SIGTERM as well.",
	"own.modes.dirs": "The mode of directories, in octal.",
	"own.modes.files": "The mode of regular files, in octal.",
	"setup.name": "Shown instead of `setup[1]`.",
	"setup.when": "The step runs only if all of these hold; else it is skipped.",
	"setup.when.env":
		'A variable that is given, a list of them, or NAME: value for those that equal it, where `""` is one that is not given.',
	"setup.when.unset": "Variables that are not given: not set, or empty.",
	"setup.when.exists": "A path that exists, as the user sees it where it has a say in what is there.",
	"setup.when.command": "Base names, one of which is the command's.",
	"setup.when.held": "A capability that is held at the start.",
	"setup.on_error": "`fail` (default) ends the start; `warn` says what failed while it was done and goes on.",
};

function limits(what: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(Object.entries(what).map(([name, text]) => [`limits.${name}`, `${text}.`]));
}
