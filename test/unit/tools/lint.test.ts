import Ajv from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { printable } from "../../../src/report/text.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads, YamlNode } from "../../../src/sys/native.ts";
import { stepsAlone } from "../../../src/tools/check/file-alone.ts";
import { lint, renderText } from "../../../src/tools/check/lint/findings.ts";
import { rules } from "../../../src/tools/check/lint/rules.ts";
import { renderSarif } from "../../../src/tools/check/lint/sarif.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

/** What the rules that need no image find in a file. */
async function findingsIn(text: string, given: readonly string[] = ["/app"]) {
	const config = await parseConfig(text, "f.yaml", {
		reads,
		environment: new Map(["PASSWORD", "HOME", "LOGNAME", "APP"].map((name) => [name, name === "APP" ? "app" : "/x"])),
		loadSteps,
	});
	const source = { file: "f.yaml", lines: text.split("\n") };
	const isInFile = config.command.default.length > 0;
	return lint(
		{
			config,
			given: isInFile || given.length === 0 ? undefined : given,
			root: parseYaml(text) as YamlNode,
			reads,
			image: undefined,
			steps: stepsAlone(config, reads),
		},
		source,
	);
}

/** Each with what it finds, as `code line:column key`, and a file like it in which there is nothing to find. */
const cases: readonly (readonly [bad: string, found: readonly string[], good: string])[] = [
	[
		"setup:\n  - listen: {tcp: 8080}\n  - listen: {udp: 8080, name: other}\n  - listen: {tcp: '127.0.0.1:8080', name: third}",
		["LINT_PORT_TWICE 4:13 setup[2].listen"],
		"setup:\n  - {listen: {tcp: 8080}, when: {env: A}}\n  - {listen: {tcp: 8080}, when: {unset: A}}",
	],
	[
		"setup: [{listen: {tcp: 80}}]\ncapabilities:\n  keep: [NET_BIND_SERVICE]",
		["LINT_PORT_KEPT 3:10 capabilities.keep[0]"],
		"setup: [{listen: {tcp: 8080}}]\ncapabilities: {keep: [NET_BIND_SERVICE]}",
	],
	["capabilities: { keep: ALL, drop: [SYS_ADMIN] }", ["LINT_DENY_LIST 1:23 capabilities.keep"], "capabilities: { keep: [SYS_NICE] }"],
	[
		"capabilities:\n  keep: [SYS_NICE, SYS_ADMIN]\n  keep_if_present: [DAC_OVERRIDE]",
		["LINT_DANGEROUS_CAPABILITY 2:20 capabilities.keep[1]", "LINT_DANGEROUS_CAPABILITY 3:21 capabilities.keep_if_present[0]"],
		"capabilities: { keep: [SYS_NICE], keep_if_present: [NET_BIND_SERVICE] }",
	],
	[
		"capabilities:\n  sets: { bounding: [KILL], inheritable: [KILL] }",
		["LINT_INHERITABLE_LEFTOVER 2:42 capabilities.sets.inheritable"],
		"capabilities:\n  sets: { bounding: [KILL], permitted: [KILL], inheritable: [KILL], ambient: [KILL] }",
	],
	[
		"command: { default: [/usr/sbin/nginx] }\ncapabilities: { keep: [SYS_NICE] }",
		["LINT_UNNEEDED_CAPABILITY 2:24 capabilities.keep[0]"],
		"command: { default: [/usr/sbin/nginx] }\ncapabilities: { keep: [NET_BIND_SERVICE] }",
	],
	[
		"user: app\ncommand: { default: [/usr/sbin/gosu, app, server] }",
		["LINT_USER_TWICE 2:22 command.default[0]"],
		"user: app\ncommand: { default: [/usr/sbin/server, gosu, app] }",
	],
	[
		"user: app\ncommand: { default: [tini, -s, -e, '143', --, setpriv, --reuid=app, --clear-groups, server] }",
		["LINT_INIT_PROGRAM 2:22 command.default[0]", "LINT_USER_TWICE 2:47 command.default[5]"],
		"user: app\ncommand: { default: [setpriv, --no-new-privs, tini] }",
	],
	[
		"user: root\ncapabilities: { keep: [SYS_NICE] }\ncommand: { default: [dumb-init, --rewrite, '15:3', su-exec, app, server] }",
		["LINT_INIT_PROGRAM 3:22 command.default[0]", "LINT_USER_TWICE 3:52 command.default[3]"],
		"user: root\ncapabilities: { keep: [SYS_NICE] }\ncommand: { default: [chpst, -n, '5', server] }",
	],
	[
		"user: app\ninit: true\ncommand: { default: [/usr/bin/tini, -g, server] }",
		["LINT_SECOND_INIT 3:22 command.default[0]"],
		"user: app\ninit: true\ncommand: { default: [server, tini] }",
	],
	[
		"user: root\ninit: true\ncommand: { default: [/sbin/init] }",
		["LINT_INIT_WORKLOAD 3:22 command.default[0]"],
		"user: root\ncommand: { default: [/sbin/init] }",
	],
	[
		"user: root\ninit: { grace: 3s }\ncommand: { default: [/usr/lib/systemd/systemd, --user] }",
		["LINT_INIT_WORKLOAD 3:22 command.default[0]"],
		"user: root\ninit: true\ncommand: { default: [/opt/app/init] }",
	],
	["user: app\ninit: { grace: 10s }", ["LINT_GRACE_LENGTH 2:16 init.grace"], "user: app\ninit: { grace: 9s }"],
	[
		"user: app\ninit: { grace: 5s }\nsetup:\n- run: { command: [crond], user: bin, background: true }\n- fuse: { target: /m, command: [x, '{mountpoint}'], user: '7:app' }\n- run: { command: [app], user: www, background: true }",
		["LINT_GRACE_USER 4:8 setup[0].run", "LINT_GRACE_USER 6:8 setup[2].run"],
		"user: app:www\ninit: { grace: 5s }\nsetup:\n- run: { command: [crond], user: bin }\n- fuse: { target: /m, command: [x, '{mountpoint}'] }\n- run: { command: [app], user: app, background: true }",
	],
	[
		"user: '1000'\ninit: { grace: 5s }\nsetup:\n- run: { command: [crond], background: true, user: '7' }",
		["LINT_GRACE_USER 4:8 setup[0].run"],
		"user: '1000'\ninit: true\nsetup:\n- run: { command: [crond], background: true, user: '7' }",
	],
	[
		"user: app\ncapabilities: { keep: [KILL] }\ninit: { grace: 5s }\nsetup:\n- run: { command: [crond], user: www, background: true }",
		["LINT_GRACE_USER 5:8 setup[0].run"],
		"user: app\ncapabilities: { keep: [KILL] }\ninit: true",
	],
	[
		"user: app\ncapabilities: { keep: [KILL, SETUID] }\ninit: { grace: 5s }\nsetup:\n- run: { command: [crond], user: www, background: true }",
		["LINT_DANGEROUS_CAPABILITY 2:30 capabilities.keep[1]"],
		"user: app",
	],
	[
		"user: app\ninit: false\ncommand: { default: [tini-static, --, server] }",
		["LINT_INIT_PROGRAM 3:22 command.default[0]"],
		"user: app\ncommand: { default: [server, dumb-init] }",
	],
	[
		"setup:\n- copy: { from: /seed/*, to: /data }\n- mkdir: [/a, '/b?']\n- hooks: /hooks.d/*.sh\n- secret: { from: { file: /run/s* }, path: /x }\n- ca_certificates: { bundle: /b*, system: /s*, extra: /e* }\n  when: { exists: /c* }\nworkdir: /opt/app-*\nhome: /h?",
		[
			"LINT_PLAIN_PATH 2:17 setup[0].copy.from",
			"LINT_PLAIN_PATH 3:15 setup[1].mkdir[1]",
			"LINT_PLAIN_PATH 4:10 setup[2].hooks",
			"LINT_PLAIN_PATH 5:27 setup[3].secret.from.file",
			"LINT_PLAIN_PATH 6:30 setup[4].ca_certificates.bundle",
			"LINT_PLAIN_PATH 6:43 setup[4].ca_certificates.system",
			"LINT_PLAIN_PATH 7:19 setup[4].when.exists",
			"LINT_PLAIN_PATH 8:10 workdir",
			"LINT_PLAIN_PATH 9:7 home",
		],
		"setup:\n- copy: { from: '/seed/${APP:?who}', to: /data, exclude: ['*.md'] }\n- own: /data/*\n- chmod: { path: ['/a*'], mode: '0750' }\n- remove: ['/b?']\n- ca_certificates: { bundle: /b, extra: { paths: [/e*.pem] } }\n- hooks: { directory: /hooks.d, pattern: '*.sh' }\ngroups: { from_path: '/dev/dri/*' }",
	],
	[
		"command: { default: [/usr/bin/bwrap, --ro-bind, /, /, app] }\nlandlock: { read: /app }",
		["LINT_LANDLOCK_MOUNT 2:11 landlock"],
		"command: { default: [/usr/bin/bwrap, --ro-bind, /, /, app] }\nlandlock: { connect: [443] }",
	],
	[
		"command: { default: [unshare, -r, --mount-proc, app] }\nlandlock: { write: [/data] }",
		["LINT_LANDLOCK_MOUNT 2:11 landlock"],
		"command: { default: [unshare, -n, app, -m] }\nlandlock: { write: [/data] }",
	],
	[
		"command: { default: [unshare, --map-root-user, app] }\nlandlock: { write: [/data] }",
		["LINT_LANDLOCK_PROC 2:11 landlock"],
		"command: { default: [unshare, --map-root-user, app] }\nlandlock: { write: [/data, /proc] }",
	],
	[
		"user: app\nsetup:\n- mount: { type: ext4, source: /data/a.img, target: /mnt, loop: true }\n- own: /data/**\n- mount: { type: ext4, source: /data/b, target: /mnt }",
		["LINT_SHAPED_IMAGE 3:32 setup[0].mount.source", "LINT_SHAPED_IMAGE 5:32 setup[2].mount.source"],
		"user: app\nsetup:\n- mount: { type: ext4, source: /database/a.img, target: /mnt, loop: true }\n- own: { path: /data, policy: top-only }\n- own: /data/sub\n- mount: { type: bind, source: /data/sub, target: /mnt }\n- mount: { type: xfs, source: /dev/sdb1, target: /mnt }",
	],
	[
		"landlock: { write: [/data, /dev/shm/.., /x/../] }",
		["LINT_LANDLOCK_DEVICES 1:28 landlock.write[1]", "LINT_LANDLOCK_ROOT 1:41 landlock.write[2]"],
		"landlock: { write: [/data, /dev/net/tun, /dev/shm] }",
	],
	[
		"landlock: { execute: [/data/bin, /app, /srv], write: [/data, /app/cache] }",
		["LINT_LANDLOCK_WRITE_EXECUTE 1:23 landlock.execute[0]", "LINT_LANDLOCK_WRITE_EXECUTE 1:34 landlock.execute[1]"],
		"landlock: { execute: [/database, /app/bin], write: [/data, /app/cache] }",
	],
	[
		"landlock: { write: [/usr, /data, /usr/local/bin/, /lib/x, /usr/share, /] }",
		[
			"LINT_LANDLOCK_PROGRAMS 1:21 landlock.write[0]",
			"LINT_LANDLOCK_PROGRAMS 1:34 landlock.write[2]",
			"LINT_LANDLOCK_PROGRAMS 1:51 landlock.write[3]",
			"LINT_LANDLOCK_ROOT 1:71 landlock.write[5]",
		],
		"landlock: { write: [/usr/share, /data/bin, /usr/local/share, /binary] }",
	],
	[
		"devices: [/dev/fuse]\nsetup:\n- device: /dev/net/tun\n- device: /dev/fuse",
		["LINT_DEVICE_LEFT_OUT 3:11 setup[0].device"],
		"devices: [/dev/net/tun]\nsetup:\n- device: /dev/net/tun\n- device: { path: /dev/fuse, access: none }",
	],
	[
		"user: root\ndevices: [/dev/fuse, { path: /dev/sda, access: r }]",
		["LINT_DEVICE_MODE 2:48 devices[1].access"],
		"user: root\ndevices: [/dev/fuse, /dev/sda]",
	],
	[
		"devices: [{ path: /dev/sda, access: w }]\ncapabilities: { keep: CHOWN }",
		["LINT_DEVICE_MODE 1:37 devices[0].access", "LINT_DANGEROUS_CAPABILITY 2:23 capabilities.keep"],
		"devices: [{ path: /dev/sda, access: w }]\ncapabilities: { keep: KILL }",
	],
	[
		"namespaces: [uts, net]\nsetup:\n- wait_for: { tcp: db:5432 }\n- wait_for: { file: /x }",
		["LINT_NETWORK_WAIT 3:13 setup[0].wait_for"],
		"namespaces: uts\nsetup:\n- wait_for: { tcp: db:5432 }",
	],
	[
		'session_keyring: new\nnamespaces: ipc\nsetup:\n- run: [/sbin/dmsetup, remove, x]\n- run: { command: [lvcreate, x], env: { DM_DISABLE_UDEV: "1" } }',
		["LINT_IPC_DEVICE_MAPPER 4:8 setup[0].run"],
		"session_keyring: new\nnamespaces: mount\nsetup:\n- run: [/sbin/dmsetup, remove, x]",
	],
	[
		"user: root\nsession_keyring: new\nconfine: docker-default\nsetup:\n- mkdir: /run/app",
		["LINT_CONFINED_ROOT 1:7 user"],
		"user: app\nsession_keyring: new\nconfine: docker-default\nsetup:\n- mkdir: /run/app",
	],
	["no_new_privileges: false", ["LINT_NEW_PRIVILEGES 1:20 no_new_privileges"], "no_new_privileges: true"],
	["securebits: none", ["LINT_SECUREBITS 1:13 securebits"], "securebits: locked"],
	["securebits: [noroot]", ["LINT_SECUREBITS 1:13 securebits"], "securebits: [noroot, noroot_locked]"],
	[
		"user: root\nsecurebits: [noroot, noroot_locked, no_setuid_fixup]\ncapabilities:\n  sets: { permitted: [SETUID], bounding: [SETUID] }",
		["LINT_SETUID_FIXUP 2:13 securebits", "LINT_DANGEROUS_CAPABILITY 4:9 capabilities.sets"],
		"user: root\nsecurebits: [noroot, noroot_locked, no_setuid_fixup]\ncapabilities: { sets: { permitted: [KILL], bounding: [KILL] } }",
	],
	[
		"user: 0:0\ncapabilities: { keep_if_present: [SETUID, SETPCAP] }",
		["LINT_AMBIENT_ROOT 2:15 capabilities", "LINT_DANGEROUS_CAPABILITY 2:35 capabilities.keep_if_present[0]"],
		"user: app\ncapabilities: { keep_if_present: [KILL] }",
	],
	[
		"user: app\nsetup:\n- run: { command: [a], user: app }\n- run: [a]",
		["LINT_SESSION_KEYRING 4:3 setup[1]"],
		"user: app\nsession_keyring: new\nsetup:\n- run: [a]\n- mount: { type: nfs, source: 'a:/b', target: /c }",
	],
	[
		"env:\n  set: { DB_PASSWORD: hunter2 }\n  default: { apiKey: abc }",
		["LINT_SECRET_IN_FILE 2:23 env.set.DB_PASSWORD", "LINT_SECRET_IN_FILE 3:22 env.default.apiKey"],
		'env: { set: { DB_PASSWORD: "${PASSWORD}", TOKEN_FILE: /run/token, SECRET: "" } }',
	],
	[
		"user: app\nworkdir: '${HOME}/x'\nenv: { set: { A: '${USER:-x}${LOGNAME}' } }\nsetup: [{ own: ['${HOME}'] }]",
		[
			"LINT_ACCOUNT_OF_START 2:10 workdir",
			"LINT_ACCOUNT_OF_START 3:18 env.set.A",
			"LINT_ACCOUNT_OF_START 3:18 env.set.A",
			"LINT_ACCOUNT_OF_START 4:17 setup[0].own[0]",
		],
		"user: app\nworkdir: '${@user.home}/x'\nenv: { set: { A: '${@user.name:-x}$${HOME}${PASSWORD}' } }",
	],
	[
		"env: { from_file: [DB], default: { PORT: 8080, DB: x }, set: { URL: 'http://x:${PORT:-80}', APP: y } }\nsetup:\n- run: { command: [initdb, '${DB:-x}', '$${PORT}'], user: target }\n- mkdir: '/x/${APP:?say}'\n- run: { command: [a, '${MODE:-b}'], env: { MODE: c, PORT: '${PORT:-8080}' }, user: target }",
		[
			"LINT_GIVEN_LATER 1:69 env.set.URL",
			"LINT_GIVEN_LATER 3:28 setup[0].run.command[1]",
			"LINT_GIVEN_LATER 4:10 setup[1].mkdir",
			"LINT_GIVEN_LATER 5:23 setup[2].run.command[1]",
		],
		"env:\n  default: { PORT: 8080, MODE: '${MODE:-b}' }\n  set: { APP: '${APP}:/x', A: 'x${PORT:-8080}${MODE:-b}' }\nsetup: [{ run: { command: [a, '${OTHER:-$$PORT}'], user: target } }]",
	],
	[
		"env: { default: { PORT: 8080 }, unset: [PO*] }\nhome: '/${PORT:-8080}'",
		["LINT_GIVEN_LATER 2:7 home"],
		"env: { default: { PORT: 8080 }, unset: [PU*] }\nhome: '/${PORT:-8080}'",
	],
	[
		"env: { from_file: [A, B_C], unset: [B_*] }",
		["LINT_FROM_FILE_TAKEN 1:23 env.from_file[1]"],
		"env: { from_file: [A, B_C], unset: [B_D], default: { B_D_FILE: /x } }",
	],
	[
		"env: { from_file: A, clear: true }",
		["LINT_FROM_FILE_TAKEN 1:19 env.from_file"],
		"env: { from_file: A, clear: true, set: { A_FILE: /run/secrets/a } }",
	],
	[
		"setup:\n- mkdir: /run/app\n- own: [/srv/, /data, /etc]",
		["LINT_HUGE_TREE 3:8 setup[1].own", "LINT_HUGE_TREE 3:8 setup[1].own"],
		"setup: [{ own: { path: /srv, policy: top-only } }, { own: /srv/app }]",
	],
	["setup: [{ own: /proc/sys }]", ["LINT_HUGE_TREE 1:16 setup[0].own"], "setup: [{ own: /process }]"],
	[
		"setup:\n- own: [/data, /var/run/docker.sock]\n- chmod: { path: /run/containerd/containerd.sock, mode: '0666' }",
		["LINT_DAEMON_SOCKET 2:8 setup[0].own", "LINT_DAEMON_SOCKET 3:10 setup[1].chmod"],
		"groups: { from_path: /var/run/docker.sock }\nsetup: [{ own: /run/app.sock }, { remove: /run/docker.sock }]",
	],
	[
		"setup:\n- mount: { type: bind, source: /a, target: /b, idmap: root-to-target }",
		["LINT_ROOT_ON_DISK 2:55 setup[0].mount.idmap"],
		"setup:\n- mount: { type: bind, source: /a, target: /b, idmap: root-to-target, options: ro }\n- mount: { type: bind, source: /a, target: /b, idmap: target }",
	],
	[
		'command:\n  default: [app]\n  prepend_if: ["/?", "-*"]\n  skip_setup_if: [--help, "-?"]',
		["LINT_HELP_PATTERN 3:16 command.prepend_if[0]", "LINT_HELP_PATTERN 4:27 command.skip_setup_if[1]"],
		"command: { default: [app], setup_only_for: ['app?'], skip_setup_if: ['-\\?', '-??', -h] }",
	],
	[
		'command: {default: [app, "$@", "~/x"]}\nsetup:\n- run: [a, "&&", b]\n- run: {command: [a, "$(b)"]}\nsession_keyring: new',
		[
			...["LINT_SHELL_WORD 1:26 command.default[1]", "LINT_SHELL_WORD 1:32 command.default[2]"],
			...["LINT_SHELL_WORD 3:12 setup[0].run[1]", "LINT_SHELL_WORD 4:22 setup[1].run.command[1]"],
		],
		'command: {default: [app, "a&b", --x=~]}\nsetup:\n- run: [sh, -c, "a && b > c"]\nsession_keyring: new',
	],
	[
		"env: { from_file: [DB_PASSWORD_FILE, OTHER] }",
		["LINT_FILE_VARIABLE 1:20 env.from_file[0]"],
		"env: { from_file: [DB_PASSWORD, FILE] }",
	],
	[
		'setup:\n- sysctl: { net.core.somaxconn: ">=1024" }\n- require: { sysctl: { net.core.somaxconn: "> 1", a.b: ">= x", c.d: 1G, e.f: 30s } }',
		[
			"LINT_COMPARED_SETTING 2:33 setup[0].sysctl.net.core.somaxconn",
			"LINT_COMPARED_SETTING 3:44 setup[1].require.sysctl.net.core.somaxconn",
			"LINT_COMPARED_SETTING 3:56 setup[1].require.sysctl.a.b",
			"LINT_COMPARED_SETTING 3:69 setup[1].require.sysctl.c.d",
			"LINT_COMPARED_SETTING 3:78 setup[1].require.sysctl.e.f",
		],
		'setup: [{ sysctl: { net.core.somaxconn: { at_least: 1024 }, net.ipv4.ip_local_port_range: "1 2" } }]',
	],
	[
		"setup:\n- { when: { env: '!FOO' }, own: /a }\n- { when: { env: { '$B': c } }, own: /a }\n- require: { env: [A, not B] }",
		[
			"LINT_VARIABLE_NAME 2:18 setup[0].when.env",
			"LINT_VARIABLE_NAME 3:26 setup[1].when.env.$B",
			"LINT_VARIABLE_NAME 4:23 setup[2].require.env[1]",
		],
		"setup: [{ when: { env: [FOO, a.b-c], unset: B }, own: /a }, { require: { env: A, device: /dev/a } }]",
	],
	[
		"setup:\n- own: '/data, /run/app'\n- own: /data /srv/a\n- mkdir: { path: [/a, '/b,/c'] }",
		["LINT_SEVERAL_PATHS 2:8 setup[0].own", "LINT_SEVERAL_PATHS 3:8 setup[1].own", "LINT_SEVERAL_PATHS 4:23 setup[2].mkdir.path[1]"],
		"setup: [{ own: [/data, /run/app] }, { mkdir: '/a/with blank' }]",
	],
	[
		'command: { default: [a], prepend_if: ["-[a-z]"] }\nsetup:\n- hooks: { directory: /d, pattern: "*.{sh,envsh}" }\n- own: "/data/{a,b}"',
		["LINT_BRACES 1:39 command.prepend_if[0]", "LINT_BRACES 3:36 setup[0].hooks.pattern", "LINT_BRACES 4:8 setup[1].own"],
		"setup: [{ hooks: { directory: /d, pattern: '*.sh' } }, { own: '/data/{a}' }]",
	],
	["command: { prepend_if: ['-*'] }", ["LINT_IDLE_PREPEND 1:24 command.prepend_if"], "command: { prepend_if: ['-*'], default: [a] }"],
	[
		"setup: [{ when: { exists: '/data/*' }, own: /a }]",
		["LINT_PLAIN_PATH 1:27 setup[0].when.exists"],
		"setup: [{ when: { exists: /a }, own: /a }]",
	],
	[
		'command: {default: ["nginx -g daemon off;"]}\nsetup:\n- run: [sh, "-c ls"]\n- run: [/opt/x, "--port 80", "|"]\n- run: ["a --b"]\nsession_keyring: new',
		[
			...["LINT_SHELL_WORD 1:21 command.default[0]", "LINT_SHELL_WORD 3:13 setup[0].run[1]", "LINT_SHELL_WORD 4:17 setup[1].run[1]"],
			...["LINT_SHELL_WORD 4:30 setup[1].run[2]", "LINT_SHELL_WORD 5:9 setup[2].run[0]"],
		],
		'command: {default: [nginx, -g, "daemon off;"]}\nsetup:\n- run: ["/opt/my app/run", -e, "--a=b c", "a --b"]\n- run: [tini, --, sh, -c, "a && b"]\n- run: [find, /x, -exec, rm, "{}", ";"]\n- run: [cut, -d, "|"]\nsession_keyring: new',
	],
	[
		"setup:\n- run: [chown, -R, app, /data]\n- run: {command: [sh, -c, 'id && /bin/chown app /x'], user: bin}\nsession_keyring: new",
		["LINT_STEP_CHOWN 2:9 setup[0].run[0]", "LINT_STEP_CHOWN 3:19 setup[1].run.command[0]"],
		"setup:\n- run: {command: [chown, app, /x], capabilities: [CHOWN]}\n- run: [chown, ':app', /x]\n- run: [echo, chown, x]\nsession_keyring: new",
	],
	[
		"setup:\n- own: '/data;'\n- own: /data:redis\n- mkdir: /a:/b\n- mkdir: {path: [/a:ro, '/b,']}\nworkdir: /x:1000:1000",
		[
			...["LINT_SEVERAL_PATHS 2:8 setup[0].own", "LINT_SEVERAL_PATHS 3:8 setup[1].own", "LINT_SEVERAL_PATHS 4:10 setup[2].mkdir"],
			...["LINT_SEVERAL_PATHS 5:18 setup[3].mkdir.path[0]", "LINT_SEVERAL_PATHS 5:25 setup[3].mkdir.path[1]"],
			"LINT_SEVERAL_PATHS 6:10 workdir",
		],
		"setup: [{ own: [/dev/disk/by-path/pci-0:x, '/a:b c', '${A}:app', '/a;b'] }]",
	],
	[
		"user: 1000;1000\ngroups: {add: ['video,render']}\nsetup:\n- mkdir: {path: /a, owner: 1000.1000, group: 'a;b'}\n- run: {command: [a], user: 'app,app'}\nsession_keyring: new",
		[
			...["LINT_ACCOUNT_NAME 1:7 user", "LINT_ACCOUNT_NAME 2:16 groups.add[0]", "LINT_ACCOUNT_NAME 4:28 setup[0].mkdir.owner"],
			...["LINT_ACCOUNT_NAME 4:46 setup[0].mkdir.group", "LINT_ACCOUNT_NAME 5:29 setup[1].run.user"],
		],
		"user: 'DOM\\user'\ngroups: {add: [domain users, first.last]}\nsetup: [{mkdir: {path: /a, owner: 'host$', group: '${G:-a,b}'}}]",
	],
	[
		"user: $(id -u)\nenv: {set: {A: '`hostname`', B: changeme, C: <NAME>, D: $(FOO), E: '{{ a.b }}'}}\nsetup:\n- own: /path/to/data\n- mkdir: '/x/$(id)'\n- run: [sh, -c, ...]\nsession_keyring: new",
		[
			...["LINT_STAND_IN 1:7 user", "LINT_STAND_IN 2:16 env.set.A", "LINT_STAND_IN 2:33 env.set.B", "LINT_STAND_IN 2:46 env.set.C"],
			...[
				"LINT_STAND_IN 2:57 env.set.D",
				"LINT_STAND_IN 2:68 env.set.E",
				"LINT_STAND_IN 4:8 setup[0].own",
				"LINT_STAND_IN 5:10 setup[1].mkdir",
			],
			"LINT_STAND_IN 6:17 setup[2].run[2]",
		],
		"env: {set: {A: a <b> c, B: 'costs $(a) `b`', C: ./...}}\nsetup:\n- file: {path: /f, content: '<NAME> {{ a }} $(id)'}\n- run: [docker, ps, --format, '{{.Names}}']\n- run: [sh, -c, '`id`']\nsession_keyring: new",
	],
	[
		'setup: [{ name: "made\\e[1A", mkdir: /run/app }]',
		["LINT_INVISIBLE_CHARACTER 1:17 setup[0].name"],
		"setup: [{ name: made ⚙️, mkdir: /run/Ünïcode }]",
	],
];

