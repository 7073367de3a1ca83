import { describe, expect, it } from "vitest";
import { givenFor, summaryOf } from "../../../src/steps/facts.ts";
import { describeStep, needsOf, obstaclesOf, type StepAction, socketsOf, stepKinds } from "../../../src/steps/index.ts";
import type { FakeEntry, FakeKernel, FakeProcess } from "../../fake/index.ts";
import { dockerRoot, unprivileged } from "../../fake/index.ts";
import { configure, kernelWith, plan, refusalOf } from "./context.ts";

/** `A|B` for a need that is certain, `A|B?` for one that is not. */
function needs(action: StepAction, { host }: FakeKernel = kernelWith()): string[] {
	return needsOf(action, host).map(({ anyOf, certain }) => `${anyOf.join("|")}${certain ? "" : "?"}`);
}

type Files = Readonly<Record<string, Partial<FakeEntry> | string>>;
const asUser = unprivileged(1000, 1000);

describe("the table of steps", () => {
	it("has a summary for each", () => {
		expect(stepKinds.map((kind) => [kind, summaryOf(kind).endsWith(".")])).toEqual(
			[
				"mkdir",
				"own",
				"chmod",
				"remove",
				"file",
				"secret",
				"link",
				"copy",
				"listen",
				"mount",
				"fuse",
				"run",
				"hooks",
				"device",
				"require",
				"hostname",
				"sysctl",
				"ca_certificates",
				"wait_for",
			].map((kind) => [kind, true]),
		);
	});
});

describe("mkdir", () => {
	it("plans with the workload as owner, paths counted from the working directory", () => {
		expect(plan("mkdir", "./cache")).toEqual({
			kind: "mkdir",
			paths: ["/srv/cache"],
			mode: 0o755,
			parentsMode: 0o755,
			uid: 1000,
			gid: 1000,
		});
		expect(plan("mkdir", { path: ["/a", "/b"], mode: "3775", owner: "redis", group: "login", parents_mode: 711 })).toEqual({
			kind: "mkdir",
			paths: ["/a", "/b"],
			mode: 0o3775,
			parentsMode: 0o711,
			uid: 999,
			gid: 998,
		});
		expect(describeStep(plan("mkdir", { path: "/a", group: "keep" }))).toBe("/a mode 0755 owner 1000:-");
		expect(() => plan("mkdir", { path: "/a", parents_mode: "2755" })).toThrow("parents_mode is at most 1777");
	});

	it.each<[string, Files, object, string[]]>([
		["missing", {}, {}, ["CHOWN", "DAC_OVERRIDE?"]],
		["missing, for root", {}, { owner: "root", group: 0 }, ["DAC_OVERRIDE?"]],
		["missing, setgid", {}, { mode: "2755" }, ["CHOWN", "DAC_OVERRIDE?", "FSETID?"]],
		["right", { "/d": { kind: "directory", uid: 1000, gid: 1000 } }, {}, ["DAC_READ_SEARCH|DAC_OVERRIDE?"]],
		["of another owner", { "/d": { kind: "directory" } }, {}, ["CHOWN?", "DAC_READ_SEARCH|DAC_OVERRIDE?"]],
		[
			"of another mode",
			{ "/d": { kind: "directory", uid: 1000, gid: 1000, mode: 0o700 } },
			{},
			["DAC_READ_SEARCH|DAC_OVERRIDE?", "FOWNER?"],
		],
		[
			"of another mode, root's",
			{ "/d": { kind: "directory", mode: 0o700 } },
			{ owner: "keep", group: "keep" },
			["DAC_READ_SEARCH|DAC_OVERRIDE?"],
		],
	])("needs for a directory that is %s", (_, files, more, expected) => {
		const kernel = kernelWith(files);
		expect(needs(plan("mkdir", { path: "/d", ...more }, kernel), kernel)).toEqual(expected);
	});

	it("needs no capability as the user that it is for", () => {
		const kernel = kernelWith({}, asUser);
		expect(needs(plan("mkdir", "/d", kernel), kernel)).toEqual(["DAC_OVERRIDE?"]);
	});
});

