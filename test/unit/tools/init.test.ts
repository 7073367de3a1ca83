import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { O, S } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { YamlNode } from "../../../src/sys/native.ts";
import { check } from "../../../src/tools/check/check.ts";
import { formatted } from "../../../src/tools/fmt/proved.ts";
import { firstFile } from "../../../src/tools/init/first-file.ts";
import { readImage } from "../../../src/tools/init/image.ts";
import { init } from "../../../src/tools/init/init.ts";
import { lookAt, nowhere, type Place } from "../../../src/tools/init/place.ts";
import { readScript } from "../../../src/tools/init/script.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";

type Config = Readonly<Record<string, unknown>>;

/** What is made of a config, and what check finds in it that is to be mended. */
async function made(
	config: Config,
	place: Place = nowhere,
): Promise<{ readonly text: string; readonly lines: readonly string[]; readonly found: string }> {
	const text = firstFile(readImage(JSON.stringify([{ Config: config }]), "image.json"), place, '"image.json"');
	let found = "";
	const write = (_fd: number, each: string) => {
		found += each;
		return each.length;
	};
	const { host } = new FakeKernel({ process: dockerRoot(), files: { "/work/c.yaml": text }, overrides: { parseYaml, write } });
	const isBad = await check(host, "/work/c.yaml", { format: "text", image: false, imageUser: undefined, version: "1" });
	const lines = text.split("\n").filter((line) => !line.startsWith("#") && line !== "");
	return { text, lines, found: isBad ? found : "" };
}

