import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import { runContainer } from "../harness/run.ts";
import { ownerOf, stateOf, stepLines, volume } from "./volume.ts";

type Options = Partial<Parameters<typeof runHouse>[0]> & { readonly command?: string; readonly run?: typeof runHouse };

/** Steps with what Docker grants and SYS_ADMIN, then a command as redis (999:999); /data is the volume, /home an empty place. */
async function start(setup: readonly object[], data: string, { command = "true", caps, ...more }: Options = {}) {
	const { volumes = [], flags = [], run = runHouse, ...rest } = more;
	const { status, stdout, stderr } = await run({
		image: busybox,
		config: { user: "redis", setup },
		args: ["-v", "--", "sh", "-c", command],
		caps: caps ?? { add: ["SYS_ADMIN"] },
		volumes: [`${data}:/data`, ...volumes],
		flags: ["--tmpfs=/home:mode=755", ...flags],
		...rest,
	});
	return { status, lines: stepLines(stderr).map((line) => line.replace(/^(\w+) +setup\[(\d)\] \w+ /, "$1 $2 ")), stdout, stderr };
}

const own = { own: { path: "/data", policy: "idmap-or-chown" } };
const bind = (more: object = {}) => ({ mount: { type: "bind", source: "/data", target: "/home", idmap: "target", ...more } });
const tree = "mkdir -p a/b; echo old > a/b/c; ln a/b/c second; ln -s /etc/shadow link; chown -Rh 7:8 .; chown 0:0 a/b/c; chown 7:8 a/b/c";
const names = ["", "a", "a/b", "a/b/c", "second", "link"];
const owners = (data: string, ...all: readonly string[]) => all.map((name) => ownerOf(data, name));
const mapped = "changed 0 /data to 999:999 (idmap-or-chown): mapped, nothing changed on disk";
const use = "cd $0; cat a/b/c; echo new >> a/b/c; echo x > made; mkdir dir; rm second; stat -c '%n %u:%g' . a a/b a/b/c link made dir";
const seen = [".", "a", "a/b", "a/b/c", "link", "made", "dir"].map((name) => `${name} 999:999`).join("\n");

