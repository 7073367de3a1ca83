import { describe, expect, it } from "vitest";
import { readAccounts } from "../../../src/identity/account-files.ts";
import type { Identity } from "../../../src/identity/identity.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { type ChildEnvironment, planChildEnvironment, settleChildEnvironment } from "../../../src/steps/programs/child-environment.ts";
import { shapedVariables, whyTaken } from "../../../src/steps/programs/shaped-variables.ts";
import type { PlanContext } from "../../../src/steps/step.ts";
import { dockerRoot, type FakeEntry, FakeKernel } from "../../fake/index.ts";

type Files = Readonly<Record<string, Partial<FakeEntry> | string>>;

const directory = (uid: number, mode = 0o755): Partial<FakeEntry> => ({ kind: "directory", uid, mode });
const image: Files = {
	"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\nredis:x:999:999::/home/redis:/bin/sh\n",
	"/etc/group": "staff:x:50:\nadmin:x:60:redis\n",
	"/root": directory(0, 0o700),
	"/usr/bin": directory(0),
	"/bin": { kind: "link", content: "usr/bin" },
	"/data": directory(1000),
	"/data/bin": directory(0),
	"/home/app": directory(1000),
	"/home/redis": directory(999),
	"/tmp": directory(0, 0o1777),
};
const app: Identity = { uid: toUid(1000), gid: toGid(1000), groups: [toGid(1000)], name: "app", home: "/home/app" };
const root = { uid: toUid(0), gid: toGid(0), groups: [toGid(0)] };
const redis = { uid: toUid(999), gid: toGid(999), groups: [toGid(999)] };

interface Case {
	readonly files?: Files;
	readonly child?: typeof root;
	readonly capabilities?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly target?: Identity;
	readonly inherits?: boolean;
}

function planned(
	base: Readonly<Record<string, string>>,
	{ files, child = root, capabilities = [], env = {}, target = app, inherits = false }: Case = {},
) {
	const { host: reads } = new FakeKernel({ process: dockerRoot(), files: { ...image, ...files } });
	const environment = new Map(Object.entries({ HOME: "/home/app", USER: "app", LOGNAME: "app", PATH: "/usr/bin", ...base }));
	const context = { target, accounts: readAccounts(reads), reads, environment, start: undefined as unknown as PlanContext["start"] };
	return planChildEnvironment(context, { identity: child, capabilities }, env, inherits);
}

const valuesOf = ({ environment }: ChildEnvironment) => Object.fromEntries(environment.map((each) => each.split(/=(.*)/s).slice(0, 2)));
const ofRoot = { HOME: "/root", USER: "root", LOGNAME: "root", PATH: "/usr/bin" };