describe("the first file of an image", () => {
	it.each<[string, Config, readonly string[]]>([
		["nothing", { User: "", Cmd: null }, ['user: "1000:1000"']],
		[
			"a command",
			{ Entrypoint: ["nginx"], Cmd: ["-g", "daemon off;"] },
			["command:", '  default: [nginx, "-g", "daemon off;"]', 'user: "1000:1000"'],
		],
		["a command in one text", { Cmd: "redis-server" }, ["command:", "  default: [redis-server]", 'user: "1000:1000"']],
		["gosu", { Entrypoint: ["gosu", "app:video"], Cmd: ["serve"] }, ["command:", "  default: [serve]", 'user: "app:video"']],
		["su-exec to root", { Entrypoint: ["su-exec", "root", "serve"] }, ["command:", "  default: [serve]", 'user: "1000:1000"']],
		[
			"an init around setpriv",
			{ Entrypoint: ["/sbin/tini", "-e", "143", "--", "setpriv", "--reuid", "33", "--regid=34", "--clear-groups", "serve"] },
			["command:", "  default: [serve]", 'user: "33:34"', "init: { exit_codes: { 143: 0 } }"],
		],
		[
			"tini with options",
			{ Entrypoint: ["tini", "-gs", "-e143", "-p", "SIGTERM", "--", "serve"] },
			[
				...["command:", "  default: [serve]", 'user: "1000:1000"'],
				...["init: { exit_codes: { 143: 0 }, group: true, subreaper: true }", "parent_death_signal: TERM"],
			],
		],
		[
			"tini by its variables",
			{ Entrypoint: ["tini", "serve"], Env: ["TINI_KILL_PROCESS_GROUP=1"] },
			["command:", "  default: [serve]", 'user: "1000:1000"', "init: { group: true }"],
		],
		[
			"dumb-init, which tells the whole group",
			{ Entrypoint: ["dumb-init", "-r", "15:3", "--rewrite=1:0", "--"], Cmd: ["serve"] },
			["command:", "  default: [serve]", 'user: "1000:1000"', "init: { signals: { TERM: QUIT, HUP: none }, group: true }"],
		],
		[
			"dumb-init that does not",
			{ Entrypoint: ["dumb-init", "-c", "serve"] },
			["command:", "  default: [serve]", 'user: "1000:1000"', "init: true"],
		],
		[
			"gosu beside PUID",
			{ Entrypoint: ["gosu", "app"], Cmd: ["serve"], Env: ["PUID=911"] },
			["command:", "  default: [serve]", "user: app"],
		],
		["a user beside PUID", { User: "app", Env: ["PUID=911"] }, ["user: app"]],
		[
			"a shell that only executes",
			{ Entrypoint: ["/bin/sh", "-c", "exec gosu app serve -x"], Cmd: ["nobody's"] },
			["command:", '  default: [serve, "-x"]', "user: app"],
		],
		[
			"a shell as a command",
			{ Cmd: ["/bin/sh", "-c", "exec tini serve"] },
			["command:", "  default: [serve]", 'user: "1000:1000"', "init: true"],
		],
		[
			"a shell that changes the user",
			{ Cmd: ["/bin/bash", "-ec", "cd /x && exec gosu app serve $PORT"] },
			["command:", '  default: [/bin/bash, "-ec", "cd /x && exec serve $$PORT"]', "user: app"],
		],
		[
			"setpriv with capabilities and all that has a key",
			{
				Entrypoint:
					"setpriv --reuid=app --regid=app --init-groups --ambient-caps=+sys_nice --inh-caps=+sys_nice --nnp --pdeathsig KILL".split(" "),
				Cmd: ["--apparmor-profile=box", "serve"],
				ExposedPorts: { "80/tcp": {} },
			},
			[
				...["command:", "  default: [serve]", 'user: "app:app"', "capabilities:", "  keep_if_present: [NET_BIND_SERVICE, SYS_NICE]"],
				...["groups: { from_user: true }", "parent_death_signal: KILL", "apparmor: box"],
			],
		],
		[
			"setpriv with a label and securebits",
			{ Entrypoint: ["setpriv", "--reuid=5", "--regid=6", "--selinux-label", "u:r:app_t:s0:c1", "--securebits=+no_setuid_fixup"] },
			[...['user: "5:6"', 'selinux: { user: u, role: r, type: app_t, level: "s0:c1" }'], "securebits: [locked, no_setuid_fixup]"],
		],
		[
			"setpriv with the groups of the user, or with others",
			{ Entrypoint: ["setpriv", "--reuid=app", "--init-groups", "setpriv", "--reuid=5", "--regid=6", "--groups=44,video", "serve"] },
			["command:", "  default: [serve]", 'user: "5:6"', "groups: { add: [44, video] }"],
		],
		[
			"volumes of the machine, and of many",
			{
				Volumes: Object.fromEntries(
					["/var/run/docker.sock", "/proc/x", "/sys/fs/cgroup", "/dev/shm", "/lib/modules", "/srv", "/tmp"].map((each) => [each, {}]),
				),
			},
			['user: "1000:1000"'],
		],
		[
			"a volume below another, which is a mount of its own",
			{ Volumes: { "/data": {}, "/data/db": {} } },
			['user: "1000:1000"', "setup:", "  - own: /data", "  - own: /data/db"],
		],
		["a program that changes the user otherwise", { Cmd: ["su", "app", "-c", "serve"] }, ['user: "1000:1000"']],
		["a user", { User: "app" }, ["user: app"]],
		["a number", { User: "999" }, ['user: "999:999"']],
		["root in words", { User: "root:root" }, ['user: "1000:1000"']],
		["what is no user", { User: "a\nuser: root" }, ['user: "1000:1000"']],
		["a user in a variable", { User: "${APP}" }, ['user: "1000:1000"']],
		["ids of linuxserver", { Env: ["PUID=911", "PGID=0"], User: "" }, ['user: "${PUID:-911}:${PGID:-1000}"']],
		[
			"volumes",
			{ Volumes: { "/data/": {}, "/a b": {}, "/c$d": {}, "/e*": {}, "/etc": {}, rel: {}, "/var/lib": {}, "/media": {} } },
			['user: "1000:1000"', "setup:", "  - own: /data", '  - own: "/a b"', '  - own: "/c$$d"'],
		],
		["volumes of the system alone", { Volumes: { "/etc": {} } }, ['user: "1000:1000"']],
		[
			"ports",
			{ ExposedPorts: { "80/tcp": {}, "8080/tcp": {} } },
			['user: "1000:1000"', "capabilities:", "  keep_if_present: [NET_BIND_SERVICE]"],
		],
		["free ports", { ExposedPorts: { "1024/tcp": {} } }, ['user: "1000:1000"']],
		["a word that YAML does not have", { Cmd: ["a", "\0"] }, ['user: "1000:1000"']],
	])("of %s", async (_, config, expected) => {
		expect(await made(config)).toMatchObject({ lines: expected, found: "" });
	});

	it("has the lines of the Dockerfile that start the same", async () => {
		const config = {
			Entrypoint: ["tini", "--", "a\nb"],
			Cmd: ["c"],
			User: "app",
			Volumes: { "/data": {} },
			Healthcheck: {
				Test: ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
				Interval: 30_000_000_000,
				Timeout: 500_000_000,
				Retries: 3,
			},
		};
		const { text } = await made(config);
		expect(text.slice(text.indexOf("# The Dockerfile"))).toBe(`# The Dockerfile, as root for what setup and capabilities take:
#   COPY --from=abdicate /abdicate /
#   COPY entrypoint.yaml /etc/
#   USER root
#   RUN ["/abdicate", "check"]
#   ENTRYPOINT ["/abdicate","--","a\\nb"]
#   CMD ["c"]
#   HEALTHCHECK --interval=30s --timeout=500ms --retries=3 CMD ["/abdicate","enter","--","/bin/sh","-c","curl -f http://localhost/ || exit 1"]
`);
		expect((await made({ Cmd: null, Healthcheck: { Test: ["CMD", "pg_isready"] } })).text).toContain(
			'#   HEALTHCHECK CMD ["/abdicate","enter","--","pg_isready"]\n',
		);
		for (const Test of [["NONE"], [], ["CMD"]]) {
			expect((await made({ Cmd: null, Healthcheck: { Test } })).text).not.toContain("HEALTHCHECK");
		}
	});

	it("says what it has left out, and what would end a start", async () => {
		const accounts = [{ name: "app", uid: 1000, gid: 1000 }];
		const told = async (config: Config) => (await made(config, { accounts })).text.split("\n");
		const lost = "# no key does the same as its options";
		expect(await told({ Entrypoint: ["tini", "-wv", "serve"] })).toContain(`${lost} -wv: left out`);
		expect(await told({ Entrypoint: ["catatonit", "-gP", "--", "serve"] })).toContain(`${lost} -P: left out`);
		expect(await told({ Entrypoint: ["tini", "-e", "x", "serve"] })).toContain(`${lost} -ex: left out`);
		expect(await told({ Entrypoint: ["dumb-init", "-vr", "17:0", "serve"] })).toContain(`${lost} -vr17:0: left out`);
		expect(await told({ Entrypoint: ["gosu", "app", "serve"], Env: ["PGID=1"] })).toContain("# PUID and PGID have no say beside it");
		expect(await told({ Volumes: { "/run/docker.sock": {} } })).toContain(
			'# VOLUME "/run/docker.sock" is not the user\'s alone: name what the user writes to in it',
		);
		const unknown = '# /etc/passwd does not have "ap": a start would end with USER_UNKNOWN';
		expect([(await told({ User: "ap" })).includes(unknown), (await told({ User: "app" })).includes(unknown)]).toEqual([true, false]);
		expect(await told({ Entrypoint: ["su-exec", "ap", "serve"] })).toContain(unknown);
	});

	it("says what setpriv did that no key does", async () => {
		const { text } = await made({ Entrypoint: "setpriv --reuid 5 --regid 6 --inh-caps=+chown --keep-groups --reset-env serve".split(" ") });
		expect(text).toContain("# no key does the same as its options --inh-caps=+chown --keep-groups --reset-env: left out\n");
		expect(text).not.toMatch(/an init|capabilities/);
	});

	it("starts as root for steps and capabilities alone, whoever it is to become", async () => {
		const needsRoot = async (config: Config) => /^# {3}USER root$/m.test((await made({ User: "app", ...config })).text);
		expect(
			await Promise.all([
				needsRoot({ Entrypoint: ["gosu", "web"], Volumes: { "/data": {} } }),
				needsRoot({ Entrypoint: ["setpriv", "--reuid=5", "--regid=6", "--ambient-caps=+sys_nice"] }),
				needsRoot({ ExposedPorts: { "80/tcp": {} } }),
				needsRoot({ Entrypoint: ["gosu", "web"] }),
				needsRoot({ User: "root", Volumes: { "/data": {} } }),
			]),
		).toEqual([true, true, true, false, false]);
	});

	it("has a command for the Dockerfile that does not change the user once more", async () => {
		const commandOf = async (Cmd: readonly string[]) => (await made({ Cmd })).text.split("#   ENTRYPOINT")[1];
		expect(await commandOf(["sh", "-c", "cd / && exec su-exec abc /usr/bin/app"])).toBe(
			' ["/abdicate","--"]\n#   CMD ["sh","-c","cd / && exec /usr/bin/app"]\n',
		);
		expect(await commandOf(["su", "app", "-c", "serve"])).toContain('CMD ["PROGRAM","ARGUMENT"]');
	});

	it("has the shell of the image for a health check in one text", async () => {
		const config = { Healthcheck: { Test: ["CMD-SHELL", "[[ -e /x ]]"] }, Shell: ["/bin/bash", "-c"] };
		expect((await made({ ...config, Cmd: null })).text).toContain('"enter","--","/bin/bash","-c","[[ -e /x ]]"]');
	});

	it.each<[string, string, readonly string[]]>([
		[
			"is replaced where it does nothing else",
			'set -e; chown -R app: /data "/var/log/app"; exec gosu app "$@"',
			["command:", "  default: [serve]", "user: app", "setup:", "  - own: /data", "  - own: /var/log/app"],
		],
		[
			"keeps the groups that it gives, and what it leaves below",
			'chown -R app /a; chown app: /b; chown -R app:daemon /c; exec gosu app "$@"',
			[
				...["command:", "  default: [serve]", "user: app", "setup:", "  - own: { path: /a, group: keep }"],
				...["  - own: { path: /b, policy: top-only }", "  - own: { path: /c, group: daemon }"],
			],
		],
		[
			"keeps the login group beside another",
			'chown -R app: /a; exec gosu app:video "$@"',
			["command:", "  default: [serve]", 'user: "app:video"', "setup:", "  - own: { path: /a, group: login }"],
		],
		[
			"stays where a tree is many users'",
			'chown -R app /srv; exec gosu app "$@"',
			["command:", "  default: [docker-entrypoint.sh, serve]", "user: app"],
		],
		[
			"is replaced with its test for root",
			'# as root\nset -eu\nif [ "$(id -u)" = \'0\' ]; then\n\tchown app /data\n\texec su-exec app "$0" "$@"\nfi\nexec "$@"',
			["command:", "  default: [serve]", "user: app", "setup:", "  - own: { path: /data, policy: top-only, group: keep }"],
		],
		[
			"stays where it does more",
			'chmod 700 /x && chown -R app: /x\nexec gosu app "$@"',
			["command:", "  default: [docker-entrypoint.sh, serve]", "user: app", "setup:", "  - own: /x"],
		],
		[
			"gives nothing that is only given on a condition, in a function or in a text",
			'f() {\nchown app /a\n}\ncat <<E\nchown app /b\nE\ncase $1 in\nx)\nchown app /c\n;;\nesac\n[ -d /d ] && chown app /d\nif [ -d /e ]; then chown app /e; fi\nchown -R app: /z\nexec gosu app "$@"',
			["command:", "  default: [docker-entrypoint.sh, serve]", "user: app", "setup:", "  - own: /z"],
		],
		[
			"stays where it gives something to another",
			'chown -R other /x\nexec gosu app "$@"',
			["command:", "  default: [docker-entrypoint.sh, serve]", "user: app"],
		],
		["stays where it does not change the user", 'exec "$@"', ["command:", "  default: [docker-entrypoint.sh, serve]", 'user: "1000:1000"']],
	])("a script %s", async (_, text, expected) => {
		const script = { path: "/usr/local/bin/docker-entrypoint.sh", ...readScript(`#!/bin/sh\n${text}\n`) };
		expect(await made({ Entrypoint: ["docker-entrypoint.sh"], Cmd: ["serve"] }, { accounts: [], script })).toMatchObject({
			lines: expected,
			found: "",
		});
	});

	it("says of a group that it is chosen, where a number has none", async () => {
		const says = async (User: string, accounts: Place["accounts"]) =>
			/its group is chosen here/.test((await made({ User }, { accounts })).text);
		const account = { name: "app", uid: 472, gid: 472 };
		expect(
			await Promise.all([
				says("472", []),
				says("472", [{ ...account, gid: 0 }]),
				says("472", [account]),
				says("472:1", []),
				says("app", []),
			]),
		).toEqual([...[true, true, false, false, false]]);
	});

	it("takes an account that looks like the workload's", async () => {
		const accounts = [
			{ name: "root", uid: 0, gid: 0 },
			{ name: "www-data", uid: 33, gid: 33 },
			{ name: "_apt", uid: 100, gid: 65_534 },
			{ name: "redis", uid: 999, gid: 999 },
			{ name: "nobody", uid: 65_534, gid: 65_534 },
		];
		expect((await made({ Cmd: null }, { accounts })).lines).toEqual(["user: redis"]);
		expect((await made({ User: "999" }, { accounts })).lines).toEqual(["user: redis"]);
		expect((await made({ User: "100" }, { accounts })).lines).toEqual(['user: "100:65534"']);
		expect((await made({ Entrypoint: ["setpriv", "--reuid=999"] }, { accounts })).lines).toEqual(['user: "999:999"']);
		expect((await made({ Cmd: null }, { accounts: accounts.slice(0, 1) })).text).toContain("no account of /etc/passwd looks like");
		expect((await made({ Cmd: null }, { accounts: [...accounts, { name: "app", uid: 1001, gid: 1001 }] })).lines).toEqual(["user: app"]);
	});
});

