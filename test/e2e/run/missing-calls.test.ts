import { describe, expect, it } from "vitest";
import { otherSeccomp } from "../../../src/report/other-profile.ts";
import { type HouseOptions, runHouse } from "../../harness/house/run.ts";
import type { Call, Without } from "../../harness/house/without.ts";
import { told } from "../../harness/told.ts";
import { busybox, debian } from "../harness/images.ts";
import type { Outcome } from "../harness/process.ts";
import { stepLines, volume } from "../steps/volume.ts";
import { credentials, dropped } from "./credentials.ts";

const hooks = volume("printf '#!/bin/sh\\nid -u\\n' > a; chmod 755 a");

/** Each kind of start, with what it does besides the drop. */
const starts: Readonly<Record<string, Omit<HouseOptions, "image">>> = {
	"a user": { config: { user: "app" } },
	"limits and a kept capability": {
		config: { user: "app", capabilities: { keep: ["NET_BIND_SERVICE"] }, limits: { nofile: "64:128", core: 0 }, nice: 5 },
	},
	"root with a kept capability": { config: { user: "root", capabilities: { keep: ["CHOWN"] } } },
	files: {
		config: {
			user: "app",
			setup: [
				{ mkdir: "/run/app/deep" },
				{ file: { path: "/run/app/file", content: "new" } },
				{ secret: { from: { env: "KEY" }, path: "/dev/shm/key" } },
				{ copy: { from: "/run/app", to: "/run/copied" } },
				{ own: { path: "/run/app", owner: "redis" } },
				{ chmod: { path: "/run/copied", dirs: "0750", files: "0640", recursive: true } },
				{ link: { path: "/run/link", to: "app/file" } },
				{ copy: { from: "/run/copied", to: "/run/gone" } },
				{ remove: { path: "/run/gone", recursive: true } },
				{ require: { writable: "/run/copied" } },
			],
		},
		flags: ["--tmpfs=/dev/shm:mode=1777", "--tmpfs=/run:mode=755"],
		env: { KEY: "hunter2" },
	},
	"programs, sockets and waiting": {
		config: {
			user: "app",
			setup: [
				{ run: ["touch", "/run/touched"] },
				{ hooks: "/hooks" },
				{ listen: { tcp: "127.0.0.1:80" } },
				{ wait_for: { file: "/run/touched" } },
			],
		},
		volumes: [`${hooks}:/hooks:ro`],
	},
	mounts: {
		config: {
			user: "app",
			setup: [
				{ mkdir: { path: "/run/to", owner: "root" } },
				{ mount: { type: "tmpfs", target: "/home", options: "size=1m" } },
				// Files of the runtime's are mounted below.
				{ mount: { type: "bind", source: "/etc", target: "/run/to", options: ["ro", "nosuid"] } },
				{ sysctl: { "net.ipv4.ip_forward": 0 } },
				{ hostname: "web" },
			],
		},
		caps: { add: ["SYS_ADMIN", "NET_ADMIN"] },
		flags: ["--security-opt=systempaths=unconfined", "--sysctl=net.ipv4.ip_forward=1"],
	},
};

/** Younger than Linux 4.18, or refused by filters that are in use. */
const calls: readonly Call[] = [
	...(["close_range", "faccessat2", "fchmodat2", "openat2", "pidfd_open", "prlimit64", "renameat2", "statx"] as const),
	...(["fsconfig", "fsmount", "fsopen", "mount_setattr", "move_mount", "open_tree"] as const),
];
const each: readonly Without[] = calls.flatMap((call) => [{ [call]: "ENOSYS" }, { [call]: "EPERM" }]);
/** As Linux 4.18 is, and as a filter that knows nothing younger. */
const all = (["ENOSYS", "EPERM"] as const).map((answer): Without => Object.fromEntries(calls.map((call) => [call, answer])));
/** Linux 5.9 and 5.10 have the call without the flag. */
const absences: readonly Without[] = [...each, { close_range: "EINVAL" }, ...all];

/** Begins with a descriptor that must be gone, and ends with a look at what setup has made. */
const from = "exec 7</etc/shadow; exec /abdicate -v -- sh -c";
const look = [
	'find /run /dev/shm -exec stat -c "%N %u:%g %a" {} + | sort',
	`cut -d" " -f5,6 /proc/self/mountinfo | grep -E "^/(home|run)"`,
	"cat /proc/sys/net/ipv4/ip_forward",
	"exec /probe",
].join("; ");

