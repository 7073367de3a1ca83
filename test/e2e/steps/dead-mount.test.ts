import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { ownerOf, stepLines, volume } from "./volume.ts";

/** A mount at /data/m whose daemon is gone, as one is that was killed, and then a start. */
function start(setup: readonly object[], data: string) {
	const script = `
		exec 5<>/dev/fuse; mount -i -t fuse -o fd=5,rootmode=40000,user_id=0,group_id=0 gone /data/m; exec 5>&-
		[ ! -e /data/m/. ] || exit 99
		exec /abdicate -v -- true`;
	return runHouse({
		image: busybox,
		entrypoint: "sh",
		args: ["-c", script],
		config: { user: "redis", setup },
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