describe("the place that is looked at", () => {
	type Files = ConstructorParameters<typeof FakeKernel>[0]["files"];
	function look(files: NonNullable<Files>) {
		const kernel = new FakeKernel({ process: dockerRoot(), files: { "/image": { kind: "directory" }, ...files } });
		const place = lookAt(kernel.host, "/image");
		const opened = kernel.calls.filter(([name, , , flags]) => name === "openRead" && ((flags as number) & O.PATH) === 0);
		return { place, opened: opened.map(([, , path]) => path) };
	}

	const account = "app:x:1001:1002::/:/bin/sh\n";

	it("reads accounts and finds a script, through links of the image", () => {
		const found = look({
			"/image/usr/etc/passwd": account,
			"/image/etc": { kind: "link", content: "/usr/etc" },
			"/image/entrypoint.sh": "#!/bin/sh\n",
		});
		expect(found.place).toEqual({
			accounts: [{ name: "app", uid: 1001, gid: 1002 }],
			script: { path: "/entrypoint.sh", steps: [], owned: [], left: [], isAll: false },
		});
	});

	it("makes what the script makes and is not there, finds variables and groups, and says what it leaves", () => {
		const script = [
			'mkdir -p /run/app /here "$DATA"',
			"chmod 700 $DATA",
			'chown -R app:staff /run/app "$DATA"',
			'chown -R app:app "${OTHER}" /run/app',
			"chown app /gone",
			"chmod 755 /here",
			'exec gosu app "$@"',
		];
		const kernel = new FakeKernel({
			process: dockerRoot(),
			files: {
				"/image/etc/passwd": account,
				"/image/etc/group": "staff:x:1002:\n",
				"/image/here": { kind: "directory" },
				"/image/entrypoint.sh": script.join("\n"),
			},
		});
		const image = readImage(JSON.stringify({ Cmd: ["x"], Env: ["DATA=/srv/a=b"] }), "f");
		expect(lookAt(kernel.host, "/image", image).script).toMatchObject({
			steps: [
				...["mkdir: { path: /run/app, owner: keep, group: keep }", 'mkdir: { path: "/srv/a=b", mode: "700", owner: keep, group: keep }'],
				...["own: /run/app", 'own: "/srv/a=b"'],
			],
			left: ['chown -R app:app "${OTHER}" /run/app', "chown app /gone", "chmod 755 /here"],
			isAll: false,
		});
	});

	it.each<[string, NonNullable<Files>]>([
		["a pipe as the file", { "/image/etc/passwd": { kind: "fifo" }, "/image/entrypoint.sh": { kind: "fifo" } }],
		["a device as the file", { "/image/etc/passwd": { kind: "device" }, "/image/docker-entrypoint.sh": { kind: "device" } }],
		["a pipe on the way", { "/image/etc": { kind: "fifo" }, "/image/usr": { kind: "fifo" } }],
		["a device on the way", { "/image/etc": { kind: "device" }, "/image/usr/local": { kind: "device" } }],
		["a link to a device", { "/image/etc/passwd": { kind: "link", content: "../x" }, "/image/x": { kind: "device" } }],
		["a link out of it", { "/image/etc": { kind: "link", content: "../etc" }, "/etc/passwd": account }],
	])("opens nothing of it but files: %s", (_, files) => {
		const { place, opened } = look(files);
		expect(place).toEqual({ accounts: [] });
		// The image's own directory, to look below it.
		expect(opened).toEqual(["/image"]);
	});

	it.each(["/fifo", "/device"])("is no image: %s", (path) => {
		const { host, calls } = new FakeKernel({ process: dockerRoot(), files: { "/fifo": { kind: "fifo" }, "/device": { kind: "device" } } });
		expect(() => init(host, path, {})).toThrow(
			expect.objectContaining({
				diagnostics: [expect.objectContaining({ code: "IMAGE_UNKNOWN", where: path, message: "is not a regular file" })],
			}),
		);
		expect(calls.filter(([name]) => name === "openRead")).toEqual([]);
	});

	it("is not looked for here where something else is on standard input", () => {
		const on = (mode: number, size: number) =>
			new FakeKernel({ process: dockerRoot(), overrides: { fstat: () => ({ mode, size }) as never, write: () => 0 } }).host;
		for (const host of [on(S.IFIFO, 0), on(S.IFREG, 5)]) {
			expect(() => init(host, undefined, {})).toThrow("something is on standard input");
		}
		expect(() => init(on(S.IFCHR, 0), undefined, {})).not.toThrow("something is on standard input");
	});

	it("is told how a name becomes one", () => {
		const { host } = new FakeKernel({ process: dockerRoot() });
		expect(() => init(host, "myredis:7", {})).toThrow(
			expect.objectContaining({
				diagnostics: [
					expect.objectContaining({
						remedy: ["docker inspect myredis:7 | abdicate init -", "skopeo inspect --config docker://myredis:7 | abdicate init -"],
					}),
				],
			}),
		);
	});

	it("is told what is too large without a limit of files being blamed", () => {
		const { host } = new FakeKernel({ process: dockerRoot(), overrides: { readAll: () => -errno.EFBIG } });
		expect(() => init(host, "-", {})).toThrow(
			expect.objectContaining({
				diagnostics: [{ code: "IMAGE_UNKNOWN", where: "standard input", message: "larger than 1024 KiB" }],
			}),
		);
	});
});

