import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { toldLines } from "../../harness/told.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import { volume } from "../steps/volume.ts";

const foreign = ["--device=/dev/fuse", "--device=/dev/loop0"];
const privileged = { add: ["SYS_ADMIN"] };
/** All below /dev, and the devices with their numbers and modes. */
const listing = [
	"sh",
	"-c",
	"cd /dev; find . -xdev | sort; find . -type c -o -type b | grep -v ^./pts/ | sort | xargs stat -c '%n %F %t:%T %a %u:%g'",
];

const names = ["fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero"];
const core = existsSync("/proc/kcore") ? ["core"] : [];
const usual = (...more: readonly string[]) => [".", ...[...names, ...core, ...more].map((name) => `./${name}`)].sort();
const nodes = (...more: readonly string[]) =>
	[
		...["full 1:7", "null 1:3", "random 1:8", "tty 5:0", "urandom 1:9", "zero 1:5"].map((each) => {
			const [name, numbers] = each.split(" ");
			return `./${name} character special file ${numbers} 666 0:0`;
		}),
		...more,
	].sort();
const fuse = "./fuse character special file a:e5";
const loop = "./loop0 block special file 7:0";
const all = [...usual("fuse", "loop0"), ...nodes(`${fuse} 600 0:0`, `${loop} 600 0:0`)];

async function start(config: object, options: object = {}) {
	const { status, stdout, stderr } = await runHouse({
		image: busybox,
		caps: privileged,
		flags: foreign,
		config: { user: "app", ...config },
		args: ["--", ...listing],
		...options,
	});
	return { status, stderr, found: stdout.trim().split("\n") };
}

const done = (...found: readonly string[]) => ({ status: 0, stderr: "", found });