const invisible = [
	'user: "app\\e[2J"',
	'command: { default: [sh, -c, "echo 1\\n\\techo 2"], skip_setup_if: ["-\\u200bh"] }',
	'env: { set: { "A\\u202eB": x, MOTD: "\\e[31mred" }, from_file: ["PASS\\uFEFFWORD"] }',
	"setup:",
	'- { name: "a\\e[1A", mkdir: "/data\\nprivileged: true" }',
	'- run: [sh, -c, "a\\u009bb\\u2028"]',
	'- run: { command: [sh, -c, "a\\nb"], user: "ro\\not", env: { X: "\\e" } }',
	'- file: { path: "/etc/\\u{1}motd", content: "\\e[31m\\u200b\\n" }'.replace("u{1}", "x01"),
].join("\n");

describe("characters that nobody sees", () => {
	it("are found in names, paths, users, commands and comments, not in what a file or a variable will hold", () => {
		const lines = ["a: b # fine", "c: d\t#\u202e e\tf", "g: '#\u202e'"];
		const found = rules.LINT_INVISIBLE_CHARACTER.find({ root: parseYaml(invisible) as YamlNode, lines } as never);
		const words = found.map(({ at, message, position }) => {
			const place = position === undefined ? printable(at.join(".")) : `${position.line}:${position.column}`;
			return `${place}: ${message}`;
		});
		expect(words).toEqual(
			[
				"user: it holds U+001B",
				"command.skip_setup_if.0: it holds U+200B",
				"env.set.A\\u202eB: it holds U+202E",
				"env.from_file.0: it holds U+FEFF",
				"setup.0.name: it holds U+001B",
				"setup.0.mkdir: it holds U+000A",
				"setup.1.run.2: it holds U+009B, U+2028",
				"setup.2.run.user: it holds U+000A",
				"setup.3.file.path: it holds U+0001",
				"2:6: it holds U+202E",
			].map((each) => `${each}, which a terminal obeys or nobody sees`),
		);
	});

	it("are found where they stand in a comment", async () => {
		const found = await findingsIn("user: root # \u202etoor\n");
		expect(found.map(renderText)).toEqual([
			`abdicate: warning[LINT_INVISIBLE_CHARACTER] f.yaml:1:12: it holds U+202E, which a terminal obeys or nobody sees
    user: root # \\u202etoor
               ^
  write it without; check and plan show such characters as escapes
`,
		]);
	});
});

