import { otherApparmor } from "../../../src/report/other-profile.ts";
import { toldLines } from "../../harness/told.ts";
import { type Case, lineOf, start } from "../harness/case.ts";
import { app, report } from "../harness/report.ts";

/** A start under a profile that refuses its one step, with the messages from the code in the first. The workload does not run. */
function refused(profile: string, first: string, step: object, lines: readonly string[], prepare?: string): Case {
	return {
		name: `${profile}: ${JSON.stringify(step)}`,
		config: { user: "app", setup: [step] },
		// The mount calls that a mount of 6.1 makes first are none of AppArmor's business before 6.7.
		script: start("-- /probe", { prepare, profile, oldMount: profile === "no-mount" }),
		expected: { status: 125, stderr: [`abdicate: error[${first}`, ...lines] },
	};
}

const thatAllowsMount = toldLines(`a profile that allows mount: ${otherApparmor}`);
const thatHas = (capability: string) => toldLines(`a profile that has capability ${capability}, in it: ${otherApparmor}`);
const hello = ["/bin/hello-fs", "{mountpoint}"];

const mountRefused = (described: string) =>
	`STEP_FAILED] setup[0] ${described}: mount: EACCES on "/home": CAP_SYS_ADMIN is held, so AppArmor or SELinux refused it`;

const mounts: readonly Case[] = [
	refused("no-mount", mountRefused("mount tmpfs at /home"), { mount: { type: "tmpfs", target: "/home" } }, thatAllowsMount),
	refused("no-mount", mountRefused("mount /etc at /home"), { mount: { type: "bind", source: "/etc", target: "/home" } }, thatAllowsMount),
	refused("no-mount", mountRefused("mount proc at /home"), { mount: { type: "proc", target: "/home" } }, thatAllowsMount),
	refused(
		"no-mount",
		mountRefused("mount overlay at /home"),
		{ mount: { type: "overlay", target: "/home", options: "lowerdir=/etc:/root" } },
		thatAllowsMount,
	),
	refused("no-mount", mountRefused("fuse /bin/hello-fs at /home"), { fuse: { target: "/home", command: hello } }, thatAllowsMount),
	refused(
		"docker-default",
		"STEP_FAILED] setup[0] mount tmpfs at /home: the AppArmor profile docker-default (enforce) forbids every mount",
		{ mount: { type: "tmpfs", target: "/home" } },
		thatAllowsMount,
	),
	{
		name: "what a runtime has to grant for a mount where AppArmor is active",
		config: { user: "app", stdio: "keep", setup: [{ mount: { type: "tmpfs", target: "/home" } }] },
		script: start("plan --format docker --for this-start -- /probe"),
		expected: {
			status: 0,
			stdout: ["--cap-drop ALL --cap-add SETGID --cap-add SETUID --cap-add SETPCAP --cap-add SYS_ADMIN --security-opt apparmor=unconfined"],
		},
	},
];

const by = "denied by the AppArmor profile no-capability (enforce)";

const capabilities: readonly Case[] = [
	refused(
		"no-capability",
		`STEP_FAILED] setup[0] own /data/tree to 1000:1000 (mismatched): fchownat: EPERM on "/data/tree/f": CAP_CHOWN is ${by}`,
		{ own: "/data/tree" },
		thatHas("chown"),
		"mkdir /data/tree; touch /data/tree/f",
	),
	refused(
		"no-capability",
		`STEP_FAILED] setup[0] chmod /data/f 0600: fchmod: EPERM on "/data/f": CAP_FOWNER is ${by}`,
		{ chmod: { path: "/data/f", mode: "0600" } },
		thatHas("fowner"),
		"touch /data/f; chown app /data/f",
	),
	refused(
		"no-capability",
		`CAPABILITY_MISSING] setup[0] mkdir /data/x mode 0755 owner 1000:1000: CHOWN is ${by}, needed to give /data/x its owner`,
		{ mkdir: "/data/x" },
		thatHas("chown"),
	),
	refused(
		"no-capability",
		`CAPABILITY_MISSING] setup[0] listen listen on tcp 127.0.0.1:80: NET_BIND_SERVICE is ${by}, needed to bind tcp 127.0.0.1:80`,
		{ listen: { tcp: "127.0.0.1:80" } },
		thatHas("net_bind_service"),
	),
	refused(
		"no-capability",
		`CAPABILITY_MISSING] setup[0] hostname other: SYS_ADMIN is ${by}, needed to set the host name`,
		{ hostname: "other" },
		[
			...thatHas("sys_admin"),
			...toldLines("or without any capability: docker run --hostname NAME ... | compose: hostname: NAME | kubernetes: spec.hostname: NAME"),
		],
	),
	refused(
		"no-capability",
		`CAPABILITY_MISSING] setup[0] device /data/null rw as c 1:3 mode 0600 owner 0:0: MKNOD is ${by}, needed to make /data/null`,
		{ device: { path: "/data/null", major: 1, minor: 3, owner: "root", group: "root" } },
		[
			...thatHas("mknod"),
			...toldLines(
				'docker run --device /data/null ... | compose: devices: ["/data/null"] | kubernetes: a device plugin, or a privileged container',
			),
		],
	),
	refused(
		"no-capability",
		`CAPABILITY_MISSING] setup[0] mount tmpfs at /home: SYS_ADMIN is ${by}, needed to mount at /home`,
		{ mount: { type: "tmpfs", target: "/home" } },
		thatHas("sys_admin"),
	),
	{
		// Before, the ids of root were enough.
		on: ["bookworm", "trixie"],
		...refused(
			"no-capability",
			`STEP_FAILED] setup[0] sysctl net.ipv4.ip_forward=1: net.ipv4.ip_forward is "0", not "1"; write: EPERM on "/proc/sys/net/ipv4/ip_forward": CAP_NET_ADMIN is ${by}`,
			{ sysctl: { "net.ipv4.ip_forward": "1" } },
			[
				...thatHas("net_admin"),
				...toldLines(
					'docker run --sysctl net.ipv4.ip_forward=1 ... | compose: sysctls: ["net.ipv4.ip_forward=1"] | kubernetes: spec.securityContext.sysctls: [{name: "net.ipv4.ip_forward", value: "1"}]',
				),
			],
		),
	},
	refused(
		"no-capability",
		`REQUIREMENT_MISSING] setup[0] require SYS_ADMIN: CAP_SYS_ADMIN is ${by}`,
		{ require: { capability: "SYS_ADMIN" } },
		thatHas("sys_admin"),
	),
];