describe("the environment of a program that has more than the workload", () => {
	it("has the account of its own, and what does no harm", () => {
		const { withheld, remarks, ...plan } = planned({ LANG: "C.UTF-8", TZ: "UTC", GREETING: "a" });
		expect([valuesOf(plan as ChildEnvironment), withheld, remarks]).toEqual([
			{ ...ofRoot, LANG: "C.UTF-8", TZ: "UTC", GREETING: "a" },
			[],
			[],
		]);
	});

	it("lacks what points to code, with the reason and without the value", () => {
		const plan = planned({
			LD_PRELOAD: "/usr/lib/secret.so",
			NODE_OPTIONS: "-r secret",
			TZ: "/data/secret",
			X: "() { secret; }",
			LANG: "/data/l",
		});
		expect([valuesOf(plan), plan.withheld, JSON.stringify(plan.withheld).includes("secret")]).toEqual([
			ofRoot,
			[
				{ name: "LD_PRELOAD", why: "code for the loader and the allocator" },
				{ name: "NODE_OPTIONS", why: "modules and options for Node" },
				{ name: "TZ", why: "a path for the C library" },
				{ name: "X", why: "a function for shells" },
				{ name: "LANG", why: "a path for the C library" },
			],
			false,
		]);
	});

	it("has what the step writes, whatever it is", () => {
		const env = { LD_PRELOAD: "/data/x.so", PATH: "/data/bin:.", HOME: "/data", TMPDIR: "/data", USER: "u" };
		const plan = planned({ LD_PRELOAD: "/y.so" }, { env });
		expect([valuesOf(plan), plan.withheld, plan.path]).toEqual([{ ...env, LOGNAME: "root" }, [], "/data/bin:."]);
	});

	it.each<[string, Files, string, readonly string[]]>([
		["/data:/usr/bin", {}, "/usr/bin", ['"/data" in PATH: the workload can write to "/data"']],
		["/data/bin:/usr/bin", {}, "/usr/bin", ['"/data/bin" in PATH: the workload can write to "/data"']],
		["/data/none/bin:/usr/bin", {}, "/usr/bin", ['"/data/none/bin" in PATH: the workload can write to "/data"']],
		["/opt/none:/usr/bin", {}, "/opt/none:/usr/bin", []],
		["/bin:/usr/bin", {}, "/bin:/usr/bin", []],
		["/l:/usr/bin", { "/l": { kind: "link", content: "/data" } }, "/usr/bin", ['"/l" in PATH: the workload can write to "/data"']],
		["/home/redis:/usr/bin", {}, "/usr/bin", ['"/home/redis" in PATH: uid 999 can write to "/home/redis"']],
		["/tmp:/usr/bin", {}, "/usr/bin", ['"/tmp" in PATH: the workload can write to "/tmp"']],
		["/tmp/b:/usr/bin", { "/tmp/b": directory(0) }, "/tmp/b:/usr/bin", []],
		["/s:/usr/bin", { "/s": { ...directory(0, 0o2775), gid: 50 } }, "/s:/usr/bin", []],
		["/s:/usr/bin", { "/s": { ...directory(0, 0o2775), gid: 60 } }, "/usr/bin", ['"/s" in PATH: "redis", of group 60, can write to "/s"']],
		[
			"/s:/usr/bin",
			{ "/s": { ...directory(0, 0o2775), gid: 999 } },
			"/usr/bin",
			['"/s" in PATH: "redis", of group 999, can write to "/s"'],
		],
		[":.:bin:/usr/bin", {}, "/usr/bin", ["", ".", "bin"].map((each) => `"${each}" in PATH: it is relative to the working directory`)],
		["/data", {}, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ['"/data" in PATH: the workload can write to "/data"']],
	])("has of PATH=%s what only root can fill", (PATH, files, expected, withheld) => {
		const plan = planned({ PATH }, { files });
		expect([plan.path, valuesOf(plan)["PATH"], plan.withheld.map(({ name, why }) => `${name}: ${why}`)]).toEqual([
			expected,
			expected,
			withheld,
		]);
	});

	it.each<[string, Case, string, readonly string[]]>([
		["root's is the workload's", { files: { "/root": directory(1000) } }, "/", ['the workload can write to "/root"; it is /']],
		[
			"root's holds a file of the workload",
			{ files: { "/root/.config": directory(1000) } },
			"/",
			['the workload can write to "/root/.config"; it is /'],
		],
		[
			"root's and / do",
			{ files: { "/root": directory(1000), "/.config": directory(1000) } },
			"/nonexistent",
			['the workload can write to "/root"; it is /nonexistent'],
		],
		["root has none in passwd", { files: { "/etc/passwd": "" } }, "/", []],
		["it is of its own user", { child: redis }, "/home/redis", []],
		[
			"it is of its own user, and it has a capability",
			{ child: redis, capabilities: ["CHOWN"] },
			"/",
			['uid 999 can write to "/home/redis"; it is /'],
		],
		[
			"it is the workload with a capability",
			{ child: app as never, capabilities: ["CHOWN"] },
			"/",
			['the workload can write to "/home/app"; it is /'],
		],
	])("has a home where nobody keeps files for it: %s", (_, more, home, why) => {
		const plan = planned({}, more);
		expect([valuesOf(plan)["HOME"], plan.withheld.map((each) => each.why)]).toEqual([home, why]);
	});

	it("keeps a place for temporary files and for a language's home while nobody else can exchange what is there", () => {
		const plan = planned({
			TMPDIR: "/tmp",
			TMP: "/data",
			TEMP: "/data/bin",
			JAVA_HOME: "/usr/bin",
			JRE_HOME: "/data/bin",
			GOROOT: "/tmp",
			NVM_DIR: "nvm",
		});
		expect([valuesOf(plan), plan.withheld.map(({ name }) => name)]).toEqual([
			{ ...ofRoot, TMPDIR: "/tmp", JAVA_HOME: "/usr/bin" },
			["JRE_HOME", "GOROOT", "NVM_DIR", "TMP", "TEMP"],
		]);
	});

	it("keeps other variables that lead to the workload's files, and says so", () => {
		const plan = planned({ PGDATA: "/data/pg", PLUGINS: "/usr/bin:/data/x", CONF: "/etc/x.conf", NAME: "data", URL: "http://data/x" });
		expect([Object.keys(valuesOf(plan)), plan.withheld, plan.remarks]).toEqual([
			["HOME", "USER", "LOGNAME", "PATH", "PGDATA", "PLUGINS", "CONF", "NAME", "URL"],
			[],
			["gets PGDATA, PLUGINS: what is there can be changed by others than root"],
		]);
	});

	it("says what the step itself writes that leads there", () => {
		const env = { PATH: "/usr/bin:/data/bin", LD_PRELOAD: "/data/x.so", SAFE: "/usr/lib/x.so", URL: "http://data/x" };
		const plan = planned({}, { env });
		expect([valuesOf(plan), plan.withheld, plan.remarks]).toEqual([
			{ ...ofRoot, ...env },
			[],
			["gets PATH, LD_PRELOAD, which the step writes: what is there can be changed by others than root"],
		]);
	});

	it("has a zone by its name, and none by a path", () => {
		const names = (value: string) => Object.keys(valuesOf(planned({ TZ: value }))).includes("TZ");
		expect(["Europe/Berlin", "Etc/GMT+1", "UTC", ":Europe/Berlin", "/data/zone", "../data/zone", "a/../b"].map(names)).toEqual([
			true,
			true,
			true,
			false,
			false,
			false,
			false,
		]);
	});

	it("loses what a step before it has given to the workload", () => {
		const plan = planned({ PATH: "/opt/bin:/usr/bin", TMPDIR: "/opt/bin" });
		const { host } = new FakeKernel({ process: dockerRoot(), files: { ...image, "/opt/bin": directory(1000), "/root": directory(1000) } });
		const settled = settleChildEnvironment(host, plan, { identity: root, capabilities: [], target: app });
		expect([valuesOf(plan), valuesOf(settled), settled.path, settled.withheld.map(({ name }) => name)]).toEqual([
			{ ...ofRoot, PATH: "/opt/bin:/usr/bin", TMPDIR: "/opt/bin" },
			{ ...ofRoot, HOME: "/" },
			"/usr/bin",
			["TMPDIR", "HOME", '"/opt/bin" in PATH'],
		]);
	});
});

