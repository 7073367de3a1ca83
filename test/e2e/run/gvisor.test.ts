import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeConfigFile } from "../harness/config-file.ts";
import { binary, probeFile } from "../harness/paths.ts";
import { type Outcome, runProcess } from "../harness/process.ts";
import { stepLines } from "../steps/volume.ts";
import { credentials, dropped } from "./credentials.ts";

const state = mkdtempSync(join(tmpdir(), "abdicate-gvisor-"));
afterAll(() => rmSync(state, { recursive: true, force: true }));

/** The binary as the first program under gVisor, over the machine's own files, of which nothing is changed. */
async function run(config: object, command: readonly string[] = [probeFile]): Promise<Outcome> {
	const { file, remove } = writeConfigFile(config);
	const sandbox = ["--root", state, "--network=none", "--ignore-cgroups", "--platform=ptrace", "do"];
	try {
		return await runProcess("runsc", [...sandbox, binary, "-v", "--config", file, "--", ...command], {
			env: { PATH: process.env["PATH"] },
			seconds: 60,
		});
	} finally {
		remove();
	}
}

const noSecurebits =
	"abdicate: note: this kernel has no securebits (prctl(PR_GET_SECUREBITS): EINVAL); no_new_privileges makes them useless for a user that is not root";

/** The probe is answered EINVAL as well. */
const left = { ...dropped(1000, 1000, [1000]), securebits: -1 };