describe("require", () => {
	it("decides about variables without keeping a value", () => {
		expect(plan("require", { env: ["PATH", "NAME"], env_unset: ["P*", "X*"], module: "nf-tables", device: "./d" })).toEqual({
			kind: "require",
			identity: { uid: 1000, gid: 1000, groups: [44, 1000] },
			devices: ["/srv/d"],
			access: "rw",
			settings: [],
			capabilities: [],
			mounts: [],
			writable: [],
			modules: ["nf_tables"],
			variables: [
				{ name: "PATH", wanted: "set", isMet: true },
				{ name: "NAME", wanted: "set", isMet: false },
				{ name: "PATH", wanted: "unset", isMet: false },
				{ name: "X*", wanted: "unset", isMet: true },
			],
			message: undefined,
		});
	});

	it("needs the user's ids only where something is tried", () => {
		expect(needs(plan("require", { env: "PATH", capability: "CHOWN" }))).toEqual([]);
		expect(needs(plan("require", { writable: "/data", mount: "/data" }))).toEqual(["SETUID", "SETGID", "DAC_READ_SEARCH|DAC_OVERRIDE?"]);
		const kernel = kernelWith({}, asUser);
		expect(needs(plan("require", { device: "/dev/null" }, kernel), kernel)).toEqual([]);
	});
});

describe("hooks", () => {
	it("plans with its defaults: the user's, after the drop", () => {
		expect(plan("hooks", "./hooks")).toEqual({
			kind: "hooks",
			directory: "/srv/hooks",
			pattern: "*",
			identity: { uid: 1000, gid: 1000, groups: [44, 1000] },
			capabilities: [],
			environment: [],
			inherits: true,
			path: "/bin",
			written: [],
			withheld: [],
			remarks: [],
			timeoutMs: 60_000,
			output: "inherit",
			afterDrop: true,
		});
	});

	it.each([
		[{ user: "app" }, true],
		[{ user: 1000 }, true],
		[{ user: "root" }, false],
		[{ user: "redis" }, false],
		[{ capabilities: "CHOWN" }, false],
	])("%j runs after the drop: %s", (more, expected) => {
		expect(plan("hooks", { directory: "/hooks", ...more }).afterDrop).toBe(expected);
	});

	it("needs what its programs are given, and to become somebody else", () => {
		expect(needs(plan("hooks", { directory: "/hooks", user: "root", capabilities: ["CHOWN"] }))).toEqual(["CHOWN"]);
		expect(needs(plan("hooks", { directory: "/hooks", user: "redis" }))).toEqual(["SETUID", "SETGID", "KILL?"]);
	});
});

describe("wait_for", () => {
	it("plans targets of every kind, after the drop, and needs nothing", () => {
		const action = plan("wait_for", { tcp: ["db:1", "[::1]:2"], unix: ["./s", "@n"], file: "./f", http: "http://h/p", timeout: "2m" });
		expect(action).toEqual({
			kind: "wait_for",
			targets: [
				{ kind: "tcp", host: "db", port: 1, text: "tcp db:1" },
				{ kind: "tcp", host: "::1", port: 2, text: "tcp [::1]:2" },
				{ kind: "unix", path: "/srv/s", text: "unix /srv/s" },
				{ kind: "unix", path: "@n", text: "unix @n" },
				{ kind: "file", path: "/srv/f", text: "file /srv/f" },
				{ kind: "http", host: "h", port: 80, authority: "h", path: "/p", text: "http://h/p", statuses: ["2xx", "3xx"] },
			],
			timeoutMs: 120_000,
			intervalMs: 250,
			afterDrop: true,
		});
		expect(needs(action)).toEqual([]);
	});
});

describe("ca_certificates", () => {
	const usual = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"];

	it("plans the user's bundle with its variables", () => {
		const action = plan("ca_certificates", { bundle: "./ca.crt", extra: "./extra*", export: "SSL_CERT_FILE" });
		expect(action).toEqual({
			kind: "ca_certificates",
			bundle: "/srv/ca.crt",
			system: usual,
			systemIsRequired: false,
			paths: ["/srv/extra*"],
			environment: [],
			variableChange: { unset: [], set: { SSL_CERT_FILE: "/srv/ca.crt" } },
			afterDrop: true,
		});
		expect(needs(action)).toEqual([]);
	});

	it("keeps the values of variables where a plan does not print them", () => {
		const { environment, system, systemIsRequired } = plan("ca_certificates", {
			bundle: "/ca.crt",
			extra: { env: ["PATH", "ABSENT"] },
			system: "/own",
		});
		expect({ environment, system, systemIsRequired }).toEqual({ environment: ["PATH=/bin"], system: ["/own"], systemIsRequired: true });
	});
});

