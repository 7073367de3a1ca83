import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const elf = `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0\x3e\0\x01\0\0\0${"\0".repeat(28)}\x40\0\x38\0\0\0\0\0\0\0\0\0`;
const unfiltered = "no seccomp filter: user namespaces and all else that the kernel lets users do are open to it";
const shut = "securebits locked, no_new_privs on, groups 7 1000";

interface Rows {
	readonly wayBack: readonly string[];
	readonly reachable: readonly string[];
}

async function rowsOf(config: object, files: Readonly<Record<string, object>> = {}): Promise<Rows> {
	const kernel = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/group": "root:x:0:\napp:x:1000:\nwww:x:7:app\n",
			"/etc/c.yaml": JSON.stringify({ user: "app", ...config }),
			"/bin/httpd": { mode: 0o755, content: elf },
			...files,
		},
		environment: ["PATH=/bin"],
		overrides: { parseYaml, windowColumns: () => -25 },
	});
	await planCommand(kernel.host, { format: "text" }, ["--config", "/etc/c.yaml", "--", "/bin/httpd"]);
	const told = kernel.output
		.map((each) => each.replace(/^1: /, ""))
		.join("")
		.split("\n");
	const row = (title: string) => {
		const from = told.findIndex((line) => line.startsWith(title));
		const length = told.slice(from + 1).findIndex((line) => !line.startsWith(" "));
		return told.slice(from, from + 1 + length).map((line) => line.slice(17));
	};
	return { wayBack: row("way back "), reachable: row("still reachable ") };
}

