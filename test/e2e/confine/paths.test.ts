import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type HouseOptions, runHouse } from "../../harness/house/run.ts";
import { told } from "../../harness/told.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import { nearlyPrivileged } from "../harness/run.ts";

const shell = (script: string) => ["--", "sh", "-c", script];

/** In a house as `docker run --privileged` makes it, and in an ordinary one. */
const privileged = (options: Partial<HouseOptions>) => runHouse({ image: busybox, flags: nearlyPrivileged, ...options });
const ordinary = (options: Partial<HouseOptions>) => runHouse({ image: busybox, ...options });
const confined = { user: "app", confine: "docker-default" };

/** What each says of what an ordinary container has masked or read-only: size, type, first words, and the errno of a write. */
const masks = ["acpi", "keys", "timer_list", "scsi", "sched_debug", "latency_stats", "kcore", "asound"].map((name) => `/proc/${name}`);
const look = [
	...[...masks, "/sys/firmware"].map(
		(path) => `echo ${path}; head -c 40 ${path} 2>&1; ls ${path} 2>&1 | head -3; stat -c '%F %t:%T' ${path} 2>&1`,
	),
	...[
		"/proc/sys/kernel/hostname",
		"/proc/sys/vm/swappiness",
		"/proc/sysrq-trigger",
		"/proc/irq/default_smp_affinity",
		"/sys/kernel/uevent_helper",
		"/sys/x",
	].map((path) => `echo ${path}; (echo x > ${path}) 2>&1`),
	"mkdir /sys/fs/cgroup/x 2>&1; grep ^Cap /proc/self/status",
].join("; ");

describe("confine: docker-default", () => {
	it.each(["app", "root"])("rule 4.11: leaves %s in a privileged container what an ordinary one has, and no capability", async (user) => {
		const config = { ...confined, user };
		const [found, control, wanted] = [
			await privileged({ config, args: shell(look) }),
			await privileged({ config: { user }, args: shell(look) }),
			await ordinary({ config: { user, seccomp: "docker-default" }, args: shell(look) }),
		];
		expect([found.status, found.stderr, found.stdout]).toEqual([0, "", wanted.stdout]);
		expect(control.stdout).not.toBe(wanted.stdout);
	});

	it("tells of the walls that stand, and plan of each path", async () => {
		const told = await privileged({ config: confined, args: ["-v", "--", "true"] });
		expect(told.stderr.split("\n").filter((line) => line.includes("confined walls"))).toEqual([
			"abdicate: confined walls: namespaces mount; devices null zero full random urandom tty; paths masked (13) and read-only (5); seccomp docker-default, from the exec on",
		]);
		const plan = await privileged({ config: confined, args: ["plan", "--format", "json", "--", "true"] });
		expect(JSON.parse(plan.stdout).departure.rows.paths).toMatchObject({ except: [], hasReadOnlySystems: true, isOfDocker: true });
	});

	it("needs nothing where the runtime has done it, and says what an older one has left open", async () => {
		const { status, stderr } = await ordinary({
			config: confined,
			args: ["-v", ...shell("cat /proc/keys; echo x > /proc/sys/vm/swappiness")],
		});
		const [lately] = stderr.split("\n").filter((line) => line.includes("an older Docker"));
		expect([status, lately]).toEqual([
			1,
			expect.stringContaining('note: paths: an older Docker has started this container, which leaves open: "/proc/interrupts"'),
		]);
		expect(stderr).not.toContain("namespaces mount");
	});

	it("is refused where it is not done and cannot be", async () => {
		const { status, stdout, stderr } = await ordinary({
			config: confined,
			flags: ["--security-opt=systempaths=unconfined"],
			args: shell("echo ran"),
		});
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toContain(
			"abdicate: error[CONFINE_REFUSED] /etc/entrypoint.yaml:1:25 confine: SYS_ADMIN is not held, and the runtime has neither masked nor made read-only: ",
		);
		expect(stderr).toContain("let the runtime do it: docker run without --privileged and --security-opt systempaths=unconfined");
	});

	it("asks a runtime for SYS_ADMIN where it is not done, which then is enough", async () => {
		const args = ["plan", "--format", "docker", "--for", "this-start", "--", "true"];
		const open = ["--security-opt=systempaths=unconfined"];
		const granted = (options: Partial<HouseOptions>) => ordinary({ config: { ...confined, stdio: "keep" }, args, ...options });
		const [done, undone] = [await granted({}), await granted({ flags: open })];
		const flags = "--cap-drop ALL --cap-add SETGID --cap-add SETUID --cap-add SETPCAP";
		const unlabelled = existsSync("/sys/kernel/security/apparmor") ? " --security-opt apparmor=unconfined" : "";
		expect([done.stdout, undone.stdout]).toEqual([`${flags}\n`, `${flags} --cap-add SYS_ADMIN${unlabelled}\n`]);
		const { status, stdout } = await granted({
			flags: [...open, "--cap-drop=ALL", ...["SETGID", "SETUID", "SETPCAP", "SYS_ADMIN"].map((name) => `--cap-add=${name}`)],
			args: shell("wc -c < /proc/timer_list"),
		});
		expect([status, stdout]).toEqual([0, "0\n"]);
	});

	it("has parts that a key of its own takes back", async () => {
		const { status, stdout } = await privileged({
			config: { ...confined, paths: "none" },
			args: shell("wc -c < /proc/timer_list | grep -c ^0; grep -c ^Seccomp_filters:.*0 /proc/self/status"),
		});
		expect([status, stdout.split("\n")[0]]).toEqual([1, "0"]);
	});
});

