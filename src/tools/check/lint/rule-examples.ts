import type { LintCode } from "./rules.ts";

/**
 * Lines in which the rule finds something, and the same without: of the configuration, a rule of a profile where they begin with a brace,
 * or a RUN of an image. A text alone where what is written is not what it comes of.
 */
export type RuleExample = readonly [wrong: string, right: string] | string;

/** A new rule does not compile without its example, and a test has each rule look at its own. */
export const ruleExamples: Readonly<Record<LintCode, RuleExample>> = {
	LINT_DENY_LIST: ["capabilities: {keep: ALL, drop: [SYS_ADMIN]}", "capabilities: {keep: [KILL]}"],
	LINT_DANGEROUS_CAPABILITY: ["capabilities: {keep: [SYS_ADMIN]}", "capabilities: {keep: []} # a step has what it needs without"],
	LINT_ACCOUNT_NAME: ['user: "1000.1000"', 'user: "1000:1000"'],
	LINT_STAND_IN: ["workdir: /path/to/app", "workdir: /srv/app"],
	LINT_INHERITABLE_LEFTOVER: ["capabilities: {sets: {bounding: [KILL], inheritable: [KILL]}}", "capabilities: {keep: [KILL]}"],
	LINT_UNNEEDED_CAPABILITY: [
		"capabilities: {keep: [SYS_NICE]}\ncommand: {default: [nginx]}",
		"capabilities: {keep: []}\ncommand: {default: [nginx]}",
	],
	LINT_NEW_PRIVILEGES: ["no_new_privileges: false", "no_new_privileges: true"],
	LINT_SECUREBITS: ["securebits: none", "securebits: locked"],
	LINT_SETUID_FIXUP: [
		"user: root\ncapabilities: {keep: [SETUID]}\nsecurebits: [locked, no_setuid_fixup]",
		"user: root\ncapabilities: {keep: [SETUID]}\nsecurebits: locked",
	],
	LINT_AMBIENT_ROOT: ["user: root\ncapabilities: {keep: [SETUID]}", "user: app"],
	LINT_SESSION_KEYRING: ["setup: [{run: [prepare]}]", "setup: [{run: [prepare]}]\nsession_keyring: new"],
	LINT_LANDLOCK_MOUNT: [
		"landlock: {write: [/data]}\ncommand: {default: [bwrap, app]}",
		"landlock: {connect: [443]}\ncommand: {default: [bwrap, app]}",
	],
	LINT_LANDLOCK_PROC: [
		"landlock: {write: [/data]}\ncommand: {default: [unshare, -r, app]}",
		"landlock: {write: [/data, /proc]}\ncommand: {default: [unshare, -r, app]}",
	],
	LINT_LANDLOCK_ROOT: ["landlock: {write: [/]}", "landlock: {write: [/data]}"],
	LINT_LANDLOCK_DEVICES: ["landlock: {write: [/dev]}", "landlock: {write: [/dev/fuse]}"],
	LINT_LANDLOCK_WRITE_EXECUTE: ["landlock: {execute: [/app], write: [/app]}", "landlock: {execute: [/app], write: [/data]}"],
	LINT_LANDLOCK_PROGRAMS: ["landlock: {write: [/usr]}", "landlock: {write: [/data]}"],
	LINT_LANDLOCK_KERNEL: "landlock: {connect: [443]}, which takes Linux 6.7, or any on a kernel before 5.13",
	LINT_NETWORK_WAIT: ["namespaces: net\nsetup: [{wait_for: {tcp: 'db:5432'}}]", "namespaces: ipc\nsetup: [{wait_for: {tcp: 'db:5432'}}]"],
	LINT_IPC_DEVICE_MAPPER: [
		"namespaces: ipc\nsetup: [{run: [dmsetup, remove, x]}]",
		"namespaces: ipc\nsetup: [{run: {command: [dmsetup, remove, x], env: {DM_DISABLE_UDEV: '1'}}}]",
	],
	LINT_CONFINED_ROOT: [
		"user: root\nconfine: docker-default\nsetup: [{mkdir: /run/app}]",
		"user: app\nconfine: docker-default\nsetup: [{mkdir: /run/app}]",
	],
	LINT_DEVICE_LEFT_OUT: [
		"devices: [/dev/kvm]\nsetup: [{device: /dev/fuse}]",
		"devices: [/dev/kvm, /dev/fuse]\nsetup: [{device: /dev/fuse}]",
	],
	LINT_DEVICE_MODE: ["user: root\ndevices: [{path: /dev/sda, access: r}]", "user: app\ndevices: [{path: /dev/sda, access: r}]"],
	LINT_LABEL_KERNEL: "apparmor on a machine with SELinux, or without either",
	LINT_USER_TWICE: ["user: app\ncommand: {default: [gosu, app, server]}", "user: app\ncommand: {default: [server]}"],
	LINT_INIT_WORKLOAD: ["init: true\ncommand: {default: [/sbin/init]}", "command: {default: [/sbin/init]}"],
	LINT_SECOND_INIT: ["init: true\ncommand: {default: [tini, server]}", "init: true\ncommand: {default: [server]}"],
	LINT_INIT_PROGRAM: ["command: {default: [tini, server]}", "init: true\ncommand: {default: [server]}"],
	LINT_GRACE_LENGTH: ["init: {grace: 10s}", "init: {grace: 8s}"],
	LINT_GRACE_USER: [
		"user: app\ninit: {grace: 8s}\nsetup: [{run: {command: [crond], background: true, user: bin}}]",
		"user: app\ninit: {grace: 8s}\nsetup: [{run: {command: [crond], background: true, user: target}}]",
	],
	LINT_WALL_COMMAND: ["seccomp: docker-default", "seccomp: docker-default\ncommand: {default: [server]}"],
	LINT_SECRET_IN_FILE: ["env: {set: {DB_PASSWORD: hunter2}}", "env: {from_file: [DB_PASSWORD]}"],
	LINT_FROM_FILE_TAKEN: ["env: {from_file: [DB], clear: true}", "env: {from_file: [DB], unset: [OTHER]}"],
	LINT_ACCOUNT_OF_START: ["workdir: ${HOME}", "workdir: ${@user.home}"],
	LINT_GIVEN_LATER: ["env: {default: {DATA: /data}}\nworkdir: ${DATA}", "env: {default: {DATA: /data}}\nworkdir: ${DATA:-/data}"],
	LINT_HUGE_TREE: ["setup: [{own: /srv}]", "setup: [{own: /srv/app}]"],
	LINT_DAEMON_SOCKET: ["setup: [{own: /run/docker.sock}]", "groups: {from_path: [/run/docker.sock]}"],
	LINT_ROOT_ON_DISK: [
		"setup: [{mount: {type: bind, source: /a, target: /b, idmap: root-to-target}}]",
		"setup: [{mount: {type: bind, source: /a, target: /b, idmap: target}}]",
	],
	LINT_SHAPED_IMAGE: [
		"setup: [{own: /data}, {mount: {type: ext4, source: /data/a.img, target: /mnt, loop: true}}]",
		"setup: [{own: /data}, {mount: {type: ext4, source: /images/a.img, target: /mnt, loop: true}}]",
	],
	LINT_INVISIBLE_CHARACTER: ['workdir: "/data\\u200b"', "workdir: /data"],
	LINT_SHELL_WORD: ["command: {default: [prepare, '&&', server]}", "command: {default: [sh, -c, 'prepare && exec server']}"],
	LINT_STEP_CHOWN: ["setup: [{run: [chown, -R, app, /data]}]", "setup: [{own: {path: /data, owner: app, group: keep}}]"],
	LINT_HELP_PATTERN: ["command: {skip_setup_if: ['-?']}", "command: {skip_setup_if: ['-\\?']}"],
	LINT_PLAIN_PATH: ["setup: [{copy: {from: /seed/*, to: /data}}]", "setup: [{copy: {from: /seed, to: /data}}]"],
	LINT_SEVERAL_PATHS: ["setup: [{own: '/data, /run/app'}]", "setup: [{own: [/data, /run/app]}]"],
	LINT_BRACES: ["setup: [{own: '/data/{a,b}'}]", "setup: [{own: [/data/a, /data/b]}]"],
	LINT_FILE_VARIABLE: ["env: {from_file: [DB_PASSWORD_FILE]}", "env: {from_file: [DB_PASSWORD]}"],
	LINT_VARIABLE_NAME: ["setup: [{when: {env: '!CI'}, own: /data}]", "setup: [{when: {unset: CI}, own: /data}]"],
	LINT_COMPARED_SETTING: ["setup: [{sysctl: {fs.file-max: '>=99'}}]", "setup: [{sysctl: {fs.file-max: {at_least: 99}}}]"],
	LINT_PORT_TWICE: [
		"setup: [{listen: {tcp: 80}}, {listen: {tcp: 80, name: b}}]",
		"setup: [{listen: {tcp: 80}}, {listen: {tcp: 81, name: b}}]",
	],
	LINT_PORT_KEPT: ["setup: [{listen: {tcp: 80}}]\ncapabilities: {keep: [NET_BIND_SERVICE]}", "setup: [{listen: {tcp: 80}}]"],
	LINT_IDLE_PREPEND: ["command: {prepend_if: ['-*']}", "command: {prepend_if: ['-*'], default: [server]}"],
	LINT_SECCOMP_COMMAND: [
		"seccomp: docker-default\ncommand: {default: [chromium]}",
		"seccomp: {profile: docker-default, allow: [browser]}\ncommand: {default: [chromium]}",
	],
	LINT_SECCOMP_EXEC: ["seccomp: {profile: docker-default, deny: [execve]}", "seccomp: {profile: docker-default, deny: [execveat]}"],
	LINT_SECCOMP_OWN_CALLS: ["seccomp: {profile: docker-default, deny: [write]}", "seccomp: {profile: docker-default}"],
	LINT_SECCOMP_OPEN: ["seccomp: {profile: docker-default, action: log}", "seccomp: {profile: docker-default, action: kill}"],
	LINT_SECCOMP_UNKNOWN_CALL: ['{"names": ["mmpa"], "action": "SCMP_ACT_ALLOW"}', '{"names": ["mmap"], "action": "SCMP_ACT_ALLOW"}'],
	LINT_SECCOMP_FALLBACK: [
		'{"names": ["statx"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}',
		'{"names": ["statx"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}',
	],
	LINT_SECCOMP_OTHER_WAY: [
		"seccomp: {profile: docker-default, deny: [chmod, fchmod]}",
		"seccomp: {profile: docker-default, deny: [chmod, fchmod, fchmodat, fchmodat2]}",
	],
	LINT_SECCOMP_SHADOWED: [
		'{"names": ["dup"], "action": "SCMP_ACT_ALLOW"}, {"names": ["dup"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}',
		'{"names": ["dup"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}',
	],
	LINT_SECCOMP_TWO_RULES: [
		'{"names": ["dup"], "action": "SCMP_ACT_ALLOW"}, {"names": ["dup"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}',
		'{"names": ["dup"], "action": "SCMP_ACT_ALLOW"}',
	],
	LINT_SECCOMP_SAME_ARGUMENT: [
		'{"names": ["dup"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_GE"}, {"index": 0, "value": 2, "op": "SCMP_CMP_LE"}]}',
		'{"names": ["dup"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_LE"}]}',
	],
	LINT_SECCOMP_ERRNO_ZERO: [
		'{"names": ["chown"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0}',
		'{"names": ["chown"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}',
	],
	LINT_SECCOMP_UNMET: [
		'{"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}}',
		'{"names": ["chroot"], "action": "SCMP_ACT_ALLOW"}',
	],
	LINT_SECCOMP_IDLE_ALLOW: ["seccomp: {profile: docker-default, allow: [read]}", "seccomp: {profile: docker-default, allow: [keyctl]}"],
	LINT_SECCOMP_UNREAD: "seccomp: /etc/p.json, checked on a machine where it is neither at that path nor beside the file",
	LINT_SECCOMP_STALE: "a profile that was changed after RUN abdicate compile, or another version of this program",
	LINT_SECCOMP_NOT_STORED: ["seccomp: /etc/p.json", "RUN abdicate compile"],
	LINT_COMMAND: ["RUN chmod 644 /app/server", "RUN chmod 755 /app/server"],
	LINT_WORKDIR: ["workdir: /none", "workdir: /etc"],
	LINT_IDLE_STEP: ["setup: [{hooks: /none}]", "setup: [{hooks: /etc}]"],
	LINT_MISSING_PROGRAM: ["setup: [{run: [/bin/none]}]", "setup: [{run: [/bin/true]}]"],
	LINT_MISSING_SOURCE: ["setup: [{own: /data}]", "setup: [{mkdir: /data}, {own: /data}]"],
	LINT_STEP_OBSTACLE: ["setup: [{run: [/etc/passwd]}]", "setup: [{run: [/bin/true]}]"],
	LINT_FILE_CAPABILITIES: ["RUN setcap cap_net_raw+ep /app/server", "RUN setcap -r /app/server"],
	LINT_IMAGE_USER: ["USER app", "USER root # user: app stands in the file"],
	LINT_WRITABLE_PROGRAM: ["COPY --chown=app --from=abdicate /abdicate /", "COPY --from=abdicate /abdicate /"],
};
