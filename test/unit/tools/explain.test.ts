import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { capabilityGuide, dockerDefaults } from "../../../src/capability/guide.ts";
import { capabilityNames, parseCapability } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { dropInNames } from "../../../src/cli/other-names.ts";
import { factNames } from "../../../src/config/facts.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { loadSteps, stepKinds } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { explainable, render as renderWith } from "../../../src/tools/explain/explain.ts";
import { exampleOf } from "../../../src/tools/explain/keys.ts";
import { meanings } from "../../../src/tools/guides/defaults.ts";
import { examples } from "../../../src/tools/guides/examples.ts";
import { stepNeeds } from "../../../src/tools/guides/step-needs.ts";
import { defaultOf } from "../../../src/tools/schema/default-of.ts";
import { writeSchema } from "../../../src/tools/schema/schema.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;
const render = (name: string) => renderWith(reads, name);

/** Of what a name is, the likeliest, and of each other that it names. */
const titlesOf = async (name: string) => {
	const text = await render(name);
	const others = (/^ {2}also +abdicate explain (.*)$/m.exec(text)?.[1] ?? "").split(" or ").filter((each) => each !== "");
	return (await Promise.all([Promise.resolve(text), ...others.map(render)])).map((each) => each.split("\n")[0]);
};