/** Of docker-default a mask and a read-only path, and what each says where it is closed. */
const ofDocker = "wc -c < /proc/timer_list; (echo 9 > /proc/sys/vm/swappiness) 2>&1";
const closed = "0\nsh: can't create /proc/sys/vm/swappiness: Read-only file system\n";

describe("paths", () => {
	it("rule 4.10: are closed in every proc and sysfs, and in a part of one", async () => {
		const script = ["/proc/timer_list", "/other/timer_list"].map((path) => `wc -c < ${path}`).join("; ");
		const volumes = ["/proc:/other", "/proc/sys:/settings", "/sys:/machine"];
		const { status, stdout, stderr } = await privileged({
			volumes,
			config: { user: "root", confine: "docker-default" },
			args: shell(
				`${script}; (echo 9 > /settings/vm/swappiness) 2>&1; (echo 9 > /other/sys/vm/swappiness) 2>&1; mkdir /machine/x 2>&1; ls /machine/firmware; echo $?`,
			),
		});
		expect([status, stderr, stdout.split("\n")]).toEqual([
			0,
			"",
			[
				"0",
				"0",
				"sh: can't create /settings/vm/swappiness: Read-only file system",
				"sh: can't create /other/sys/vm/swappiness: Read-only file system",
				"mkdir: can't create directory '/machine/x': Read-only file system",
				"0",
				"",
			],
		]);
	});

	it("leave one alone that is excepted, and say so", async () => {
		const { status, stdout, stderr } = await privileged({
			volumes: ["/proc:/other"],
			config: { user: "root", paths: { except: "/other" } },
			args: ["-v", ...shell("wc -c < /proc/timer_list; [ $(wc -c < /other/timer_list) -gt 0 ] && echo open")],
		});
		expect([status, stdout]).toEqual([0, "0\nopen\n"]);
		expect(stderr).toContain('note: paths: "/other" stays as it is: what is closed in /proc and /sys is open there\n');
		const wrong = await privileged({ config: { user: "root", paths: { except: "/etc" } }, args: shell("echo ran") });
		expect([wrong.status, wrong.stdout]).toEqual([125, ""]);
		expect(wrong.stderr).toContain('"/etc" is no mount of proc or sysfs, and none in one, so that nothing there would be closed');
	});

	it("are closed in what a step has mounted", async () => {
		const setup = [{ mkdir: "/other" }, { mount: { type: "proc", target: "/other" } }];
		const { status, stdout, stderr } = await privileged({
			config: { user: "root", paths: "docker-default", setup },
			args: shell("wc -c < /other/timer_list; (echo 9 > /other/sys/vm/swappiness) 2>&1"),
		});
		expect([status, stderr, stdout]).toEqual([1, "", "0\nsh: can't create /other/sys/vm/swappiness: Read-only file system\n"]);
	});

	it.each([{}, { mount_setattr: "ENOSYS" }] as const)(
		"are read-only in what is mounted below a sysfs or below what is read-only, without %j",
		async (without) => {
			const places = ["/sys/kernel/mm", "/sys/kernel/mm/x", "/proc/sys/vm", "/sys/module"];
			const setup = places.slice(0, 3).map((target) => ({ mount: { type: "tmpfs", target, options: ["mode=0777"] } }));
			setup.splice(1, 0, { mkdir: "/sys/kernel/mm/x" } as never);
			const run = (more: object) =>
				privileged({
					config: { user: "app", setup, ...more },
					volumes: ["/tmp:/sys/module"],
					without,
					args: shell(places.map((place) => `mkdir ${place}/try 2>/dev/null; echo $?; rmdir ${place}/try 2>/dev/null`).join("; ")),
				});
			const [found, naive, excepted] = [
				await run({ paths: "docker-default" }),
				await run({}),
				await run({ paths: { except: ["/sys/module"] } }),
			];
			expect([found.stderr, found.stdout]).toEqual(["", "1\n1\n1\n1\n"]);
			expect(naive.stdout).toBe("0\n0\n0\n0\n");
			expect(excepted.stdout).toBe("1\n1\n1\n0\n");
		},
	);

	it("may be any, and are closed to root", async () => {
		const { status, stdout, stderr } = await privileged({
			config: { user: "root", paths: { masked: ["/etc/passwd", "/var", "/proc/uptime"], read_only: "/tmp" } },
			args: shell(`wc -c < /etc/passwd; ls /var; wc -c < /proc/uptime; touch /tmp/x 2>&1; ${ofDocker}`),
		});
		expect([status, stderr, stdout]).toEqual([1, "", `0\n0\ntouch: /tmp/x: Read-only file system\n${closed}`]);
	});

	it.each<[unknown, readonly [boolean, boolean]]>([
		[{ masked: ["/var"] }, [true, true]],
		[{ read_only: ["docker-default", "/var"] }, [true, true]],
		[{ masked: "none" }, [false, true]],
		[{ read_only: ["none", "/var"] }, [true, false]],
		["none", [false, false]],
	])("of %j add to those of docker-default, but for none, of which it is told what stays open", async (paths, [isMasked, isReadOnly]) => {
		const { stdout, stderr } = await privileged({ config: { user: "root", paths }, args: ["-v", ...shell(ofDocker)] });
		const [masked, readOnly] = closed.split(/(?<=^0\n)/);
		expect([stdout.startsWith(masked as string), stdout.endsWith(readOnly as string)]).toEqual([isMasked, isReadOnly]);
		const left = /note: paths: none: of what an ordinary container has closed, this stays open: (.*)/.exec(stderr)?.[1] ?? "";
		expect(["/proc/timer_list", "/proc/sys"].map((each) => left.includes(`"${each}"`))).toEqual([!isMasked, !isReadOnly]);
	});

	it("that no runtime closes are refused with what fits them, and without what an older Docker has left open", async () => {
		const { status, stdout, stderr } = await ordinary({
			config: { user: "app", paths: { masked: "/etc/passwd", read_only: "/var" } },
			args: shell("echo ran"),
		});
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toContain('neither masked nor made read-only: "/var", "/etc/passwd"\n');
		const remedies = [
			'let the runtime make it read-only: docker run -v SOURCE:/var:ro ... | compose: volumes: ["SOURCE:/var:ro"] | or leave it out of paths.read_only',
			"leave out of paths.masked what no runtime masks: /etc/passwd",
			"or let this program do it: docker run --cap-add SYS_ADMIN ... | compose: cap_add: [SYS_ADMIN]",
		];
		expect(stderr.slice(stderr.indexOf("\n  let "))).toBe(`\n${remedies.map((each) => told(each, "docker")).join("\n")}\n`);
		expect(stderr).not.toContain("systempaths");
		const granted = await ordinary({
			config: { user: "app", paths: { read_only: "/var" } },
			volumes: ["/usr/share:/var:ro"],
			args: ["--", "true"],
		});
		expect([granted.status, granted.stderr]).toEqual([0, ""]);
	});

	it.each<[unknown, string]>([
		["/srv", "paths: expected docker-default, none, or a mapping of masked, read_only and except: paths stand in one of these"],
		[["docker-default", "/srv"], "paths: expected docker-default, none, or a mapping"],
		[{ masked: ["docker-default", "none"] }, "paths.masked: docker-default and none exclude each other"],
		[{ masked: "/" }, '"/" is what every program goes by, and not masked as a whole'],
		[{ masked: ["/var", "/x/../proc//self"] }, '"/x/../proc//self" is what every program goes by, and not masked as a whole'],
		[{ masked: "/dev" }, '"/dev" is not masked as a whole: devices: docker-default'],
		[{ read_only: ["/./"] }, '"/./" as a whole is made read-only by the runtime: docker run --read-only'],
	])("refuses %j", async (paths, why) => {
		const { status, stdout, stderr } = await privileged({ config: { user: "root", paths }, args: shell("echo ran") });
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toContain("error[CONFIG_INVALID_VALUE]");
		expect(stderr).toContain(why);
	});

	it("are closed by classic calls where the newer ones are missing", async () => {
		const run = (without: NonNullable<HouseOptions["without"]>) =>
			privileged({
				config: { user: "root", paths: "docker-default" },
				without,
				args: shell("wc -c < /proc/timer_list; ls /sys/firmware; (echo 9 > /proc/sys/vm/swappiness) 2>&1"),
			});
		for (const without of [
			{ mount_setattr: "ENOSYS" },
			{ open_tree: "ENOSYS", fsopen: "ENOSYS", mount_setattr: "ENOSYS", move_mount: "ENOSYS" },
		] as const) {
			const { status, stdout, stderr } = await run(without);
			expect([status, stderr, stdout]).toEqual([1, "", "0\nsh: can't create /proc/sys/vm/swappiness: Read-only file system\n"]);
		}
	});

	it("end the start where one cannot be closed", async () => {
		const { status, stdout, stderr } = await privileged({
			config: { user: "app", paths: "docker-default" },
			without: { move_mount: "EPERM", mount: "EPERM" },
			args: shell("echo ran"),
		});
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toContain("error[DROP_FAILED]");
	});

	it("are masked by the null device and by nothing that a step puts in its place", async () => {
		const setup = [{ run: ["sh", "-c", "rm /dev/null && echo secret > /dev/null"] }];
		const { status, stdout, stderr } = await privileged({
			config: { user: "app", paths: "docker-default", setup },
			args: shell("echo ran"),
		});
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toContain('"/dev/null" is not the null device, which masks files');
	});

	it.each([
		["a directory", "3</", "fds"],
		["a file of /proc, /sys or a cgroup", "3</proc/timer_list", "fds"],
	])("do not let %s pass that was opened before", async (what, opened, where) => {
		const config = { user: "1000:1000", fds: "inherit", paths: "docker-default" };
		const wrapper = ["sh", "-c", `exec "$@" ${opened}`, "sh"];
		const { status, stdout, stderr } = await runHost({ config, wrapper, args: shell("echo ran") });
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toContain(`error[CONFINE_REFUSED]`);
		expect(stderr).toContain(`${where}: descriptor 3, which the workload gets, is ${what} that was opened before anything is masked`);
		const naive = await runHost({ config: { ...config, paths: "none" }, wrapper, args: shell("echo ran") });
		expect([naive.status, naive.stdout]).toEqual([0, "ran\n"]);
	});
});

