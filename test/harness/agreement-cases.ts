/** Faulty configurations, one for each kind of step and each thing that it can be without, and some that have no fault. */

const app = { user: "app" };
const setup = (...steps: readonly object[]) => ({ ...app, setup: steps });
const of = (...steps: readonly object[]): readonly [config: object] => [setup(...steps)];

/** Files that some of them are about, made in a directory that is mounted at /data. */
export const files = `
	script() { printf '#!%s\\nexit 0\\n' "$2" > "$1"; chmod "$3" "$1"; }
	script right /bin/sh 755; script plain /bin/sh 644; script crlf "/bin/sh$(printf '\\r')" 755; script lost /no/sh 755
	mkdir hooks closed tree tree/below; script closed/right /bin/sh 755; chmod 700 closed; touch tree/a tree/below/b
	chown -R 4242:4242 tree; chmod -R 777 tree; touch file; printf secret > key; ln -s /nowhere dangling
`;

/** `command`: what is run instead of /bin/true. */
export const cases: Readonly<Record<string, readonly [config: object, command?: readonly string[]]>> = {
	// Who.
	"nothing wrong": [app],
	root: [{ user: "root" }],
	"an unknown user": [{ user: "nobody-knows" }],
	"an unknown group": [{ user: "app:nobody-knows" }],
	"unknown users and owners": [
		{ user: "nobody-knows", setup: [{ mkdir: { path: "/tmp/x", owner: "who" } }, { own: { path: "/data", owner: "whom" } }] },
	],
	"an unknown owner": of({ mkdir: { path: "/tmp/x", owner: "who" } }, { file: { path: "/tmp/y", content: "", group: "which" } }),
	"a user who would be root": [{ user: "app", groups: { add: ["nope"] } }],
	"no adapting": [{ ...app, when_unprivileged: "fail" }],

	// What is kept.
	"kept: NET_BIND_SERVICE": [{ ...app, capabilities: { keep: ["NET_BIND_SERVICE"] } }],
	"kept: SYS_ADMIN and NET_ADMIN": [{ ...app, capabilities: { keep: ["SYS_ADMIN", "NET_ADMIN"] } }],
	"kept if present": [{ ...app, capabilities: { keep_if_present: ["SYS_ADMIN", "CHOWN"] } }],
	"kept: ALL": [{ ...app, capabilities: { keep: "ALL" } }],
	"limits above the hard ones": [{ ...app, limits: { nofile: 1_999_999 } }],
	nice: [{ ...app, nice: -5 }],
	"oom score": [{ ...app, oom_score_adj: -100 }],
	filtered: [{ ...app, seccomp: "docker-default" }],
	walled: [{ ...app, landlock: { read: ["/"], write: ["/tmp"] } }],
	confined: [{ ...app, confine: "docker-default" }],
	"devices of its own": [{ ...app, devices: "docker-default" }],

	// The command and where it works.
	"a command that is missing": [app, ["/nowhere/at-all"]],
	"a command that is not in PATH": [app, ["no-such-command"]],
	"a command that is a link to nowhere": [app, ["/data/dangling"]],
	"a command that may not be executed": [app, ["/data/plain"]],
	"a command with line ends of another system": [app, ["/data/crlf"]],
	"a command whose interpreter is missing": [app, ["/data/lost"]],
	"a command that is a directory": [app, ["/data/tree"]],
	"a command in a closed directory": [app, ["/data/closed/right"]],
	"a workdir that is missing": [{ ...app, workdir: "/nowhere" }],
	"a workdir that is a file": [{ ...app, workdir: "/data/file" }],
	"a workdir that is closed": [{ ...app, workdir: "/data/closed" }],
	"a workdir and a command": [{ ...app, workdir: "/nowhere" }, ["/data/crlf"]],
	"a command, and steps before it": [setup({ mkdir: "/tmp/x" }, { file: { path: "/tmp/x/y", content: "" } }), ["/data/lost"]],
	"a workdir and a command, and a step that fails": [
		{ ...setup({ mkdir: "/data/file/x" }, { file: { path: "/nowhere/x", content: "" } }), workdir: "/nowhere" },
		["/data/crlf"],
	],

	// Each kind of step.
	"mkdir: right": of({ mkdir: "/tmp/x" }),
	"mkdir: below a file": of({ mkdir: "/data/file/x" }),
	"mkdir: on the root": of({ mkdir: "/srv/x/y" }),
	"mkdir: below /proc": of({ mkdir: "/proc/x" }),
	"own: right": of({ own: "/data/tree" }),
	"own: missing": of({ own: "/nowhere" }),
	"own: missing, then made too late": of({ own: "/tmp/late" }, { mkdir: "/tmp/late" }),
	"own: made before": of({ mkdir: "/tmp/soon" }, { own: "/tmp/soon" }),
	"chmod: right": of({ chmod: { path: "/data/tree", mode: "0755" } }),
	"chmod: missing": of({ chmod: { path: "/nowhere", mode: "0755" } }),
	"remove: missing": of({ remove: { path: "/nowhere" } }),
	"file: right": of({ file: { path: "/tmp/x", content: "x" } }),
	"file: no parent": of({ file: { path: "/nowhere/x", content: "x" } }),
	"file: parent made before": of({ mkdir: "/tmp/there" }, { file: { path: "/tmp/there/x", content: "x" } }),
	"file: parent made after": of({ file: { path: "/tmp/there/x", content: "x" } }, { mkdir: "/tmp/there" }),
	"file: parent is a file": of({ file: { path: "/data/file/x", content: "x" } }),
	"file: on the root": of({ file: { path: "/srv-x", content: "x" } }),
	"file: is a directory": of({ file: { path: "/data/tree", content: "x" } }),
	"file: from a missing one": of({ file: { path: "/tmp/x", from: "/nowhere" } }),
	"file: from a directory": of({ file: { path: "/tmp/x", from: "/data/tree" } }),
	"file: a template that is missing": of({ file: { path: "/tmp/x", template: "/nowhere", vars: ["HOME"] } }),
	"file: without its variable": of({ file: { path: "/tmp/x", from_env: "NOT_SET" } }),
	"file: both ends missing": of({ file: { path: "/nowhere/x", from: "/nowhere/y" } }),
	"secret: right": of({ secret: { path: "/tmp/s", from: { file: "/data/key" }, on_disk: "allow" } }),
	"secret: missing": of({ secret: { path: "/tmp/s", from: { file: "/nowhere" }, on_disk: "allow" } }),
	"secret: no parent": of({ secret: { path: "/nowhere/s", from: { file: "/data/key" }, on_disk: "allow" } }),
	"secret: without its variable": of({ secret: { path: "/tmp/s", from: { env: "NOT_SET" }, on_disk: "allow" } }),
	"secret: on disk": of({ secret: { path: "/data/tree/s", from: { file: "/data/key" } } }),
	"copy: right": of({ copy: { from: "/data/tree", to: "/tmp/copied" } }),
	"copy: missing": of({ copy: { from: "/nowhere", to: "/tmp/copied" } }),
	"copy: no parent": of({ copy: { from: "/data/tree", to: "/nowhere/x" } }),
	"link: right": of({ link: { path: "/tmp/l", to: "/data" } }),
	"link: no parent": of({ link: { path: "/nowhere/l", to: "/data" } }),
	"link: a file is there": of({ link: { path: "/data/file", to: "/data" } }),
	"link: on the root": of({ link: { path: "/srv-l", to: "/data" } }),
	"mount: tmpfs": of({ mount: { type: "tmpfs", target: "/mnt" } }),
	"mount: no target": of({ mount: { type: "tmpfs", target: "/nowhere" } }),
	"mount: target made before": of({ mkdir: "/tmp/m" }, { mount: { type: "tmpfs", target: "/tmp/m" } }),
	"mount: bind of a missing one": of({ mount: { type: "bind", source: "/nowhere", target: "/mnt" } }),
	"mount: an unknown system": of({ mount: { type: "nfs", source: "127.0.0.1:/x", target: "/mnt" } }),
	"mount: an image that is missing": of({ mount: { type: "squashfs", source: "/nowhere.img", target: "/mnt" } }),
	"fuse: no program": of({ fuse: { target: "/mnt", command: ["/nowhere/sshfs", "{mountpoint}"] } }),
	"fuse: not in PATH": of({ fuse: { target: "/mnt", command: ["no-such-fuse", "{mountpoint}"] } }),
	"fuse: no target": of({ fuse: { target: "/nowhere", command: ["/nowhere/sshfs", "{mountpoint}"] } }),
	"listen: right": of({ listen: { tcp: 8080 } }),
	"listen: 80": of({ listen: { tcp: 80 } }),
	"listen: twice": of({ listen: { tcp: 8080, name: "a" } }, { listen: { tcp: 8080, name: "b" } }),
	"listen: twice, all and one": of({ listen: { tcp: "0.0.0.0:8080", name: "a" } }, { listen: { tcp: "127.0.0.1:8080", name: "b" } }),
	"listen: tcp and udp": of({ listen: { tcp: 8080, name: "a" } }, { listen: { udp: 8080, name: "b" } }),
	"listen: unix": of({ listen: { unix: "/tmp/s" } }),
	"listen: unix, no parent": of({ listen: { unix: "/nowhere/s" } }),
	"listen: unix, a file is there": of({ listen: { unix: "/data/file" } }),
	"run: right": of({ run: { command: ["/bin/true"] } }),
	"run: as the user": of({ run: { command: ["/bin/true"], user: "target" } }),
	"run: missing": of({ run: ["/nowhere/x"] }),
	"run: not in PATH": of({ run: ["no-such-program"] }),
	"run: not executable": of({ run: ["/data/plain"] }),
	"run: line ends": of({ run: { command: ["/data/crlf"], user: "target" } }),
	"run: no interpreter": of({ run: { command: ["/data/lost"], user: "target" } }),
	"run: made before": of(
		{ file: { path: "/tmp/made", content: "#!/bin/sh\nexit 0\n", mode: "0755", owner: "root" } },
		{ run: { command: ["/tmp/made"], user: "target" } },
	),
	"run: with what is not held": of({ run: { command: ["/bin/true"], capabilities: ["SYS_TIME", "NET_ADMIN"] } }),
	"run: no cwd": of({ run: { command: ["/bin/true"], cwd: "/nowhere" } }),
	"run: may fail": of({ run: { command: ["/nowhere/x"] }, on_error: "warn" }),
	"hooks: right": of({ hooks: "/data/hooks" }),
	"hooks: missing": of({ hooks: "/nowhere" }),
	"wait_for: a file": of({ wait_for: { file: "/data/file" } }),
	"wait_for: a missing program": of({ wait_for: { exec: ["/nowhere/x"], timeout: "1s" } }),
	"require: all": of({
		require: { device: "/dev/nothing", capability: ["SYS_BOOT"], mount: "/nowhere", env: "NOT_SET", writable: "/nowhere" },
	}),
	"require: a capability": of({ require: { capability: ["SYS_BOOT"] } }),
	"require: a variable": of({ require: { env: "NOT_SET" } }),
	"require: a device": of({ require: { device: "/dev/nothing" } }),
	"require: a device that is there": of({ require: { device: "/dev/null" } }),
	"require: what is not writable": of({ require: { writable: "/data" } }),
	"require: a setting": of({ require: { sysctl: { "kernel.ostype": "Other" } } }),
	"require: a module": of({ require: { module: "no_such_module" } }),
	"hostname: right": of({ hostname: "another" }),
	"sysctl: right": of({ sysctl: { "kernel.ostype": "Linux" } }),
	"sysctl: unknown": of({ sysctl: { "kernel.no_such": "1" } }),
	"sysctl: read-only": of({ sysctl: { "net.ipv4.ip_forward": "1" } }),
	"device: right": of({ device: { path: "/tmp/null", major: 1, minor: 3 } }),
	"device: no parent": of({ device: { path: "/nowhere/null", major: 1, minor: 3 } }),
	"ca_certificates: missing": of({ ca_certificates: { extra: "/nowhere", bundle: "/tmp/bundle" } }),
	"ca_certificates: no parent": of({ ca_certificates: { extra: "/data/key", bundle: "/nowhere/bundle" } }),

	// Several at once.
	"several of steps": of(
		{ file: { path: "/nowhere/x", content: "" } },
		{ link: { path: "/nowhere/l", to: "/data" } },
		{ run: { command: ["/nowhere/program"], user: "target" } },
		{ mkdir: "/data/file/x" },
	),
	"several of all": [
		{
			...setup({ mount: { type: "tmpfs", target: "/nowhere" } }, { file: { path: "/nowhere/x", content: "" } }),
			workdir: "/nowhere",
			capabilities: { keep: ["SYS_TIME"] },
		},
		["/data/crlf"],
	],
	"passed over": of({ file: { path: "/nowhere/x", content: "" }, when: { env: "NOT_SET" } }),
	"that may fail": of({ file: { path: "/nowhere/x", content: "" }, on_error: "warn" }),
	"after the drop": of({ run: { command: ["/nowhere/x"], after_drop: true } }),
};