describe("under gVisor, which has no ambient set, no securebits, no openat2 and no mount ids", () => {
	it("a user is left nothing, and no descriptor", async () => {
		const { status, stderr, probe } = await run({ user: "1000:1000" });
		expect([status, stderr.split("\n"), credentials(probe), probe.fds.map(({ fd }) => fd)]).toEqual([
			0,
			[noSecurebits, `abdicate: verified drop: uid 1000, gid 1000, capabilities none, then ${probeFile}`, ""],
			left,
			[0, 1, 2],
		]);
	});

	it("a filter is taken, and holds", async () => {
		const command = ["sh", "-c", "grep Seccomp: /proc/self/status; unshare -U true"];
		const { status, stdout, stderr } = await run({ user: "1000:1000", seccomp: "docker-default" }, command);
		expect([status, stdout, stderr.split("\n").slice(2)]).toEqual([
			1,
			"Seccomp:\t2\n",
			["abdicate: confined walls: seccomp docker-default, from the exec on", "unshare: unshare failed: Operation not permitted", ""],
		]);
	});

	const untold = (call: string) => `this kernel does not tell what is open to the workload: ${call}`;
	const noFacts = untold("fstatfs: ENOSYS: this kernel does not have the call, or a seccomp filter hides it");
	const noCalls =
		"a new /dev takes fsopen, fsconfig, fsmount, open_tree and move_mount: this kernel lacks one of them, or a seccomp filter hides it (ENOSYS)";
	const noNames = untold("readlink: ENOENT: it does not exist, or a directory above it");
	const leaveOut =
		"under gVisor leave it out: that is a kernel of its own, with nothing of the machine's in /proc and /sys; seccomp works there";

	it.each<readonly [wall: object, refusals: readonly string[], remedy: string]>([
		[{ confine: "docker-default" }, [`confine: ${noFacts}`, `confine: ${noCalls}`], leaveOut],
		[{ paths: "docker-default" }, [`paths: ${noFacts}`], leaveOut],
		[{ devices: "docker-default" }, [`devices: ${noCalls}`], "or devices: none"],
		[{ namespaces: ["mount"] }, [`namespaces: ${noNames}`], leaveOut],
	])("what it cannot be asked about it is not confined by, and nothing runs: %j", async (wall, refusals, remedy) => {
		const { status, stdout, stderr } = await run({ user: "1000:1000", ...wall });
		const lines = stderr.split("\n").map((line) => line.trim());
		const errors = lines.flatMap((line) => /error\[CONFINE_REFUSED\] \S+ (.*)/.exec(line)?.[1] ?? []);
		expect([status, stdout, stderr.includes("CALL_REFUSED"), errors]).toEqual([125, "", false, refusals]);
		expect(lines).toContain(remedy);
	});

	it("steps do their work", async () => {
		const top = "/run/abdicate-test";
		const setup = [
			{ mkdir: { path: `${top}/a/b`, owner: "root", group: "root" } },
			{ file: { path: `${top}/a/f`, content: "x", owner: "root", group: "root" } },
			{ own: `${top}/a` },
			{ secret: { from: { env: "PATH" }, path: `${top}/a/s`, on_disk: "allow" } },
			{ copy: { from: `${top}/a`, to: `${top}/c` } },
			{ chmod: { path: `${top}/c`, files: "0600", recursive: true } },
			{ link: { path: `${top}/l`, to: "a/f" } },
			{ copy: { from: `${top}/a`, to: `${top}/gone` } },
			{ remove: { path: `${top}/gone`, recursive: true } },
			{ mount: { type: "tmpfs", target: "/mnt" } },
			{ listen: { tcp: "127.0.0.1:8080" } },
			{ require: { writable: `${top}/a` } },
			{ wait_for: { file: `${top}/a/f` } },
		];
		// Not by statx(2), of whose flags this kernel knows some.
		const show = `cd ${top}; busybox find . -exec busybox stat -c '%n %u:%g %a' {} + | sort; ulimit -n`;
		const { status, stdout, stderr } = await run({ user: "1000:1000", limits: { nofile: 100 }, setup }, ["sh", "-c", show]);
		expect([status, stdout.trimEnd().split("\n"), stepLines(stderr)]).toEqual([
			0,
			[
				...[". 0:0 755", "./a 1000:1000 755", "./a/b 1000:1000 755", "./a/f 1000:1000 644", "./a/s 1000:1000 400"],
				...["./c 1000:1000 755", "./c/b 1000:1000 755", "./c/f 1000:1000 600", "./c/s 1000:1000 600", "./l 0:0 777"],
				"100",
			],
			[
				`changed  setup[0] mkdir ${top}/a/b mode 0755 owner 0:0: made or corrected ${top}/a/b`,
				`changed  setup[1] file ${top}/a/f from the configuration mode 0644 owner 0:0: made`,
				`changed  setup[2] own ${top}/a to 1000:1000 (mismatched): 3 of 3 entries re-owned`,
				`changed  setup[3] secret ${top}/a/s from PATH mode 0400 owner 1000:1000: made`,
				`changed  setup[4] copy ${top}/a to ${top}/c owner 1000:1000 (if absent): 4 entries copied`,
				`changed  setup[5] chmod ${top}/c files 0600 with all below: 2 of 4 modes set`,
				`changed  setup[6] link ${top}/l to a/f: made`,
				`changed  setup[7] copy ${top}/a to ${top}/gone owner 1000:1000 (if absent): 4 entries copied`,
				`changed  setup[8] remove ${top}/gone with all below: 1 removed`,
				"changed  setup[9] mount tmpfs at /mnt: mounted",
				"changed  setup[10] listen listen on tcp 127.0.0.1:8080: 1 open",
				`ok       setup[11] require writable ${top}/a: all there`,
				`ok       setup[12] wait_for file ${top}/a/f for 30 s at most, after the drop: there at once`,
			],
		]);
	});

	it.each<readonly [config: object, lines: readonly string[]]>([
		[
			{ user: "1000:1000", capabilities: { keep: ["CHOWN"] } },
			[
				"error[CALL_REFUSED] FILE:1:36 capabilities: CHOWN cannot be kept: this kernel has no ambient set (prctl(PR_CAP_AMBIENT): EINVAL)",
				'    {"user":"1000:1000","capabilities":{"keep":["CHOWN"]}}',
				"                                       ^",
				"  keep no capability, or run the container on Linux itself",
			],
		],
		[
			{ user: "root" },
			[
				"error[CALL_REFUSED] securebits: noroot,noroot_locked,no_cap_ambient_raise,no_cap_ambient_raise_locked cannot be set: this kernel has no securebits (prctl(PR_GET_SECUREBITS): EINVAL)",
				"  configure a user that is not root, with no_new_privileges on; or securebits: none; or run the container on Linux itself",
			],
		],
		[
			{ user: "1000:1000", setup: [{ run: ["true"] }] },
			[
				"error[STEP_FAILED] setup[0] run true as uid 0 with no capability: prctl(PR_SET_CHILD_SUBREAPER): EINVAL: what it leaves behind could not be ended",
				"  run it when the image is built, or the container on Linux itself: older gVisor has no subreapers",
			],
		],
	])("is refused by its name: %j", async (config, lines) => {
		const { status, stdout, stderr } = await run(config);
		const told = stderr
			.slice(stderr.indexOf("error["))
			.replace(/\S*entrypoint\.yaml/, "FILE")
			.trimEnd();
		expect([status, stdout, told.split("\n")]).toEqual([125, "", lines]);
	});
});