describe("device", () => {
	const tun = { path: "/dev/net/tun", major: 10, minor: 200 };

	it("plans a check, or a node with its defaults", () => {
		const identity = { uid: 1000, gid: 1000, groups: [44, 1000] };
		expect(plan("device", "/dev/fuse")).toEqual({ kind: "device", path: "/dev/fuse", access: "rw", identity, node: undefined });
		expect(plan("device", { ...tun, type: "b", owner: "redis", group: "keep", access: "r" })).toEqual({
			kind: "device",
			path: "/dev/net/tun",
			access: "r",
			identity,
			node: { mode: 0o060600, major: 10, minor: 200, uid: 999, gid: undefined },
		});
		const ofRedis = (more: object) => plan("device", { ...tun, user: "redis", ...more });
		expect([ofRedis({}).identity, ...[{}, { group: "login" }, { owner: "root" }].map((more) => ofRedis(more).node)]).toEqual([
			{ uid: 999, gid: 998, groups: [998] },
			{ mode: 0o020600, major: 10, minor: 200, uid: 999, gid: 998 },
			{ mode: 0o020600, major: 10, minor: 200, uid: 999, gid: 998 },
			{ mode: 0o020600, major: 10, minor: 200, uid: 0, gid: 998 },
		]);
	});

	it.each<[string, Files, string[]]>([
		["missing", {}, ["MKNOD", "CHOWN", "DAC_OVERRIDE?", "SETUID", "SETGID"]],
		["closed to the user", { "/dev/net/tun": { kind: "device" } }, ["MKNOD?", "CHOWN?", "DAC_OVERRIDE?", "SETUID", "SETGID"]],
		["open to all", { "/dev/net/tun": { kind: "device", mode: 0o666 } }, ["DAC_READ_SEARCH|DAC_OVERRIDE?", "SETUID", "SETGID"]],
	])("needs for one that is %s", (_, files, expected) => {
		const kernel = kernelWith(files);
		expect(needs(plan("device", tun, kernel), kernel)).toEqual(expected);
	});
});

describe("what stands in the way whatever is held", () => {
	const label = "/proc/self/attr/apparmor/current";
	const fuseOf = (kernel: FakeKernel) =>
		obstaclesOf(plan("fuse", { target: "/mnt", command: ["/bin/x", "{mountpoint}"] }, kernel), kernel.host, false);
	const mountOf = (kernel: FakeKernel) => obstaclesOf(plan("mount", { type: "tmpfs", target: "/mnt" }, kernel), kernel.host, false);
	const messages = (found: readonly { readonly message: string }[]) => found.map(({ message }) => message);

	it("is a profile that forbids mounts, and a device that is missing", () => {
		const denied = kernelWith({ "/mnt": { kind: "directory" }, "/bin/x": { mode: 0o755 }, [label]: "docker-default (enforce)\n" });
		const profile = "the AppArmor profile docker-default (enforce) forbids every mount";
		expect([messages(mountOf(denied)), messages(fuseOf(denied))]).toEqual([
			[profile],
			[profile, "open /dev/fuse: ENOENT: there is no such device in this container"],
		]);
	});

	it.each(["unconfined\n", "docker-default (complain)\n", "my-profile (enforce)\n"])("is nothing with the label %j", (text) => {
		const kernel = kernelWith({
			"/mnt": { kind: "directory" },
			"/bin/x": { mode: 0o755 },
			"/dev/fuse": { kind: "device", mode: 0o666 },
			[label]: text,
		});
		expect([mountOf(kernel), fuseOf(kernel)]).toEqual([[], []]);
	});

	it("is nothing for a directory that is there", () => {
		expect(obstaclesOf(plan("mkdir", "/srv"), kernelWith({ "/srv": { kind: "directory" } }).host, false)).toEqual([]);
	});
});