describe("a way around masks", () => {
	it("is a socket whose other end may send descriptors, which is said", async () => {
		const python = "import os, socket, sys; a, b = socket.socketpair(); os.dup2(a.fileno(), 9); os.execvp(sys.argv[1], sys.argv[1:])";
		const { status, stdout, stderr } = await runHost({
			config: { user: "1000:1000", fds: "inherit", paths: "docker-default" },
			wrapper: ["python3", "-c", python],
			args: ["-v", ...shell("echo ran")],
		});
		expect([status, stdout]).toEqual([0, "ran\n"]);
		expect(stderr).toMatch(
			/note: paths: descriptors that come through a socket later are not masked, and the workload gets some: (\d+, )*9(, \d+)*\n/,
		);
	});

	it("is no new proc in a user namespace", async () => {
		const script = "unshare -Urpf --mount-proc cat /proc/timer_list 2>&1 | head -n 1";
		const config = { user: "1000:1000", paths: "docker-default" };
		const [found, naive] = [
			await runHost({ config, args: shell(script) }),
			await runHost({ config: { user: "1000:1000" }, args: shell(script) }),
		];
		expect([found.status, found.stdout]).toEqual([0, "unshare: mount /proc failed: Operation not permitted\n"]);
		expect(naive.stdout).not.toBe(found.stdout);
	});

	it.each([
		["a program that a step has left running", { run: { command: ["sh", "-c", "sleep 60 & echo $! > /tmp/pid"], background: true } }],
	])("is not the root of %s", async (_, step) => {
		const script =
			"wc -c < /proc/$(cat /tmp/pid)/root/proc/timer_list; (echo 9 > /proc/$(cat /tmp/pid)/root/proc/sys/vm/swappiness) 2>&1 | grep -o Read-only";
		const [found, naive] = await Promise.all(
			[{ paths: "docker-default" }, {}].map((more) =>
				privileged({ config: { user: "root", setup: [step], ...more }, args: shell(script) }),
			),
		);
		expect([found?.status, found?.stdout]).toEqual([0, "0\nRead-only\n"]);
		expect(naive?.stdout).not.toBe(found?.stdout);
	});
});

describe("a mount that is to be seen outside", () => {
	it("is refused, and names target and peers", async () => {
		const run = (more: object) =>
			runHost({
				config: { user: "1000:1000", setup: [{ mount: { type: "tmpfs", target: "/mnt" } }], ...more },
				wrapper: ["sh", "-c", 'mount -t tmpfs x /mnt && mount --make-shared /mnt && exec "$@"', "sh"],
				args: shell("echo ran"),
			});
		const { status, stdout, stderr } = await run({ namespaces: "mount" });
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toMatch(/error\[MOUNT_HIDDEN\].*"\/mnt" would be seen by nobody outside: "\/mnt" is shared with others \(shared:\d+ of/);
		const plain = await run({});
		expect([plain.status, plain.stdout]).toEqual([0, "ran\n"]);
	});
});