describe("devices", () => {
	it("without it all are there", async () => {
		expect(await start({ devices: "none" })).toEqual(done(...all));
		expect(await start({})).toEqual(done(...all));
	});
	it("rule 4.12: leaves the nodes that every container has, and no others", async () => {
		expect(await start({ devices: "docker-default" })).toEqual(done(...usual(), ...nodes()));
	});
	it("opens none that others have left in what is mounted below, as in the machine's /dev/shm", async () => {
		const shared = volume("mknod mine c 10 229; chmod 666 mine");
		const look = (config: object, caps: object) =>
			runHouse({
				image: busybox,
				caps,
				volumes: [`${shared}:/dev/shm`],
				config: { user: "app", ...config },
				args: ["--", "sh", "-c", ": < /dev/shm/mine && echo opened"],
			});
		const [walled, naive, refused] = [
			await look({ devices: "docker-default" }, privileged),
			await look({}, privileged),
			await look({ devices: "docker-default" }, {}),
		];
		expect([walled.status, walled.stdout, walled.stderr]).toEqual([1, "", "sh: can't open /dev/shm/mine: Permission denied\n"]);
		expect(naive.stdout).toBe("opened\n");
		expect([refused.status, refused.stdout]).toEqual([125, ""]);
		expect(refused.stderr).toContain("docker run without --device, --privileged, --ipc host,");
		expect(refused.stderr).not.toContain("devices: [/dev/shm");
	});
	it("does so by binds where nobody may make a node", async () => {
		const caps = { ...privileged, drop: ["MKNOD"] };
		expect(await start({ devices: "docker-default" }, { caps })).toEqual(done(...usual(), ...nodes()));
	});
	it("adds what is named, with a mode that lets the workload in, and nobody else", async () => {
		expect(await start({ devices: ["/dev/fuse", { path: "/dev/loop0", access: "w" }] })).toEqual(
			done(...usual("fuse", "loop0"), ...nodes(`${fuse} 660 0:1000`, `${loop} 620 0:1000`)),
		);
	});
	it("leaves one as it is whose mode gives what is wanted", async () => {
		const options = { flags: ["--device=/dev/kmsg"] };
		expect(await start({ devices: [{ path: "/dev/kmsg", access: "r" }] }, options)).toEqual(
			done(...usual("kmsg"), ...nodes("./kmsg character special file 1:b 644 0:0")),
		);
	});
	it("has what a step makes, as it leaves it, where that is named", async () => {
		const setup = [
			{ device: { path: "/dev/net/tun", major: 10, minor: 200, mode: "0666" } },
			{ device: { path: "/dev/other", type: "c", major: 10, minor: 229 } },
		];
		expect(await start({ devices: ["/dev/net/tun"], setup }, { flags: [] })).toEqual(
			done(...usual("net", "net/tun"), ...nodes("./net/tun character special file a:c8 666 1000:1000")),
		);
	});
	it("has links, files and sockets that were there", async () => {
		const setup = [
			{ link: { path: "/dev/log", to: "/run/log" } },
			{ file: { path: "/dev/note", content: "kept" } },
			{ mkdir: "/dev/shm/mine" },
		];
		const args = ["--", "sh", "-c", "readlink /dev/log; cat /dev/note; ls /dev/shm"];
		expect(await start({ devices: "docker-default", setup }, { args })).toEqual(done("/run/log", "keptmine"));
	});
	it("of r and w alone lets the workload do just that, and not change it", async () => {
		const tries = ["r </dev/loop0", "w >/dev/loop0", "m chmod 666 /dev/loop0"].map((each) => {
			const [name, ...words] = each.split(" ");
			return `(${words[0] === "chmod" ? "" : ": "}${words.join(" ")}) 2>/dev/null && echo ${name}`;
		});
		const args = ["--", "sh", "-c", `${tries.join(";")};true`];
		const may = async (access: string) => (await start({ devices: [{ path: "/dev/loop0", access }] }, { args })).found;
		expect([await may("r"), await may("w"), await may("rw")]).toEqual([["r"], ["w"], ["r", "w"]]);
	});
	it("opens no device of the machine that is mounted elsewhere", async () => {
		const args = ["--", "sh", "-c", "ls /host/dev/null; : </host/dev/null"];
		const options = { args, flags: [], volumes: ["/dev:/host/dev"] };
		expect(await start({}, options)).toEqual(done("/host/dev/null"));
		expect(await start({ devices: "docker-default" }, options)).toEqual({
			status: 1,
			stderr: "sh: can't open /host/dev/null: Permission denied\n",
			found: ["/host/dev/null"],
		});
	});
	it("takes the old one away with all that was mounted in it, however often it was mounted", async () => {
		const args = ["--", "sh", "-c", "cut -d ' ' -f 5 /proc/self/mountinfo | grep ^/dev | sort"];
		const mounts = ["/dev", "/dev/mqueue", "/dev/pts", "/dev/shm"];
		const twice = [{ mount: { type: "tmpfs", target: "/dev" } }];
		const [found, again] = [
			await start({ devices: "docker-default" }, { args }),
			await start({ devices: "docker-default", setup: twice }, { args }),
		];
		expect([found, again.found.filter((point) => point === "/dev")]).toEqual([done(...mounts), ["/dev"]]);
	});
	it.each(["fsopen", "fsmount", "open_tree", "move_mount"] as const)("is refused before the setup without %s", async (call) => {
		const options = (answer: "ENOSYS" | "EPERM") => ({ without: { [call]: answer }, args: ["--", "sh", "-c", "echo ran"] });
		const setup = [{ run: ["echo", "step"] }];
		const why = {
			ENOSYS: "this kernel lacks one of them, or a seccomp filter hides it (ENOSYS)",
			EPERM: "a seccomp filter refuses one of them (EPERM)",
		};
		for (const answer of ["ENOSYS", "EPERM"] as const) {
			const { status, stderr, found } = await start({ devices: "docker-default", setup }, options(answer));
			const [first = "", , , ...remedy] = stderr.split("\n");
			expect([status, found, first.replace(/^.* devices: /, "")]).toEqual([
				125,
				[""],
				`a new /dev takes fsopen, fsconfig, fsmount, open_tree and move_mount: ${why[answer]}`,
			]);
			expect([first.includes("error[CONFINE_REFUSED]"), remedy.includes("  a kernel from Linux 5.2 on has them")]).toEqual([
				true,
				answer === "ENOSYS",
			]);
		}
	});
	it("does not let a device pass that is open already, unless it is named", async () => {
		const run = (devices: unknown) =>
			runHost({
				config: { user: "1000:1000", fds: "inherit", devices },
				wrapper: ["sh", "-c", 'exec "$@" 3</dev/loop-control 4</dev/zero', "sh"],
				args: ["--", "sh", "-c", "readlink /proc/self/fd/3 >/dev/null && echo open"],
			});
		const [found, named, naive] = [await run("docker-default"), await run(["/dev/loop-control"]), await run("none")];
		expect([found.status, found.stdout]).toEqual([125, ""]);
		expect(found.stderr).toContain("fds: descriptor 3, which the workload gets, is a device that devices does not name: c 10:237");
		expect([named.stdout, naive.stdout]).toEqual(["open\n", "open\n"]);
	});
	it("lies on the old one where an outer user namespace has locked that", async () => {
		const { status, stdout } = await runHost({
			config: { user: "root", devices: "docker-default" },
			wrapper: ["unshare", "-Urm"],
			args: ["--", "sh", "-c", "cut -d ' ' -f 5 /proc/self/mountinfo | grep -c ^/dev$; find /dev -type b"],
		});
		expect([status, stdout]).toEqual([0, "2\n"]);
	});
	it("takes the place of the machine's own /dev, with its terminals", async () => {
		const args = ["--", "sh", "-c", "cd /dev; ls; ls pts; stat -c '%a' pts/ptmx"];
		const { status, stderr, found } = await start({ devices: "docker-default" }, { args, flags: [], volumes: ["/dev:/dev"] });
		expect([status, stderr, found.filter((name) => !["hugepages", "core", "mqueue"].includes(name))]).toEqual([
			0,
			"",
			[...names.filter((name) => name !== "mqueue"), "ptmx", "666"],
		]);
	});
});

