import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

/** A header of a program that needs no loader. elf(5) */
const elf = `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0\x3e\0\x01\0\0\0${"\0".repeat(28)}\x40\0\x38\0\0\0\0\0\0\0\0\0`;

interface Given {
	readonly environment?: readonly string[];
	readonly columns?: number;
	readonly files?: Readonly<Record<string, object | string>>;
	readonly command?: readonly string[];
}

/** The text of a plan, in lines. */
async function lines(config: object, { environment = [], columns = -25, files = {}, command = ["/bin/httpd", "-f"] }: Given = {}) {
	const kernel = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/group": "root:x:0:\napp:x:1000:\ndocker:x:7:app\n",
			"/etc/c.yaml": JSON.stringify({ user: "app", ...config }),
			"/bin/httpd": { mode: 0o755, content: elf },
			...files,
		},
		environment: ["PATH=/bin", ...environment],
		overrides: { parseYaml, windowColumns: () => columns, getrlimit: () => [1024n, 1n << 30n] },
	});
	await planCommand(kernel.host, { format: "text" }, ["--config", "/etc/c.yaml", "--", ...command]);
	return kernel.output
		.map((each) => each.replace(/^1: /, ""))
		.join("")
		.split("\n");
}

const setup = [
	{ own: "/data" },
	{ mkdir: "/run/app" },
	{ listen: { tcp: 80, name: "http" } },
	{ name: "tune", run: { command: ["/bin/httpd", "x"], user: "root", capabilities: ["NET_ADMIN"] }, on_error: "warn" },
	{ secret: { from: { env: "DB_PASSWORD" }, path: "/run/db" } },
	{ mount: { type: "tmpfs", target: "/srv" } },
	{ mkdir: "/x", when: { env: "WAIT" } },
	{ wait_for: { tcp: "db:5432" } },
];
const files = { "/data": { kind: "directory", ino: 2n }, "/srv": { kind: "directory" } };
const environment = ["DB_PASSWORD=sesame"];
const config = { setup, capabilities: { keep: ["NET_BIND_SERVICE"] }, umask: "0027", limits: { nofile: 1024, memlock: 67_108_864 } };