describe("the ways back of a plan", () => {
	it.each<[string[], string[]]>([
		[["SETUID"], ["SETUID: as good as root"]],
		[["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETFCAP"], ["CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETFCAP: as good as root"]],
		[
			["SYS_ADMIN", "SETUID", "DAC_READ_SEARCH", "KILL"],
			["DAC_READ_SEARCH, SYS_ADMIN: a way to the host", "SETUID: as good as root"],
		],
	])("are what it keeps of root: %j", async (keep, ways) => {
		expect((await rowsOf({ capabilities: { keep } })).wayBack).toEqual([...ways, shut, unfiltered]);
	});

	it("are none with a capability that is neither root nor a way to the host", async () => {
		const { wayBack } = await rowsOf({ capabilities: { keep: ["KILL", "NET_ADMIN", "NET_BIND_SERVICE"] } });
		expect(wayBack).toEqual([`none: ${shut}`, unfiltered]);
	});

	it("are what the words of a program with more name, and the workload can exchange", async () => {
		const setup = [
			{ mkdir: "/data" },
			{ run: ["/bin/httpd", "-c", ". /data/env; exec /bin/httpd /data/x"] },
			{ run: { command: ["/bin/httpd", "/data/y"], user: "target" } },
			{ run: ["/bin/httpd", "/datum", "/etc/c.yaml"] },
		];
		const what = "perhaps, at the next start: setup[1] has more than the workload and names it, which the workload can write to";
		expect((await rowsOf({ setup })).wayBack).toEqual([`/data/env: ${what}`, `/data/x: ${what}`, shut, unfiltered]);
	});

	it.each<[string, object, string[]]>([
		[
			"a directory that it works in",
			{ run: { command: ["/bin/httpd"], cwd: "/data/d" } },
			["/data/d: works there, where the workload can write"],
		],
		["what is copied", { run: ["/bin/httpd", "-r", "/data/x", "/opt"] }, ["/data/x: names it, which the workload can write to"]],
		["what an archive is unpacked to", { run: ["/bin/httpd", "-C/data", "x"] }, ["/data: names it, which the workload can write to"]],
		[
			"the directory that it is in",
			{ run: ["/bin/httpd", "/srv/", "-exec"] },
			["/srv/own: names what it is in; the workload can write to it"],
		],
		[
			"a configuration that a step takes from there",
			{ run: ["/bin/httpd", "--file=/opt/c"] },
			["/opt/c: names it, which the workload can write to"],
		],
		["nothing of it", { run: ["/bin/httpd", "/"] }, []],
	])("are, of a program with more, %s", async (_, step, expected) => {
		const setup = [{ mkdir: "/data" }, { mkdir: "/srv/own" }, { file: { path: "/opt/c", from: "/data/c", owner: "root" } }, step];
		const files = { "/data/c": "c", "/data/d": { kind: "directory" }, "/srv": { kind: "directory" }, "/opt": { kind: "directory" } };
		const { wayBack } = await rowsOf({ setup }, files as never);
		const has = "perhaps, at the next start: setup[3] has more than the workload and ";
		expect(wayBack.filter((each) => each.includes("perhaps")).map((each) => each.replace(has, ""))).toEqual(expected);
	});

	it("are images that the kernel reads and the workload writes", async () => {
		const setup = [{ mount: { type: "ext4", source: "/img/disk", target: "/srv", loop: true } }, { own: "/img" }];
		const files = { "/img": { kind: "directory" }, "/img/disk": "x", "/srv": { kind: "directory" } };
		expect((await rowsOf({ setup }, files as never)).wayBack[0]).toBe(
			"/img/disk: setup[0] has the kernel read it, and the workload can write to it",
		);
	});

	it("are what is reachable: a tmpfs that is open, where programs beside it answer, and its init", async () => {
		const setup = [
			{ mount: { type: "tmpfs", target: "/a" } },
			{ mount: { type: "tmpfs", target: "/b", options: ["mode=700", "uid=1000"] } },
			{ mount: { type: "tmpfs", target: "/c", options: ["mode=755"] } },
			{ run: { command: ["/bin/httpd"], background: true, user: "33:33", ready: { unix: "/run/d.sock" } } },
		];
		const { reachable } = await rowsOf({ setup, init: true });
		expect(reachable).toEqual([
			"owns /b",
			"writes to /a",
			"beside it: /bin/httpd as uid 33 with no capability, stays for life (answers at unix /run/d.sock)",
			"beside it: its init, as uid 1000 with no capability",
		]);
	});

	it("are not what Landlock closes", async () => {
		const setup = [
			{ run: { command: ["/bin/httpd"], background: true, user: "1000:1000" } },
			{ mount: { type: "tmpfs", target: "/a" } },
			{ mount: { type: "tmpfs", target: "/b" } },
		];
		const files = { "/a": { kind: "directory" }, "/b": { kind: "directory" } } as const;
		const landlock = { read: ["/a"], write: ["/b"], execute: ["/bin"], scope: ["signals"] };
		const beside = "/bin/httpd as uid 1000 with no capability, stays for life";
		expect((await rowsOf({ setup }, files)).reachable).toEqual(["writes to /a, /b", `can trace and kill, having the same uid: ${beside}`]);
		expect((await rowsOf({ setup, landlock }, files)).reachable).toEqual(["writes to /b", `beside it: ${beside}`]);
	});

	it("are the programs beside it that hold more and that it may trace", async () => {
		const leave = (extra: object) => ({ run: { command: ["/bin/httpd"], background: true, ...extra } });
		const setup = [
			leave({ user: "root", capabilities: ["NET_ADMIN"] }),
			leave({ user: "1000:7" }),
			leave({ user: "33:33", capabilities: ["NET_RAW"] }),
			leave({ user: "34:34" }),
		];
		expect(await rowsOf({ setup, capabilities: { keep: ["SYS_PTRACE", "KILL"] } })).toMatchObject({
			wayBack: [
				"SYS_PTRACE: as good as root",
				"SYS_PTRACE: becomes /bin/httpd as uid 0 with NET_ADMIN, stays for life",
				"SYS_PTRACE: becomes /bin/httpd as uid 33 with NET_RAW, stays for life",
				shut,
				unfiltered,
			],
			reachable: [
				"can trace and kill: /bin/httpd as uid 0 with NET_ADMIN, stays for life (owns what root owns; NET_ADMIN, high)",
				"can trace and kill, having the same uid: /bin/httpd as uid 1000 with no capability, stays for life",
				"can trace and kill: /bin/httpd as uid 33 with NET_RAW, stays for life (NET_RAW, medium)",
				"can trace and kill: /bin/httpd as uid 34 with no capability, stays for life",
			],
		});
		expect(await rowsOf({ setup })).toMatchObject({
			wayBack: [`none: ${shut}`, unfiltered],
			reachable: [
				expect.stringMatching(/^beside it: .*uid 0/),
				// Of another group than the workload's. ptrace(2)
				expect.stringMatching(/^can kill, having the same uid: .*uid 1000/),
				expect.stringMatching(/^beside it: .*uid 33/),
				expect.stringMatching(/^beside it: .*uid 34/),
			],
		});
	});

	it("are the sockets of daemons that it may write to, by mode, by group, or by DAC_OVERRIDE", async () => {
		const path = "/var/run/docker.sock";
		const socket = (gid: number) => ({ [path]: { kind: "socket", mode: 0o660, gid } });
		const way = `${path}: starts containers as root of the machine`;
		expect(await rowsOf({}, socket(7))).toMatchObject({ wayBack: [way, shut, unfiltered] });
		expect(await rowsOf({}, socket(990))).toMatchObject({ wayBack: [`none: ${shut}`, unfiltered] });
		expect(await rowsOf({ capabilities: { keep: ["DAC_OVERRIDE"] } }, socket(990))).toMatchObject({
			wayBack: ["DAC_OVERRIDE: as good as root", way, shut, unfiltered],
		});
		const given = await rowsOf({ groups: { from_path: path } }, socket(990));
		expect(given.wayBack[0]).toBe(way);
		expect(given.reachable).toContain(way);
	});

	it("are the sockets that steps open, and none in a directory that stays closed", async () => {
		const [docker, podman] = ["/run/docker.sock", "/run/podman/podman.sock"];
		const sockets = {
			[docker]: { kind: "socket", mode: 0o660, gid: 990 },
			"/run/podman": { kind: "directory", mode: 0o700 },
			[podman]: { kind: "socket", mode: 0o666 },
		};
		const way = (path: string) => `${path}: starts containers as root of the machine`;
		const ways = async (...setup: object[]) => (await rowsOf({ setup }, sockets)).wayBack.filter((each) => each.includes("containers"));
		expect(await ways()).toEqual([]);
		expect(await ways({ chmod: { path: docker, mode: "0666" } })).toEqual([way(docker)]);
		expect(await ways({ chmod: { path: "/run/*.sock", mode: "0666" } })).toEqual([way(docker)]);
		expect(await ways({ own: "/run/dock*" })).toEqual([way(docker)]);
		expect(await ways({ own: { path: docker, owner: "root", group: "root" } })).toEqual([]);
		expect(await ways({ chmod: { path: docker, mode: "0600" } })).toEqual([]);
		expect(await ways({ chmod: { path: "/run/podman", mode: "0755" } })).toEqual([way(podman)]);
		expect(await ways({ own: "/run/podman" })).toEqual([way(podman)]);
		expect((await rowsOf({ groups: { add: [990] } }, sockets)).wayBack[0]).toBe(way(docker));
	});
});