describe("hostname and sysctl", () => {
	it("need nothing where the value is right", () => {
		expect(needs(plan("hostname", "fake"))).toEqual([]);
		expect(needs(plan("hostname", "other"))).toEqual(["SYS_ADMIN"]);
	});

	it.each([
		["net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward", ["NET_ADMIN?"]],
		["net/ipv4/conf/eth0.5/forwarding", "/proc/sys/net/ipv4/conf/eth0.5/forwarding", ["NET_ADMIN?"]],
		["kernel.shmmax", "/proc/sys/kernel/shmmax", ["SYS_ADMIN?"]],
		["vm.max_map_count", "/proc/sys/vm/max_map_count", []],
	])("plans and needs for %s", (key, path, expected) => {
		const action = plan("sysctl", { [key]: " 1\t2 " });
		expect(action).toEqual({ kind: "sysctl", settings: [{ key, path, value: "1 2", atLeast: false }] });
		expect(needs(action)).toEqual(expected);
	});

	it("plan what may be more", () => {
		const action = plan("sysctl", { "vm.max_map_count": { at_least: 262_144 }, "net.ipv4.tcp_rmem": { at_least: " 1  2\t3" } });
		expect(action.settings).toEqual([
			{ key: "vm.max_map_count", path: "/proc/sys/vm/max_map_count", value: "262144", atLeast: true },
			{ key: "net.ipv4.tcp_rmem", path: "/proc/sys/net/ipv4/tcp_rmem", value: "1 2 3", atLeast: true },
		]);
		expect(describeStep(action)).toBe('vm.max_map_count>=262144 net.ipv4.tcp_rmem>="1 2 3"');
	});

	it.each([{ at_least: "many" }, { at_least: "" }, { at_least: "1.5" }, { at_least: [1] }, { at_last: 1 }, {}, [1], null])(
		"refuse the value %j",
		(value) => {
			expect(configure("sysctl", { "a.b": value })).toEqual(["a.b: expected a value, or {at_least: NUMBER}"]);
			expect(configure("require", { sysctl: { "a.b": value } })).toEqual(["sysctl: a.b: expected a value, or {at_least: NUMBER}"]);
		},
	);

	it.each(["fs.binfmt_misc.register", "fs/binfmt_misc/status", "fs.binfmt_misc.qemu-arm"])("refuse %s, which is a file system", (key) => {
		const message = `CONFIG_INVALID_VALUE: ${key} is no kernel setting: binfmt_misc is a file system of its own, mounted there`;
		expect(refusalOf(() => plan("sysctl", { [key]: 1 }))).toBe(message);
		expect(refusalOf(() => plan("require", { sysctl: { [key]: 1 } }))).toBe(message);
	});

	it("ask a runtime for what is a container's own and not enough as it is", () => {
		const { host } = kernelWith({
			"/proc/sys/net/core/somaxconn": "4096\n",
			"/proc/sys/net/ipv4/tcp_rmem": "4096\t131072\t6291456\n",
			"/proc/sys/net/ipv4/ip_forward": "1\n",
		});
		const written = {
			"net.core.somaxconn": { at_least: 1024 },
			"net.ipv4.tcp_rmem": { at_least: "4096 87380 16777216" },
			"net/ipv4/ip_forward": 1,
			"net.ipv4.absent": { at_least: 2 },
			"vm.max_map_count": { at_least: 262_144 },
		};
		const sysctls = { "net.ipv4.tcp_rmem": "4096 131072 16777216", "net.ipv4.ip_forward": "1", "net.ipv4.absent": "2" };
		const machineSettings = { "vm.max_map_count": "262144" };
		expect(givenFor(plan("sysctl", written), host)).toEqual({ sysctls, machineSettings, isEnough: true });
		expect(givenFor(plan("require", { sysctl: written }), host)).toEqual({ capabilities: [], devices: [], sysctls, machineSettings });
	});

	it.each(["a", ".a.b", "a..b", "a/../b", "a.b/", "/a/b", "a.b c", "a.b\n", "a/./b", "a/b/.."])("refuses the key %j", (key) => {
		expect(configure("sysctl", { [key]: 1 })).toEqual([`${key}: expected the name of a kernel setting, such as net.ipv4.ip_forward`]);
	});
});