describe("a rule of check", () => {
	it.each(cases)("finds in %j", async (bad, found, good) => {
		const words = (await findingsIn(bad)).map(({ code, line, column, key }) => `${code} ${line}:${column} ${key}`);
		expect(words).toEqual(found);
		expect(await findingsIn(good)).toEqual([]);
	});

	it("has a case here, or looks at the image", () => {
		const tried = new Set(cases.flatMap(([, found]) => found.map((each) => each.split(" ")[0])));
		const inImages = [
			...["LINT_STEP_OBSTACLE", "LINT_COMMAND", "LINT_WORKDIR", "LINT_IDLE_STEP", "LINT_MISSING_PROGRAM", "LINT_MISSING_SOURCE"],
			...["LINT_FILE_CAPABILITIES", "LINT_IMAGE_USER", "LINT_LANDLOCK_KERNEL", "LINT_LABEL_KERNEL", "LINT_WRITABLE_PROGRAM"],
		];
		// Those of filters have theirs in lint-seccomp.test.ts.
		const others = Object.keys(rules).filter((code) => !code.startsWith("LINT_SECCOMP_"));
		expect([...tried, ...inImages, "LINT_WALL_COMMAND"].sort()).toEqual(others.sort());
	});

	it("of what a command needs says that it was passed over where none is known", async () => {
		const found = async (text: string, given: readonly string[]) =>
			(await findingsIn(text, given)).map(({ severity, code, line, column }) => `${severity} ${code} ${line}:${column}`);
		const unknown = ["note LINT_WALL_COMMAND 1:10"];
		expect([
			await found("seccomp: docker-default", []),
			await found("landlock: {read: /etc}", []),
			await found("apparmor: demo", []),
			await found("seccomp: docker-default", ["/app"]),
			await found("seccomp: docker-default\ncommand: {default: [/app]}", []),
			// What is given stands in no line: it is told at the wall.
			await found("landlock: {write: /data}", ["bwrap", "app"]),
			await found("capabilities: {keep: [SYS_NICE]}", ["nginx"]),
		]).toEqual([
			unknown,
			["note LINT_WALL_COMMAND 1:11"],
			[],
			[],
			[],
			["error LINT_LANDLOCK_MOUNT 1:11"],
			["note LINT_UNNEEDED_CAPABILITY 1:23"],
		]);
	});

	it("says why, with the line, and never prints a secret", async () => {
		const [loose, secret] = await findingsIn("securebits: none\nenv: { set: { TOKEN: hunter2 } }");
		expect(renderText(loose as never)).toBe(
			`abdicate: warning[LINT_SECUREBITS] f.yaml:1:13 securebits: noroot is off: uid 0 would be special again
    securebits: none
                ^
  leave securebits out, which locks them
`,
		);
		expect([renderText(secret as never), renderSarif([secret as never], "1.2.3")].join().includes("hunter2")).toBe(false);
	});

	it("says whose variable it is, and how to have the workload's", async () => {
		const text = "env: { from_file: DB, default: { PORT: 8080 } }\nsetup:\n- mkdir: '/${PORT:-80}'\n- hooks: '/${DB:-x}'";
		const told = (await findingsIn(text)).map(({ message, remedy }) => [message, ...remedy]);
		const program = (name: string) =>
			`a program reads it as a variable: command: [sh, -c, 'exec PROGRAM "$$${name}"'], file: {template: ..., vars: [${name}]}`;
		expect(told).toEqual([
			[
				"${PORT} is the start's; here PORT gets its value by env.default, which this does not see",
				"write the value here too: ${PORT:-VALUE}",
				program("PORT"),
			],
			["${DB} is the start's; here DB gets its value by env.from_file, which this does not see", program("DB")],
		]);
	});

	it("tells that a file gains no right by moving, where it would", async () => {
		const apart = "keep programs and data apart, where the workload lets you";
		const told = async (text: string) => (await findingsIn(text)).map(({ remedy }) => remedy);
		expect(await told("landlock: { execute: /app/bin, write: /app }")).toEqual([
			[apart, "or execute: [/app]: a file that is moved or linked from there to /app/bin fails with EXDEV, since it gains a right"],
		]);
		expect(await told("landlock: { execute: /app, write: /app/data }")).toEqual([[apart]]);
		expect(await told("landlock: { execute: /app, write: /app }")).toEqual([[apart]]);
	});

	it("tells what keep: ALL leaves of Docker's defaults", async () => {
		const [{ message } = { message: "" }] = await findingsIn("capabilities: { keep: ALL, drop: [CHOWN, SETUID, SETGID, SYS_MODULE] }");
		expect(message).toContain("keeps AUDIT_WRITE, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE,");
		expect(message).not.toMatch(/CHOWN|SETUID/);
	});
});

