import { describe, expect, it } from "vitest";
import { documentKeys } from "../../../src/config/document.ts";
import { noAbsence } from "../../../src/config/key-shapes.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps, stepKinds } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

/** The advice on each thing that is wrong; none where there is none. */
async function adviceOn(text: string): Promise<readonly string[]> {
	try {
		await parseConfig(text, "f.yaml", { reads, environment: new Map([["SECRET", "hunter2"]]), loadSteps });
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ remedy = [] }) => remedy.join("\n"));
		}
		throw error;
	}
	return ["nothing is wrong"];
}

const inImage = (file: string, name: string) => `COPY ${file} /etc/${name} in the Dockerfile, and seccomp: /etc/${name}`;

const clock = (key: string) =>
	`leave ${key} out: nothing here runs by the clock: the machine's cron does, a CronJob of Kubernetes, or a cron daemon that is the command`;

/** What is written, and what should be; a step's own part as it stands in an entry. */
const ofDocument: readonly (readonly [written: string, advised: string])[] = [
	["env: {FOO: bar}", "env: {set: {FOO: bar}}"],
	["env: {FOO: 'a, b'}", 'env: {set: {FOO: "a, b"}}'],
	["env: {FOO: '${SECRET}'}", 'env: {set: {FOO: "${SECRET}"}}'],
	["env: [FOO=bar, B=]", 'env: {set: {FOO: bar, B: ""}}'],
	["env: ['FOO=${SECRET}']", 'env: {set: {FOO: "${SECRET}"}}'],
	["env: [{FOO: bar}, {B: c}]", "env: {set: {FOO: bar, B: c}}"],
	["env: FOO=bar", "env: {set: {FOO: bar}}"],
	["capabilities: [NET_RAW, KILL]", "capabilities: {keep: [NET_RAW, KILL]}"],
	["capabilities: NET_RAW", "capabilities: {keep: NET_RAW}"],
	["capabilities: NET_RAW KILL", "capabilities: {keep: [NET_RAW, KILL]}"],
	["capabilities: {sets: [KILL]}", "capabilities: {keep: [KILL]}"],
	["setup: {own: /data}", "setup: [{own: /data}]"],
	["setup: {own: /data, mkdir: /x}", "setup: [{own: /data}, {mkdir: /x}]"],
	["setup: {when: {env: A}, own: /data}", "setup: [{when: {env: A}, own: /data}]"],
	["setup: own /data", "setup: [{own: /data}]"],
	["own: /data", "setup: [{own: /data}]"],
	["hooks: /d", "setup: [{hooks: /d}]"],
	["limits: 65536", "limits: {nofile: 65536}"],
	["limits: [nofile=65536, core=0]", "limits: {nofile: 65536, core: 0}"],
	["limits: ['nofile: 65536']", "limits: {nofile: 65536}"],
	["limits: [{nofile: 65536}, {core: 0}]", "limits: {nofile: 65536, core: 0}"],
	["groups: [video, 44]", "groups: {add: [video, 44]}"],
	["groups: video", "groups: {add: video}"],
	["env: [DEBUG=true]", 'env: {set: {DEBUG: "true"}}'],
	["groups: {video: true}", "groups: {add: [video]}"],
	["command: redis-server --foo", "command: {default: [redis-server, --foo]}"],
	["command: [redis-server, --foo]", "command: {default: [redis-server, --foo]}"],
	["user: [app]", "user: app"],
	["user: {name: app}", "user: app"],
	["user: {uid: 1000, gid: 1001}", 'user: "1000:1001"'],
	["workdir: [/a]", "workdir: /a"],
	["workdir: {path: /a}", "workdir: /a"],
	["home: [/a]", "home: /a"],
	["nice: [1]", "nice: 1"],
	["umask: [0027]", "umask: 0027"],
	["umask: 'u=rwx,g=rx,o='", 'umask: "0027"'],
	["umask: 'u=rwx,go='", 'umask: "0077"'],
	["umask: 'u=rwx,g=rwx,o=rx'", 'umask: "0002"'],
	["securebits: noroot", "securebits: locked"],
	["securebits: {locked: true}", "securebits: locked"],
	["fds: {listen: true}", "fds: listen"],
	["environment: {A: b}", "env: {set: {A: b}}"],
	["entrypoint: [a, -b]", "command: {default: [a, -b]}"],
	["cmd: a -b", "command: {default: [a, -b]}"],
	["no_new_privs: true", "no_new_privileges: true"],
	["ulimits: {nofile: 5}", "limits: {nofile: 5}"],
	["group_add: [video]", "groups: {add: [video]}"],
	["seccomp: file:///etc/x.json", "seccomp: /etc/x.json"],
	["seccomp: runtime/default", "seccomp: docker-default"],
	["seccomp: RuntimeDefault", "seccomp: docker-default"],
	["seccomp: docker/default", "seccomp: docker-default"],
	["seccomp: docker-defualt", "seccomp: docker-default"],
	["seccomp: true", "seccomp: docker-default"],
	["seccompProfile: {type: RuntimeDefault}", "seccomp: docker-default"],
	["apparmor: localhost/k8s-deny", "apparmor: k8s-deny"],
	["apparmor: unconfined", "apparmor: none"],
	["apparmor: {type: Localhost, localhostProfile: k8s-deny}", "apparmor: k8s-deny"],
	["appArmorProfile: {type: Localhost, localhostProfile: k8s-deny}", "apparmor: k8s-deny"],
	["selinux: system_u:system_r:container_t:s0:c1,c2", 'selinux: {user: system_u, role: system_r, type: container_t, level: "s0:c1,c2"}'],
	["selinux: {type: 'system_u:object_r:app_t:s0'}", "selinux: {user: system_u, role: object_r, type: app_t, level: s0}"],
	["selinux: 'label=type:app_t'", "selinux: {type: app_t}"],
	["selinux: label:disable", "selinux: none"],
	["seLinuxOptions: {type: app_t}", "selinux: {type: app_t}"],
];