describe("own", () => {
	it("plans with its defaults", () => {
		expect(plan("own", "/data")).toEqual({
			kind: "own",
			patterns: ["/data"],
			policy: "mismatched",
			exclude: [],
			crossMounts: false,
			hardLinks: "skip",
			maxDepth: 256,
			uid: 1000,
			gid: 1000,
		});
	});

	it.each(["/", "/etc", "/usr/bin", "/proc", "/data/../etc", "/*", "/etc/*", "/var/*", "/var"])("refuses %s", (path) => {
		expect(refusalOf(() => plan("own", path))).toMatch(
			/^CONFIG_INVALID_VALUE: own ".*": the directories of the system are not given away$/,
		);
		expect(plan("own", { path, policy: "off" }).policy).toBe("off");
	});

	const believed = [
		...["/abdicate", "/etc/entrypoint.yaml", "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/ld.so.preload"],
		...["/etc/ld.so.conf.d", "/etc/pam.d/su", "/etc/sudoers", "/etc/sudoers.d/app", "/etc/cron.d", "/etc/crontab", "/etc//passwd"],
		...["/etc/nsswitch.conf", "/etc/ld-musl-x86_64.path", "/etc/environment", "/etc/doas.conf", "/etc/anacrontab", "/etc/bash.bashrc"],
		...[
			"/usr/lib/x86_64-linux-gnu",
			"/lib/x86_64-linux-gnu/libc.so.6",
			"/lib/libc.musl-x86_64.so.1",
			"/usr/local/lib",
			"/lib64/ld-linux-x86-64.so.2",
		],
		...["/var/spool/cron/crontabs/root", "/var/spool/at", "/root", "/root/.ssh/authorized_keys", "/root/.bashrc"],
	];
	it.each(believed)("refuses what the next start believes: %s", (path) => {
		for (const kind of ["own", "chmod"] as const) {
			const config = kind === "own" ? path : { path, mode: "0666" };
			expect(refusalOf(() => plan(kind, config))).toMatch(
				/^CONFIG_INVALID_VALUE: (?:own|chmod) ".*": (?:what the next start believes or runs is not given away|paths that the next start believes or runs keep their modes)$/,
			);
		}
	});

	it.each(["/bin", "/lib64", "/etc", "/run", "/etc/passwd", "/etc/ld.so.preload", "/abdicate", "/usr/../bin"])(
		"leads nothing of root's elsewhere: %s",
		(path) => {
			expect(refusalOf(() => plan("link", { path, to: "/data" }))).toMatch(/^CONFIG_INVALID_VALUE: link ".*": what the system is/);
		},
	);

	it("leads elsewhere what is neither", () => {
		expect(plan("link", { path: "/usr/lib/libx.so", to: "libx.so.1" }).kind).toBe("link");
	});

	it.each(["/etc/cron.d/job", "/etc/ld.so.preload", "/etc/sudoers.d/app", "/abdicate", "/var/spool/cron/crontabs/root"])(
		"makes nobody's but root's what root goes by: %s",
		(path) => {
			const steps: readonly (readonly ["copy" | "file" | "mkdir" | "secret", object])[] = [
				["file", { path, content: "x" }],
				["secret", { path, from: { file: "/key" } }],
				["copy", { from: "/seed", to: path }],
				["mkdir", { path }],
			];
			for (const [kind, config] of steps) {
				expect(refusalOf(() => plan(kind, config))).toBe(
					`CONFIG_INVALID_VALUE: ${kind} "${path}": what the next start believes or runs is not given away`,
				);
				expect(plan(kind, { ...config, owner: "0", group: "0" }).kind).toBe(kind);
			}
			expect(plan("file", { path, append_line: "x" }).kind).toBe("file");
		},
	);

	it.each([
		"/data",
		"/etc/app",
		"/etc/passwd.d",
		"/etc/grouper",
		"/abdicate-data",
		"/usr/share/app",
		"/usr/lib/node_modules",
		"/usr/local/lib/python3.11/site-packages",
		"/root/.cache",
		"/var/lib/redis",
		"/run/app",
		"/dev/ttyUSB*",
		"/*/data",
	])("takes %s", (path) => {
		expect(plan("own", path).patterns).toEqual([path]);
	});

	it("gives a shared directory away alone, but no system directory", () => {
		expect(plan("own", { path: "/run", policy: "top-only" }).patterns).toEqual(["/run"]);
		expect(refusalOf(() => plan("own", { path: "/etc", policy: "top-only" }))).toMatch(/^CONFIG_INVALID_VALUE/);
	});

	it.each([
		[{ owner: "4294967295" }, "USER_INVALID"],
		[{ owner: "nobody-here" }, "USER_UNKNOWN"],
		[{ owner: "app:video" }, 'USER_INVALID: owner "app:video": the group has a key of its own'],
		[{ group: "nobody-here" }, "GROUP_UNKNOWN"],
		[{ owner: 5, group: "login" }, "USER_NO_GROUP"],
		[{ owner: "keep", group: "login" }, "USER_NO_GROUP"],
	])("refuses %j", (more, code) => {
		expect(refusalOf(() => plan("own", { path: "/data", ...more }))).toMatch(new RegExp(`^${code}(?:: |$)`));
	});

	it.each<[string, Files, string, string[]]>([
		[
			"mismatched",
			{ "/data": { kind: "directory", uid: 1000, gid: 1000 } },
			"mismatched",
			["CHOWN?", "FOWNER?", "DAC_READ_SEARCH|DAC_OVERRIDE?"],
		],
		[
			"if-root-differs, right",
			{ "/data": { kind: "directory", uid: 1000, gid: 1000 } },
			"if-root-differs",
			["DAC_READ_SEARCH|DAC_OVERRIDE?"],
		],
		[
			"if-root-differs, wrong",
			{ "/data": { kind: "directory" } },
			"if-root-differs",
			["CHOWN?", "FOWNER?", "DAC_READ_SEARCH|DAC_OVERRIDE?"],
		],
		[
			"idmap-or-chown, right",
			{ "/data": { kind: "directory", uid: 1000, gid: 1000 } },
			"idmap-or-chown",
			["DAC_READ_SEARCH|DAC_OVERRIDE?"],
		],
		[
			"idmap-or-chown, wrong",
			{ "/data": { kind: "directory", uid: 7, gid: 7 } },
			"idmap-or-chown",
			["SYS_ADMIN?", "SETUID?", "SETGID?", "SETFCAP?", "CHOWN?", "FOWNER?", "DAC_READ_SEARCH|DAC_OVERRIDE?"],
		],
		[
			"idmap-or-chown, root's",
			{ "/data": { kind: "directory" } },
			"idmap-or-chown",
			["CHOWN?", "FOWNER?", "DAC_READ_SEARCH|DAC_OVERRIDE?"],
		],
		["off", { "/data": { kind: "directory" } }, "off", []],
		["nothing there", {}, "mismatched", ["DAC_READ_SEARCH|DAC_OVERRIDE?"]],
	])("needs by policy: %s", (_, files, policy, expected) => {
		const kernel = kernelWith(files);
		expect(needs(plan("own", { path: "/data", policy }, kernel), kernel)).toEqual(expected);
	});

	it.each<[string, number, true | undefined]>([
		["its own", 0, true],
		["another", 998, undefined],
	])("knows that FSETID is needed where the group of what is there is %s", (_, gid, isSpare) => {
		const kernel = kernelWith({ "/d": { kind: "directory", gid } });
		const steps = [
			plan("mkdir", { path: "/d", mode: "2755" }, kernel),
			plan("own", { path: "/d", modes: { dirs: "2755" } }, kernel),
			plan("chmod", { path: "/d", mode: "2755" }, kernel),
		];
		const found = steps.map((step) => needsOf(step, kernel.host).find(({ anyOf }) => anyOf.includes("FSETID")));
		expect(found.map((need) => [need?.anyOf, need?.isSpare])).toEqual(steps.map(() => [["FSETID"], isSpare]));
	});

	it("needs FOWNER where it sets modes", () => {
		const right: Files = { "/data": { kind: "directory", uid: 1000, gid: 1000, mode: 0o2775 } };
		const kernel = kernelWith(right);
		const modes = { dirs: "2775", files: "0664" };
		const search = "DAC_READ_SEARCH|DAC_OVERRIDE?";
		expect(
			[{ modes, policy: "if-root-differs" }, { modes: { dirs: 700 }, policy: "if-root-differs" }, { modes }, { policy: "unusable" }].map(
				(more) => needs(plan("own", { path: "/data", ...more }, kernel), kernel),
			),
		).toEqual([[search], ["CHOWN?", "FOWNER?", search], ["CHOWN?", "FOWNER?", "FSETID?", search], ["CHOWN?", "FOWNER?", search]]);
	});

	it.each([
		[{ modes: { files: "4755" } }, "CONFIG_INVALID_VALUE"],
		[{ policy: "unusable", owner: "redis" }, "CONFIG_CONFLICT"],
	])("refuses %j", (more, code) => {
		expect(refusalOf(() => plan("own", { path: "/data", ...more }))).toMatch(new RegExp(`^${code}: `));
	});
});