function run(start: Omit<HouseOptions, "image">, without: Without = {}) {
	const flags = ["--hostname=box", ...(start.flags ?? [])];
	return runHouse({ image: busybox, ...start, entrypoint: "sh", args: ["-c", `${from} '${look}'`], flags, without });
}

/** All that the workload finds and all that was said, but for the numbers of pipes, and what tells of the filter. */
function seen({ status, stdout, stderr, probe }: Outcome): object {
	const { seccomp: _, seccompFilters: __, fds, ...state } = probe;
	const lines = stdout.split("\n").filter((line) => !line.startsWith("{"));
	return { status, lines, stderr, ...state, fds: fds.map((fd) => ({ ...fd, target: fd.target?.replace(/\[\d+\]$/, "") })) };
}

function nameOf(without: Without): string {
	return Object.entries(without)
		.map((pair) => pair.join(" "))
		.join(", ");
}

describe.each(Object.entries(starts))("a start with %s", (_, start) => {
	it("comes to the same where the kernel lacks a call, or a filter refuses it", async () => {
		const planned = await run(start);
		expect([planned.status, planned.probe.fds.map(({ fd }) => fd).includes(7)]).toEqual([0, false]);
		const outcomes = await Promise.all(
			absences.map(async (without) => {
				const outcome = await run(start, without);
				return [nameOf(without), outcome.status === 0 ? seen(outcome) : outcome.stderr] as const;
			}),
		);
		expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(absences.map((without) => [nameOf(without), seen(planned)])));
	});
});

describe("without close_range", () => {
	const open = "POSIX::dup2(fileno(F), $_) for 63, 64, 200, 3000";
	const script = `use POSIX; open F, "/etc/shadow"; ${open}; exec "/bin/sh", "-c", $ARGV[0]`;

	it.each([
		["with /proc", ""],
		["without /proc", "umount -l /proc; "],
	])("no descriptor passes, beyond the limit of today neither: %s", async (_, before) => {
		const { status, stderr, probe } = await runHouse({
			image: debian,
			config: { user: "app" },
			entrypoint: "perl",
			args: ["-e", script, `${before}ulimit -n 64; exec /abdicate -- /probe`],
			caps: { add: ["SYS_ADMIN"] },
			flags: ["--security-opt=systempaths=unconfined"],
			without: { close_range: "ENOSYS" },
		});
		expect([status, stderr, probe.hasProc, probe.fds.map(({ fd }) => fd)]).toEqual([0, "", before === "", [0, 1, 2]]);
	});
});

describe("another mount of the same device", () => {
	const data = () => volume("mkdir -p tree/inside other; touch tree/inside/mine tree/file other/theirs");
	const mounted = [{ mount: { type: "bind", source: "/data/other", target: "/data/tree/inside" } }];

	it.each(each.filter(({ openat2, statx }) => openat2 ?? statx).map((without) => [nameOf(without), without] as const))(
		"is left alone: %s",
		async (_, without) => {
			const directory = data();
			const start = {
				image: busybox,
				caps: { add: ["SYS_ADMIN"] },
				volumes: [`${directory}:/data`],
				args: ["-v", "--", "sh", "-c", "find /data -exec stat -c '%n %u' {} + | sort"],
				without,
			};
			const owned = await runHouse({ ...start, config: { user: "app", setup: [...mounted, { own: "/data/tree" }] } });
			expect([owned.status, owned.stdout, stepLines(owned.stderr)]).toEqual([
				0,
				"/data 0\n/data/other 0\n/data/other/theirs 0\n/data/tree 1000\n/data/tree/file 1000\n/data/tree/inside 0\n/data/tree/inside/theirs 0\n",
				[
					"changed  setup[0] mount /data/other at /data/tree/inside: mounted",
					"changed  setup[1] own /data/tree to 1000:1000 (mismatched): 2 of 3 entries re-owned, 1 on other mounts left alone",
				],
			]);
			const remove = { remove: { path: "/data/tree", recursive: true } };
			const removed = await runHouse({ ...start, config: { user: "app", setup: [...mounted, remove] } });
			expect([removed.status, removed.stderr.split("\n").slice(1)]).toEqual([
				125,
				[
					'abdicate: error[STEP_FAILED] setup[1] remove /data/tree with all below: "/data/tree/inside" is a mount of its own, which stays',
					"",
				],
			]);
		},
	);
});