describe("own with the policy idmap-or-chown", () => {
	it("shows a volume as the user's, once, and changes nothing on disk; what the user makes is the owner's there", async () => {
		const data = volume(tree);
		const { status, lines, stdout } = await start([own, own], data, { command: use.replace("$0", "/data") });
		expect([status, lines, stdout]).toEqual([0, [mapped, "ok 1 /data to 999:999 (idmap-or-chown): already right"], `old\n${seen}\n`]);
		expect(owners(data, "", "a", "a/b", "a/b/c", "link", "made", "dir")).toEqual(Array(7).fill("7:8"));
	});

	it("is shown by plan as what this start may map, and what becomes of one without", async () => {
		const data = volume("touch f; chown -R 7:8 .");
		const planned = (...more: readonly string[]) => start([own], data, { args: ["plan", ...more, "/etc/entrypoint.yaml", "--", "true"] });
		const purpose = "to map the ids of /data, with all of SYS_ADMIN, SETUID, SETGID and SETFCAP: without them owners are changed on disk";
		const lines = async (pattern: RegExp, ...more: readonly string[]) =>
			(await planned(...more)).stdout.split("\n").filter((line) => pattern.test(line));
		expect([await lines(/perhaps SYS_ADMIN/), await lines(/^# optional: --cap/, "--format", "docker", "--for", "this-start")]).toEqual([
			[expect.stringMatching(/ perhaps .*SYS_ADMIN, SETUID, SETGID, SETFCAP.* held$/)],
			["SYS_ADMIN", "SETFCAP"].map((name) => `# optional: --cap-add ${name} (${purpose})`),
		]);
	});

	it("maps in a mount namespace of its own too, and not what is shared with others", async () => {
		const tmpfs = { mount: { type: "tmpfs", target: "/srv", options: "uid=7,gid=8" } };
		const config = { user: "65534:65534", workdir: "/", setup: [tmpfs, { own: { path: "/srv", policy: "idmap-or-chown" } }] };
		const args = ["-v", "--", "/bin/true"];
		const wrapper = ["sh", "-c", 'mount --make-rshared / && exec "$@"', "sh"];
		const outcomes = [await runHost({ config: { ...config, namespaces: ["mount"] }, args }), await runHost({ config, args, wrapper })];
		expect(outcomes.map(({ status, stderr }) => [status, stepLines(stderr)[1]])).toEqual([
			[0, "changed  setup[1] own /srv to 65534:65534 (idmap-or-chown): mapped, nothing changed on disk"],
			[
				0,
				"changed  setup[1] own /srv to 65534:65534 (idmap-or-chown): not mapped, because its mount is shared with other namespaces, where the map would be seen: 1 of 1 entries re-owned",
			],
		]);
	});

	it("leaves root what it can do there, and gives nobody a set-user-ID program or a device", async () => {
		const data = volume("cp /bin/busybox b 2>/dev/null || cp /bin/true b; mknod n c 1 3; chmod 666 n; chown 7:8 . b n; chmod 4755 b");
		const steps = [own, { mkdir: "/data/made" }, { file: { path: "/data/file", content: "x", owner: "root" } }];
		const command =
			"grep ' /data ' /proc/self/mountinfo | tail -1 | cut -d' ' -f6; cat /data/n 2>&1; stat -c '%u:%g' /data/made /data/file";
		const { status, stdout } = await start(steps, data, { command });
		expect([status, stdout]).toEqual([
			0,
			"rw,nosuid,nodev,relatime,idmapped\ncat: can't open '/data/n': Permission denied\n999:999\n0:999\n",
		]);
		// Root is who it is on disk too, since neither of the two is root.
		expect([...owners(data, "made", "file"), stateOf(data, "b")]).toEqual(["7:8", "0:8", "7:8 4755"]);
	});

	it("does nothing where an earlier start has chowned the volume", async () => {
		const data = volume("touch f; chown 999:999 . f");
		const { status, lines } = await start([own], data, { caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] } });
		expect([status, lines]).toEqual([0, ["ok 0 /data to 999:999 (idmap-or-chown): already right"]]);
	});

	it("is what Docker's own filter lets be done with SYS_ADMIN, in a volume of Docker's", async () => {
		const data = volume("touch f; chown 7:8 . f");
		const { status, lines, stdout } = await start([own], data, {
			command: "touch /data/made; stat -c %u:%g /data /data/f",
			run: runContainer,
		});
		expect([status, lines, stdout, ...owners(data, "", "f", "made")]).toEqual([0, [mapped], "999:999\n999:999\n", "7:8", "7:8", "7:8"]);
	});

	it("keeps what is mounted below, as it is", async () => {
		const [data, inner] = [volume("mkdir inner; touch f; chown -R 7:8 ."), volume("touch g; chown -R 7:8 .")];
		const command = "stat -c '%n %u:%g' /data/f /data/inner /data/inner/g";
		const { lines, stdout } = await start([own], data, { volumes: [`${inner}:/data/inner`], command });
		expect([lines, stdout]).toEqual([[mapped], "/data/f 999:999\n/data/inner 7:8\n/data/inner/g 7:8\n"]);
	});

	it.each<[string, string, Options, string]>([
		["is root's", "touch f; chown 0:8 .", {}, "it belonged to root, and what is root's on disk is not mapped"],
		["is of root's group", "touch f; chown 7:0 . f", {}, "it belonged to root's group, and what is root's on disk is not mapped"],
		["is mixed", "mkdir d; touch d/f; chown 7:8 . d", {}, '"d/f" belonged to another user than the top'],
		["has what is the user's already", "touch f; chown 7:8 .; chown 999:999 f", {}, '"f" belonged to another user than the top'],
		["is met without SYS_ADMIN", "touch f; chown 7:8 . f", { caps: {} }, "SYS_ADMIN is not held, or a filter refuses open_tree"],
		["is met without SETFCAP", "touch f; chown 7:8 . f", { caps: { add: ["SYS_ADMIN"], drop: ["SETFCAP"] } }, "SETFCAP is not held"],
		...(["open_tree", "mount_setattr"] as const).map((call): [string, string, Options, string] => [
			`is met without ${call}`,
			"touch f; chown 7:8 . f",
			{ without: { [call]: "ENOSYS" } },
			"this kernel is older than Linux 5.12, or a sandbox without such mounts",
		]),
		["is met without move_mount", "touch f; chown 7:8 . f", { without: { move_mount: "EPERM" } }, "move_mount: EPERM"],
		[
			"cannot be mapped",
			"touch f; chown 7:8 . f",
			{ without: { mount_setattr: "EINVAL" } },
			"its file system cannot map ids, as an overlay, NFS and most of FUSE cannot",
		],
		["is shown with more around it", "touch f; chown 7:8 . f", { volumes: ["/tmp:/srv"] }, "another mount shows it with more around it"],
	])("chowns what %s, and says why", async (_, script, more, why) => {
		const data = volume(script);
		const { status, lines, stdout } = await start([own], data, { ...more, command: "grep -c ' /data ' /proc/self/mountinfo" });
		const [line = "", ...others] = lines;
		expect([status, others, stdout, line.replace(/\d+ of \d+ entries re-owned/, "N")]).toEqual([
			0,
			[],
			"1\n",
			`changed 0 /data to 999:999 (idmap-or-chown): not mapped, because ${why}: N`,
		]);
		expect(ownerOf(data)).toBe("999:999");
		expect(ownerOf(data, script.includes("d/f") ? "d/f" : "f")).toBe("999:999");
	});

	it("chowns what is no mount of its own, since a name in it may be one of a file from beside it", async () => {
		const data = volume("mkdir d; touch secret; chown 7:8 d secret; chmod 600 secret; ln secret d/link");
		const { status, lines } = await start([{ own: { path: "/data/d", policy: "idmap-or-chown" } }], data);
		expect([status, lines, ...owners(data, "d", "secret")]).toEqual([
			0,
			[
				"changed 0 /data/d to 999:999 (idmap-or-chown): not mapped, because it is no mount of its own: 1 of 2 entries re-owned, 1 with several links left alone",
			],
			"999:999",
			"7:8",
		]);
	});

	it("chowns an overlay, whose kernel maps no ids", async () => {
		const data = volume("mkdir low upper work merged; touch upper/f; chown 7:8 upper upper/f");
		const overlay = {
			mount: { type: "overlay", target: "/data/merged", options: "lowerdir=/data/low,upperdir=/data/upper,workdir=/data/work" },
		};
		const { status, lines } = await start([overlay, { own: { path: "/data/merged", policy: "idmap-or-chown" } }], data);
		expect([status, lines[1], ...owners(data, "upper", "upper/f")]).toEqual([
			0,
			"changed 1 /data/merged to 999:999 (idmap-or-chown): not mapped, because its file system cannot map ids, as an overlay, NFS and most of FUSE cannot: 2 of 2 entries re-owned",
			"999:999",
			"999:999",
		]);
	});

	it("says of a fresh file system, which is root's, why it is not mapped before what was done and left", async () => {
		const data = volume("mkdir lost+found; chmod 700 lost+found");
		const { status, lines } = await start([own], data);
		expect([status, ...lines]).toEqual([
			0,
			"changed 0 /data to 999:999 (idmap-or-chown): not mapped, because it belonged to root, and what is root's on disk is not mapped: 1 of 1 entries re-owned, lost+found left alone",
		]);
	});

	it("does not follow a link, and gives no directory of the system away", async () => {
		const data = volume("mkdir d; ln -s /etc link; chown -h 7:8 . d link");
		const linked = await start([{ own: { path: "/data/link", policy: "idmap-or-chown" } }], data);
		expect([linked.status, linked.stderr.split("\n")[0]]).toEqual([
			125,
			'abdicate: error[STEP_FAILED] setup[0] own /data/link to 999:999 (idmap-or-chown): "/data/link" is a symbolic link, which is not followed',
		]);
		const system = await start([{ own: { path: "/etc", policy: "idmap-or-chown" } }], data);
		expect([system.status, system.stderr.includes("the directories of the system are not given away")]).toEqual([125, true]);
	});
});