const ofEntry: readonly (readonly [written: string, advised: string])[] = [
	["{mkdir: data}", "mkdir: /data"],
	["{copy: src=/a dest=/b}", "copy: {from: /a, to: /b}"],
	["{copy: /a -> /b}", "copy: {from: /a, to: /b}"],
	["{touch: /a}", 'file: {path: /a, content: "", if: absent}'],
	["{sysctl: {name: a.b, value: 1}}", "sysctl: {a.b: 1}"],
	["{sysctl: {net: {core: {somaxconn: 1, rmem_max: 2}}}}", "sysctl: {net.core.somaxconn: 1, net.core.rmem_max: 2}"],
	["{fuse: squashfuse /a.img /mnt}", 'fuse: {target: /mnt, command: [squashfuse, /a.img, "{mountpoint}"]}'],
	["{fuse: 'sshfs host:/ /mnt -o ro'}", 'fuse: {target: /mnt, command: [sshfs, host:/, "{mountpoint}", -o, ro]}'],
	["{own: /d, when: 'A == \"true\"'}", 'when: {env: {A: "true"}}'],
	["{own: /d, when: 'A != \"\"'}", "when: {env: A}"],
	["{own: /d, ignore_errors: true}", "on_error: warn"],
	["{when: FOO, own: /d}", "when: {env: FOO}"],
	["{when: [FOO, BAR], own: /d}", "when: {env: [FOO, BAR]}"],
	["{when: /x, own: /d}", "when: {exists: /x}"],
	["{when: {FOO: bar}, own: /d}", "when: {env: {FOO: bar}}"],
	["{when: {not_env: FOO}, own: /d}", "when: {unset: FOO}"],
	["{run: redis-cli ping}", "run: [redis-cli, ping]"],
	["{run: {command: redis-cli ping}}", "command: [redis-cli, ping]"],
	["{copy: [/a, /b]}", "copy: {from: /a, to: /b}"],
	["{copy: /a /b}", "copy: {from: /a, to: /b}"],
	["{chmod: 0755 /a}", "chmod: {path: /a, mode: 0755}"],
	["{listen: 80}", "listen: {tcp: 80}"],
	["{require: /dev/fuse}", "require: {device: /dev/fuse}"],
	["{require: FOO}", "require: {env: FOO}"],
	["{require: [A, B]}", "require: {env: [A, B]}"],
	["{listen: /run/s}", "listen: {unix: /run/s}"],
	["{sysctl: net.core.somaxconn=1}", "sysctl: {net.core.somaxconn: 1}"],
	["{wait_for: 'db:80'}", "wait_for: {tcp: db:80}"],
	["{wait_for: /run/s}", "wait_for: {file: /run/s}"],
	["{ca_certificates: /b}", "ca_certificates: {bundle: /b}"],
	["{name: [x], own: /a}", "name: x"],
	["{listen: 'tcp:80'}", "listen: {tcp: 80}"],
	["{if: {env: A}, own: /d}", "when: {env: A}"],
	["{on_error: [warn], own: /a}", "on_error: warn"],
];