describe("what an image says of itself", () => {
	const config = { User: "app", Entrypoint: ["a"] };
	it.each([
		["docker inspect", [{ Id: "x", Config: config }]],
		["an image's config", { architecture: "amd64", config, rootfs: { type: "layers" } }],
		["the config alone", config],
	])("is read from %s", (_, value) => {
		expect(readImage(JSON.stringify(value), "f")).toMatchObject({ user: "app", entrypoint: ["a"] });
	});

	it("shows nothing of a file that is none", () => {
		const { diagnostics } = (() => {
			try {
				return readImage("eyJhbGciOiJIUzI1NiJ9.secret", "f") as never;
			} catch (error) {
				return error as Failure;
			}
		})();
		expect(JSON.stringify(diagnostics)).not.toContain("eyJ");
		expect(diagnostics).toMatchObject([{ message: "this is no JSON" }]);
	});

	it.each([
		["no JSON", "user: app", "f:1:1", "this is no JSON"],
		["a manifest", '{"config": {"digest": "sha256:1"}}', "f", "nothing of it says how an image is started"],
		["skopeo inspect", '{"Name": "x", "Env": ["A=b"]}', "f", "nothing of it says how an image is started"],
		["no image", "[]", "f", "0 images: one is wanted"],
		["two", `[{"Config": {"User": ""}}, {"Config": {"User": ""}}]`, "f", "2 images: one is wanted"],
	])("is not in %s", (_, text, where, message) => {
		expect(() => readImage(text, "f")).toThrow(
			expect.objectContaining({ diagnostics: [expect.objectContaining({ code: "IMAGE_UNKNOWN", where, message })] }),
		);
	});
});