describe("mount of a bind with idmap", () => {
	it("shows another's files as the user's, once, and changes nothing on disk", async () => {
		const data = volume(tree);
		const { status, lines, stdout } = await start([bind(), bind()], data, { command: use.replace("$0", "/home") });
		expect([status, lines, stdout]).toEqual([
			0,
			["changed 0 /data at /home as 999:999: mounted", "ok 1 /data at /home as 999:999: already mounted"],
			`old\n${seen}\n`,
		]);
		expect(owners(data, ...names.filter((name) => name !== "second"), "made", "dir")).toEqual(Array(7).fill("7:8"));
	});

	it("shows as they are the files of others, which the user cannot write to", async () => {
		const data = volume("echo x > root; echo x > other; echo x > mine; chown 7:8 .; chown 12:13 other; chown 999:999 mine; chmod 600 mine");
		const command =
			"cd /home; stat -c '%n %u:%g' root other mine; for f in root other mine; do (echo y > $f) 2>/dev/null && echo written; done; true";
		const { status, stdout } = await start([bind()], data, { command });
		expect([status, stdout]).toEqual([0, "root 0:0\nother 12:13\nmine 7:8\n"]);
	});

	it("binds plainly what is the user's already", async () => {
		const data = volume("touch f; chown 999:999 . f");
		const { status, stdout } = await start([bind()], data, { command: "grep ' /home ' /proc/self/mountinfo | tail -1 | cut -d' ' -f6" });
		expect([status, stdout]).toEqual([0, "rw,nosuid,nodev,relatime\n"]);
	});

	it("does not make the workload root on disk, unless that is written or nothing can be written", async () => {
		const script = "touch f";
		const refused = await start([bind()], volume(script));
		expect([refused.status, refused.stderr]).toEqual([
			125,
			`abdicate: error[STEP_FAILED] setup[0] mount /data at /home as 999:999: "/data" belongs to root: what the workload makes there would be root's on disk
  give it to the workload once, on disk: - own: PATH; or bind it read-only: options: [ro]
  idmap: root-to-target, where nobody else runs or believes what lies there
`,
		]);
		const readOnly = await start([bind({ options: "ro" })], volume(script), { command: "stat -c %u:%g /home/f; touch /home/g 2>&1" });
		expect(readOnly.stdout).toBe("999:999\ntouch: /home/g: Read-only file system\n");
		const data = volume(script);
		const command = "cp /bin/busybox /home/id; chmod 4755 /home/id; stat -c '%u:%g %a' /home/id; /home/id -u";
		const written = await start([bind({ idmap: "root-to-target" })], data, { command });
		// What is said of it is true: the workload has made a program that makes root of whoever runs it elsewhere.
		expect([written.status, written.stdout, stateOf(data, "id")]).toEqual([0, "999:999 4755\n999\n", "0:0 4755"]);
	});

	it.each<[string, Options, string]>([
		["mount_setattr", { without: { mount_setattr: "ENOSYS" } }, "this kernel is older than Linux 5.12, or a sandbox without such mounts"],
		["move_mount", { without: { move_mount: "EPERM" } }, "move_mount: EPERM"],
	])("fails without %s, and leaves nothing", async (_, more, why) => {
		const { status, stderr } = await start([bind()], volume("touch f; chown 7:8 . f"), more);
		expect([status, stderr.split("\n")[0]]).toEqual([
			125,
			`abdicate: error[STEP_FAILED] setup[0] mount /data at /home as 999:999: "/data" cannot be shown as another's: ${why}`,
		]);
	});

	it("names what has to be granted", async () => {
		const { status, stderr } = await start([bind()], volume("chown 7:8 ."), {
			caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] },
		});
		const lacks = (what: string) => `abdicate: error[CAPABILITY_MISSING] setup[0] mount /data at /home as 999:999: ${what}`;
		expect([status, stderr.split("\n").filter((line) => line.includes("error["))]).toEqual([
			125,
			[lacks("SYS_ADMIN is not held, needed to mount at /home"), lacks("SETFCAP is not held, needed to map the ids of /home")],
		]);
	});
});

