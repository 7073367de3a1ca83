import type { Securebit } from "../../capability/securebits.ts";

/** What each bit does. capabilities(7) */
export const securebitGuide: Readonly<Record<Securebit, string>> = {
	noroot: "uid 0 gets no capability by exec: root is an ordinary user",
	noroot_locked: "noroot cannot be changed any more",
	no_setuid_fixup:
		"a change between uid 0 and others leaves the capability sets alone, so that a root program that drops to a user drops nothing",
	no_setuid_fixup_locked: "no_setuid_fixup cannot be changed any more",
	keep_caps: "the permitted set survives when all uids leave 0. Each exec clears it, so that no workload ever has it",
	keep_caps_locked: "keep_caps cannot be changed any more; off, it ends programs that change their uid and keep a capability, such as ping",
	no_cap_ambient_raise: "no capability can be added to the ambient set",
	no_cap_ambient_raise_locked: "no_cap_ambient_raise cannot be changed any more",
	exec_restrict_file:
		"interpreters and loaders that ask by execveat(2) with AT_EXECVE_CHECK take no file that could not be executed; others do not know it, and the kernel forbids nothing by it. Linux 6.14, without SETPCAP",
	exec_restrict_file_locked: "exec_restrict_file cannot be changed any more",
	exec_deny_interactive:
		"interpreters that know it take no code from arguments, a terminal or standard input, unless it is a file that could be executed; the kernel forbids nothing by it. Linux 6.14, without SETPCAP",
	exec_deny_interactive_locked: "exec_deny_interactive cannot be changed any more",
};