/** Of which only the reader knows the rest. */
const ofPart: readonly (readonly [written: string, advised: string])[] = [
	["setup: [own /data]", "write - own: /data"],
	["env:\n  set:\n    A: #general", 'what follows # is a comment: write A: "#general", or "" for an empty one'],
	["env:\n  set:\n    A: # a comment", 'write A: ""'],
	["setup: [{mkdir: {path: ~/c, mode: u=rwx,g=rx}}]", 'write path: "${@user.home}/c"\nwrite mode: "0750"'],
	[
		"setup: [{link: {from: /a, to: /b}}]",
		"write link: {path: /b, to: /a}\nor {path: /a, to: /b}: path is where the link is, to is what it leads to",
	],
	...["supplementary_groups", "supplementaryGroups"].map((key) => [`{user: app, ${key}: [a]}`, "write groups: {add: [a]}"] as const),
	...["grace_period", "stop_grace_period"].map((key) => [`init: {${key}: 30s}`, "write grace: 30s"] as const),
	["{su: app, umask: 0027}", "write user: app"],
	["setup: [{own: {path: /a, dirmode: 0750}}]", "write modes: {dirs: 0750}"],
	["setup: [{own: {path: /a, dir_mode: 0750, file_mode: 0640}}]", "write modes: {dirs: 0750, files: 0640}"],
	["setup: [{file: {path: /a, content: b, defaultMode: 420}}]", 'write mode: "0644"'],
	["setup: [{mkdir: {path: /a, mode: 488}}]", 'write mode: "0750"'],
	["setup: [{file: {path: /a, content: b, mode: 0x1a4}}]", 'write mode: "0644"'],
	["umask: 18", 'write umask: "0022"'],
	["setup: [{own: /a, when: {not_held: CHOWN}}]", noAbsence],
	["setup: [{own: /a, when: {has: SYS_ADMIN}}]", "write held: SYS_ADMIN"],
	["env: {A, B}", 'write env: {set: {A: "", B: ""}}\nwhat the container is given reaches the command by itself'],
	["env: ['A=1', 'B = 2']", "write env: {set: {A: 1, B: 2}}"],
	['{environment: \'A="1",B="2"\'}', "write env: {set: {A: 1, B: 2}}"],
	["setup: [{run: {cmd: migrate, args: [--all]}}]", "write command: [migrate, --all]"],
	[
		"setup: [{mount: {type: tmpfs, target: /t, size: 64m, options: [mode=1777]}}]",
		"write mount: {type: tmpfs, target: /t, options: [size=64m, mode=1777]}",
	],
	["autorestart: true", "leave autorestart out: the runtime does it: docker run --restart POLICY"],
	["{user: app, runcmd: [[mkdir, -p, /a], rm /b]}", "write setup: [{mkdir: /a}, {remove: /b}]"],
	["selinux: disabled", "write selinux: none"],
	["setup: [useradd app]", 'leave it out: ids may be any without an account: user: "${PUID:-1000}:${PGID:-1000}"'],
	[
		"setup: [{own: /a, if: '[ -d /a ]', when: x y}]",
		"when is there already, and has all of it: when: {exists: PATH, env: NAME}\nwhen has all of env: NAME, env: {NAME: value}, unset: NAME, exists: PATH; nothing else is asked",
	],
	["exec: node a.js", "write command: {default: [node, a.js]}"],
	...["exec node a.js", "{exec: node a.js}", "{exec: [node, a.js]}", "{cmd: node a.js}", "{command: node a.js}"].map(
		(each) => [`setup: [${each}]`, "write command: {default: [node, a.js]}"] as const,
	),
	["setup: [{command: chown -R app /data}]", "write own: {path: /data, owner: app, group: keep}"],
	["limits: {nofile: 5k}", ""],
	["limits: {rtprio: 3m}", ""],
	["setup: [{listen: null, tcp: 5672, name: amqp}]", "write listen: {tcp: 5672, name: amqp}"],
	["setup: [{name: amqp, listen: null, tcp: 5672}]", "write listen: {tcp: 5672}"],
	["setup: [[own, /a, /b]]", "write - own: [/a, /b]"],
	["setup: [own]", "write - own: ..."],
	["env: {set: [A=b]}", "write set: {A: b}"],
	["{User: app, Group: staff}", 'write user: "app:staff"'],
	["{command: [a], args: [b]}", "write command: {default: [a, b]}"],
	[
		"setup: [chown app /a.x, chown app /a.x]",
		"write - own: {path: /a.x, owner: app, group: keep, policy: top-only}\nwrite - own: {path: /a.x, owner: app, group: keep, policy: top-only}",
	],
	[
		"securityContext: {runAsUser: 1, privileged: true, other: 1}",
		'write user: "1:1"\nleave privileged out: what a container is given is the runtime\'s, and confine: docker-default takes it away again from the workload\nother has no key here',
	],
	["setup: [onw /data]", 'write - own: /data\ndid you mean "own"?'],
	["setup: [chwon app /data]", 'write - own: {path: /data, owner: app, group: keep, policy: top-only}\ndid you mean "chown"?'],
	["setup: ['-own:/data']", 'write - own: /data\ndid you mean "own"?'],
	["setup: [please make /data]", ""],
	["setup: [nginx -t]", "write - run: [nginx, -t]"],
	["setup: [/opt/x -t]", "write - run: [/opt/x, -t]"],
	...["ln: /a /b", "ln: -s /a /b", "symlink: /a /b", "link: /a /b", "link: [/a, /b]"].map(
		(each) => [`setup: [{${each}}]`, "write link: {path: /b, to: /a}"] as const,
	),
	["setup: [{run: [sh, -c, 'for f in a; do echo $f ${A} $(date); done']}]", 'write "for f in a; do echo $$f ${A} $$(date); done"'],
	["setup: [{run: {command: [env, bash, -ec, '${x%.*}']}}]", 'write "$${x%.*}"'],
	["setup: [{run: 'echo $HOME > /x'}]", 'write run: [sh, -c, "echo $$HOME > /x"]'],
	["setup: [{run: 'echo ${A:-b} | cat'}]", 'write run: [sh, -c, "echo $${A:-b} | cat"]'],
	["setup: [{run: 'echo $HOME'}]", 'write run: [echo, "${HOME}"]'],
	["setup: [{run: 'sh -c \"echo $HOME; ls\"'}]", 'write run: [sh, -c, "echo $$HOME; ls"]'],
	["setup: [{run: 'sh -c \"echo x\"'}]", 'write run: [sh, -c, "echo x"]'],
	["command: 'nginx -g \"daemon off;\"'", 'write command: {default: [nginx, -g, "daemon off;"]}'],
	["command: 'nginx -g \"daemon off'", ""],
	["cap_add: [KILL]", "write capabilities: {keep: [KILL]}\nkeep what the command needs: what only the steps need is not kept"],
	["capabilities: {add: [NET_RAW]}", "write keep: [NET_RAW]"],
	["capabilities: {keep: KILL, add: [NET_RAW]}", "write keep: [KILL, NET_RAW]"],
	["capabilities: {keep: [KILL], NET_RAW: true}", "write keep: [KILL, NET_RAW]"],
	["capabilities: {keep_if_present: [KILL], cap_add: NET_RAW}", "write keep: NET_RAW"],
	["capabilities: {keep: [KILL], drop: ALL}", "leave drop out: all go but those in keep"],
	["groups: {add: [a], video: true}", "write add: [a, video]"],
	[
		"CapabilityBoundingSet: CAP_KILL",
		"leave CapabilityBoundingSet out: the bounding set is emptied to what is kept: capabilities: {keep: [NAME]}",
	],
	["landlock: {ro: /a}", "write read: /a"],
	["landlock: {rox: [/a, /b]}", "write execute: [/a, /b]"],
	["landlock: {rw: /a}", "write write: /a"],
	["landlock: {connect-tcp: 443}", "write connect: 443"],
	["landlock: {connect_tcp: [443]}", "write connect: [443]"],
	["landlock: {bind-tcp: 80}", "write bind: 80"],
	["landlock: {bind: 80, bind_tcp: 80}", "write bind: 80"],
	["landlock: {read: /a, abi: 4}", "write minimum: 4"],
	["env: {from_file: {A: true}}", "write from_file: [A]"],
	["env: {unset: {A: true}}", "write unset: [A]"],
	["env: {unset: {A: b}}", ""],
	["capabilities: {keep: {NET_RAW: true}}", "write keep: [NET_RAW]"],
	["groups: {add: {video: true, render: true}}", "write add: [video, render]"],
	["user: [app, video]", "write user: app, and groups: {add: [video]}"],
	["setup: [{file: /a}]", "write file: {path: /a, content: ...}"],
	["setup: [{secret: DB}]", "write secret: {from: {env: DB}, path: ...}"],
	["setup: [{fuse: /mnt}]", "write fuse: {target: /mnt, command: ...}"],
	["setup: [{fuse: [sshfs, a]}]", ""],
	["setup: [{copy: [a, b, c]}]", ""],
	[
		"setup: [{when: {not_exists: /x}, own: /d}]",
		"there is no condition for what is not there: a step leaves alone what is right already (if: absent of file and copy), and a variable tells starts apart: when: {unset: NAME}",
	],
	["setup: [{mkdir: {path: /a, perms: 0750, as_user: app}}]", "write mode: 0750\nwrite owner: app"],
	["setup: [{link: {target: /a, path: /b}}]", "write to: /a"],
	["setup: [{wait_for: {tcp: 'db:1', timeout: 1m30s}}]", "write timeout: 90s"],
	["setup: [{wait_for: {tcp: 'db:1', timeout: 5 minutes}}]", "write timeout: 300s"],
	["setup: [{mkdir: {path: /a, mode: rwxr-x---}}]", 'write mode: "0750"'],
	["setup: [{run: {command: [a], env: [A=1]}}]", "write env: {A: 1}"],
	["setup: [{own: /d, when: {file: /x}}]", "write exists: /x"],
	["setup: [{own: /d, when: always}]", "leave when out: a step is done at each start"],
	["setup: [{run: {command: [a], shell: true}}]", "leave shell out: there is no shell: a command is a list, a word each"],
	["setup: [{run: {command: [a], ignore_errors: true}}]", "on_error stands beside the step: {on_error: warn, run: ...}"],
	["setup: [{sleep: 5}]", "leave it out: a step waits for what is meant: wait_for: {tcp: HOST:PORT}, {file: PATH}"],
	["setup: [{secret: {path: /a}}]", "it is from: {env: NAME}, or from: {file: PATH}"],
	[
		"setup: [{mount: {source: /a, target: /b}}]",
		"type: bind for what this container has already, or what source holds: ext4, nfs, cifs, tmpfs",
	],
	["env: {set: {A: }}", 'write A: ""'],
	[
		"user: ${USER:-app}\ngroup: app",
		'write user: "${USER:-app}:app"\na group beside the user brings no memberships; groups: {from_user: true} does',
	],
	["user: app\ntimezone: UTC", "write env: {set: {TZ: UTC}}"],
	["capabilities: {keep: 'KILL, CHOWN'}", "write keep: [KILL, CHOWN]"],
	["command: {default: [a], workdir: /a}", "workdir is a key of the file itself"],
	["env:", "leave env out, or give it a value"],
	["user: true", 'write user: "true"'],
	["nice: 99", ""],
	["securebits: nope", ""],
	["setup: [{require: {sysctl: {vm.max_map_count: {atleast: 262144}}}}]", "write vm.max_map_count: {at_least: 262144}"],
	["setup: [{require: {sysctl: {vm.max_map_count: {at_least: abc}}}}]", ""],
	[
		"setup: [{require: {env: {FOO: bar}}}]",
		"write env: FOO\nthis leaves out FOO: bar\nrequire asks whether a variable is set, whatever its value",
	],
	["setup: [{wait_for: {timeout: 3s}}]", ""],
	["setup: [{listen: {name: x}}]", ""],
	["setup: [{fuse: {target: /x, command: [a]}}]", ""],
	["setup: [{run: wg up, capabilities: [NET_ADMIN]}]", "write run: {command: [wg, up], capabilities: [NET_ADMIN]}"],
	["setup: [{run: a && b, timeout: 5s}]", 'write run: {command: [sh, -c, "a && b"], timeout: 5s}'],
	[
		'version: "1"\nentrypoint: {user: app, umask: "0027"}',
		'leave version out: it stays where the container is described\nwrite user: app, and umask: "0027"',
	],
	[
		"setup: [{secret: {source: db, path: /x}}]",
		"write from: {file: /run/secrets/db}\nwhere Docker and compose mount a secret of that name",
	],
	["setup: [{secret: {source: DB, path: /x}}]", "the key is called from\nwrite from: {env: DB}"],
	["env: {from_file: {A: /run/a}}", "write default: {A_FILE: /run/a}, and from_file: [A]"],
	["env: {from_file: {A: b}}", ""],
	["env: {A: b, set: {C: [dd, ee]}}", 'write env: {set: {C: "dd,ee", A: b}}\nwrite C: "dd,ee"'],
	["env: {set: {A: '${@cpu.count}'}}", 'write A: "${@cpus}"'],
	["env: {set: {A: '${@memory:-1}'}}", 'write A: "${@memory}"'],
	["env: {set: {A: '${@disk}'}}", "facts are @cpus, @memory, @hostname, @uid, @gid, @user.name, @user.uid, @user.gid, @user.home"],
	["workdir: $HOME/app", 'write workdir: "${@user.home}/app"'],
	["setup: [{mount: {type: tmpfs, target: /x, tmpfs: {size: 64m}}}]", "write options: [size=64m]"],
	["setup: [{mount: {type: tmpfs, target: /x, size: 64m}}]", "write mount: {type: tmpfs, target: /x, options: [size=64m]}"],
	[
		"setup: [{mount: {fstype: nfs4, device: 'h:/e', path: /m, options: 'defaults,_netdev,vers=4.1'}}]",
		'write type: nfs, source: "h:/e", target: /m, options: [vers=4.1]',
	],
	[
		"setup: [{mount: {type: ext4, source: /dev/sdb, target: /m, options: defaults}}]",
		"write mount: {type: ext4, source: /dev/sdb, target: /m}",
	],
	["setup: [{own: {path: /a, modes: keep}}]", "leave modes out: without it they stay as they are"],
	["landlock: {connect: ['db:5432', 443]}", "write 5432"],
	["setup: [{listen: 80/tcp}]", "write listen: {tcp: 80}"],
	["setup: [{wait_for: {http: 'https://db.test/x'}}]", "write tcp: db.test:443"],
	["setup: [{wait_for: {http: 'http://db.test/x', status: 200-299}}]", "write status: 2xx"],
	["setup: [{wait_for: {tcp: 'tcp://h:1'}}]", "write tcp: h:1"],
	["setup: [{device: {path: /dev/net/tun, numbers: '10:200'}}]", "write major: 10, minor: 200"],
	["setup: [{copy: {from: /a, to: /b, if: not_exists}}]", "write if: absent"],
	["setup: [{run: initdb && true}]", 'write run: [sh, -c, "initdb && true"]'],
	["command: 'a | b'", 'there is no shell: [sh, -c, "a | b"] starts one'],
	["command: 'a > ${SECRET}'", 'there is no shell: [sh, -c, "..."] starts one'],
	["env: {default: {DEBUG: true}}", 'write DEBUG: "true"'],
	["command: {default: [a, true]}", 'write "true"'],
	["setup: [{secret: {from: DB, path: /x}}]", "write from: {env: DB}"],
	["setup: [{secret: {from: /db, path: /x}}]", "write from: {file: /db}"],
	["setup: [{copy: {src: /a, dest: /b}}]", "write from: /a\nwrite to: /b"],
	["setup: [{file: {dest: /a, content: b}}]", "write path: /a"],
	["setup: [{own: {path: /a, user: app}}]", "write owner: app"],
	["landlock: {rwx: /a}", "what is to be written and to be executed stands at both: write: [DIRECTORY], execute: [DIRECTORY]"],
	["landlock: {read: /a, net: {bind: 80}}", "ports stand in landlock itself: bind: [80], connect: [443]"],
	["landlock: {read: /a, best_effort: true}", "minimum: 0 goes on with what the kernel has, be it nothing"],
	["setup: [{own: {path: /a, recursive: true}}]", "own reaches all that is below the directory; policy: top-only is the directory alone"],
	["setup: [{own: {path: /a, when: {env: A}}}]", "when stands beside the step: {when: ..., own: ...}"],
	["setup: [{link: {path: /a, from: /b, to: /c}}]", "path is where the link is, to is what it leads to"],
	["setup: [{wait_for: {host: db, port: 80, timeout: 3s}}]", "write wait_for: {tcp: db:80, timeout: 3s}"],
	["setup: [{when: {env: FOO=bar}, own: /d}]", "write env: {FOO: bar}"],
	["setup: [{when: {env: {FOO: true}}, own: /d}]", 'write env: {FOO: "true"}'],
	["user: app\nsecrets: [A]", "a secret is a step: setup: [{secret: {from: {env: NAME}, path: /run/secrets/NAME}}]"],
	["command: {default: 'nginx -g \"daemon off;\"'}", 'write default: [nginx, -g, "daemon off;"]'],
	["command: {default: nginx > /dev/null}", 'write default: [sh, -c, "nginx > /dev/null"]'],
	["user: {name: app, home: /srv, groups: [video]}", "write user: app, and home: /srv, and groups: {add: [video]}"],
	["user: {name: app, uid: 1000, gid: 1000, shell: /bin/sh}", 'write user: "1000:1000"\nthis leaves out name: app, shell: /bin/sh'],
	["command: gosu app mkdir /data", "write user: app, and command: {default: [mkdir, /data]}"],
	["setup: [gosu app mkdir /data, gosu app ./migrate, own: /x]", "write - mkdir: /data\nwrite - run: {command: [./migrate], user: app}"],
	["command: [gosu, app, redis-server]", "write user: app, and command: {default: [redis-server]}"],
	["command: {default: '${SECRET}'}", "nothing is wrong"],
	["setup: [{fuse: {target: /mnt, command: 'x a: /mnt -f'}}]", 'write command: [x, "a:", "{mountpoint}", -f]'],
	["limits: {open_files: 5}", "write nofile: 5"],
	["limits: {nofile: {soft: 1, hard: 2}}", 'write nofile: "1:2"'],
	["limits: {nofile: [1, 2]}", 'write nofile: "1:2"'],
	["limits: {memlock: 64k, nofile: -1}", "write memlock: 65536\nwrite nofile: unlimited"],
	["limits: {cpu: 10m, nproc: 1e6}", "write cpu: 600\nwrite nproc: 1000000"],
	["limits: {cpu: '1h:2h'}", 'write cpu: "3600:7200"'],
	["limits: {RLIMIT_CORE: 0}", "write core: 0"],
	["env: {claer: true}", ""],
	["limits: {NOFILE: 5, nofile: 6}", "nofile is there already: leave NOFILE out"],
	["limits: {open_files: 5, nofile: 6}", "nofile is there already: leave open_files out"],
	["command: {default: [b]}\ncmd: [a]", "command is there already: leave cmd out"],
	["limits: {memory: 512m, cpus: 2}", "write cgroup: {memory: 512M}\nwrite cgroup: {memory: 512M, cpu: 2}"],
	["signals: {TERM: QUIT}\ninit: {grace: 5s}", "write init: {grace: 5s, signals: {TERM: QUIT}}"],
	["setup: {own: {path: /data, user: redis}, listen: 80}", "write setup: [{own: {path: /data, owner: redis}}, {listen: {tcp: 80}}]"],
	["setup:\n  own: /data\n  listen: 80", "write setup: [{own: /data}, {listen: {tcp: 80}}]"],
	["setup:\n  - own:\n", "leave this step out, or give it a value"],
	["setup: [{own: /x}, ~]", "leave this step out, or give it a value"],
	["setup:\n  - own:\n    path: /logs\n    user: redis\n", "write own: {path: /logs, owner: redis}"],
	["setup: [{copy: , src: /a, dest: /b}]", "write copy: {from: /a, to: /b}"],
	["setup: [{own: /data, recursive: true, mode: 0755}]", 'write own: {path: /data, modes: {dirs: "0755", files: "0644"}}'],
	["setup: [{mkdir: {path: /a, mode: u=rwx,g=rx}}]", 'write mode: "0750"'],
	["setup: [{mkdir: {path: /a, mode: 'u=rwx,g=rx,o=x'}}]", 'write mode: "0751"'],
	["setup: [{mkdir: {path: /a, mode: 'u=rwx,go='}}]", 'write mode: "0700"'],
	["schedule: '0 * * * *'", clock("schedule")],
	["setup: [{cron: '0 * * * *'}]", clock("cron")],
	["become: true", "leave become out: steps are done with the privilege of the start"],
	["init: {stop_signal: SIGQUIT}", "write signals: {TERM: QUIT}"],
	["init: {stop_timeout: 30}", "leave stop_timeout out: the runtime does it: docker run --stop-timeout 30"],
	[
		"setup: [{mount: 'tmpfs /tmp tmpfs size=64m,mode=1777 0 0'}]",
		"write mount: {type: tmpfs, target: /tmp, options: [size=64m, mode=1777]}",
	],
	["setup: [{mount: '/a /b none bind,ro 0 0'}]", "write mount: {type: bind, source: /a, target: /b, options: [ro]}"],
	["setup: [{mount: /dev/sdb1 /b ext4 defaults 0 2}]", "write mount: {type: ext4, source: /dev/sdb1, target: /b}"],
	[
		"setup: [{file: {path: /a, state: directory, owner: app, mode: '0755'}}]",
		'write - mkdir: {path: /a, owner: app, group: 0, mode: "0755"}',
	],
	[
		"setup: [{file: {path: /a, state: directory, owner: app, recurse: true}}]",
		"write\n  - mkdir: {path: /a, owner: app, group: 0}\n  - own: {path: /a, owner: app, group: keep}",
	],
	["setup: [{name: x, file: {path: /a, state: absent}}]", "write - {name: x, remove: {path: /a, recursive: true}}"],
	["setup: [{file: {path: /a, state: touch}}]", 'write - file: {path: /a, owner: 0, group: 0, content: "", if: absent}'],
	[
		"{user: app, write_files: [{path: /a, content: b, permissions: '0640', owner: 'root:app'}, {path: /c}]}",
		'write\n  setup:\n    - file: {path: /a, content: b, mode: "0640", owner: root, group: app}\n    - file: {path: /c, content: "", owner: 0, group: 0}',
	],
	["{user: app, write_files: [{path: /a, content: 'echo $1'}]}", "write setup: [{file: {path: /a, content: ..., owner: 0, group: 0}}]"],
	["cgroup: {memory: 512 MB}", "write memory: 512M"],
	["limits: {memory: 512 MB}", "write cgroup: {memory: 512M}"],
	["parent_death_signal: true", "write parent_death_signal: TERM"],
	["setup: [{wait_for: 'https://db.test/x'}]", "write wait_for: {tcp: db.test:443}"],
	["setup: [{own: /a, on_error: ignore}]", "write on_error: warn"],
	["env: {set: {A: '${B:+c}'}}", "what a shell has with :+ is not there: write c, or ${B:-} for the value itself"],
	["setup: [{secret: {from: {env: A}}}]", "it is where the secret is written: path: /run/secrets/NAME"],
	[
		"securityContext: {runAsUser: 1000, capabilities: {drop: [ALL], add: [KILL]}}",
		'write user: "1000:1000", and capabilities: {keep: [KILL]}',
	],
	["setup: [{run: chown -R app:app /d}]", "write - own: {path: /d, owner: app, group: app}"],
	["setup: [{run: {command: chown app /d}}]", "write - own: {path: /d, owner: app, group: keep, policy: top-only}"],
	["setup: [{run: mkdir -p /d}]", "write - mkdir: {path: /d, owner: 0, group: 0}"],
	[
		"setup: [{when: {env: A}, run: mkdir -p /d && chown -R app:web /d}]",
		"write\n  - {when: {env: A}, mkdir: {path: /d, owner: app, group: web}}\n  - {when: {env: A}, own: {path: /d, owner: app, group: web}}",
	],
	[
		"setup: ['mkdir -p /d /e && chmod 700 /d /e']",
		"write\n  - mkdir: {path: [/d, /e], owner: 0, group: 0, mode: 700}\n  - chmod: {path: [/d, /e], mode: 700}",
	],
	["setup: [{run: mkdir /d && chmod g+w /d}]", 'write run: [sh, -c, "mkdir /d && chmod g+w /d"]'],
	[
		"setup: [{run: mkdir /d && chown app /d}]",
		"write\n  - mkdir: {path: /d, owner: app, group: 0}\n  - own: {path: /d, owner: app, group: keep, policy: top-only}",
	],
	["setup: [{run: mkdir /d && chgrp web /d}]", 'write run: [sh, -c, "mkdir /d && chgrp web /d"]'],
	["setup: [{run: mkdir /d && migrate}]", 'write run: [sh, -c, "mkdir /d && migrate"]'],
	["setup: [{own: path /data}]", "write own: /data"],
	["setup: [{listen: {name: http, tcp: 80, address: 0.0.0.0}}]", "write listen: {tcp: 0.0.0.0:80, name: http}"],
	["setup: [{listen: {port: 80, protocol: udp}}]", "write listen: {udp: 80}"],
	[
		"setup: [{listen: {port: 80, protocol: sctp}}]",
		"write tcp: 80\nlisten takes tcp, udp, unix, name, backlog, reuse_port, v6only, mode, owner, group, env",
	],
	["setup: [{own: {path: /a, user: -1}}]", "the key is called owner"],
	["setup: [{own: {path: /a, user: 'app:staff'}}]", "write owner: app, group: staff"],
	["user: {uid: -1}", ""],
	["setup: [{mkdir: ~/cache}]", 'write mkdir: "${@user.home}/cache"'],
	["setup: [{mkdir: $HOME/.config}]", 'write mkdir: "${@user.home}/.config"'],
	["setup: ['mkdir -p $HOME/.config ~/cache']", 'write - mkdir: ["${@user.home}/.config", "${@user.home}/cache"]'],
	["setup: [{template: {src: /a, dest: /b}}]", "write file: {template: /a, path: /b, vars: [NAME]}"],
	["setup: [{envsubst: /a}]", "it is file: {template: PATH, path: PATH, vars: [NAME]}"],
	["seccomp: unconfined", "write seccomp: none\nthat is no filter of ours: what the runtime sets stays, and is its option"],
	["seccomp: {type: RuntimeDefault}", "write seccomp: docker-default"],
	["seccomp: {type: Unconfined}", "write seccomp: none\nthat is no filter of ours: what the runtime sets stays, and is its option"],
	["seccomp: default.json", `the path of a profile is absolute, as the image has it: ${inImage("default.json", "default.json")}`],
	[
		"seccomp: {profile: conf/x.json, allow: [read]}",
		`the path of a profile is absolute, as the image has it: ${inImage("conf/x.json", "x.json")}`,
	],
	...["seccomp: localhost/x", "seccomp: {type: Localhost}", "seccompProfile: {type: Localhost}"].map(
		(written) =>
			[
				written,
				`what Kubernetes calls Localhost lies on the node, and this in the image: ${inImage("app.json", "app.json")}${written.startsWith("seccompP") ? "\nthe key is called seccomp" : ""}`,
			] as const,
	),
	[
		'seccomp: {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": []}',
		`a profile is a file by itself: ${inImage("app.json", "app.json")}\ncalls are named by allow and deny; their arguments are compared by a profile, which is a file`,
	],
	["seccomp: '{\"defaultAction\": 1}'", `a profile is a file by itself: ${inImage("app.json", "app.json")}`],
	...(
		[
			["SCMP_ACT_ERRNO", "errno"],
			["SCMP_ACT_KILL_PROCESS", "kill"],
			["SCMP_ACT_KILL", "kill"],
			["SCMP_ACT_TRAP", "trap"],
			["SCMP_ACT_LOG", "log"],
		] as const
	).map(([written, ours]) => [`seccomp: {profile: docker-default, action: ${written}}`, `write action: ${ours}`] as const),
	["seccomp: {profile: docker-default, action: SCMP_ACT_ALLOW}", "log refuses nothing, and tells of it; seccomp: none is no filter"],
	["seccomp: {profile: docker-default, action: SCMP_ACT_NOTIFY}", "it asks another process, and there is none"],
	["seccomp: {profile: docker-default, arch: native}", "write architectures: native"],
	["apparmor: docker-default", "nothing is wrong"],
	...["apparmor: runtime/default", "apparmor: {type: RuntimeDefault}"].map(
		(written) =>
			[
				written,
				"the profile of the runtime holds from the start of the container on, without a word here; apparmor is another for the workload",
			] as const,
	),
	...["selinux: spc_t", "selinux: {type: unconfined_t}", "selinux: system_u:system_r:spc_t:s0"].map(
		(written) => [written, "selinux: none leaves the workload the type of the start"] as const,
	),
];

