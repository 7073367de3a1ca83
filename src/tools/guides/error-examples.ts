import type { ErrorCode } from "../../report/codes.ts";

/**
 * What gives the code, and the same corrected: lines of the configuration, or a line of a shell, a RUN of an image where it does not
 * start this program itself; and where it does so, if not everywhere. A text alone where it is not by what is written that it comes.
 */
export type ErrorExample = readonly [wrong: string, right: string, where?: string] | string;

/** A new code does not compile without its example, and a test tries each. */
export const errorExamples: Readonly<Record<ErrorCode, ErrorExample>> = {
	USAGE: ["abdicate sleep 0", "abdicate -- sleep 0"],
	CONFIG_NOT_FOUND: ["abdicate --config /etc/app.yaml -- true", "abdicate --config /etc/entrypoint.yaml -- true"],
	CONFIG_UNREADABLE: ["abdicate --config /etc -- true", "abdicate --config /etc/entrypoint.yaml -- true"],
	CONFIG_UNTRUSTED: ["RUN chmod 666 /etc/entrypoint.yaml", "RUN chmod 644 /etc/entrypoint.yaml"],
	CONFIG_TOO_LARGE: ["RUN yes '#' | head -c 300000 >>/etc/entrypoint.yaml", "RUN yes '#' | head -c 30000 >>/etc/entrypoint.yaml"],
	CONFIG_SYNTAX: ["groups: {add: [video}", "groups: {add: [video]}"],
	CONFIG_DUPLICATE_KEY: ["umask: '0022'\numask: '0027'", "umask: '0027'"],
	CONFIG_UNKNOWN_KEY: ["umsk: '0027'", "umask: '0027'"],
	CONFIG_MISSING_KEY: ["setup: [{mkdir: {mode: '0750'}}]", "setup: [{mkdir: {path: /run/app, mode: '0750'}}]"],
	CONFIG_INVALID_VALUE: ["umask: '0999'", "umask: '0027'"],
	CONFIG_CONFLICT: ["capabilities: {keep: [CHOWN], drop: [KILL]}", "capabilities: {keep: [CHOWN]}"],
	INTERPOLATION_UNSET: ["workdir: ${DATA}", "workdir: ${DATA:-/tmp}"],
	INTERPOLATION_SYNTAX: ["workdir: $DATA", "workdir: ${DATA:-/tmp}"],
	USER_MISSING: ["umask: '0027'", "user: app"],
	USER_INVALID: ["user: -1", "user: app"],
	USER_UNKNOWN: ["user: ap", "user: app"],
	USER_NO_GROUP: ["user: 1234", "user: '1234:1234'"],
	GROUP_UNKNOWN: ["groups: {add: [vidoe]}", "groups: {add: [video]}"],
	USER_IS_ROOT: ["RUN echo app:x:0:0::/:/bin/sh >/etc/passwd", "RUN echo app:x:1000:1000::/:/bin/sh >/etc/passwd"],
	PASSWD_UNREADABLE: ["RUN rm /etc/passwd && mkdir /etc/passwd", "RUN adduser -D other"],
	PASSWD_MALFORMED: ["RUN echo app:x:one:1::/:/bin/sh >/etc/passwd", "RUN echo app:x:1000:1000::/:/bin/sh >/etc/passwd"],
	ID_UNMAPPED: ["unshare --map-root-user abdicate --user 7:7 -- true", "unshare --map-root-user abdicate --user 0:0 -- true"],
	CAPABILITY_UNKNOWN: ["capabilities: {keep: [NET_BIND]}", "capabilities: {keep: [NET_BIND_SERVICE]}"],
	CAPABILITY_MISSING: ["docker run --cap-drop ALL", "docker run --cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP"],
	SECUREBIT_UNKNOWN: "securebits of Linux 6.14, such as exec_restrict_file, on an older kernel",
	ENVIRONMENT_INVALID: [
		"setup: [{secret: {from: {env: TOKEN}, path: /run/token}}]",
		"setup: [{secret: {from: {env: HOME}, path: /run/token}}]",
	],
	COMMAND_MISSING: ["abdicate", "abdicate -- true"],
	COMMAND_NOT_FOUND: ["abdicate -- slep 0", "abdicate -- sleep 0"],
	COMMAND_NOT_EXECUTABLE: ["abdicate -- /etc/passwd", "abdicate -- /bin/true"],
	LIMIT_REFUSED: ["limits: {nofile: 65536}\nwhen_unprivileged: fail", "limits: {nofile: 65536}", "with docker run --ulimit nofile=1024"],
	LANDLOCK_UNAVAILABLE: ["landlock: {read: [/]}", "landlock: {read: [/], minimum: 0}", "on a kernel without Landlock"],
	LANDLOCK_RULE: ["landlock: {read: [/etcc]}", "landlock: {read: [/etc]}"],
	CONFINE_REFUSED: ["cgroup: {pids: 100}", "limits: {nproc: 100}", "in a container with read-only cgroups"],
	INIT_REFUSED: ["chmod 700 /abdicate; abdicate --init -- true", "chmod 755 /abdicate; abdicate --init -- true"],
	INIT_FAILED: "a machine without memory or processes left, or a filter of the runtime",
	MOUNT_HIDDEN: "a mount step below a volume that others share (:rshared), with confine, paths, devices or namespaces: [mount]",
	STEP_FAILED: ["setup: [{mkdir: /proc/app}]", "setup: [{mkdir: /run/app}]"],
	PROCESS_LEFT: "a program of a step that has started what this one may not end, such as one of another user",
	INTERRUPTED: ["timeout 1 abdicate --setup 'run: [sleep, \"5\"]' -- true", "timeout 9 abdicate --setup 'run: [sleep, \"0\"]' -- true"],
	REQUIREMENT_MISSING: ["setup: [{require: {env: [DB_HOST]}}]", "setup: [{require: {env: [HOME]}}]"],
	DROP_FAILED: ["workdir: /none", "workdir: /tmp"],
	VERIFY_FAILED: "a kernel, or a sandbox in its place, that says a call is done and has not done it",
	LABEL_UNAVAILABLE: "apparmor on a machine with SELinux, or the other way round: cat /sys/kernel/security/lsm",
	LABEL_REFUSED:
		"a profile that the machine has not loaded: apparmor_parser -r FILE there; or a start whose own profile lets nothing out: docker run --security-opt apparmor=unconfined",
	CALL_REFUSED: ["capabilities: {keep: [CHOWN]}", "capabilities: {keep: []}", "in gVisor"],
	SECCOMP_PROFILE_SYNTAX: [
		"echo '{' >/p.json; abdicate --seccomp /p.json -- true",
		'echo \'{"defaultAction": "SCMP_ACT_ALLOW"}\' >/p.json; abdicate --seccomp /p.json -- true',
	],
	SECCOMP_PROFILE_INVALID: [
		'echo \'{"defaultAction": "ALLOW"}\' >/p.json; abdicate --seccomp /p.json -- true',
		'echo \'{"defaultAction": "SCMP_ACT_ALLOW"}\' >/p.json; abdicate --seccomp /p.json -- true',
	],
	SECCOMP_FILTER_TOO_LARGE: "a profile with thousands of conditions on arguments: the kernel takes 4096 instructions",
	SECCOMP_NOT_STORED: "a read-only file system: RUN abdicate compile, when the image is built",
	SECCOMP_STORED_DIFFERS: "a stored filter of another profile: abdicate compile makes it again",
	SETUID_BINARY: ["chmod 4755 /abdicate; su app -c '/abdicate -- true'", "chmod 755 /abdicate; su app -c '/abdicate -- true'"],
	PROCESS_UNKNOWN: ["abdicate inspect 99999", "abdicate inspect 1"],
	NOT_FORMATTED: "a key that is written as ? KEY, or a document that is one text: write KEY: VALUE, and fmt it then",
	IMAGE_UNKNOWN: ["echo '{}' | abdicate init -", 'echo \'{"Config": {"User": "app"}}\' | abdicate init -'],
	FILE_NOT_WRITTEN: "fmt or check --fix in an image's read-only file system, or a file that another changes meanwhile",
	INTERNAL: "a defect: what it prints belongs into a report of it",
};