const modules = "a security module (AppArmor, SELinux, Landlock) refused it";
const byModule = "a security module (AppArmor, SELinux) or a closed directory refuses it, although its mode allows it";
const withFuse = toldLines(
	"docker run --device /dev/fuse ... | compose: devices: [/dev/fuse] | kubernetes: a device plugin that offers /dev/fuse",
);
const withDevice = toldLines(
	'docker run --device /dev/null ... | compose: devices: ["/dev/null"] | kubernetes: a device plugin, or a privileged container',
);

const files: readonly Case[] = [
	refused(
		"no-file",
		`STEP_FAILED] setup[0] file /data/closed/f from the configuration mode 0644 owner 1000:1000: open: EACCES on "/data/closed/f": ${modules}: CAP_DAC_OVERRIDE is held`,
		{ file: { path: "/data/closed/f", content: "x" } },
		[],
		"mkdir /data/closed",
	),
	refused(
		"no-file",
		`STEP_FAILED] setup[0] own /data/closed to 1000:1000 (mismatched): fchownat: EACCES on "/data/closed/f": a file permission or ${modules}`,
		{ own: "/data/closed" },
		[],
		"mkdir /data/closed; touch /data/closed/f",
	),
	refused(
		"no-file",
		'STEP_FAILED] setup[0] sysctl kernel.domainname=other: kernel.domainname is "(none)", not "other"; open: EACCES on "/proc/sys/kernel/domainname": only root of the machine\'s own namespace may set it, or a security module refused it',
		{ sysctl: { "kernel.domainname": "other" } },
		["  the setting is the whole machine's: sysctl -w kernel.domainname=other there"],
	),
	refused("no-file", `STEP_FAILED] setup[0] device /dev/null rw: "/dev/null": ${byModule}`, { device: "/dev/null" }, []),
	refused(
		"no-file",
		`REQUIREMENT_MISSING] setup[0] require device /dev/null rw: the device "/dev/null": ${byModule}`,
		{ require: { device: "/dev/null" } },
		[],
	),
	refused(
		"no-file",
		"STEP_FAILED] setup[0] fuse /bin/hello-fs at /home: open /dev/fuse: EACCES: its mode or a security module refuses it",
		{ fuse: { target: "/home", command: hello } },
		toldLines(`a profile that allows it: ${otherApparmor} | or before this step: - chmod: {path: /dev/fuse, mode: u+rw}`),
	),
];

/** In the name of the device cgroup, whose refusals must not be taken for a module's: a group of version 1 without two devices. */
const deviceCgroup = `
group=/tmp/devices/case
mkdir /tmp/devices
mount -t cgroup -o devices none /tmp/devices
mkdir -p $group
echo 'c 1:3 rw' > $group/devices.deny
echo 'c 10:229 rw' > $group/devices.deny
echo $$ > $group/cgroup.procs`;

const devices: readonly Case[] = [
	{
		name: "the device cgroup: device",
		config: { user: "app", setup: [{ device: "/dev/null" }] },
		script: start("-- /probe", { prepare: deviceCgroup }),
		expected: {
			status: 125,
			stderr: [
				'abdicate: error[STEP_FAILED] setup[0] device /dev/null rw: "/dev/null": the device cgroup refuses rw on c 1:3',
				...withDevice,
			],
		},
	},
	{
		name: "the device cgroup: fuse",
		config: { user: "app", setup: [{ fuse: { target: "/home", command: hello } }] },
		script: start("-- /probe", { prepare: deviceCgroup }),
		expected: {
			status: 125,
			stderr: [
				"abdicate: error[STEP_FAILED] setup[0] fuse /bin/hello-fs at /home: open /dev/fuse: EPERM: the device cgroup of the container forbids it",
				...withFuse,
			],
		},
	},
];