const values = [
	...[
		"alpha",
		"alpha beta",
		"alpha=beta",
		"[alpha]",
		"[alpha, beta]",
		"[[alpha]]",
		"{alpha: beta}",
		"{alpha: true}",
		"{alpha: {beta: 17}}",
		"17",
	],
	...[
		"[17, 18]",
		"true",
		"[true]",
		"{name: true}",
		"{timeout: 3s}",
		"{atleast: 17}",
		"/alpha",
		"[/alpha, /beta]",
		"{path: /alpha}",
		"'tcp:80'",
	],
	...["'alpha && beta'", "[{alpha: beta}, {gamma: delta}]", "'a b c d'", "{net.alpha.beta: {atleast: 17}}", "{soft: 17, hard: 18}"],
];

const inStep = (kind: string) => (written: string) => `{setup: [{${kind}: {${written}}}]}`;
const everyKey: readonly (readonly [string, (written: string) => string])[] = [
	...[...Object.values(documentKeys), "limits", "nice", "umask", "environment", "cmd", "cap_add"].map(
		(key) => [key, (written: string) => `{${written}}`] as const,
	),
	...["env", "command", "groups", "capabilities", "limits"].flatMap((above) =>
		["set", "default", "from_file", "unset", "add", "keep", "drop", "prepend_if", "nofile", "alpha"].map(
			(key) => [key, (written: string) => `{${above}: {${written}}}`] as const,
		),
	),
	...[...stepKinds, "when", "name", "exec"].map(
		(key) =>
			[key, (written: string) => `{setup: [{${written}${(stepKinds as readonly string[]).includes(key) ? "" : ", own: /d"}}]}`] as const,
	),
	...["env", "unset", "exists", "command", "held", "alpha"].map(
		(key) => [key, (written: string) => `{setup: [{own: /d, when: {${written}}}]}`] as const,
	),
	...stepKinds.flatMap((kind) =>
		["path", "from", "to", "command", "env", "sysctl", "owner", "options", "ready", "tcp", "dest", "mode", "vars"].map(
			(key) => [key, inStep(kind)] as const,
		),
	),
];

