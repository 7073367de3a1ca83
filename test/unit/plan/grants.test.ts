import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { grantedStart } from "../../../src/plan/granted-start.ts";
import { type Grants, minimalGrants } from "../../../src/plan/grants.ts";
import type { Surroundings } from "../../../src/plan/surroundings.ts";
import { stepKinds } from "../../../src/steps/index.ts";
import { dockerRoot, type FakeEntry, FakeKernel, type FakeProcess } from "../../fake/index.ts";

interface Case extends Partial<Surroundings> {
	readonly files?: Readonly<Record<string, Partial<FakeEntry> | string>>;
	readonly environment?: readonly string[];
	readonly process?: FakeProcess;
}

async function grantsFor(
	config: object,
	{ outlook = "any-volume", runtime = "docker", files = {}, environment = [], process = dockerRoot() }: Case = {},
) {
	const kernel = new FakeKernel({
		process,
		files: {
			"/etc/passwd": "app:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/c.yaml": JSON.stringify({ user: "app", ...config }),
			"/bin/true": { kind: "file", mode: 0o755 },
			...files,
		},
		environment: ["PATH=/bin", ...environment],
		overrides: { parseYaml, getrlimit: () => [64n, 64n] },
	});
	const planned = await makePlan(kernel.host, parseOptions(["--config", "/etc/c.yaml", "--", "/bin/true"]), "run", grantedStart);
	return minimalGrants(planned, kernel.host, { outlook, runtime, looksBelow: true });
}

const names = ({ capabilities }: Grants) => capabilities.join(" ");

/** What every start that becomes a user takes, whatever its steps: its ids, to give up, and to open its standard error again. */
const always = ["CHOWN", "SETGID", "SETUID", "SETPCAP"];

async function asks(config: object, more: Case = {}): Promise<[needed: string, optional: string]> {
	const { needed, optional } = await grantsFor(config, more);
	return [needed.capabilities.filter((name) => !always.includes(name)).join(" "), names(optional)];
}

/** A step, and what it may need and may do without beside what every start takes. */
const worst: Readonly<Record<string, readonly (readonly [written: unknown, needed: string, optional?: string])[]>> = {
	mkdir: [
		["/data/a", "DAC_OVERRIDE FOWNER"],
		[{ path: "/a", mode: "2750" }, "DAC_READ_SEARCH FOWNER FSETID"],
		["/dev/shm/a", "DAC_OVERRIDE FOWNER"],
	],
	own: [
		["/data", "DAC_READ_SEARCH FOWNER"],
		[{ path: "/data", policy: "off" }, ""],
		[{ path: "/data", owner: "keep", group: "keep", modes: { dirs: "2770" } }, "DAC_READ_SEARCH FOWNER FSETID"],
	],
	chmod: [
		[{ path: "/data", mode: "0700" }, "DAC_READ_SEARCH FOWNER"],
		[{ path: "/dev/fuse", mode: "0666" }, "FOWNER"],
	],
	remove: [["/data/*.pid", "DAC_OVERRIDE FOWNER"]],
	file: [
		[{ path: "/data/f", content: "x" }, "DAC_OVERRIDE FOWNER"],
		[{ path: "/f", from: "/data/g" }, "DAC_OVERRIDE FOWNER"],
	],
	secret: [[{ from: { file: "/run/secrets/x" }, path: "/run/x" }, "DAC_OVERRIDE FOWNER"]],
	link: [[{ path: "/data/l", to: "f" }, "DAC_OVERRIDE FOWNER"]],
	copy: [[{ from: "/image", to: "/data" }, "DAC_OVERRIDE"]],
	listen: [
		[{ tcp: 80 }, "", "NET_BIND_SERVICE"],
		[{ tcp: 8080 }, ""],
		[{ unix: "/run/a/s" }, "DAC_OVERRIDE FOWNER"],
		[{ unix: "@s" }, ""],
	],
	mount: [
		[{ type: "tmpfs", target: "/data/t" }, "DAC_READ_SEARCH SYS_ADMIN"],
		[{ type: "bind", source: "/data/a", target: "/b" }, "DAC_READ_SEARCH SYS_ADMIN"],
		[
			{ type: "overlay", target: "/o", options: ["lowerdir=/l", "upperdir=/data/u", "workdir=/data/w"] },
			"DAC_OVERRIDE FOWNER SYS_ADMIN",
			"FSETID",
		],
		[{ type: "ext4", source: "/dev/sdb1", target: "/data/m" }, "DAC_READ_SEARCH SYS_ADMIN"],
		[{ type: "ext4", source: "/data/disk.img", target: "/m", loop: true }, "DAC_READ_SEARCH SYS_ADMIN MKNOD"],
	],
	fuse: [[{ target: "/data/m", command: ["sshfs", "{mountpoint}"] }, "DAC_READ_SEARCH SYS_ADMIN", "KILL"]],
	run: [
		[{ command: ["true"], capabilities: ["NET_ADMIN"] }, "NET_ADMIN"],
		[{ command: ["true"], user: "target" }, "", "KILL"],
	],
	hooks: [
		[{ directory: "/hooks" }, ""],
		[{ directory: "/hooks", user: "7:7", capabilities: "NET_RAW" }, "NET_RAW", "KILL"],
	],
	device: [
		["/dev/kvm", ""],
		[{ path: "/dev/net/tun", major: 10, minor: 200 }, "MKNOD"],
		[{ path: "/data/tun", major: 10, minor: 200 }, "DAC_OVERRIDE FOWNER MKNOD"],
	],
	require: [
		[{ capability: ["SYS_TIME"] }, "SYS_TIME"],
		[{ mount: "/data/a" }, "DAC_READ_SEARCH"],
	],
	hostname: [["web", ""]],
	sysctl: [[{ "net.core.somaxconn": "1" }, ""]],
	ca_certificates: [[{ bundle: "/data/ca.pem" }, ""]],
	wait_for: [[{ file: "/data/f" }, ""]],
};