const hostile = fc.oneof(
	fc.string({ unit: fc.constantFrom(..."a /:$#{}[]\"'\\\n\r\t*?&!%@,-|>\0\u001b\u202e\u00a0\u2028é0") }),
	fc.constantFrom(
		"redis-server",
		"/docker-entrypoint.sh",
		"tini",
		"--",
		"gosu",
		"app",
		"setpriv",
		"--reuid=1",
		"sh",
		"-c",
		"${A:-b}",
		"/data",
		"\ud800",
		"true",
		"0755",
		"- x",
		"a: b",
		"\nuser: root",
	),
);
const names = (each: fc.Arbitrary<string>) =>
	fc.array(each, { maxLength: 3 }).map((all) => Object.fromEntries(all.map((name) => [name, {}])));
const configs = fc.record({
	User: hostile,
	Volumes: names(
		fc.oneof(
			hostile,
			hostile.map((each) => `/${each}`),
		),
	),
	ExposedPorts: names(fc.oneof(hostile, fc.constantFrom("80/tcp", "53/udp", "0/tcp", "99999/tcp"))),
	Entrypoint: fc.array(hostile, { maxLength: 4 }),
	Cmd: fc.array(hostile, { maxLength: 3 }),
	Env: fc.array(
		fc.oneof(
			hostile,
			hostile.map((each) => `PUID=${each}`),
		),
		{ maxLength: 2 },
	),
});