/** What is wrong with what was advised, where it stands: nothing that else lacks or is too much. */
async function complaintsAt(own: string, place: (written: string) => string, key: string): Promise<string[]> {
	const [name = ""] = /^[^:{]+/.exec(own) ?? [];
	const asWhole = /^(?:env|command|groups|capabilities|limits|setup): /.test(own) ? [(each: string) => `{${each}}`] : [];
	const asStep = [(each: string) => `{setup: [{${each}${/^(?:when|name|on_error): /.test(own) ? ", own: /d" : ""}}]}`];
	const below = [(each: string) => place(`${key}: {${each}}`), (each: string) => place(`${key}: [${each}]`)];
	const tries = await Promise.all([place, ...asWhole, ...asStep, ...below].map((each) => placesOf(each(own))));
	const found = tries.map((places) => places.filter((each) => each === "" || each.split(/[.[ ]/).includes(name)));
	return found.find((each) => each.length === 0) ?? (found[0] as string[]);
}

/** The keys that are complained of; an empty one for a document that is none. */
async function placesOf(text: string): Promise<string[]> {
	try {
		await parseConfig(text, "f.yaml", { reads, environment: new Map(), loadSteps });
		return [];
	} catch (error) {
		return (error as Failure).diagnostics.flatMap(({ where = "", code, message }) =>
			code === "CONFIG_MISSING_KEY" ? [] : /"\.\.\."|\.\.\./.test(text) ? [] : [where.split(" ")[1] ?? message],
		);
	}
}

describe("a value of another shape", () => {
	it.each(ofDocument)("%s is answered by what is good: %s", async (written, advised) => {
		expect([await adviceOn(written), await adviceOn(advised)]).toEqual([[`write ${advised}`], ["nothing is wrong"]]);
	});

	it.each(ofEntry)("in a step, %s is answered by what is good: %s", async (written, advised) => {
		const isBeside = /^(?:when|name|on_error):/.test(advised);
		const entry = isBeside ? `{${advised}, own: /d}` : advised.startsWith("command:") ? `{run: {${advised}}}` : `{${advised}}`;
		expect([await adviceOn(`setup: [${written}]`), await adviceOn(`setup: [${entry}]`)]).toEqual([
			[`write ${advised}`],
			["nothing is wrong"],
		]);
	});

	it.each(ofPart)("%s is answered by: %s", async (written, advised) => {
		expect((await adviceOn(written)).filter((each) => each !== "").join("\n")).toBe(advised);
	});

	it("is answered by a block where a line would be too long to read, and by what can be read of a long value", async () => {
		const [alpha, beta] = ["x".repeat(70), "y".repeat(70)];
		expect(await adviceOn(`environment: {ALPHA: ${alpha}, BETA: ${beta}, GAMMA: ${alpha}${beta}}`)).toEqual([
			`write\n  env:\n    set:\n      ALPHA: ${alpha}\n      BETA: ${beta}\n      GAMMA: ...`,
		]);
	});

	it.each(everyKey)("at %s is answered by what is good and has all that was written, or by nothing", async (key, place) => {
		const wrong: string[] = [];
		for (const value of values) {
			const told = (await adviceOn(place(`${key}: ${value}`)))
				.flatMap((each) => each.split("\n"))
				.filter((each) => each.startsWith("write "));
			// What a required variable would have to be has no place there, which is told.
			const all = told.some((each) => /^write env: [^{]*$/.test(each)) ? value : told.join(" ");
			const lost =
				told.length === 0
					? []
					: (value.match(/[a-z]{4,}|\d+/g) ?? []).filter(
							(each) => !/^(?:true|name|path|soft|hard|atleast)$/.test(each) && !all.includes(each),
						);
			wrong.push(...lost.map((each) => `${key}: ${value} -> ${all} has no ${each}`));
			for (const advice of told) {
				const own = advice.replace(/^write (?:- )?/, "").replace(", and ", ", ");
				const remains = await complaintsAt(own, own.startsWith("setup: ") ? (each) => `{${each}}` : place, key);
				wrong.push(...remains.map((each) => `${key}: ${value} -> ${advice} is refused at ${each}`));
			}
		}
		expect(wrong).toEqual([]);
	});
});
