/** What stands in the errors of programs and in settings, in small letters, and what explains them: of several the first. */
export const symptoms: readonly (readonly [pattern: string, explained: string])[] = [
	["changing ownership", "CHOWN, own"],
	["bind\\(|bind: |bind to |^port \\d+$", "port"],
	["iptables|rtnetlink", "NET_ADMIN"],
	["ping: socket", "NET_RAW"],
	["(set|init)(groups|[ug]id).*not permitted|failed switching to", "SETUID, SETGID"],
	["\\bmount: .*(denied|superuser)", "SYS_ADMIN, step:mount"],
	["sudo: effective uid", "no_new_privs"],
	["cannot be run as root", "run.user"],
	["must be run from a term", "sudo"],
	["fuse: device", "--device"],
	["^cap_\\w+[+=][eip]+$", "file capabilities"],
	["^(net|kernel|vm|fs)\\.\\w", "sysctl"],
];
