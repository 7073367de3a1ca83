import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { ownerOf, stepLines, volume } from "./volume.ts";

/** A mount at /data/m whose daemon is gone, as one is that was killed, and then a start. Everybody was let in where `options` say so. */
function start(setup: readonly object[], data: string, options = "", config: object = {}) {
	const script = `
		exec 5<>/dev/fuse; mount -i -t fuse -o fd=5,rootmode=40000,user_id=0,group_id=0${options} gone /data/m; exec 5>&-
		[ ! -e /data/m/. ] || exit 99
		exec /abdicate -v -- true`;
	return runHouse({
		image: busybox,
		entrypoint: "sh",
		args: ["-c", script],
		config: { user: "redis", setup, ...config },
		volumes: [`${data}:/data`],
		caps: { add: ["SYS_ADMIN"] },
		flags: ["--device=/dev/fuse"],
	});
}

const tree = () => volume("mkdir m d; touch d/f; chown -R 7:7 d; chmod 700 d; chown 7:7 .");
const dead = '"/data/m" is a mount (fuse), and it is dead, because its server or daemon is gone';
const remedy =
	"  umount --lazy /data/m, or let a mount or fuse step replace it there (stale: replace), before this step\n" +
	"  where it lies within a tree, exclude: [name] passes over it\n";

it("is not asked for anything by the walk over a tree, when it does not answer", async () => {
	const data = tree();
	const script = `
		exec 5<>/dev/fuse; mount -i -t fuse -o fd=5,rootmode=40000,user_id=0,group_id=0,allow_other silent /data/m
		sleep 60 <&5 & exec 5>&-
		exec /abdicate -v -- true`;
	const setup = [{ own: "/data" }, { chmod: { path: "/data", mode: "u=rwX,g=,o=", recursive: true } }];
	const { status, stderr } = await runHouse({
		image: busybox,
		entrypoint: "sh",
		args: ["-c", script],
		config: { user: "redis", setup },
		volumes: [`${data}:/data`],
		caps: { add: ["SYS_ADMIN"] },
		flags: ["--device=/dev/fuse"],
	});
	expect([status, ...stepLines(stderr)]).toEqual([
		0,
		"changed  setup[0] own /data to 999:999 (mismatched): 3 of 4 entries re-owned, 1 on other mounts left alone",
		"changed  setup[1] chmod /data u=rwX,g=,o= with all below: 2 of 4 modes set, 1 on other mounts left alone",
	]);
});

