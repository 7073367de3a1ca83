import type { documentKeys } from "../../config/document.ts";

/** One sentence for each key of the file. A new key does not compile without its text; those of the departure have theirs in their rows. */
export const keyDescriptions: Readonly<Record<keyof typeof documentKeys, string>> = {
	command: "Which command runs when none is given, and for which commands the setup is done.",
	user: "Whom the workload runs as: a name, a uid, `user:group` or `uid:gid`; names may be several words, `domain user`. Required here or as an option. Staying root has to be written: `user: root`.",
	groups: "The supplementary groups; the primary one is always in the list.",
	home: "`auto` (from /etc/passwd, `/` when unknown; where another user than root stays who it is and has no entry, the HOME of the start), `keep`, or a path. USER and LOGNAME follow the user.",
	workdir: "The working directory, entered as the user. By default where the container starts.",
	env: "The environment of the workload, changed in the order clear, unset, default, set, from_file, each on what the one before has left.",
	setup: "The privileged steps, in this order. Each entry holds one step and perhaps `name`, `when` and `on_error`.",
	capabilities:
		"What stays of the privilege, in Docker's names: `keep` and `keep_if_present`; or `keep: ALL` with `drop`; or `sets`. Nothing by default.",
	noNewPrivileges: "No program can gain privilege by exec any more. Default true.",
	securebits:
		"`locked` (default: root is an ordinary user for good; noroot and no_cap_ambient_raise with their locks), `none`, or a list of `locked`, noroot, no_setuid_fixup, keep_caps, no_cap_ambient_raise, and, since Linux 6.14, exec_restrict_file and exec_deny_interactive, each with its `_locked`. See capabilities(7). A program with file capabilities, such as ping, needs them in `capabilities.keep_if_present` all the same.",
	stdio:
		"`auto` (default): descriptors 0-2 that are pipes without a name or root's pseudo-terminals are given to the user, so that /dev/stdout can be opened. `keep`: not.",
	fds: "`listen` (default): descriptors 0-2 and sockets pass to the workload, nothing else; what LISTEN_FDS counts and is no socket is closed. `inherit`: all.",
	whenUnprivileged:
		"`adapt` (default): with less privilege than the plan needs, do what is safe and say it at -v, or as a warning where a program of root's is passed over. `fail`: refuse to start.",
};