const asUser = toldLines(
	'or start it as the user itself: docker run --user 1000:1000 --group-add 44 ... | compose: user: "1000:1000", group_add: ["44"] | kubernetes: securityContext: {runAsUser: 1000, runAsGroup: 1000, supplementalGroups: [44]}',
);
const allButNone =
	"CHOWN,DAC_OVERRIDE,DAC_READ_SEARCH,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,LINUX_IMMUTABLE,NET_BIND_SERVICE,NET_BROADCAST,NET_ADMIN,NET_RAW,IPC_LOCK,IPC_OWNER,SYS_MODULE,SYS_RAWIO,SYS_CHROOT,SYS_PTRACE,SYS_PACCT,SYS_ADMIN,SYS_BOOT,SYS_NICE,SYS_RESOURCE,SYS_TIME,SYS_TTY_CONFIG,MKNOD,LEASE,AUDIT_WRITE,AUDIT_CONTROL,SETFCAP,MAC_OVERRIDE,MAC_ADMIN,SYSLOG,WAKE_ALARM,BLOCK_SUSPEND,AUDIT_READ,PERFMON,BPF,CHECKPOINT_RESTORE";

function dropRefused(profile: string, config: object, status: number, stderr: readonly string[]): Case {
	return {
		name: `${profile}: the drop, ${JSON.stringify(config)}`,
		config,
		script: start("-- /probe", { profile }),
		expected: { status, stderr },
	};
}

const keeping = (name: string) => ({ user: "app", capabilities: { keep: [name] } });

const drops: readonly Case[] = [
	...["SETUID", "SETGID"].map((name) =>
		dropRefused(`no-${name.toLowerCase()}`, { user: "app" }, 125, [
			`abdicate: error[CAPABILITY_MISSING] /etc/case.yaml:1:9 user: changing to uid 1000, gid 1000 needs ${name}, denied by the AppArmor profile no-${name.toLowerCase()} (enforce)`,
			...lineOf({ user: "app" }, 9),
			...thatHas(name.toLowerCase()),
			...asUser,
		]),
	),
	...["app", "root"].map((user) =>
		dropRefused("no-setpcap", { user }, 125, [
			`abdicate: error[CAPABILITY_MISSING] capabilities: taking ${allButNone} out of the bounding set needs SETPCAP, denied by the AppArmor profile no-setpcap (enforce)`,
			...thatHas("setpcap"),
			...(user === "app" ? asUser : []),
		]),
	),
	dropRefused("no-setuid", keeping("SETUID"), 125, [
		"abdicate: error[CAPABILITY_MISSING] /etc/case.yaml:1:9 user: changing to uid 1000, gid 1000 needs SETUID, denied by the AppArmor profile no-setuid (enforce)",
		...lineOf(keeping("SETUID"), 9),
		...thatHas("setuid"),
		"abdicate: error[CAPABILITY_MISSING] /etc/case.yaml:1:30 capabilities: SETUID is to be kept but denied by the AppArmor profile no-setuid (enforce)",
		...lineOf(keeping("SETUID"), 30),
		...thatHas("setuid"),
		"abdicate: 2 errors; abdicate explain CAPABILITY_MISSING says more",
	]),
	dropRefused("no-capability", keeping("SYS_ADMIN"), 125, [
		`abdicate: error[CAPABILITY_MISSING] /etc/case.yaml:1:30 capabilities: SYS_ADMIN is to be kept but ${by}`,
		...lineOf(keeping("SYS_ADMIN"), 30),
		...thatHas("sys_admin"),
	]),
	dropRefused("no-exec", { user: "app" }, 126, [
		'abdicate: error[COMMAND_NOT_EXECUTABLE] command: execve "/probe": EACCES: a security module (AppArmor, SELinux) refused it, although its mode allows it',
	]),
];

export const apparmor: readonly Case[] = [
	{
		name: "a confined start drops like any other",
		config: { user: "app" },
		script: start("-v -- /probe", { profile: "no-capability" }),
		expected: {
			status: 0,
			stderr: ["abdicate: verified drop: uid 1000, gid 1000, capabilities none, then /probe"],
			probe: report(app),
		},
	},
	{
		name: "a confined start leaves the workload under the same profile",
		config: { user: "app" },
		script: start("-- cat /proc/self/attr/current", { profile: "no-mount" }),
		expected: { status: 0, stdout: ["no-mount (enforce)"] },
	},
	...mounts,
	...capabilities,
	...files,
	...devices,
	...drops,
];