describe("explain", () => {
	it("a capability", async () => {
		expect(await render("cap_net_raw")).toBe(
			[
				"CAP_NET_RAW: a capability, number 13, mask 0x0000000000002000",
				"  allows      open raw and packet sockets",
				"  danger      medium: forge ARP and DNS answers, read the traffic of the segment",
				"  docker      granted by default; --cap-drop takes it away; a start as another user than root holds none",
				"  kubernetes  securityContext: {capabilities: {add: [NET_RAW]}} of the container",
				"  kept        the workload gets it by capabilities: {keep: [NET_RAW]} alone; a step does not need that",
				"  instead     unprivileged ping by net.ipv4.ping_group_range",
				"  used by     ping, arping, tcpdump, telegraf",
				"",
			].join("\n"),
		);
	});

	it("every program that this one stands in for, with its page, which is there", async () => {
		for (const name of dropInNames) {
			const text = await render(name);
			const [, page = ""] = /what differs +(docs\/drop-ins\/\S+)/.exec(text) ?? [];
			expect([text.split("\n")[0], existsSync(page)]).toEqual([`${name}: a program that this one can stand in for`, true]);
		}
	});

	it.each(["SIGKILL", "SIGSTOP", "SIGCHLD"])("%s does not go on", async (name) => {
		expect(await render(name)).not.toMatch(/goes on/);
	});

	it("securebits by their mask, and how one that is off is set", async () => {
		expect(await render("securebits 0xc3")).toMatch(/^ {2}is +noroot,noroot_locked,no_cap_ambient_raise,no_cap_ambient_raise_locked$/m);
		expect(await render("keep_caps")).toMatch(/off: written or not, exec clears it$/m);
		expect(await render("no_setuid_fixup")).toMatch(/securebits: \[locked, no_setuid_fixup\]$/m);
		expect(await render("noroot")).toMatch(/securebits: locked, the default/);
	});

	it.each(["SIGTERM", "sigterm", "TERM"])("a signal: %s", async (name) => {
		expect(await render(name)).toMatch(/^SIGTERM: a signal, number 15\n[\s\S]*exit status +143/);
	});

	it.each([
		["noroot", "noroot: a securebit, 0x01"],
		["own", "own: a setup step"],
		["groups", "groups: a key of entrypoint.yaml"],
		["groups.from_path", "groups.from_path: a key of entrypoint.yaml"],
		["limits.nofile", "limits.nofile: a key of entrypoint.yaml"],
		["setup.when.held", "setup.when.held: a key of entrypoint.yaml"],
		["own.policy", "own.policy: a field of the step own"],
		["user_unknown", "USER_UNKNOWN: an error code"],
		["io_uring", "io_uring: an exception for seccomp.allow"],
		["keyctl", "keyctl: a system call"],
	])("%s", async (name, title) => {
		expect((await render(name)).split("\n")[0]).toBe(title);
	});

	it("a key with its default, an example and the keys inside it", async () => {
		expect(await render("env.clear")).toBe(
			[
				"env.clear: a key of entrypoint.yaml",
				"  means       Begin with an empty environment.",
				"  default     false",
				"  example     env: {clear: true, set: {PATH: /usr/bin}}",
				"",
			].join("\n"),
		);
		expect(await render("capabilities.sets")).toBe(
			[
				"capabilities.sets: a key of entrypoint.yaml",
				"  means       The five sets one by one, in runc's words. It stands alone.",
				"  default     all five are what is kept",
				"  keys        capabilities.sets.bounding, capabilities.sets.permitted, capabilities.sets.effective, capabilities.sets.inheritable, capabilities.sets.ambient",
				"  example     capabilities:",
				"                sets:",
				"                  bounding: [NET_RAW]",
				"                  permitted: [NET_RAW]",
				"                  effective: [NET_RAW]",
				"                  inheritable: [NET_RAW]",
				"                  ambient: [NET_RAW]",
				"",
			].join("\n"),
		);
	});

	it.each([
		["own.policy", "own.policy"],
		["setup.own.policy", "own.policy"],
		["setup[0].own.policy", "own.policy"],
		["policy", "own.policy"],
		["when.env", "setup.when.env"],
		["when", "setup.when"],
		["on_error", "setup.on_error"],
		["from_file", "env.from_file"],
		["keep_if_present", "capabilities.keep_if_present"],
		["sets.ambient", "capabilities.sets.ambient"],
		["groups.add[1]", "groups.add"],
		["ready.tcp", "run.ready.tcp"],
	])("%s is %s", async (written, key) => {
		expect(await render(written)).toBe(await render(key));
		expect((await render(written)).split(":")[0]).toBe(key);
	});

	it("a name that is a key, or a row, and stands inside others too", async () => {
		expect((await render("env")).split("\n").slice(-3, -1)).toEqual([
			"  also in     secret.from.env, secret.env, listen.env, fuse.env, run.env, hooks.env, require.env, ca_certificates.extra.env, setup.when.env",
			"  also        abdicate explain option:env",
		]);
		expect(await titlesOf("bounding")).toEqual([
			"bounding: a capability set",
			'bounding: a part of the drop, in its act "give up" (docs/order.md)',
			"capabilities.sets.bounding: a key of entrypoint.yaml",
		]);
	});

	it("a name that stands inside several, each with its sentence", async () => {
		expect(await render("timeout")).toBe(
			[
				"timeout: a key in several places",
				"  run.timeout      How long it may take, or take to be ready, such as 60s, which is the default; then it is ended with all that it has started.",
				"  hooks.timeout    How long each may take, such as 60s, which is the default.",
				"  wait_for.timeout How long all together may take, such as 30s, which is the default.",
				"",
			].join("\n"),
		);
	});

	it("a row of the departure, and the key that it shares its name with", async () => {
		expect(await render("session-keyring")).toBe(
			[
				'session-keyring: a part of the drop, in its act "give up" (docs/order.md)',
				"  why there   a keyring belongs to the uid and gid that join it, and root's own would be of no use to the user",
				"  after uid   it would be root's",
				"  key         session_keyring",
				"",
			].join("\n"),
		);
		expect(await titlesOf("securebits")).toEqual([
			"securebits: a key of entrypoint.yaml",
			'securebits: a part of the drop, in its act "give up" (docs/order.md)',
		]);
	});

	it("a step with its fields", async () => {
		expect(await render("run")).toBe(
			[
				"run: a setup step",
				"  does        Runs one program, without a shell, as the user and with the capabilities named, and waits for it.",
				`  needs       ${stepNeeds.run}`,
				"  fields      run.command, run.user, run.capabilities, run.env, run.timeout, run.cwd, run.output, run.creates, run.background, run.ready",
				"  example     setup:",
				"                - run: [ldconfig]",
				"  also        abdicate explain command:run",
				"",
			].join("\n"),
		);
	});

	it("an errno, with what it means in messages here, and by single calls", async () => {
		expect([await render("exdev"), await render("ENOSYS"), await render("EROFS"), await render("EAGAIN")]).toEqual([
			'EXDEV: an errno, number 18, which programs print as "invalid cross-device link"\n  means       it lies on another file system or mount\n',
			[
				'ENOSYS: an errno, number 38, which programs print as "function not implemented"',
				"  means       this kernel does not have the call, or a seccomp filter hides it",
				"  of keyctl   a seccomp filter refuses it, or the kernel does not have it",
				"              session_keyring: keep, or a seccomp profile of the runtime that allows keyctl (Docker's does not)",
				"  seccomp     explain CALL says whether docker-default, or the filter that is configured, refuses a call, and why",
				"",
			].join("\n"),
			[
				'EROFS: an errno, number 30, which programs print as "read-only file system"',
				"  means       the file system is mounted read-only",
				"  to do       mount it writable (no :ro, no readOnly: true), or where the image is read-only a volume or --tmpfs there",
				"",
			].join("\n"),
			[
				'EAGAIN: an errno, number 11, which programs print as "resource temporarily unavailable"',
				"  means       the kernel has none left to give at the moment: mostly as many processes and threads as a limit allows",
				"  to do       pids.max of the cgroup: docker run --pids-limit N; or limits: {nproc: N}",
				"  of execve   there are as many processes as the container's limit allows, or RLIMIT_NPROC",
				"              docker run --pids-limit N --ulimit nproc=N ... | kubernetes: podPidsLimit of the kubelet | or here: limits: {nproc: N}",
				"",
			].join("\n"),
		]);
		expect(await render("Permission denied")).toBe(await render("EACCES"));
	});

	it("a sentence once that is about several keys", async () => {
		expect((await render("group")).split("\n").slice(1, 4)).toEqual([
			"  mkdir.group The group: `target` (the workload's), `keep`, `login` (the owner's in /etc/passwd), a name or a gid.",
			"              likewise own.group, file.group, secret.group, copy.group, listen.group, device.group",
			"  init.group  Whether signals go to the workload's whole process group, and not to it alone.",
		]);
	});

	it.each([
		["why 126", "126: an exit status"],
		["why 126?", "126: an exit status"],
		["exit code 137", "137: an exit status, 128 and SIGKILL"],
		["why permission denied?", 'EACCES: an errno, number 13, which programs print as "permission denied"'],
		["gid 0", "gid: a word of the field"],
		["cap 12", "CAP_NET_ADMIN: a capability, number 12, mask 0x0000000000001000"],
		["AppArmor", "apparmor: a key of entrypoint.yaml"],
		["secrets", "secret: a setup step"],
		["RLIMIT_NPROC", "limits.nproc: a key of entrypoint.yaml"],
		["PR_SET_NO_NEW_PRIVS", "no_new_privs: a word of the field"],
		["a80425fb", "0xa80425fb: a set of capabilities as a mask"],
		["plan", "plan: a command of abdicate"],
		["dry-run", "--dry-run: an option of a start"],
		["signal 9", "SIGKILL: a signal, number 9"],
		["syscall 165", "165: a number of system calls"],
		["errno 13", 'EACCES: an errno, number 13, which programs print as "permission denied"'],
		["the bounding set", "bounding: a capability set"],
		["what may my workload still do", "workload: a word of the field"],
		["keep-caps", "keep_caps: a securebit, 0x10"],
		["exit codes", "init.exit_codes: a key of entrypoint.yaml"],
		["--sysctl", "sysctl: a setup step"],
	])("what is meant by %s", async (written, title) => {
		expect((await render(written)).split("\n")[0]).toBe(title);
	});

	it.each([
		["cap_net_raw+ep", 'not known as such; of it "file capabilities" is:', "file capabilities: a word of the field"],
		["--network host", 'not known as such; of it "--network" is:', "--network: a word of the field"],
		["net.core.somaxconn", 'not known as such; of it "sysctl" is:', "sysctl: a setup step"],
		["port 80", 'not known as such; of it "port" is:', "port: a word of the field"],
		["--shm-size=1g", 'not known as such; of it "--shm-size" is:', "--shm-size: a word of the field"],
		["nginx on port 80", 'not known as such; of it "port" is:', "port: a word of the field"],
		["kubectl exec -it", 'not known as such; of it "kubectl exec" is:', "kubectl exec: a word of the field"],
		["bind() to [::]:80 failed (13: Permission denied)", 'not known as such; of it "port" is:', "port: a word of the field"],
		[
			"exec /entrypoint.sh: no such file or directory",
			'not known as such; of it "no such file or directory" is:',
			'ENOENT: an errno, number 2, which programs print as "no such file or directory"',
		],
		[
			"exec: x: executable file not found in $PATH",
			'not known as such; of it "executable file not found in $PATH" is:',
			"executable file not found in $PATH: a word of the field",
		],
		[
			"confine.docker-default",
			'not known as such; did you mean "docker-default"?; of it "confine" is:',
			"confine: a key of entrypoint.yaml",
		],
		["own.policy.always", 'not known as such; of it "own.policy" is:', "own.policy: a field of the step own"],
		["user: app", 'not known as such; of it "user" is:', "user: a key of entrypoint.yaml"],
		["link local address", 'not known as such; of it "link" is:', "link: a setup step"],
	])("that there is more to %s than what is known of it", async (written, said, title) => {
		expect((await render(written)).split("\n").slice(0, 2)).toEqual([`"${written}" is ${said}`, title]);
	});

	it.each([
		["chown: changing ownership of '/data': Operation not permitted", ["CAP_CHOWN: a capability", "own: a setup step"]],
		["iptables v1.8.9: can't initialize iptables table: Permission denied (you must be root)", ["CAP_NET_ADMIN: a capability"]],
		["RTNETLINK answers: Operation not permitted", ["CAP_NET_ADMIN: a capability"]],
		["ping: socket: Operation not permitted", ["CAP_NET_RAW: a capability"]],
		["setgroups: Operation not permitted", ["CAP_SETUID: a capability", "CAP_SETGID: a capability"]],
		["error: failed switching to 'app': operation not permitted", ["CAP_SETUID: a capability", "CAP_SETGID: a capability"]],
		["nginx: [emerg] setgid(101) failed (1: Operation not permitted)", ["CAP_SETUID: a capability", "CAP_SETGID: a capability"]],
		["mount: /mnt: permission denied.", ["CAP_SYS_ADMIN: a capability", "mount: a setup step"]],
		["sudo: effective uid is not 0, is sudo installed setuid root?", ["no_new_privs: a word"]],
		["initdb: error: cannot be run as root", ["run.user: a field"]],
		["su: must be run from a terminal", ["sudo: a word"]],
		["fuse: device not found, try 'modprobe fuse' first", ["--device: a word"]],
		["abdicate: error[CONFIG_UNTRUSTED] /etc/entrypoint.yaml: group 5 may write to it", ["CONFIG_UNTRUSTED: an error code"]],
		["abdicate: warning[LINT_HUGE_TREE] own /srv walks a tree", ["LINT_HUGE_TREE: a rule of check"]],
		["error[USAGE]", ["USAGE: an error code"]],
		["NET_ADMIN NET_RAW", ["CAP_NET_ADMIN: a capability", "CAP_NET_RAW: a capability"]],
		["Seccomp: 2", ["Seccomp: a word"]],
		["CapPrm", ["permitted: a capability set"]],
		["CapAmb", ["ambient: a capability set"]],
		["the effective set", ["effective: a capability set"]],
	])("%s is told by what it names", async (written, titles) => {
		const lines = (await render(written)).split("\n").filter((line) => /^[\w.-]+: an? /.test(line));
		expect(lines.map((line, index) => line.slice(0, titles[index]?.length))).toEqual(titles);
	});

	it("says nothing by an ordinary word of a sentence", async () => {
		await expect(render("the effective name of a wombat device")).rejects.toThrow("is nothing that can be explained");
	});

	it("each of a list", async () => {
		const titles = (await render("cap_sys_admin,cap_net_raw")).match(/^\w+(?=: a capability)/gm);
		expect(titles).toEqual(["CAP_SYS_ADMIN", "CAP_NET_RAW"]);
	});

	it.each([
		["SIGWINCH", "by itself +it ends nobody: ignored without a handler"],
		["SIGTSTP", "by itself +it stops a process, and ends none"],
		["12", "also +abdicate explain .*capability:12"],
		["9", "^SIGKILL: a signal, number 9"],
		["1", "^1: an exit status"],
		["137", "^137: an exit status"],
		["165", "^165: a number of system calls"],
		["0xef", "also +abdicate explain .*securebit:0xef"],
		["securebit:0xef", "noroot,noroot_locked,no_setuid_fixup"],
		["emptyDir", "node's disk; with medium: Memory it is a tmpfs"],
	])("what %s is", async (name, words) => {
		expect(await render(name)).toMatch(new RegExp(words));
	});

	it("everything that completion offers", async () => {
		const names = explainable((await writeSchema()).keys);
		expect(names.length).toBeGreaterThan(180);
		for (const name of names) {
			// Of a system call that a capability is called after, the capability goes first.
			const title = capabilityNames.includes(name.toUpperCase() as never) ? `CAP_${name.toUpperCase()}: a` : `${name}: a`;
			expect((await render(name)).startsWith(title)).toBe(true);
		}
	});

	it("has a default for every key, and an example for every key and step", async () => {
		const { keys } = await writeSchema();
		const without = [...keys].filter(([key, text]) => defaultOf(key, text) === undefined).map(([key]) => key);
		const bare = [...keys.keys(), ...stepKinds].filter((key) => exampleOf(reads, key) === undefined);
		expect([without, bare]).toEqual([[], []]);
	});

	it("says in words only the default that no value says, and of keys that there are", async () => {
		const { keys } = await writeSchema();
		const isOf = (key: string, meant: string) => meant === key || meant === key.replace(/[^.]+$/, "*");
		expect(Object.keys(meanings).filter((meant) => ![...keys.keys()].some((key) => isOf(key, meant)))).toEqual([]);
		expect([...keys].flatMap(([key, text]) => (text.default !== undefined && key in meanings ? [key] : []))).toEqual([]);
	});

	it("says what is required only inside its form, and what no status means", async () => {
		const { keys } = await writeSchema();
		const said = ["sysctl.at_least", "require.sysctl.at_least", "umask.if_default", "wait_for.status", "run.ready.status"];
		expect(said.map((key) => defaultOf(key, keys.get(key) as never))).toEqual([
			...["none: required inside this form", "none: required inside this form", "none: required inside this form"],
			...["2xx and 3xx", "2xx and 3xx"],
		]);
	});

	it.each([
		["own.path", "own: {path: [/data, /srv/app-*]}"],
		["mkdir.path", "mkdir: {path: [/run/app, /run/lock/app]}"],
		["chmod.recursive", "chmod: {path: /srv, mode: go-w, recursive: true}"],
		["remove.path", "remove: {path: [/run/app/*.sock, /run/app/*.pid]}"],
		["run.command", "run: {command: [migrate, --quiet]}"],
		["run.user", "run: {command: [migrate], user: target}"],
		["hooks.directory", "hooks: {directory: /docker-entrypoint.d}"],
		["hooks.user", "hooks: {directory: /docker-entrypoint.d, user: root}"],
		["device.path", "device: {path: /dev/fuse}"],
	])("shows %s without what else could be written", (key, entry) => {
		expect(exampleOf(reads, key)).toBe(`setup:\n  - ${entry}`);
	});

	it("a fact, however it is written", async () => {
		const home = [
			"@user.home: a fact",
			"  is          what home: auto makes of HOME, whatever home says",
			"  written     ${@user.home}, in every value of the file but that of user",
			"",
		];
		for (const written of ["@user.home", "user.home", "${@user.home}", "${@user.home:-/x}"]) {
			expect(await render(written)).toBe(home.join("\n"));
		}
		const names = [...factNames.map((each) => `@${each}`), "@user.uid", "@user.gid", "@user.name"];
		expect(await Promise.all(names.map(async (name) => (await render(name)).split("\n")[0]))).toEqual(
			names.map((name) => `${name}: a fact`),
		);
		await expect(render("@user.hom")).rejects.toThrow('"@user.hom" is nothing that can be explained; did you mean "@user.home"?');
	});

	it("says of docker-default what each key takes it for, and of a start that is refused what is done about it", async () => {
		const text = await render("docker-default");
		for (const part of ["confine ", "seccomp ", "paths ", "devices ", "/proc/kcore", "/proc/sysrq-trigger", "/dev/urandom"]) {
			expect(text).toContain(part);
		}
		for (const code of ["CONFINE_REFUSED", "MOUNT_HIDDEN"]) {
			expect(await render(code)).toMatch(/^ {2}remedy +\w/m);
		}
	});

	it("shows every example for something", async () => {
		const { keys } = await writeSchema();
		const shown = new Set([...keys.keys(), ...stepKinds].map((key) => exampleOf(reads, key)));
		expect(examples.filter((text) => !shown.has(text))).toEqual([]);
	});

	it.each(examples)("is a file: %j", async (text) => {
		const config = await parseConfig(text, "example.yaml", { reads, environment: new Map(), loadSteps });
		expect(Object.keys(config).length).toBeGreaterThan(10);
	});

	it.each([
		["--privileged", "--privileged: a word of the field"],
		["cap_add", "cap_add: a word of the field"],
		["CapBnd", "bounding: a capability set"],
		["NoNewPrivs", "NoNewPrivs: a word of the field"],
		["Seccomp", "Seccomp: a word of the field"],
		["setuid", "CAP_SETUID: a capability, number 7, mask 0x0000000000000080"],
		["word:setuid", "setuid: a word of the field"],
		["call:setuid", "setuid: a system call"],
		["root", "root: a word of the field"],
		["saved", "saved: a word of the field"],
		["user namespaces", "user namespaces: a word of the field"],
		["ptrace_scope", "ptrace_scope: a word of the field"],
		["PUID", "PUID: a word of the field"],
		...[
			...["readOnlyRootFilesystem", "runAsNonRoot", "supplementalGroups", "seccompProfile", "PID 1", "workload", "way back"],
			...["capability", "setcap", "dumpable", "hostPID", "docker.sock", "--device", "OpenShift", "restricted", "OOMKilled"],
			...["no-new-privileges", "ulimit", "ulimits", "tmpfs", "healthcheck", "STOPSIGNAL", "volume", "entrypoint", "cmd", "USER"],
			...["EXPOSE", "SHELL", "ARG", "PATH", "$$", "docker exec", "--shm-size", "ConfigMap", "Secret", "preStop", "sshd", "cron"],
			...["sudo", "su", "strace", "systemd", "--userns", "emptyDir", "livenessProbe", "terminationGracePeriodSeconds"],
			...[
				"runAsUser",
				"runAsGroup",
				"fsGroup",
				"rootless",
				"podman",
				"unconfined",
				"seccomp=unconfined",
				"--security-opt",
				"drop ALL",
				"securityContext",
				"zombie",
				"reap",
				"LISTEN_FDS",
				"envsubst",
			],
		].map((word): [string, string] => [word, `${word}: a word of the field`]),
		["${PORT:-80}", "${NAME}: a word of the field"],
		["$PORT", "${NAME}: a word of the field"],
		["ping", "ping: a program that uses NET_RAW"],
		["tcpdump", "tcpdump: a program that uses NET_RAW"],
		["Killed", "SIGKILL: a signal, number 9"],
		["Bad system call", "SIGSYS: a signal, number 31"],
		["SIGRTMIN", "SIGRTMIN+0: a signal, number 34"],
		["rtmin+3", "SIGRTMIN+3: a signal, number 37"],
		["255", "255: an exit status"],
		["EADDRINUSE", 'EADDRINUSE: an errno, number 98, which programs print as "address already in use"'],
		["ECONNREFUSED", 'ECONNREFUSED: an errno, number 111, which programs print as "connection refused"'],
		["ALL", "ALL: a word of the field"],
		["effective", "effective: a capability set"],
		["Bounding", "bounding: a capability set"],
		["no_new_privileges", "no_new_privileges: a key of entrypoint.yaml"],
		["0", "0: an exit status"],
		["125", "125: an exit status"],
		["127", "127: an exit status"],
		["137", "137: an exit status, 128 and SIGKILL"],
		["128+15", "143: an exit status, 128 and SIGTERM"],
		["128+n", "128+n: an exit status, 128 and the number of a signal"],
		["exit:165", "165: an exit status"],
		["0x00000000a80425fb", "0x00000000a80425fb: a set of capabilities as a mask"],
		["CapEff: 00000000a80425fb", "CapEff: 00000000a80425fb: a set of capabilities as a mask"],
		["EPERM", 'EPERM: an errno, number 1, which programs print as "operation not permitted"'],
	])("%s", async (name, title) => {
		expect((await render(name)).split("\n")[0]).toBe(title);
	});

	it("names the danger of what a mask holds, once each", async () => {
		const text = await render("0x000001ffffffffff");
		expect(text).toMatch(/^ {2}is +all$/m);
		expect([...text.matchAll(/\b[A-Z_]{3,}\b/g)].map(([word]) => word).sort()).toEqual([...capabilityNames].sort());
	});

	it("speaks of a stop only where the signal is one, and of check where an error is the file's", async () => {
		expect(await render("139")).not.toMatch(/docker stop|told to stop/);
		expect(await render("143")).toMatch(/told to stop[\s\S]*docker stop/);
		expect(await render("137")).toMatch(/docker stop/);
		expect(await render("CONFIG_UNKNOWN_KEY")).toMatch(/exit status +125 of a run; abdicate check ends with 1$/m);
		expect(await render("STEP_FAILED")).toMatch(/exit status +125$/m);
	});

	it("tells Docker's own 125, 126 and 127 from ours", async () => {
		for (const status of ["125", "126", "127"]) {
			expect(await render(status)).toMatch(
				/abdicate: error\[(?:CODE|COMMAND_NOT_(?:FOUND|EXECUTABLE))\][\s\S]*Docker's own[\s\S]*State\.Error/,
			);
		}
	});

	it("sends from an error of the file to its keys and to what mends it", async () => {
		expect(await render("CONFIG_UNKNOWN_KEY")).toMatch(/explain KEY[\s\S]*check --fix FILE/);
	});

	it.each(["EACCES", "ENOENT", "ENOEXEC", "EAGAIN", "EBUSY", "ETXTBSY", "EMFILE", "ENOSPC", "EROFS", "EPERM"])(
		"what to do about %s",
		async (name) => {
			expect(await render(name)).toMatch(/^ {2}to do +\w/m);
		},
	);

	it("guesses nothing of a sentence that it does not know", async () => {
		await expect(render("cannot create directory")).rejects.toThrow('is nothing that can be explained; did you mean "not a directory"?');
	});

	it("suggests what may have been meant", async () => {
		await expect(render("net_rav")).rejects.toThrow('"net_rav" is nothing that can be explained; did you mean "NET_RAW"?');
		await expect(render("CAP_SYS_NIC")).rejects.toThrow('did you mean "SYS_NICE"?');
		await expect(render("net_bind")).rejects.toThrow('did you mean "NET_BIND_SERVICE"?');
		await expect(render("polcy")).rejects.toThrow('"polcy" is nothing that can be explained; did you mean "policy"?');
	});

	it("has something to say about all 41, in lower case and without a final period", () => {
		expect(Object.keys(capabilityGuide)).toEqual([...capabilityNames]);
		for (const { allows, abuse, instead } of Object.values(capabilityGuide)) {
			for (const text of [allows, abuse, instead]) {
				expect(text).toMatch(/^[^ ].*[^. ]$/);
			}
		}
	});

	it("knows Docker's fourteen as the mask a container shows", () => {
		expect(CapabilitySet.from(dockerDefaults.flatMap((name) => parseCapability(name) ?? [])).hex()).toBe("00000000a80425fb");
	});
});