it("rule 9.10: whatever an image says, the file passes check, is in form, and holds the very words", async () => {
	await fc.assert(
		fc.asyncProperty(configs, async (config) => {
			const { text, found } = await made(config);
			// What an image says that was hardly meant so is told of the file as well.
			const codes = [...found.matchAll(/^abdicate: (?:error|warning)\[(\w+)\]/gm)].map(([, code = ""]) => code);
			expect(codes.filter((code) => !/^LINT_(?:SHELL_WORD|STAND_IN|ACCOUNT_NAME|SEVERAL_PATHS)$/.test(code))).toEqual([]);
			expect(formatted({ parseYaml }, text, "f")).toBe(text);
			const root = parseYaml(text) as YamlNode & { kind: "mapping" };
			const known = ["command", "user", "setup", "capabilities", "init"];
			expect(root.entries.map(([{ text: key }]) => key).filter((key) => !known.includes(key))).toEqual([]);
			expect(text.split("\n").filter((line) => /[\x00-\x09\x0b-\x1f\x7f\u202e\u2028]/.test(line))).toEqual([]);
			const [, words] = root.entries.find(([{ text: key }]) => key === "command") ?? [];
			const list = words?.kind === "mapping" ? words.entries[0]?.[1] : undefined;
			const written = list?.kind === "sequence" ? list.items.map((item) => (item as { text: string }).text.replaceAll("$$", "$")) : [];
			expect([...config.Entrypoint, ...config.Cmd].slice(-written.length || Number.POSITIVE_INFINITY)).toEqual(written);
		}),
		{ numRuns: runs(400) },
	);
}, 60_000);