describe("the environment of a program that has nothing more", () => {
	const base = { LD_PRELOAD: "/data/x.so", HOME: "/home/app", USER: "app", LOGNAME: "app", PATH: "/data" };

	it.each<[string, Case]>([
		["the workload's user", { child: app as never }],
		["less groups", { child: { ...app, groups: [toGid(1000)] } as never, target: { ...app, groups: [toGid(44), toGid(1000)] } }],
		["a workload that is root", { target: { ...root, name: "root", home: "/root" } }],
	])("is the workload's: %s", (_, more) => {
		const plan = planned(base, { ...more, env: { A: "b" } });
		expect([valuesOf(plan), plan.inherits, plan.withheld, plan.remarks]).toEqual([{ ...base, A: "b" }, false, [], []]);
	});

	it("has the account of another user all the same, below a workload that is root", () => {
		const plan = planned(base, { child: redis, inherits: true, target: { ...root, name: "root", home: "/root" } });
		expect([valuesOf(plan), plan.inherits, plan.withheld]).toEqual([
			{ ...base, HOME: "/home/redis", USER: "redis", LOGNAME: "redis" },
			false,
			[],
		]);
	});

	it("comes on top of the workload's as it will be, where that is asked for", () => {
		const { environment, inherits, path } = planned(base, { child: app as never, inherits: true, env: { A: "b" } });
		expect({ environment, inherits, path }).toEqual({ environment: ["A=b"], inherits: true, path: "/data" });
	});

	it.each([
		["another group", { ...app, gid: toGid(44), groups: [toGid(44)] }, []],
		["a capability", app, ["CHOWN"]],
	])("is not that of one with %s", (_, child, capabilities) => {
		expect(Object.keys(valuesOf(planned(base, { child: child as never, capabilities })))).toEqual(["HOME", "USER", "LOGNAME", "PATH"]);
	});
});