describe("a grant for any volume", () => {
	it("knows of every step what it may need, whatever is there now", async () => {
		expect(Object.keys(worst).sort()).toEqual([...stepKinds].sort());
		const found: unknown[] = [];
		for (const [kind, each] of Object.entries(worst)) {
			for (const [written] of each) {
				found.push([kind, written, ...(await asks({ setup: [{ [kind]: written }] }))]);
			}
		}
		expect(found).toEqual(
			Object.entries(worst).flatMap(([kind, each]) => each.map(([written, needed, optional = ""]) => [kind, written, needed, optional])),
		);
	});

	it("is for conditions that the volume decides too, and lets steps go that may fail", async () => {
		const setup = (more: object) => ({ setup: [{ own: "/data", ...more }] });
		expect([
			await asks(setup({ when: { exists: "/data/old" } })),
			await asks(setup({ when: { env: "OWN" } })),
			await asks(setup({ on_error: "warn" })),
			await asks({ setup: [{ own: "/data", on_error: "warn" }, { remove: "/data/x" }] }),
		]).toEqual([
			["DAC_READ_SEARCH FOWNER", ""],
			["", ""],
			["", "DAC_READ_SEARCH FOWNER"],
			["DAC_OVERRIDE FOWNER", ""],
		]);
	});

	it("is for steps that ask for what is granted anyway, and for those that these let be done", async () => {
		const own = { own: "/data", when: { held: "CHOWN" } };
		const mkdir = { mkdir: "/data/sub/new", when: { held: "CHOWN" } };
		const chmod = { chmod: { path: "/data", mode: "2770" }, when: { held: "FOWNER" } };
		const capability = (held: string, name: string) => ({ require: { capability: [name] }, when: { held } });
		const chain = [capability("SYS_TIME", "SYS_BOOT"), capability("NET_RAW", "SYS_TIME"), { require: { capability: ["NET_RAW"] } }];
		expect([
			await asks({ setup: [own] }),
			await asks({ setup: [mkdir] }),
			await asks({ setup: [chmod, own] }),
			await asks({ setup: chain }),
			await asks({ setup: [{ ...own, on_error: "warn" }] }),
			await asks(
				{ setup: [own], capabilities: { keep: ["CHOWN"] } },
				{ outlook: "this-start", files: { "/data": { kind: "directory", mode: 0o700, uid: 1234 } } },
			),
			// What nothing else asks for.
			await asks({ stdio: "keep", setup: [own] }),
			await asks({ stdio: "keep", setup: [chmod, own] }),
			await asks({ setup: chain.slice(0, 2) }),
		]).toEqual([
			["DAC_READ_SEARCH FOWNER", ""],
			["DAC_OVERRIDE FOWNER", ""],
			["DAC_READ_SEARCH FOWNER FSETID", ""],
			["NET_RAW SYS_BOOT SYS_TIME", ""],
			["", "DAC_READ_SEARCH FOWNER"],
			["DAC_READ_SEARCH", ""],
			["", "CHOWN DAC_READ_SEARCH FOWNER"],
			["", "CHOWN DAC_READ_SEARCH FOWNER FSETID"],
			["", "NET_RAW SYS_BOOT SYS_TIME"],
		]);
	});

	it("says of a step that asks what is held which of its optional lines belong together", async () => {
		const { optional } = await grantsFor({ stdio: "keep", setup: [{ own: "/data", when: { held: "CHOWN" } }] });
		expect([...optional.purposes].sort()).toEqual([
			["CHOWN", "to change owners in /data; only with FOWNER, DAC_READ_SEARCH, for setup[0]"],
			["DAC_READ_SEARCH", "to reach /data through directories of others; only with CHOWN, FOWNER, for setup[0]"],
			["FOWNER", "to re-own set-user-ID files in /data; only with CHOWN, DAC_READ_SEARCH, for setup[0]"],
		]);
	});

	it("is for what the plan reads, which may be anybody's", async () => {
		const config = { env: { from_file: ["TOKEN"] } };
		const files = { "/run/secrets/t": "x" };
		expect([await asks(config), await asks(config, { files, environment: ["TOKEN_FILE=/run/secrets/t"] })]).toEqual([
			["", ""],
			["DAC_READ_SEARCH", ""],
		]);
	});

	it("names what the departure takes: standard error, nice value, out-of-memory score, limits", async () => {
		const all = async (config: object) => {
			const { needed, optional } = await grantsFor(config);
			return [names(needed), names(optional)];
		};
		const ids = "SETGID SETUID SETPCAP";
		expect([
			await all({}),
			await all({ stdio: "keep" }),
			await all({ user: "0:0" }),
			await all({ stdio: "keep", nice: -5 }),
			await all({ stdio: "keep", nice: 5 }),
			await all({ stdio: "keep", oom_score_adj: -5 }),
			await all({ stdio: "keep", oom_score_adj: 5 }),
			await all({ stdio: "keep", limits: { nofile: 64 } }),
			await all({ stdio: "keep", limits: { nofile: 64 }, when_unprivileged: "fail" }),
		]).toEqual([
			[`CHOWN ${ids}`, ""],
			[ids, ""],
			["", ""],
			[`${ids} SYS_NICE`, ""],
			[ids, ""],
			[`${ids} SYS_RESOURCE`, ""],
			[ids, "SYS_RESOURCE"],
			[ids, "SYS_RESOURCE"],
			[`${ids} SYS_RESOURCE`, ""],
		]);
	});

	it("asks for what is to be kept, not for what is kept where it is there", async () => {
		const root = async (capabilities: object) => {
			const { needed, optional } = await grantsFor({ user: "0:0", capabilities });
			return [names(needed), names(optional)];
		};
		expect([
			await root({ keep: ["KILL"] }),
			await root({ keep: ["KILL"], keep_if_present: ["SYS_RESOURCE"] }),
			await root({ keep: "ALL" }),
			await root({ sets: { bounding: ["KILL"], permitted: ["NET_RAW"] } }),
		]).toEqual([
			["KILL", ""],
			["KILL", "SYS_RESOURCE"],
			["", ""],
			["KILL SETPCAP NET_RAW", ""],
		]);
	});

	it("names NET_BIND_SERVICE where the runtime's networks are not Docker's", async () => {
		const config = { setup: [{ listen: { tcp: 80 } }] };
		const open = { files: { "/proc/sys/net/ipv4/ip_unprivileged_port_start": "0\n" } };
		const ways = (["any-volume", "this-start"] as const).flatMap((outlook) =>
			(["docker", "kubernetes", "oci"] as const).map((runtime) => ({ ...open, outlook, runtime })),
		);
		expect(await Promise.all(ways.map((way) => asks(config, way)))).toEqual([
			["", "NET_BIND_SERVICE"],
			["NET_BIND_SERVICE", ""],
			["NET_BIND_SERVICE", ""],
			["", ""],
			["NET_BIND_SERVICE", ""],
			["NET_BIND_SERVICE", ""],
		]);
		const { optional } = await grantsFor(config);
		expect(optional.purposes.get("NET_BIND_SERVICE")).toBe("to bind tcp 80 outside Docker's own networks: --network host, Podman");
	});

	it("names the profiles that refuse it whatever is held", async () => {
		const unconfined = async (config: object, more: Case = {}) => {
			const { needed, optional } = await grantsFor(config, more);
			return [needed.unconfined, optional.unconfined];
		};
		const run = (...command: string[]) => ({ setup: [{ run: { command, capabilities: ["SYS_ADMIN"] } }] });
		const surely = { apparmor: "to mount, which the usual profile refuses" };
		const entering = { apparmor: "for apparmor, since the usual profile lets nothing enter another" };
		const perhaps = { apparmor: "if anything is mounted, which the usual profile refuses" };
		const mount = { mount: { type: "tmpfs", target: "/t" } };
		expect([
			await unconfined({ setup: [mount] }),
			await unconfined({ setup: [{ fuse: { target: "/m", command: ["x", "{mountpoint}"] } }] }),
			await unconfined(run("/sbin/mount.nfs", "a", "/b")),
			await unconfined(run("fusermount3", "/b")),
			await unconfined(run("mountpoint", "/b")),
			await unconfined({ capabilities: { keep: ["SYS_ADMIN"] } }),
			await unconfined({ setup: [{ ...mount, on_error: "warn" }] }),
			await unconfined({ setup: [{ run: ["mount", "/x"] }] }),
			await unconfined({ apparmor: "demo" }),
			await unconfined({ apparmor: "demo", setup: [mount] }),
			await unconfined({ apparmor: "demo", capabilities: { keep: ["SYS_ADMIN"] } }),
			await unconfined({ apparmor: "demo" }, { outlook: "this-start" }),
			await unconfined({ selinux: "app_t" }),
			await unconfined({ session_keyring: "new" }),
			// A Pod gets the runtime's profile by what is printed.
			await unconfined({ session_keyring: "new" }, { outlook: "this-start", runtime: "kubernetes" }),
			await unconfined({ setup: [mount], session_keyring: "new" }, { outlook: "this-start" }),
			await unconfined(
				{ setup: [mount] },
				{ outlook: "this-start", files: { "/proc/self/attr/apparmor/current": "docker-default (enforce)\n" } },
			),
		]).toEqual([
			[surely, {}],
			[surely, {}],
			[surely, {}],
			[surely, {}],
			[{}, perhaps],
			[{}, perhaps],
			[{}, perhaps],
			[{}, {}],
			[entering, {}],
			[surely, {}],
			[entering, {}],
			[{}, {}],
			[{}, {}],
			[{ seccomp: "for session_keyring: new; a profile that allows keyctl is enough" }, {}],
			[{ seccomp: "for session_keyring: new; a profile that allows keyctl is enough" }, {}],
			[{}, {}],
			[surely, {}],
		]);
	});

	it("leaves to the machine what no container has of its own, and to the step what a runtime does not take", async () => {
		const { needed } = await grantsFor({ setup: [{ sysctl: { "vm.max_map_count": "1", "net.core.somaxconn": "2" } }] });
		expect([needed.sysctls, needed.machineSettings]).toEqual([{ "net.core.somaxconn": "2" }, { "vm.max_map_count": "1" }]);
		const named = async (name: string, runtime: Surroundings["runtime"]) => {
			const grants = await grantsFor({ setup: [{ hostname: name }] }, { runtime });
			return [grants.needed.hostname, grants.needed.capabilities.includes("SYS_ADMIN")];
		};
		expect([await named("Web.example", "docker"), await named("Web.example", "kubernetes"), await named("web", "kubernetes")]).toEqual([
			["Web.example", false],
			[undefined, true],
			["web", false],
		]);
	});
});