it("whatever inits, shells and switchers an image has in a row, the file passes check and is in form", async () => {
	const word = fc.constantFrom(
		...["tini", "dumb-init", "catatonit", "gosu", "sh", "-c", "exec tini a b", "exec x; su app y", "--", "serve", "app", "root"],
		...["-e", "143", "-g", "-sw", "-r", "15:3", "15:2", "9:0", "-p", "SIGTERM", "setpriv", "--reuid=5"],
		...[
			"--regid=6",
			"--init-groups",
			"--groups=a,5",
			"--ambient-caps=+chown",
			"--inh-caps=+x",
			"--pdeathsig",
			"--securebits=+noroot",
			"--x",
		],
	);
	const list = fc.array(word, { maxLength: 6 });
	await fc.assert(
		fc.asyncProperty(list, list, async (Entrypoint, Cmd) => {
			const { text, found } = await made({ Entrypoint, Cmd });
			// A word with blanks is the image's own, and taken over as it is.
			expect(found.match(/\[(?!LINT_(?:SHELL_WORD|ACCOUNT_NAME))[A-Z_]+\]/g)).toBe(null);
			expect(formatted({ parseYaml }, text, "f")).toBe(text);
		}),
		{ numRuns: runs(200) },
	);
}, 60_000);

it("garbage is refused", () => {
	fc.assert(
		fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
			try {
				readImage(text, "f");
			} catch (error) {
				expect(error).toBeInstanceOf(Failure);
			}
		}),
		{ numRuns: runs(300) },
	);
});