describe("chmod", () => {
	it("refuses what it does not understand", () => {
		const message = "mode: expected permission bits in octal, such as 0644, or changes, such as u+rwX or g=rx,o-w";
		expect(["g=u", "+", "u+t", "rwx", "99", "u+r,", "", "u-x,g+X"].map((mode) => configure("chmod", { path: "/x", mode }))).toEqual(
			Array(8).fill([message]),
		);
	});

	it("needs FOWNER for what is another's and wrong, and nothing for what is right", () => {
		const kernel = kernelWith({ "/x": { kind: "file", uid: 999, gid: 999, mode: 0o644 } });
		const search = "DAC_READ_SEARCH|DAC_OVERRIDE?";
		expect(["0644", "o-w", "0600"].map((mode) => needs(plan("chmod", { path: "/x", mode }, kernel), kernel))).toEqual([
			[search],
			[search],
			["FOWNER?", search],
		]);
	});

	it.each<[unknown, string]>([
		[{ path: "/x" }, "CONFIG_MISSING_KEY"],
		[{ path: "/etc", mode: "0755" }, "CONFIG_INVALID_VALUE"],
		[{ path: "/run", mode: "0755", recursive: true }, "CONFIG_INVALID_VALUE"],
		[{ path: "/x", mode: "u+s", recursive: true }, "CONFIG_INVALID_VALUE"],
	])("refuses %j", (written, code) => {
		expect(refusalOf(() => plan("chmod", written))).toMatch(new RegExp(`^${code}: `));
	});
});