describe("a grant for this start", () => {
	it("is what is missing here", async () => {
		const setup = [{ own: { path: "/data", policy: "top-only" } }, { mkdir: "/data/a" }, { listen: { tcp: 80 } }];
		const files = {
			"/data": { kind: "directory", uid: 1000, gid: 1000, mode: 0o755 },
			"/data/a": { kind: "directory", uid: 1000, gid: 1000, mode: 0o755 },
		} as const;
		const here = { outlook: "this-start", files } as const;
		const { needed, optional } = await grantsFor({ setup, stdio: "keep", capabilities: { keep_if_present: ["KILL"] } }, here);
		expect([names(needed), names(optional)]).toEqual(["SETGID SETUID SETPCAP NET_BIND_SERVICE", "KILL"]);
	});

	const app = { uid: 1000, gid: 1000 } as const;
	const other = { uid: 1234, gid: 1234 } as const;
	const directory = (more: Partial<FakeEntry> = {}) => ({ kind: "directory", mode: 0o755, ...more }) as const;
	const file = (more: Partial<FakeEntry> = {}) => ({ kind: "file", mode: 0o644, ...more }) as const;
	/** By the steps and what is in /data. */
	const below = async (setup: object[], files: Case["files"], top: Partial<FakeEntry> = {}) => {
		const inside = Object.entries(files ?? {}).map(([name, entry]) => [`/data/${name}`, entry]);
		return (
			await asks({ setup, stdio: "keep" }, { outlook: "this-start", files: { "/data": directory(top), ...Object.fromEntries(inside) } })
		)[0];
	};

	it("is what the trees take that are there, not their tops alone", async () => {
		const closed = { closed: directory({ ...other, mode: 0o700 }), "closed/f": file(other) };
		const deep = { a: directory(), "a/closed": directory({ ...other, mode: 0o700 }) };
		const own = (more: object = {}) => [{ own: { path: "/data", ...more } }];
		const chmod = [{ chmod: { path: "/data", mode: "u+rwX", recursive: true } }];
		const remove = [{ remove: { path: "/data/old", recursive: true } }];
		const sticky = { old: directory({ ...other, mode: 0o1777 }), "old/f": file(app) };
		expect([
			await below(own(), { f: file(other) }),
			await below(own(), closed),
			await below(own(), deep),
			await below(own({ exclude: ["closed"] }), closed),
			await below(own({ max_depth: 1 }), deep),
			await below(own({ policy: "top-only" }), closed),
			await below(own(), { s: file({ ...other, mode: 0o6755 }) }),
			await below(own(), { s: file({ ...app, mode: 0o6755 }) }),
			await below(own(), { s: file({ mode: 0o6755 }) }),
			await below(own(), { s: file({ ...other, mode: 0o4755, nlink: 2 }) }),
			await below(own({ hard_links: "change" }), { s: file({ ...other, mode: 0o4755, nlink: 2 }) }),
			await below([{ own: "/data/s" }], { s: file({ ...other, mode: 0o2755 }) }),
			await below(own({ owner: "keep", group: "keep", modes: { dirs: "2755" } }), { d: directory(other) }),
			await below(chmod, closed),
			await below(remove, { old: directory(), "old/f": file() }),
			await below(remove, { old: directory(), "old/d": directory(other), "old/d/f": file() }),
			await below(remove, { old: directory(), "old/d": directory(other) }),
			await below(remove, sticky),
			await below([{ remove: "/data/old/f" }], sticky),
		]).toEqual([
			"",
			"DAC_READ_SEARCH",
			"DAC_READ_SEARCH",
			"",
			"",
			"",
			"FOWNER",
			"",
			"",
			"",
			"FOWNER",
			"FOWNER",
			"FOWNER FSETID",
			"DAC_READ_SEARCH FOWNER",
			"",
			"DAC_OVERRIDE",
			"",
			"FOWNER",
			"FOWNER",
		]);
	});

	it("is what a step takes when those before it have given its tree away", async () => {
		const closed = { a: directory({ mode: 0o700 }), "a/f": file() };
		const [own, top] = [{ own: "/data" }, { own: { path: "/data", policy: "top-only" } }];
		const chmod = { chmod: { path: "/data", mode: "0750" } };
		expect([
			await below([own], closed),
			await below([own, { chmod: { path: "/data", mode: "u+rwX", recursive: true } }], closed),
			await below([chmod], {}),
			await below([top, chmod], {}),
			await below([{ mkdir: "/data/new" }], {}),
			await below([top, { mkdir: "/data/new" }], {}),
			await below([{ mkdir: "/data/new" }, top], {}),
		]).toEqual(["", "DAC_READ_SEARCH FOWNER", "", "FOWNER", "", "DAC_OVERRIDE", ""]);
	});

	it("is the worst where a tree cannot be looked at, and says so", async () => {
		const files = { "/data": directory(), "/data/closed": directory({ ...other, mode: 0o700 }) };
		const config = { setup: [{ own: "/data" }] };
		const blind = await grantsFor(config, { outlook: "this-start", files, process: { ...dockerRoot(), effective: 0n } });
		const deep = Object.fromEntries(Array.from({ length: 202 }, (_, depth) => [`/data${"/d".repeat(depth)}`, directory()]));
		const below = await grantsFor(config, { outlook: "this-start", files: deep });
		const worst = ["CHOWN DAC_READ_SEARCH FOWNER SETGID SETUID SETPCAP"];
		const asked = "so that what any volume may need is asked for";
		expect([names(blind.needed), blind.remarks, names(below.needed), below.remarks]).toEqual([
			...worst,
			[`setup[0]: /data/closed cannot be looked at: EACCES, ${asked}`],
			...worst,
			[`setup[0]: /data is deeper than 200 levels, ${asked}`],
		]);
	});
});