describe("the table", () => {
	it("gives each row a reason, and no name twice", () => {
		const rows = shapedVariables();
		const names = rows.flatMap((row) => row.names);
		expect([rows.filter(({ why, names: [first] }) => why === "" || first === ""), names.length - new Set(names).size]).toEqual([[], 0]);
	});

	it.each([
		...["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "GCONV_PATH", "LOCPATH", "NLSPATH", "MALLOC_TRACE", "GLIBC_TUNABLES", "GETCONF_DIR"],
		...["HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS", "RESOLV_HOST_CONF", "TZDIR", "TERMINFO", "TERMINFO_DIRS", "TERMCAP"],
		...["BASH_ENV", "ENV", "CDPATH", "IFS", "BASHOPTS", "SHELLOPTS", "PS4", "PROMPT_COMMAND", "BASH_FUNC_x%%", "INPUTRC"],
		...["PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PERL5LIB", "PERL5OPT", "PERLLIB", "PERL5DB", "RUBYOPT", "RUBYLIB", "GEM_PATH"],
		...["BUNDLE_GEMFILE", "NODE_OPTIONS", "NODE_PATH", "NPM_CONFIG_USERCONFIG", "npm_config_prefix", "JAVA_TOOL_OPTIONS"],
		...["_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "PHPRC", "PHP_INI_SCAN_DIR", "LUA_PATH", "LUA_CPATH_5_4", "TCLLIBPATH"],
		...["GIT_CONFIG", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "SSH_ASKPASS", "SSH_AUTH_SOCK", "CURL_HOME", "WGETRC", "SSL_CERT_FILE"],
		...["XDG_CONFIG_HOME", "EDITOR", "PAGER", "LESSOPEN", "MANPAGER", "GIT_PAGER", "OPENSSL_CONF", "OPENSSL_MODULES", "KRB5_CONFIG"],
		...["PGPASSFILE", "PGSERVICEFILE", "MYSQL_HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "KUBECONFIG", "DOCKER_CONFIG"],
		...[
			"GOPATH",
			"R_PROFILE",
			"GNUPGHOME",
			"LISTEN_PID",
			"LISTEN_FDS",
			"LISTEN_FDNAMES",
			"ABDICATE_CONFIG",
			"DOTNET_STARTUP_HOOKS",
			"MODPROBE_OPTIONS",
			"XTABLES_LIBDIR",
		],
	])("takes %s", (name) => {
		expect(whyTaken(name, "x")).toEqual(expect.any(String));
	});

	it.each([
		...["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TERM", "PGDATA", "PGHOST", "PGUSER", "MYSQL_ROOT_PASSWORD", "REDIS_URL", "NODE_ENV"],
		...["AWS_REGION", "http_proxy", "DEBIAN_FRONTEND", "DOCKER_HOST", "DATA_DIR", "UPLOAD_PATH", "GITHUB_TOKEN", "JAVA_HOME", "LISTENER"],
	])("leaves %s", (name) => {
		expect(whyTaken(name, "x")).toBeUndefined();
	});

	it.each([
		["TZ", "/data/zone"],
		["TZ", ":/data/zone"],
		["LC_ALL", "../../data/x"],
		["LANGUAGE", "%n"],
		["TERM", "/data/x"],
		["ANY", "() { :; }"],
	])("takes %s with the value %j", (name, value) => {
		expect(whyTaken(name, value)).toEqual(expect.any(String));
	});
});