describe("listen", () => {
	const low = { "/proc/sys/net/ipv4/ip_unprivileged_port_start": "1024\n" };
	const free = { "/proc/sys/net/ipv4/ip_unprivileged_port_start": "0\n" };

	it.each<[string, Files, unknown, string[]]>([
		["a low port", low, { tcp: 80 }, ["NET_BIND_SERVICE"]],
		["a low port that is free", free, { tcp: 80 }, []],
		["a low port, where the kernel does not tell", {}, { udp: ":53" }, ["NET_BIND_SERVICE"]],
		["high ports", low, { tcp: [1024, 0], udp: 8053 }, []],
		["one low among them", low, { tcp: [8080, "127.0.0.1:80"] }, ["NET_BIND_SERVICE"]],
		["an abstract name", low, { unix: "@x" }, []],
		["a path", low, { unix: "/run/s" }, ["CHOWN", "DAC_OVERRIDE?"]],
		["a path that stays root's", low, { unix: "/run/s", owner: "keep", group: "keep" }, ["DAC_OVERRIDE?"]],
	])("needs for %s", (_, files, written, expected) => {
		const kernel = kernelWith(files);
		expect(needs(plan("listen", written, kernel), kernel)).toEqual(expected);
	});

	it("promises its sockets in the order that it opens them", () => {
		const action = plan("listen", { name: "web", unix: ["./s", "@a"], udp: 53, tcp: [80, 443], env: { FD: "{fd}" } });
		expect([socketsOf(action), describeStep(action)]).toEqual([
			Array(5).fill({ name: "web", env: { FD: "{fd}" } }),
			"web on tcp 80 tcp 443 udp 53 unix /srv/s unix @a",
		]);
	});

	it.each<[unknown, string[]]>([
		[{}, ["expected at least one of tcp, udp and unix"]],
		[{ tcp: "localhost:80" }, ["tcp: 0: expected a port or address:port, such as 80, 127.0.0.1:80 or [::1]:80"]],
		[{ tcp: 80, name: "a:b" }, ["name: expected a name without colons"]],
		[{ unix: "s" }, ["unix: 0: expected a path, or @name for an abstract socket"]],
		[{ tcp: 80, backlog: 0 }, ["backlog: expected an integer from 1 to 65535"]],
	])("refuses %j", (written, messages) => {
		expect(configure("listen", written)).toEqual(messages);
	});
});

describe("mount", () => {
	it("gives a tmpfs no devices and set-user-ID programs unless told, and sorts its options", () => {
		const mounted = (options?: unknown) => {
			const { attributes, parameters } = plan("mount", { type: "tmpfs", target: "/t", ...(options === undefined ? {} : { options }) });
			return [attributes, parameters];
		};
		expect([mounted(), mounted("size=1m,,ro"), mounted(["dev", "suid,noexec", "mode=0700"]), mounted("ro,rw,nodev")]).toEqual([
			[6, []],
			[7, ["size=1m"]],
			[8, ["mode=0700"]],
			[6, []],
		]);
	});

	it("binds recursively unless told, and knows no option that a bind does not have", () => {
		const bind = (more: object) => plan("mount", { type: "bind", source: "./from", target: "/to", ...more });
		expect(
			[bind({}), bind({ options: "bind,ro" }), bind({ recursive: false }), bind({ options: "rbind" })].map((each) => [
				each.recursive,
				each.attributes,
			]),
		).toEqual([
			[true, 0],
			[false, 1],
			[false, 0],
			[true, 0],
		]);
		expect(bind({}).source).toBe("/srv/from");
		expect(refusalOf(() => bind({ options: "size=1m" }))).toBe('CONFIG_INVALID_VALUE: mount: a bind does not know the option "size=1m"');
		expect(configure("mount", { type: "bind", target: "/to" })).toEqual(["a bind mount needs its source"]);
	});

	it("needs SYS_ADMIN for what is not there", () => {
		const kernel = kernelWith({ "/t": { kind: "directory" } });
		expect(needs(plan("mount", { type: "tmpfs", target: "/t" }, kernel), kernel)).toEqual(["SYS_ADMIN", "DAC_READ_SEARCH|DAC_OVERRIDE?"]);
	});
});