/** What gVisor of 2022 answers. */
const noSets = { "prctl PR_CAP_AMBIENT": "EINVAL", "prctl PR_GET_SECUREBITS": "EINVAL", "prctl PR_SET_SECUREBITS": "EINVAL" } as const;
const noSecurebits =
	"abdicate: note: this kernel has no securebits (prctl(PR_GET_SECUREBITS): EINVAL); no_new_privileges makes them useless for a user that is not root";

describe("a kernel without an ambient set and without securebits", () => {
	const start = (config: object, without: Without = noSets) => runHouse({ image: busybox, config, args: ["-v", "--", "/probe"], without });

	it("runs a user that keeps nothing", async () => {
		const { status, stderr, probe } = await start({ user: "app" });
		expect([status, stderr.split("\n"), credentials(probe)]).toEqual([
			0,
			[noSecurebits, "abdicate: verified drop: uid 1000, gid 1000, capabilities none, then /probe", ""],
			// The probe cannot ask for them either.
			{ ...dropped(1000, 1000, [44, 1000]), securebits: -1 },
		]);
	});

	it("runs a step of root's, and root where no securebits are wanted", async () => {
		const { status, stderr, probe } = await start({ user: "root", securebits: "none", setup: [{ run: ["true"] }] });
		expect([status, stepLines(stderr), credentials(probe)]).toEqual([
			0,
			["changed  setup[0] run true as uid 0 with no capability: exited 0"],
			{ ...dropped(0, 0, [0]), securebits: -1 },
		]);
	});

	const noAmbient = [
		"capabilities: CHOWN cannot be kept: this kernel has no ambient set (prctl(PR_CAP_AMBIENT): EINVAL)",
		"keep no capability, or run the container on Linux itself",
	] as const;
	const noLocks = [
		"securebits: noroot,noroot_locked,no_cap_ambient_raise,no_cap_ambient_raise_locked cannot be set: this kernel has no securebits (prctl(PR_GET_SECUREBITS): EINVAL)",
		"configure a user that is not root, with no_new_privileges on; or securebits: none; or run the container on Linux itself",
	] as const;
	const beyondAmbient = { bounding: ["CHOWN"], permitted: ["CHOWN"], effective: [], inheritable: ["CHOWN"], ambient: [] };

	it.each<readonly [config: object, message: string, remedy: string]>([
		[{ user: "app", capabilities: { keep: ["CHOWN"] } }, ...noAmbient],
		// Might be ambient, and nobody could tell.
		[{ user: "app", capabilities: { sets: beyondAmbient } }, ...noAmbient],
		[{ user: "root" }, ...noLocks],
		[{ user: "app", no_new_privileges: false }, ...noLocks],
		[{ user: "app", when_unprivileged: "fail" }, ...noLocks],
	])("refuses before anything is changed: %j", async (config, message, remedy) => {
		const { status, stdout, stderr } = await start({ ...config, setup: [{ file: { path: "/tmp/made", content: "" } }] });
		// Without the place in the file, where there is one.
		const told = stderr.replace(/ \/etc\/entrypoint\.yaml:\S+/, "").replaceAll(/^ {4}.*\n/gm, "");
		expect([status, stdout, told]).toEqual([125, "", `abdicate: error[CALL_REFUSED] ${message}\n  ${remedy}\n`]);
	});
});

const filter = `a seccomp filter has to let it pass: ${otherSeccomp} | or a newer Docker and libseccomp`;

it.each([
	[
		"prctl PR_CAP_AMBIENT",
		"CALL_REFUSED",
		"prctl(PR_CAP_AMBIENT_IS_SET): EPERM: a seccomp filter or a security module does not allow it; this start cannot do without it",
	],
	[
		"prctl PR_GET_SECUREBITS",
		"CALL_REFUSED",
		"prctl(PR_GET_SECUREBITS): EPERM: a seccomp filter or a security module does not allow it; this start cannot do without it",
	],
	[
		"prctl PR_SET_SECUREBITS",
		"DROP_FAILED",
		"drop securebits: setSecurebits: EPERM: a seccomp filter or a security module does not allow it (needs SETPCAP effective, so before the final sets; its locks must follow the ambient raise)",
	],
] as const)("a filter is named, and no capability, where one refuses %s", async (call, code, message) => {
	const { status, stdout, stderr } = await runHouse({
		image: busybox,
		config: { user: "app" },
		args: ["--", "/probe"],
		without: { [call]: "EPERM" },
	});
	const where = code === "CALL_REFUSED" ? ": " : " ";
	expect([status, stdout, stderr]).toEqual([125, "", `abdicate: error[${code}]${where}${message}\n${told(filter, "docker")}\n`]);
});