describe("the text of a plan", () => {
	it("says of each step and of the drop what it takes, and whether that is here; what the workload will be; and whether a run would go on", async () => {
		expect(await lines(config, { environment, files })).toEqual([
			"command  /bin/httpd -f",
			"as       app (1000:1000), groups 7 (docker), home /home/app, in /",
			"from     /etc/c.yaml",
			"SETUP                                                           NEEDS                                           HERE",
			"0 own       /data to 1000:1000 (mismatched)                     perhaps CHOWN                                   held",
			"1 mkdir     /run/app mode 0755 owner 1000:1000                  CHOWN                                           held",
			"2 listen    http on tcp 80                                      NET_BIND_SERVICE                                held",
			'3 run       "tune": /bin/httpd x as uid 0 with NET_ADMIN        NET_ADMIN                                       not held, warns',
			'4 secret    /run/db from DB_PASSWORD mode 0400 owner 1000:1000  "/run" is not in memory: the secret stays on a  WARNS',
			"                                                                disk",
			"                                                                CHOWN                                           held",
			"5 mount     tmpfs at /srv                                       SYS_ADMIN                                       MISSING",
			"6 mkdir     /x mode 0755 owner 1000:1000                        skipped: WAIT is not set                        -",
			"7 wait_for  tcp db:5432 for 30 s at most, after the drop        nothing: as the user",
			"- drop                                                          SETUID, SETGID, SETPCAP, NET_BIND_SERVICE       held",
			"given, never used: FSETID KILL NET_RAW SYS_CHROOT MKNOD AUDIT_WRITE SETFCAP",
			"given, not used here: DAC_OVERRIDE FOWNER; another volume or runtime may take it",
			"WORKLOAD",
			"capabilities     NET_BIND_SERVICE, all five sets (low: pose as a system service on a shared network)",
			"way back         none: securebits locked, no_new_privs on, groups 7 1000",
			"                 no seccomp filter: user namespaces and all else that the kernel lets users do are open to it",
			"gets             fd 3: http on tcp 80",
			"                 mount tmpfs at /srv",
			"                 variables HOME, USER, LOGNAME, LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES",
			"loses            variables DB_PASSWORD",
			"limits           nofile 1024, memlock 64 MiB",
			"umask            0027",
			"still reachable  owns /data, /run/app",
			"                 writes to /srv",
			"                 reads the secrets /run/db",
			"                 group docker (7): the daemon's socket starts containers as root of the host",
			"1 problem: a run would refuse to start here (exit 125)",
			"",
		]);
	});

	it.each([80, 120])("is no wider than %i columns, but for the command", async (columns) => {
		const command = [
			"/bin/httpd",
			..."a command line that is longer than any terminal is wide, so that it can only be pasted whole".split(" "),
		];
		const [first, ...others] = (await lines(config, { environment, files, columns, command })).map((line) =>
			line.replace(/\x1b\[\d*m/g, ""),
		);
		expect([first, others.filter((line) => line.length > columns)]).toEqual([`command  ${command.join(" ")}`, []]);
	});

	it("goes on below with a long message, where nothing says how wide it is", async () => {
		const kept = { "/data/kept/for/ever": { kind: "directory" } };
		const secret = { from: { env: "DB_PASSWORD" }, path: "/data/kept/for/ever/db", mode: "0400" };
		const told = await lines({ setup: [{ secret }] }, { environment, files: { ...files, ...kept } });
		const rows = told.slice(
			told.findIndex((line) => line.startsWith("SETUP")) + 1,
			told.findIndex((line) => line.startsWith("- drop")),
		);
		const title = "0 secret  /data/kept/for/ever/db from DB_PASSWORD mode 0400 owner 1000:1000  ";
		const below = " ".repeat(title.length);
		const [first, second] = ['"/data/kept/for/ever" is not in memory: the', "secret stays on a disk"] as const;
		expect(rows).toEqual([`${title}${first}  WARNS`, `${below}${second}`, `${below}${"CHOWN".padEnd(first.length)}  held`]);
	});

	it("tells what opens a way back, the worst capabilities first, and every set that differs", async () => {
		const told = await lines({
			user: "root",
			capabilities: { keep: ["KILL", "CHOWN", "SETUID", "NET_RAW"] },
			no_new_privileges: false,
			securebits: "none",
		});
		expect(told.slice(told.indexOf("WORKLOAD") + 1, -1)).toEqual([
			"capabilities     CHOWN, KILL, SETUID, NET_RAW, all five sets",
			"                 CHOWN, as good as root: take /etc/shadow or a root-owned script, change it, let root use it",
			"                 SETUID, as good as root: setuid(0), and with it every file of root",
			"                 KILL, medium: stop any process of the container, or of the host when the PID namespace is shared",
			"                 and 1 more: abdicate explain NAME says of each what it is good for",
			"way back         uid 0: owns what root owns, whatever it holds",
			"                 CHOWN, SETUID: as good as root",
			"                 no_new_privs off: set-user-ID programs change the user; the bounding set is what they can give",
			"                 securebits none: what uid 0 executes gets the bounding set",
			"                 securebits none, no_new_privs off, groups 0",
			"                 no seccomp filter: user namespaces and all else that the kernel lets users do are open to it",
			expect.stringMatching(/^gets /),
			"still reachable  group root (0): what root's group may read or write, such as files that images leave open to gid 0",
		]);
	});

	it("tells what stays beside the workload, and what it can do to it: it traces nobody who holds more", async () => {
		const leave = (extra: object) => ({ run: { command: ["/bin/httpd"], background: true, ...extra } });
		const fuse = (target: string, user: string) => ({ fuse: { target, user, command: ["/bin/httpd", "{mountpoint}"] } });
		const told = await lines({
			user: "app",
			setup: [
				leave({ user: "target" }),
				leave({ user: "target", capabilities: ["SYS_ADMIN"] }),
				leave({ capabilities: ["NET_RAW"] }),
				fuse("/a", "target"),
				fuse("/b", "root"),
			],
		});
		const from = told.findIndex((line) => line.startsWith("still reachable"));
		expect(told.slice(from, from + 5).map((line) => line.slice(17))).toEqual([
			"can trace and kill, having the same uid: /bin/httpd as uid 1000 with no capability, stays for life",
			"can kill, having the same uid: /bin/httpd as uid 1000 with SYS_ADMIN, stays for life (SYS_ADMIN, a way to the host)",
			"beside it: /bin/httpd as uid 0 with NET_RAW, stays for life (owns what root owns; NET_RAW, medium)",
			"can trace and kill, having the same uid: /bin/httpd '{mountpoint}' at /a",
			"beside it: /bin/httpd '{mountpoint}' at /b as uid 0 (owns what root owns)",
		]);
	});

	it("tells what whoever takes the workload over has: its devices and secrets, and no secret of somebody else", async () => {
		const node = (mode: number, gid = 0) => ({ mode: 0o20000 | mode, gid, kind: "device", rdev: "10:229" });
		const told = await lines(
			{
				user: "app",
				setup: [
					{ device: { path: "/dev/net/tun", major: 10, minor: 200 } },
					{ secret: { from: { env: "KEY" }, path: "/run/key", owner: "root" } },
				],
			},
			{
				environment: ["KEY=sesame", "API_TOKEN=hunter2", "DB_PASSWORD_FILE=/run/secrets/db"],
				files: { "/dev/fuse": node(0o666), "/dev/null": node(0o666), "/dev/kvm": node(0o660, 7), "/dev/sda": node(0o660, 6) },
			},
		);
		const [gets, reachable] = ["gets ", "still reachable"].map((title) => told.findIndex((line) => line.startsWith(title)));
		expect(told.slice(gets, reachable).join("\n")).not.toContain("/run/key");
		expect(told.slice(reachable, (reachable as number) + 4).map((line) => line.slice(17))).toEqual([
			"owns /dev/net/tun",
			"has variables named like secrets: API_TOKEN",
			"opens the devices /dev/fuse, /dev/kvm",
			"group docker (7): the daemon's socket starts containers as root of the host",
		]);
	});

	it("names the programs of others that exec would make the workload be, where no_new_privs lets it", async () => {
		const files = {
			"/usr/bin/su": { mode: 0o4755, content: elf },
			"/usr/bin/mine": { mode: 0o4755, uid: 1000, content: elf },
			"/usr/bin/shut": { mode: 0o4644, content: elf },
			"/sbin": { kind: "link", content: "usr/bin" },
		};
		const unfiltered = "no seccomp filter: user namespaces and all else that the kernel lets users do are open to it";
		const wayBack = async (config: object) => {
			const told = await lines({ user: "app", ...config }, { files });
			const [from, to] = ["way back ", "gets "].map((title) => told.findIndex((line) => line.startsWith(title)));
			return told.slice(from, to).map((line) => line.slice(17));
		};
		expect(await wayBack({ no_new_privileges: false })).toEqual([
			"no_new_privs off: set-user-ID programs change the user; the bounding set is empty, so that they give files of another user alone",
			"/usr/bin/su: set-user-ID",
			"securebits locked, no_new_privs off, groups 7 1000",
			unfiltered,
		]);
		expect(await wayBack({})).toEqual(["none: securebits locked, no_new_privs on, groups 7 1000", unfiltered]);
	});
});