describe("fuse", () => {
	const written = { target: "/mnt", command: ["/bin/fs", "-f", "{mountpoint}"] };

	it("mounts for the workload and serves as it, unless told", () => {
		const { identity, daemon, source, options } = plan("fuse", { ...written, options: "ro,nosuid, ".trim() });
		const self = { uid: 1000, gid: 1000, groups: [44, 1000] };
		expect([identity, daemon, source, options]).toEqual([self, self, "fs", ["ro"]]);
		expect(plan("fuse", { ...written, user: "5:6" }).daemon).toEqual({ uid: 5, gid: 6, groups: [6] });
	});

	it("needs to mount and to become the user", () => {
		expect(needs(plan("fuse", written))).toEqual([
			"SYS_ADMIN",
			"DAC_READ_SEARCH|DAC_OVERRIDE?",
			"KILL?",
			"SETUID",
			"SETGID",
			"SETUID",
			"SETGID",
		]);
		const kernel = kernelWith({}, asUser);
		expect(needs(plan("fuse", written, kernel), kernel)).toEqual(["SYS_ADMIN", "DAC_READ_SEARCH|DAC_OVERRIDE?", "KILL?"]);
	});

	it.each(["fd=3", "user_id=0", "group_id=0", "rootmode=1", "subtype=x", "allow_other"])("keeps the option %s to itself", (option) => {
		expect(refusalOf(() => plan("fuse", { ...written, options: option }))).toBe(
			`CONFIG_INVALID_VALUE: fuse: the option "${option}" is set by the step itself`,
		);
	});

	it("gives its daemon what the step adds to the environment, on top of the workload's when it has nothing more", () => {
		const environmentOf = (user: string) => {
			const { environment, inherits } = plan("fuse", { ...written, user, env: { A: "b" } });
			return { environment, inherits };
		};
		expect([environmentOf("target"), environmentOf("redis")]).toEqual([
			{ environment: ["A=b"], inherits: true },
			{ environment: ["PATH=/bin", "HOME=/", "USER=redis", "LOGNAME=redis", "A=b"], inherits: false },
		]);
	});

	it("wants to know where the mount point goes", () => {
		expect(configure("fuse", { target: "/mnt", command: ["fs"] })).toEqual([
			"command: expected a command with {mountpoint} where the mount point goes",
		]);
	});
});

describe("run", () => {
	it("plans for root without capabilities, with the workload's environment and its own", () => {
		expect(
			plan("run", { command: ["x", "y"], env: { PATH: "/opt", A: "b" }, capabilities: ["cap_chown"], timeout: "2m", cwd: "." }),
		).toEqual({
			kind: "run",
			command: ["x", "y"],
			identity: { uid: 0, gid: 0, groups: [0] },
			capabilities: ["CHOWN"],
			environment: ["PATH=/opt", "HOME=/root", "USER=root", "LOGNAME=root", "A=b"],
			inherits: false,
			path: "/opt",
			written: ["PATH", "A"],
			withheld: [],
			remarks: ['would be refused as things are now: "x" is not in /opt'],
			timeoutMs: 120_000,
			workdir: "/srv",
			output: "inherit",
			creates: undefined,
			background: false,
			ready: [],
		});
	});

	it("plans what stays, and when it is ready", () => {
		const action = plan("run", {
			command: ["vpn"],
			capabilities: ["NET_ADMIN"],
			background: true,
			ready: { unix: "./s", tcp: "127.0.0.1:80", file: "/run/x", http: "http://[::1]/up" },
		});
		expect([action.background, action.ready, describeStep(action)]).toEqual([
			true,
			[
				{ kind: "tcp", host: "127.0.0.1", port: 80, text: "tcp 127.0.0.1:80" },
				{ kind: "unix", text: "unix /srv/s", path: "/srv/s" },
				{ kind: "file", text: "file /run/x", path: "/run/x" },
				{ kind: "http", host: "::1", port: 80, text: "http://[::1]/up", authority: "[::1]", path: "/up", statuses: ["2xx", "3xx"] },
			],
			"vpn as uid 0 with NET_ADMIN, stays for life",
		]);
	});

	it.each<[object, string]>([
		[{ ready: { file: "/x" } }, "CONFIG_CONFLICT: ready is for a program that goes on"],
		[{ background: true, ready: {} }, "CONFIG_INVALID_VALUE: ready: expected at least one of tcp, unix, file and http"],
		[
			{ background: true, ready: { file: "/x", status: 200 } },
			"CONFIG_INVALID_VALUE: ready: status is what an http server may answer; expected http beside it",
		],
	])("refuses what cannot be waited for: %j", (more, message) => {
		expect(refusalOf(() => plan("run", { command: ["x"], ...more }))).toBe(message);
	});

	it.each<[object, FakeProcess, string[]]>([
		[{}, dockerRoot(), []],
		[{ capabilities: ["CHOWN", "SYS_ADMIN"] }, dockerRoot(), ["CHOWN", "SYS_ADMIN"]],
		[{ user: "target" }, dockerRoot(), ["SETUID", "SETGID", "KILL?"]],
		[{ user: "target" }, asUser, []],
		[{}, asUser, ["SETUID", "SETGID", "KILL?"]],
	])("needs %j", (more, process, expected) => {
		const kernel = kernelWith({}, process);
		expect(needs(plan("run", { command: ["x"], ...more }, kernel), kernel)).toEqual(expected);
	});

	it.each<[unknown, string[]]>([
		[[], ["command: expected the command as a list, such as [mycmd, --flag]"]],
		["x", ["command: expected the command as a list, such as [mycmd, --flag]"]],
		[{ command: ["x"], output: "file" }, ["output: expected inherit or discard"]],
	])("refuses %j", (written, messages) => {
		expect(configure("run", written)).toEqual(messages);
	});
});
