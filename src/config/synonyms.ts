import type { YamlNode } from "../sys/native.ts";
import { isNothing } from "./plain-shapes.ts";

/** Words for fields of steps: of ours the only one that the step has and that is not written yet. */
const alike: readonly (readonly [ours: string, theirs: string])[] = [
	["mode modes", "mode perm perms permission permissions dirmode dir_mode filemode file_mode defaultMode"],
	["owner user", "owner user uid username as_user run_as become_user"],
	["group", "gid"],
	["from source", "from src source device origin"],
	["path target to directory", "path paths dir dest dst destination target to directory folder file filename location mountpoint"],
	["exclude", "except skip excludes"],
	["content", "text data body value"],
	["append_line", "append line"],
	["env", "environment vars variables"],
	["command", "cmd exec args script program"],
	["cwd", "dir directory workdir working_dir"],
	["interval", "delay every"],
	["options", "opts"],
	["type", "fstype fs filesystem"],
	["capabilities", "caps"],
	["recursive", "recurse"],
	["pattern", "glob"],
];

/** What others call a key of ours, by where it stands: the key of the step, nothing at the top, `entry` beside the steps. */
const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	"": {
		environment: "env",
		cmd: "command",
		exec: "command",
		entrypoint: "command",
		args: "command",
		cap_add: "capabilities",
		caps: "capabilities",
		no_new_privs: "no_new_privileges",
		working_dir: "workdir",
		cwd: "workdir",
		ulimits: "limits",
		rlimits: "limits",
		group_add: "groups",
		seccomp_profile: "seccomp",
		seccompProfile: "seccomp",
		apparmor_profile: "apparmor",
		appArmorProfile: "apparmor",
		seLinuxOptions: "selinux",
		...{ steps: "setup", tasks: "setup", pre_start: "setup", before: "setup", on_start: "setup" },
		...{ tini: "init", pid1: "init", dumb_init: "init" },
		device: "devices",
		namespace: "namespaces",
		cgroups: "cgroup",
		capAdd: "capabilities",
		"cap-add": "capabilities",
		...{ supplementalGroups: "groups", supplementary_groups: "groups", supplementaryGroups: "groups", su: "user" },
		directory: "workdir",
		// As units of systemd have them.
		...{ ExecStart: "command", WorkingDirectory: "workdir", UMask: "umask", Nice: "nice", OOMScoreAdjust: "oom_score_adj" },
		...{ NoNewPrivileges: "no_new_privileges", AmbientCapabilities: "capabilities" },
		...{ SupplementaryGroups: "groups", Environment: "env" },
	},
	entry: {
		chown: "own",
		chgrp: "own",
		cp: "copy",
		ln: "link",
		seed: "copy",
		rm: "remove",
		delete: "remove",
		symlink: "link",
		write: "file",
		sysctls: "sysctl",
		wait: "wait_for",
		foreground: "run",
		label: "name",
		if: "when",
		only_if: "when",
		description: "name",
		title: "name",
	},
	init: { signal: "signals", grace_period: "grace", stop_grace_period: "grace" },
	device: { name: "path" },
	link: { src: "to", source: "to", dest: "path", link: "path" },
	listen: { port: "tcp", address: "tcp", socket: "unix", path: "unix" },
	wait_for: { port: "tcp", host: "tcp", socket: "unix", path: "file", url: "http" },
	env: { environment: "set", defaults: "default", values: "set", remove: "unset", delete: "unset" },
	command: { cmd: "default", run: "default", exec: "default", program: "default" },
	groups: { gid: "add", ids: "add", names: "add", inherit: "keep_runtime" },
	when: {
		file: "exists",
		path: "exists",
		dir: "exists",
		is_set: "env",
		variable: "env",
		capability: "held",
		has: "held",
		cap: "held",
		capable: "held",
	},
	capabilities: { cap_add: "keep", allow: "keep", add: "keep" },
	// As landrun, hakoniwa and systemd have them.
	landlock: {
		...{ ro: "read", "fs-ro": "read", rox: "execute", rx: "execute", "fs-rx": "execute", exec: "execute", rw: "write", "fs-rw": "write" },
		...{ "connect-tcp": "connect", connect_tcp: "connect", "bind-tcp": "bind", bind_tcp: "bind", listen: "bind", abi: "minimum" },
	},
	seccomp: {
		file: "profile",
		path: "profile",
		default_action: "action",
		add: "allow",
		allowed: "allow",
		block: "deny",
		denied: "deny",
		drop: "deny",
		arch: "architectures",
		arches: "architectures",
	},
	// As Docker, compose, Kubernetes and the kernel's files have them.
	cgroup: {
		...{ pids_limit: "pids", pidsLimit: "pids", pids_max: "pids", "pids.max": "pids", "pids-limit": "pids", processes: "pids" },
		...{ mem_limit: "memory", mem: "memory", memory_limit: "memory", memory_max: "memory", "memory.max": "memory" },
		...{ cpus: "cpu", cpu_max: "cpu", "cpu.max": "cpu", io_max: "io", "io.max": "io" },
	},
	"cgroup.io": {
		...{ path: "device", rbps: "read_bps", wbps: "write_bps", riops: "read_iops", wiops: "write_iops" },
		...{ "read-bps": "read_bps", "write-bps": "write_bps", "read-iops": "read_iops", "write-iops": "write_iops" },
	},
	devices: { device: "path", name: "path", permissions: "access", mode: "access" },
	paths: {
		mask: "masked",
		masked_paths: "masked",
		maskedPaths: "masked",
		readonly: "read_only",
		readonlyPaths: "read_only",
		ro: "read_only",
	},
	limits: { open_files: "nofile", files: "nofile", processes: "nproc", core_size: "core", stack_size: "stack" },
};