describe("SARIF", () => {
	it("has a rule for each code and a place for each finding", async () => {
		const text = "securebits: none\nno_new_privileges: false\nsetup: [{ own: /srv }]\n";
		const log = JSON.parse(renderSarif(await findingsIn(text), "1.2.3"));
		const text1 = {
			type: "object",
			required: ["text"],
			properties: { text: { type: "string", minLength: 1 } },
			additionalProperties: false,
		};
		const position = { type: "integer", minimum: 1 };
		const isValid = new Ajv().compile({
			type: "object",
			required: ["$schema", "version", "runs"],
			properties: {
				$schema: { type: "string" },
				version: { const: "2.1.0" },
				runs: {
					type: "array",
					minItems: 1,
					items: {
						type: "object",
						required: ["tool", "results"],
						properties: {
							tool: {
								type: "object",
								required: ["driver"],
								properties: {
									driver: {
										type: "object",
										required: ["name", "version", "rules"],
										properties: {
											name: { type: "string" },
											version: { type: "string" },
											rules: {
												type: "array",
												items: {
													type: "object",
													required: ["id", "shortDescription"],
													properties: { id: { type: "string" }, shortDescription: text1 },
												},
											},
										},
										additionalProperties: false,
									},
								},
							},
							results: {
								type: "array",
								items: {
									type: "object",
									required: ["ruleId", "ruleIndex", "level", "message", "locations"],
									properties: {
										ruleId: { type: "string" },
										ruleIndex: { type: "integer" },
										level: { enum: ["error", "warning", "note"] },
										message: text1,
										locations: {
											type: "array",
											items: {
												type: "object",
												properties: {
													physicalLocation: {
														type: "object",
														required: ["artifactLocation", "region"],
														properties: {
															artifactLocation: { type: "object", properties: { uri: { type: "string" } } },
															region: {
																type: "object",
																properties: { startLine: position, startColumn: position },
																additionalProperties: false,
															},
														},
													},
												},
											},
										},
									},
									additionalProperties: false,
								},
							},
						},
					},
				},
			},
			additionalProperties: false,
		});
		expect([isValid(log), isValid.errors]).toEqual([true, null]);
		const [{ tool, results }] = log.runs;
		expect(results.map((each: { ruleIndex: number; ruleId: string }) => tool.driver.rules[each.ruleIndex].id === each.ruleId)).toEqual([
			true,
			true,
			true,
		]);
		expect(
			results.map((each: { locations: [{ physicalLocation: { region: object } }] }) => each.locations[0].physicalLocation.region),
		).toEqual([
			{ startLine: 1, startColumn: 13 },
			{ startLine: 2, startColumn: 20 },
			{ startLine: 3, startColumn: 16 },
		]);
	});
});