const refused = async (settings: object, options: object = {}) => {
	const { status, stderr } = await start(settings, options);
	const [first = "", , , ...remedies] = stderr.trimEnd().split("\n");
	return [status, first.replace(/^.* devices: /, ""), ...remedies.map((each) => each.trim())];
};

const lines = (remedy: string) => toldLines(remedy, "docker").map((each) => each.trim());

describe("a start without SYS_ADMIN", () => {
	const ordinary = { caps: {} };
	const clean = { caps: {}, flags: [] };
	it("has it done in an ordinary container", async () => {
		const { stdout } = await runHouse({
			image: busybox,
			config: { user: "app", devices: "docker-default" },
			args: ["plan", "--format", "json", "--", "true"],
		});
		expect(Object.keys(JSON.parse(stdout).departure.rows).filter((name) => ["devices", "namespaces"].includes(name))).toEqual([]);
		expect(await start({ devices: "docker-default" }, clean)).toEqual(done(...usual(), ...nodes()));
	});
	it("has it done where all that is there is named", async () => {
		const devices = [{ path: "/dev/kmsg", access: "r" }];
		expect(await start({ devices }, { caps: {}, flags: ["--device=/dev/kmsg"] })).toEqual(
			done(...usual("kmsg"), ...nodes("./kmsg character special file 1:b 644 0:0")),
		);
	});
	it("is refused with a node of no default set", async () => {
		expect(await refused({ devices: "docker-default" }, ordinary)).toEqual([
			125,
			"/dev/fuse, /dev/loop0: not of the default set, and without SYS_ADMIN the workload's /dev stays as it is",
			"devices: [/dev/fuse, /dev/loop0], where the workload is to have it",
			...lines(
				"or leave it out of the container: docker run without --device, --privileged, --ipc host, -v /dev:... | compose: without devices | kubernetes: without the device's resource",
			),
			...lines(
				'or let it be taken away: docker run --cap-add SYS_ADMIN ... | compose: cap_add: [SYS_ADMIN] | kubernetes: securityContext.capabilities.add: ["SYS_ADMIN"]',
			),
		]);
	});
	it("is refused where a step makes a node that is not named", async () => {
		const setup = [{ device: { path: "/dev/fuse", type: "c", major: 10, minor: 229 } }];
		expect((await start({ devices: "docker-default", setup }, clean)).stderr).toBe(
			"abdicate: error[CONFINE_REFUSED] drop devices: a step has made what devices does not name: /dev/fuse=c10:229,0600,1000:1000\n  name it: devices: [PATH], or let it be taken away: docker run --cap-add SYS_ADMIN ...\n",
		);
	});
});

