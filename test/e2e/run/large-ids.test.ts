import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox, debian } from "../harness/images.ts";
import { stepLines, volume } from "../steps/volume.ts";

/** Both ends of each half of 32 bits, and ids as directory services give them. */
const ids = [2_147_483_647, 2_147_483_648, 2_246_052_396, 4_294_967_294];

/** Starts twice in one house, in which the accounts are those of a directory service; what the second says of its steps, and what is there then. */
async function twice(id: number, setup: readonly object[], show: string) {
	const accounts = `echo big:x:${id}:${id}::/:/bin/sh >> /etc/passwd; printf 'big:x:${id}:\\nmore:x:${id - 1}:big\\n' >> /etc/group`;
	const { status, stdout, stderr } = await runHouse({
		image: busybox,
		config: { user: "big", env: { unset: ["SECRET"] }, setup },
		env: { SECRET: "s" },
		entrypoint: "/bin/sh",
		args: ["-c", `${accounts}; mkdir /run; /abdicate -- true >/dev/null 2>&1; exec /abdicate -v -- sh -c "${show}"`],
	});
	return [status, ...stdout.trimEnd().split("\n"), ...stepLines(stderr).map((line) => line.replace(/setup\[\d+\] (\w+) .*: /, "$1: "))];
}

describe.each(ids)("the id %i", (id) => {
	const owner = { owner: id, group: id };

	it("is that of an account, with its groups, of every program and in what inspect shows", async () => {
		const setup = [
			{ run: { command: ["id", "-u"], user: "target", output: "discard" } },
			{ run: { command: ["grep", "^[UG]id", "/proc/self/status"], user: `${id}:${id}` } },
		];
		const show = `id -u; id -g; id -G; /abdicate inspect --json self | grep -c -E '^ *${id},?$'`;
		const four = `\t${id}`.repeat(4);
		const ofStep = [`Uid:${four}`, `Gid:${four}`];
		// Four of each kind, and one among the groups.
		const shown = [`${id}`, `${id}`, `${id} ${id - 1}`, "9"];
		expect(await twice(id, setup, show)).toEqual([0, ...ofStep, ...shown, "changed  run: exited 0", "changed  run: exited 0"]);
	});

	it("is the owner of what steps make, which is found right at the second start", async () => {
		const setup = [
			{ mkdir: { path: "/run/made", ...owner, mode: "0755" } },
			{ file: { path: "/run/made/file", content: "x", ...owner, mode: "0640" } },
			{ link: { path: "/run/link", to: "/run/made" } },
			{ secret: { from: { env: "SECRET" }, path: "/run/secret", ...owner, on_disk: "allow" } },
			{ copy: { from: "/etc/group", to: "/run/copied", ...owner } },
			{ mkdir: { path: "/run/tree/sub", ...owner } },
			{ own: { path: "/run/tree", ...owner } },
			{ own: { path: "/run/made", policy: "unusable" } },
			{ device: { path: "/run/null", major: 1, minor: 3, ...owner } },
			{ listen: { unix: "/run/socket", ...owner } },
		];
		const all = ["made", "made/file", "secret", "copied", "tree", "tree/sub", "null", "socket"];
		expect(await twice(id, setup, `cd /run; stat -c '%n %u:%g' ${all.join(" ")}`)).toEqual([
			0,
			...all.map((name) => `${name} ${id}:${id}`),
			"ok       mkdir: already there",
			"ok       file: already right",
			"ok       link: already there",
			"ok       secret: already right",
			"ok       copy: something is there already",
			"ok       mkdir: already there",
			"ok       own: 0 of 2 entries re-owned",
			"ok       own: 0 of 2 entries re-owned",
			"ok       device: already there",
			"changed  listen: 1 open",
		]);
	});

	it("stays that of whoever starts the container", async () => {
		const { status, stdout, stderr } = await runHouse({
			image: busybox,
			user: `${id}:${id}`,
			config: { user: "app", groups: { keep_runtime: false }, env: { set: { WHO: "${@uid}:${@gid}" } } },
			args: ["-v", "--", "sh", "-c", "id -u; id -g; echo $WHO"],
			flags: ["--group-add", `${id - 1}`],
		});
		expect([status, stdout, stderr.split("\n")[0]]).toEqual([
			0,
			`${id}\n${id}\n${id}:${id}\n`,
			`abdicate: note: started as uid ${id}, gid ${id}, groups ${id - 1} ${id} without SETUID and SETGID: this identity stays instead of uid 1000, gid 1000, groups 44 1000`,
		]);
	});
});

it("a FUSE file system and a tmpfs are a user's with such an id", async () => {
	const { status, stdout } = await runHouse({
		image: debian,
		config: {
			user: "2246052396:4294967294",
			setup: [
				{ run: { command: ["mksquashfs", "/data", "/tmp/image", "-quiet"], user: "target", output: "discard" } },
				{ fuse: { target: "/mnt", command: ["squashfuse", "-f", "/tmp/image", "{mountpoint}"] } },
				{ mount: { type: "tmpfs", target: "/media", options: "uid=2246052396,gid=4294967294,mode=0700" } },
			],
		},
		args: ["--", "sh", "-c", "cat /mnt/file; stat -c '%u:%g' /media; grep -o 'user_id=.*' /proc/self/mountinfo"],
		volumes: [`${volume("echo packed > file")}:/data`],
		caps: { add: ["SYS_ADMIN"] },
		flags: ["--device=/dev/fuse"],
	});
	expect([status, stdout]).toEqual([0, "packed\n2246052396:4294967294\nuser_id=2246052396,group_id=4294967294\n"]);
});

it("4294967295 is no id, wherever one is written", async () => {
	const none = 4_294_967_295;
	const owner = { owner: none, group: none };
	const setup = [
		{ mkdir: { path: "/a", ...owner } },
		{ own: { path: "/a", ...owner } },
		{ file: { path: "/a", content: "x", ...owner } },
		{ secret: { from: { env: "SECRET" }, path: "/a", ...owner } },
		{ copy: { from: "/a", to: "/b", ...owner } },
		{ listen: { unix: "/a", ...owner } },
		{ device: { path: "/a", major: 1, minor: 3, ...owner } },
		{ device: { path: "/a", user: none } },
		{ run: { command: ["true"], user: none } },
		{ hooks: { directory: "/a", user: none } },
		{ fuse: { target: "/a", command: ["true", "{mountpoint}"], user: none } },
	];
	const errorsOf = async (config: object, args: readonly string[] = []) => {
		const { status, stderr } = await runHouse({ image: busybox, config, env: { SECRET: "s" }, args: [...args, "--", "true"] });
		return [
			status,
			...[...stderr.matchAll(/ error(\[\w+\])(?: \/etc\S+)? (\S+): "4294967295" is not a/g)].map(([, code, where]) => `${code} ${where}`),
		];
	};
	const places = setup.flatMap((step, index) =>
		Object.entries(step).flatMap(([kind, fields]) =>
			["owner", "group", "user"].filter((field) => field in fields).map((field) => `[USER_INVALID] setup[${index}].${kind}.${field}`),
		),
	);
	expect(await errorsOf({ user: "app", setup })).toEqual([125, ...places]);
	expect(places.length).toBe(18);
	expect(await errorsOf({ user: `app:${none}` })).toEqual([125, "[USER_INVALID] user"]);
	expect(await errorsOf({ user: "app", groups: { add: ["video", none] } })).toEqual([125, "[USER_INVALID] groups.add[1]"]);
	expect(await errorsOf({}, ["--user", `${none}`])).toEqual([125, "[USER_INVALID] --user"]);
});