describe("a mount whose daemon is gone", () => {
	it("is passed over in a tree, as any other mount is", async () => {
		const data = tree();
		const { status, stderr } = await start([{ own: "/data" }, { chmod: { path: "/data", mode: "u=rwX,g=,o=", recursive: true } }], data);
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			"changed  setup[0] own /data to 999:999 (mismatched): 3 of 4 entries re-owned, 1 on other mounts left alone",
			"changed  setup[1] chmod /data u=rwX,g=,o= with all below: 2 of 4 modes set, 1 on other mounts left alone",
		]);
		expect(["", "d", "d/f"].map((name) => ownerOf(data, name))).toEqual(Array(3).fill("999:999"));
	});

	it.each<[string, object, string]>([
		["own", { own: { path: "/data", cross_mounts: true } }, 'statx: ENOTCONN on "/data/m"'],
		["own of a pattern", { own: "/data/*" }, 'fstat: ENOTCONN on "/data/m"'],
		["chmod", { chmod: { path: "/data", mode: "0700", recursive: true, cross_mounts: true } }, 'statx: ENOTCONN on "/data/m"'],
		["copy", { copy: { from: "/data", to: "/mine" } }, 'open: ENOTCONN on "/data/m"'],
		["copy into it", { copy: { from: "/etc/group", to: "/data/m/group" } }, 'open: ENOTCONN on "/data/m/group"'],
		["remove", { remove: { path: "/data/*", recursive: true } }, 'statx: ENOTCONN on "/data/m"'],
		["mkdir", { mkdir: "/data/m/d" }, 'open: ENOTCONN on "/data/m/d"'],
		["file", { file: { path: "/data/m/f", content: "x" } }, 'open: ENOTCONN on "/data/m/f"'],
		["link", { link: { path: "/data/m/l", to: "x" } }, 'symlinkat: ENOTCONN on "/data/m/l"'],
	])("is what %s names, and how to take it away", async (_, step, call) => {
		const { status, stderr } = await start([step], tree());
		const [, message, ...rest] = /^[^\n]*?: (\w+: ENOTCONN[^\n]*)\n(.*)$/s.exec(stderr) ?? [];
		expect([status, message, ...rest]).toEqual([125, `${call}: ${dead}`, remedy]);
	});

	it.each<[string, object, string]>([
		["require", { require: { mount: "/data/m" } }, 'fstat: ENOTCONN on "/data/m"'],
		["require of what is below", { require: { mount: "/data/m/x" } }, 'open: ENOTCONN on "/data/m/x"'],
		["require of what may be written", { require: { writable: "/data/m/x" } }, 'access: ENOTCONN on "/data/m/x"'],
		["remove", { remove: "/data/m/*.pid" }, 'open: ENOTCONN on "/data/m"'],
		["remove, further down", { remove: "/data/*/x" }, 'open: ENOTCONN on "/data/m/x"'],
		["own", { own: "/data/m/*" }, 'open: ENOTCONN on "/data/m"'],
		["chmod", { chmod: { path: "/data/m/*", mode: "0700" } }, 'open: ENOTCONN on "/data/m"'],
		["a condition", { mkdir: "/made", when: { exists: "/data/m/x" } }, 'statx: ENOTCONN on "/data/m/x"'],
		["a condition after the drop", { hooks: "/etc", when: { exists: "/data/m" } }, 'statx: ENOTCONN on "/data/m"'],
		["run", { run: { command: ["sh", "-c", "echo made again"], creates: "/data/m/made" } }, 'statx: ENOTCONN on "/data/m/made"'],
		["hooks of the user", { hooks: "/data/m" }, 'open: ENOTCONN on "/data/m"'],
		["hooks of root", { hooks: { directory: "/data/m", user: "root" } }, 'open: ENOTCONN on "/data/m"'],
		["file", { file: { path: "/data/m/x", content: "x", if: "absent" } }, 'open: ENOTCONN on "/data/m/x"'],
		["a line of a file", { file: { path: "/data/m/x", append_line: "x" } }, 'open: ENOTCONN on "/data/m/x"'],
		["copy", { copy: { from: "/etc/group", to: "/data/m/x", if: "absent" } }, 'open: ENOTCONN on "/data/m/x"'],
		["listen", { listen: { unix: "/data/m/x" } }, 'bind: ENOTCONN on "/data/m/x"'],
		["mount", { mount: { type: "tmpfs", target: "/data/m/x" } }, 'open: ENOTCONN on "/data/m/x"'],
	])("is not taken by %s for nothing being there", async (_, step, call) => {
		const { status, stdout, stderr } = await start([step], volume("mkdir m"), ",allow_other");
		const [, message, ...rest] = /^abdicate: error[^\n]*?: (\w+: ENOTCONN[^\n]*)\n(.*)$/ms.exec(stderr) ?? [];
		expect([status, stdout, message, ...rest]).toEqual([125, "", `${call}: ${dead}`, remedy]);
	});

	it("is what a condition cannot be asked for, which on_error: warn passes over", async () => {
		const { status, stderr } = await start(
			[{ mkdir: "/made", when: { exists: "/data/m/x" }, on_error: "warn" }],
			volume("mkdir m"),
			",allow_other",
		);
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			`warning[STEP_FAILED] setup[0] mkdir /made mode 0755 owner 999:999: statx: ENOTCONN on "/data/m/x": ${dead}`,
		]);
	});

	it("is asked for in the turn of a step: one before may take it away", async () => {
		const { status, stderr } = await start(
			[{ run: { command: ["umount", "-l", "/data/m"], capabilities: ["SYS_ADMIN"] } }, { mkdir: "/made", when: { exists: "/data/m/x" } }],
			volume("mkdir m; touch m/x"),
			",allow_other",
		);
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			"changed  setup[0] run umount as uid 0 with SYS_ADMIN: exited 0",
			"changed  setup[1] mkdir /made mode 0755 owner 999:999: made or corrected /made",
		]);
	});

	it.each([
		["extra", { extra: "/data/m/*" }, "/data/m"],
		["the system's, as it is named", { system: "/data/m/ca.pem" }, "/data/m/ca.pem"],
		["the system's, as the environment names it", {}, "/data/m/ca.pem"],
	])("leaves no certificates out: %s", async (_, more, path) => {
		const env = { set: path.endsWith(".pem") ? { SSL_CERT_FILE: path } : {} };
		const { status, stderr } = await start([{ ca_certificates: { bundle: "/tmp/b", ...more } }], volume("mkdir m"), ",allow_other", {
			env,
		});
		expect([status, /error.*: ("\/data.*)/.exec(stderr)?.[1]]).toEqual([
			125,
			`"${path}" cannot be read by the user: ENOTCONN: the daemon of this FUSE mount has ended`,
		]);
	});

	it("is not waited for any longer", async () => {
		const { status, stderr } = await start([{ wait_for: { file: "/data/m/x", timeout: "100ms" } }], volume("mkdir m"), ",allow_other");
		const [, ...failure] = /(not there.*?)\n(.*)$/s.exec(stderr) ?? [];
		expect([status, ...failure]).toEqual([125, `not there after 100 ms: file /data/m/x: ENOTCONN: ${dead}`, remedy]);
	});

	it("gives no group, and neither does a pattern there, which is not looked up", async () => {
		const from = ["/data/m/*", "/data/m/x"];
		const { status, stderr } = await start([], volume("mkdir m"), "", { groups: { from_path: from } });
		const why = "it lies on fuse, where a server says whom it belongs to";
		expect([status, ...(stderr.match(/groups.from_path.*/g) ?? [])]).toEqual([
			0,
			`groups.from_path: the group of "/data/m" is left out: ${why}`,
			`groups.from_path: the group of "/data/m/x" is left out: ${why}`,
		]);
	});

	it("is left alone in what is seeded, and can be excluded from what is copied", async () => {
		const { status, stderr } = await start(
			[{ copy: { from: "/etc", to: "/data", if: "entry-absent", owner: "keep" } }, { copy: { from: "/data", to: "/mine", exclude: "m" } }],
			volume("mkdir m; echo x > passwd"),
		);
		const made = stepLines(stderr).map((line) => line.replace(/\d+ entries/, "N entries"));
		expect([status, ...made]).toEqual([
			0,
			"changed  setup[0] copy /etc to /data owner -:999 (if entry-absent): N entries copied",
			"changed  setup[1] copy /data to /mine owner 999:999 (if absent): N entries copied",
		]);
	});
});