describe("what a runtime is to grant", () => {
	const plan = async (config: object, flags: readonly string[], ...more: readonly string[]) => {
		const args = ["plan", "--format", "docker", ...more, "--", "true"];
		const { stdout } = await runHouse({ image: busybox, caps: privileged, flags, config: { user: "app", ...config }, args });
		return [...stdout.matchAll(/--cap-add (SYS_ADMIN|MKNOD)|(apparmor=unconfined)/g)].map(([, name, profile]) => name ?? profile);
	};
	const thisStart = ["--for", "this-start"];

	it("is nothing for any start, wherever that is asked, and for this one goes by what is there", async () => {
		const settings = { devices: "docker-default", setup: [{ file: { path: "/dev/note", content: "kept" } }] };
		expect([
			await plan(settings, foreign),
			await plan(settings, []),
			await plan({ confine: "docker-default" }, foreign),
			await plan(settings, [], ...thisStart),
			(await plan(settings, foreign, ...thisStart)).filter((each) => each !== "apparmor=unconfined"),
		]).toEqual([[], [], [], [], ["SYS_ADMIN", "MKNOD"]]);
	});
	it("is what a named device takes that needs a node of its own", async () => {
		const settings = { devices: [{ path: "/dev/loop0", access: "r" }] };
		expect(await plan(settings, foreign)).toEqual(["SYS_ADMIN", "MKNOD", "apparmor=unconfined"]);
		expect(await plan({ devices: [{ path: "/dev/kmsg", access: "r" }] }, ["--device=/dev/kmsg"])).toEqual([]);
	});
});

describe("what cannot be had is refused", () => {
	const open = "this container's device cgroup refuses no device: the workload could open any";
	it("with a capability that opens any device: by a node that is there, and by one that is tried", async () => {
		const settings = { devices: "docker-default", capabilities: { keep: ["MKNOD"] } };
		expect(await refused(settings)).toEqual([
			125,
			"MKNOD is kept, and this container's device cgroup allows /dev/fuse, /dev/loop0, which devices does not name: the workload could open them",
			"devices: [/dev/fuse, /dev/loop0], where the workload is to have it",
			...lines(
				"or leave it out of the container: docker run without --device, --privileged, --ipc host, -v /dev:... | compose: without devices | kubernetes: without the device's resource",
			),
			"or leave MKNOD out of what capabilities keeps, or write devices: none",
		]);
		expect((await start(settings, { flags: [] })).stderr.split("\n")[0]).toBe(
			`abdicate: error[CONFINE_REFUSED] drop devices: MKNOD is kept, and ${open}`,
		);
	});
	it("r or w alone where a mode does not count", async () => {
		const devices = [{ path: "/dev/loop0", access: "r" }];
		const said = '"/dev/loop0": r alone is by the mode of the node, since the device cgroup cannot be changed from here, and';
		const remedy = lines('docker run --device /dev/loop0:/dev/loop0:r ... | compose: devices: ["/dev/loop0:/dev/loop0:r"] | and rw here');
		expect(await refused({ user: "root", devices })).toEqual([125, `${said} root, whose own the node is, changes its mode`, ...remedy]);
		expect(await refused({ devices, capabilities: { keep: ["DAC_OVERRIDE"] } })).toEqual([
			125,
			`${said} DAC_OVERRIDE, which is kept, passes over the mode of a node`,
			...remedy,
		]);
	});
	it("a device that is not there", async () => {
		expect(await refused({ devices: ["/dev/net/tun"] })).toEqual([
			125,
			'"/dev/net/tun" is not there, and no step makes it',
			...lines(
				'docker run --device /dev/net/tun ... | compose: devices: ["/dev/net/tun"] | kubernetes: a device plugin, or a privileged container',
			),
		]);
	});
});