describe("a call that fails while a mapped mount is made", () => {
	const shown =
		"grep -c ' /mnt .*idmapped\\| /srv .*idmapped' /proc/self/mountinfo; stat -c %u:%g /srv; grep -ls '^Name:.*abdicate' /proc/[0-9]*/status";
	/** A tmpfs of 7:8, then the step; prints how many mapped mounts there are, whose it is by then, and what of us is left. */
	const run = (step: object, strace: readonly string[]) =>
		runHost({
			config: {
				user: "65534:65534",
				workdir: "/",
				setup: [{ mount: { type: "tmpfs", target: "/srv", options: "uid=7,gid=8" } }, step],
			},
			args: ["--", "/bin/sh", "-c", `${shown}; true`],
			strace,
		});

	/** Each call from the first that is made for it to the last, as its name and which one of that name it is. */
	const callsIn = (trace: string) => {
		const all = trace.split("\n").flatMap((line) => /^(\w+)\(/.exec(line)?.[1] ?? []);
		const [first, last] = [all.lastIndexOf("open_tree"), all.lastIndexOf("move_mount")];
		const nth = (index: number) => all.slice(0, index + 1).filter((name) => name === all[index]).length;
		return all.slice(first, last + 1).map((name, index) => [name, nth(first + index)] as const);
	};

	it.each([
		["by own, which chowns then", { own: { path: "/srv", policy: "idmap-or-chown" } }, "1\n65534:65534\n", [[0, "0\n65534:65534\n"]]],
		["by mount, which fails", { mount: { type: "bind", source: "/srv", target: "/mnt", idmap: "target" } }, "1\n7:8\n", []],
	])("leaves nothing half done %s", async (_, step, mapped, otherwise) => {
		const whole = await run(step, []);
		expect([whole.status, whole.stdout]).toEqual([0, mapped]);
		const calls = callsIn(whole.trace);
		expect(calls.map(([name]) => name)).toEqual(
			expect.arrayContaining(["pipe2", "fork", "read", "write", "kill", "wait4", "mount_setattr"]),
		);
		const outcomes = await Promise.all(
			calls.map(async ([name, nth]) => {
				const { status, stdout } = await run(step, ["-e", `trace=${name}`, "-e", `inject=${name}:error=EPERM:when=${nth}`]);
				return [`${name} ${nth}`, status, stdout] as const;
			}),
		);
		const allowed = [[0, mapped], [125, ""], ...otherwise].map(String);
		expect(outcomes.filter(([, ...outcome]) => !allowed.includes(String(outcome)))).toEqual([]);
		const failed = outcomes.filter(([, status, stdout]) => status === 125 || stdout !== mapped).map(([call]) => call.split(" ")[0]);
		expect(failed).toEqual(expect.arrayContaining(["open_tree", "pipe2", "fork", "openat", "write", "mount_setattr", "move_mount"]));
	});
});