/** Whether steps have it as a key, by our word or another's. */
export function isField(key: string): boolean {
	return (
		beside.includes(key) ||
		/^(?:tcp|udp|unix|http)$/.test(key) ||
		alike.some((words) => words.some((each) => each.split(" ").includes(key)))
	);
}

/** What is to be known of what was written under another's word: it gives the container what the steps need as well, or a variable as it is. */
export function noteOf(scope: string, key: string, value: YamlNode): string | undefined {
	return scope === "env" && isNothing(value)
		? "what the container is given reaches the command by itself"
		: scope === "" && /^cap[_-]?add$/i.test(key)
			? "keep what the command needs: what only the steps need is not kept"
			: undefined;
}

/** Whether what has this key takes a host and a port as one value. */
export function isOfEndpoint(scope: string): boolean {
	return ["wait_for", "listen"].includes(scope);
}

/** Our key for another's. `free` are the keys that may stand there and do not. */
export function synonymOf(scope: string, key: string, free: readonly string[] = []): string | undefined {
	// Whatever item of a list.
	const place = scope.replace(/\.\d+$/, "");
	const table = Object.hasOwn(renamed, place) ? renamed[place] : undefined;
	const find = (name: string) => (table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined);
	const found = find(key) ?? (/^[A-Z_]+$/.test(key) ? find(key.toLowerCase()) : undefined);
	const like = alike
		.filter(([, theirs]) => theirs.split(" ").includes(key))
		.map(([ours]) => ours.split(" ").filter((each) => free.includes(each)));
	const [only, ...others] = like.find((each) => each.length > 0) ?? [];
	const isOnly = only !== undefined && others.length === 0;
	return (
		found ??
		(scope === "entry" && goesOn.test(key) ? "on_error" : undefined) ??
		(isOnly ? only : undefined) ??
		(scope === "limits" && /^RLIMIT_\w+$/i.test(key) ? key.slice("RLIMIT_".length).toLowerCase() : undefined)
	);
}

const sentences: Readonly<Record<string, string>> = {
	securityContext:
		"what stands in it has keys of its own here: user, capabilities: {keep: [NAME]}, no_new_privileges, seccomp, apparmor, selinux, confine: docker-default",
	security_opt: "what stands in it has keys of its own here: no_new_privileges, seccomp, apparmor, selinux, confine: docker-default",
	...Object.fromEntries(
		["blkio", "blkio_config", "blkio_weight", "device_read_bps", "device_write_bps"].map((key) => [
			`cgroup.${key}`,
			"rates stand at io: [{device: /dev/sda, read_bps: 10M, write_bps: 10M, read_iops: 100, write_iops: 100}]",
		]),
	),
	...Object.fromEntries(
		["swap", "memory_swap", "memswap_limit"].map((key) => [
			`cgroup.${key}`,
			"swap is limited by the runtime: docker run --memory-swap N ... | compose: memswap_limit",
		]),
	),
	"limits.pids": "a cgroup limits it: cgroup: {pids: 200}; nproc counts all processes of the user",
	"limits.memory": "a cgroup limits it: cgroup: {memory: 512M}",
	"limits.cpus": "a cgroup limits it: cgroup: {cpu: 1.5}",
	secrets: "a secret is a step: setup: [{secret: {from: {env: NAME}, path: /run/secrets/NAME}}]",
	"link.from": "path is where the link is, to is what it leads to",
	"link.target": "path is where the link is, to is what it leads to",
	"landlock.rwx": "what is to be written and to be executed stands at both: write: [DIRECTORY], execute: [DIRECTORY]",
	"landlock.net": "ports stand in landlock itself: bind: [80], connect: [443]",
	"landlock.best_effort": "minimum: 0 goes on with what the kernel has, be it nothing",
	"seccomp.defaultAction": "a profile is a file by itself: COPY app.json /etc/app.json in the Dockerfile, and seccomp: /etc/app.json",
	"seccomp.syscalls": "calls are named by allow and deny; their arguments are compared by a profile, which is a file",
	"entry.hosts": "names are given by the runtime: docker run --add-host NAME:ADDRESS",
	...Object.fromEntries(
		["rename", "move", "mv"].map((key) => [`entry.${key}`, "nothing is moved: copy: {from: OLD, to: NEW}, and then remove: OLD"]),
	),
	"entry.then": "steps are done in their order: what comes then is an entry of its own",
	"own.mode": 'modes: {dirs: "0750", files: "0640"} says it of each kind; of a path alone: chmod: {path: PATH, mode: "0750"}',
	"entry.unless": "when: {unset: NAME} asks for what is not there; a step leaves alone what is right already",
	"entry.shell": 'there is no shell: run: [sh, -c, "..."] starts one',
	"entry.script": 'there is no shell: run: [sh, -c, "..."] starts one',
	...Object.fromEntries(["template", "envsubst"].map((key) => [`entry.${key}`, "it is file: {template: PATH, path: PATH, vars: [NAME]}"])),
	"entry.tmpfs": "it is mount: {type: tmpfs, target: PATH}",
	"mount.tmpfs": "it is type: tmpfs, target: PATH",
	"entry.else": "each step has its own when: {env: NAME} is the one, {unset: NAME} the other",
	"file.state": 'absent is remove: PATH, directory mkdir: PATH, link link: {path: ..., to: ...}, touch content: "", if: absent',
};

/** Keys that are lacking, and are mappings by themselves. */
const missing: Readonly<Record<string, string>> = {
	"secret.path": "it is where the secret is written: path: /run/secrets/NAME",
	"secret.from": "it is from: {env: NAME}, or from: {file: PATH}",
	"mount.type": "type: bind for what this container has already, or what source holds: ext4, nfs, cifs, tmpfs",
};

export function sentenceIfMissing(keys: readonly (string | number)[]): string | undefined {
	const words = keys.slice(-2).join(".");
	return Object.hasOwn(missing, words) ? missing[words] : undefined;
}

const beside: readonly string[] = ["when", "name", "on_error"];
const goesOn = /^(?:ignore_errors?|continue_on_error|allow_failure|ignore_failure|optional)$/;

/** What is to be known where a key is no other word for one of ours. */
export function sentenceFor(scope: string, key: string): string | undefined {
	const words = scope === "" ? key : `${scope}.${key}`;
	const ofAnchor = /^x-/.test(words)
		? "leave it out: what it holds is written where it is used first, with & there and * later"
		: undefined;
	const own = Object.hasOwn(sentences, words) ? sentences[words] : ofAnchor;
	const isInStep = scope !== "" && scope !== "entry";
	const name = goesOn.test(key) ? "on_error: warn" : beside.includes(key) ? `${key}: ...` : undefined;
	return (
		own ??
		(isInStep && name !== undefined ? `${name.split(":")[0]} stands beside the step: {${name}, ${scope.split(".")[0]}: ...}` : undefined)
	);
}
