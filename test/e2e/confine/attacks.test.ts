import { describe, expect, it } from "vitest";
import { type HouseOptions, runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { nearlyPrivileged } from "../harness/run.ts";

const start = (options: Partial<HouseOptions>) => runHouse({ image: busybox, flags: nearlyPrivileged, ...options });
const shell = (script: string) => ["--", "sh", "-c", script];
/** Makes what an earlier workload has left, before the start. */
const arranged = (script: string, act: string, more: Partial<HouseOptions>) =>
	start({ ...more, entrypoint: "sh", args: ["-c", `${script}; exec /abdicate -- "$@"`, "sh", "sh", "-c", act] });

/** Naively each is open; by us nothing runs, and who can change the way is named. */
async function refused(
	run: (config: object) => Promise<{ status: number | null; stdout: string; stderr: string }>,
	config: object,
	words: string,
) {
	const [found, naive] = [await run(config), await run({ ...config, paths: "none" })];
	expect([found.status, found.stdout]).toEqual([125, ""]);
	expect(found.stderr).toContain("error[CONFINE_REFUSED]");
	expect(found.stderr).toContain(words);
	expect([naive.status, naive.stdout]).toEqual([0, "open\n"]);
}

const loose = (path: string) => `"${path}", on the way, is not root's alone`;
const read = (path: string) => `[ $(wc -c < ${path}) -gt 0 ] && echo open`;

describe("rule 4.10: nothing that is closed is led elsewhere before", () => {
	it.each([
		["/w/x", "/w"],
		["/w", "/w/x"],
	])(
		"a proc that a step mounts below a directory of the workload's in one of root's, and the other way round: %s",
		async (theirs, roots) => {
			const made = `mkdir -p /w/x/p; chown 1000 ${theirs}; chown 0 ${roots}`;
			await refused(
				(config) => arranged(made, read("/w/x/p/interrupts"), { config }),
				{ user: "1000:1000", paths: "docker-default", setup: [{ mount: { type: "proc", target: "/w/x/p" } }] },
				loose(theirs),
			);
		},
	);

	it("a proc that is brought in below the workload's own directory, which it closes to root", async () => {
		await refused(
			(config) =>
				arranged("chown 1000 /w; chmod 700 /w", read("/w/p/interrupts"), {
					config,
					volumes: ["/proc:/w/p"],
					flags: ["--cap-drop=ALL", "--cap-add=SETUID", "--cap-add=SETGID", "--cap-add=SETPCAP", "--cap-add=CHOWN"],
				}),
			{ user: "1000:1000", paths: "docker-default", setup: [] },
			"/w/p",
		);
	});

	it.each([
		["its own directory", "mkdir -p /w/d; echo x > /w/d/secret; chown 1000 /w /w/d", "/w/d/secret", loose("/w")],
		[
			"a link of its own",
			"mkdir -p /w; echo x > /etc/secret; chown 1000 /w; ln -s /etc/secret /w/link; chown -h 1000 /w/link",
			"/w/link",
			loose("/w"),
		],
		["a directory that all may write to", "mkdir -p /w; chmod 777 /w; echo x > /w/secret", "/w/secret", loose("/w")],
	])("a path of the list in %s", async (_, made, path, words) => {
		await refused(
			(config) => arranged(made, read(path), { config }),
			{ user: "1000:1000", paths: { masked: [path], read_only: "none" } },
			words,
		);
	});

	it("and one below a directory that is closed to root is closed all the same", async () => {
		const setup = [{ mount: { type: "proc", target: "/w/x/p" } }];
		const made = "mkdir -p /w/x/p; chown 1001 /w/x; chown 0 /w; mkdir -p /v/x/p; chmod 700 /v/x";
		const act = "ls /v/x/p/timer_list 2>&1 | grep -o denied; wc -c < /v/x/p/timer_list";
		const { status, stdout, stderr } = await arranged(made, act, {
			config: { user: "root", paths: "docker-default", setup: [{ mount: { ...setup[0]?.mount, target: "/v/x/p" } }] },
		});
		expect([status, stderr, stdout]).toEqual([0, "", "0\n"]);
	});

	it("what is not there is said, and not counted", async () => {
		const config = { user: "1000:1000", paths: { masked: ["none", "/etc/passwd", "/nowhere"], read_only: "none" } };
		const { status, stderr } = await start({ config, args: ["-v", ...shell("true")] });
		expect(status).toBe(0);
		expect(stderr).toContain('paths: "/nowhere" is not there, so that nothing is closed by that name');
		expect(stderr).toContain("paths masked (1) and read-only (0)");
	});

	it("what a step makes later is closed as well", async () => {
		const setup = [{ run: ["sh", "-c", "mkdir /made; echo x > /made/secret; chmod 644 /made/secret"] }];
		const run = (paths: unknown) => start({ config: { user: "1000:1000", paths, setup }, args: shell("wc -c < /made/secret") });
		const [found, naive] = [await run({ masked: ["/made/secret"], read_only: "none" }), await run("none")];
		expect([found.stdout, naive.stdout]).toEqual(["0\n", "2\n"]);
	});
});

describe("rule 4.12: no device is left that nobody has looked at", () => {
	const hidden = (mode: string) => `mkdir /dev/d; mknod /dev/d/n b 7 0; chown 1001 /dev/d; chmod ${mode} /dev/d`;
	const without = { caps: { drop: ["DAC_OVERRIDE", "DAC_READ_SEARCH"] } };
	const seen = "[ -b /dev/d/n ] && echo open";

	it.each(["711", "311"])("in a directory of mode %s, which root may not list", async (mode) => {
		const run = (config: object, flags: readonly string[]) =>
			arranged(hidden(mode), seen, { flags, ...without, config: { user: "1000:1000", ...config } });
		const naive = await run({}, []);
		expect([naive.status, naive.stdout]).toEqual([0, "open\n"]);
		const refused = await run({ devices: "docker-default" }, []);
		expect([refused.status, refused.stdout]).toEqual([125, ""]);
		expect(refused.stderr).toContain("error[CONFINE_REFUSED]");
		expect(refused.stderr).toContain("/dev/d/*: not of the default set");
		const rebuilt = await run({ devices: "docker-default" }, ["--cap-add=SYS_ADMIN"]);
		expect([rebuilt.status, rebuilt.stdout, rebuilt.stderr]).toEqual([1, "", ""]);
	});

	it.each([
		["0 that is no terminal", "exec 0</dev/fuse", {}],
		["5 with fds: inherit", "exec 5</dev/fuse", { fds: "inherit" }],
	])("as descriptor %s", async (_, opened, more) => {
		const run = (devices: string) =>
			arranged(`chmod 666 /dev/fuse; ${opened}`, "echo open", {
				flags: ["--device=/dev/fuse", "--cap-add=SYS_ADMIN"],
				config: { user: "1000:1000", devices, ...more },
			});
		const [found, naive] = [await run("docker-default"), await run("none")];
		expect([found.status, found.stdout, naive.status, naive.stdout]).toEqual([125, "", 0, "open\n"]);
		expect(found.stderr).toMatch(
			/error\[CONFINE_REFUSED\].*descriptor [05], which the workload gets, is a device that devices does not name: c 10:229/,
		);
	});

	it("nor a namespace as a descriptor", async () => {
		const run = (paths: string) =>
			arranged("exec 5</proc/self/ns/mnt", "echo open", { config: { user: "1000:1000", fds: "inherit", paths } });
		const [found, naive] = [await run("docker-default"), await run("none")];
		expect([found.status, found.stdout, naive.status, naive.stdout]).toEqual([125, "", 0, "open\n"]);
		expect(found.stderr).toContain("descriptor 5, which the workload gets, is a namespace that was opened before");
	});

	it("is made by MKNOD that is kept, where the device cgroup refuses none and SYS_ADMIN is not held", async () => {
		const act = "mknod /tmp/n b 7 0 && echo open; ls -A /dev | grep abdicate";
		const run = (devices: string) =>
			start({ flags: [], config: { user: "root", devices, capabilities: { keep: ["MKNOD"] } }, args: shell(`${act}; true`) });
		const [found, naive] = [await run("docker-default"), await run("none")];
		expect([found.status, found.stdout, naive.status, naive.stdout]).toEqual([125, "", 0, "open\n"]);
		expect(found.stderr).toContain("error[CONFINE_REFUSED]");
		expect(found.stderr).toContain("MKNOD is kept, and");
	});

	it("among the machine's terminals by another name", async () => {
		const run = (devices: string, flags: readonly string[]) =>
			start({
				flags,
				volumes: ["/dev/pts:/host/pts"],
				config: { user: "1000:1000", devices },
				args: shell("grep ' /host/pts ' /proc/self/mountinfo | grep -c nodev; true"),
			});
		const [found, naive, refused] = [
			await run("docker-default", nearlyPrivileged),
			await run("none", nearlyPrivileged),
			await run("docker-default", []),
		];
		expect([found.stdout, naive.stdout]).toEqual(["1\n", "0\n"]);
		expect([refused.status, refused.stdout]).toEqual([125, ""]);
		expect(refused.stderr).toContain("/host/pts: not of the default set");
	});
});

/** A shell's child opens /dev/null first, which is not there in the moment in which /dev is exchanged. */
const hasBegun = "until grep -q sleep /proc/$!/comm; do :; done";

describe("rule 4.10: a program that a step has left running", () => {
	const left = (opened: string, user: string) => ({
		run: { command: ["sh", "-c", `${opened}; sleep 600 & echo $! > /tmp/pid; ${hasBegun}`], background: true, user },
	});
	const act =
		"ls /proc/$(cat /tmp/pid)/cwd/vm/swappiness /proc/$(cat /tmp/pid)/fd/7 /proc/$(cat /tmp/pid)/cwd/fuse 2>/dev/null | head -n 1 | wc -l";
	const run = (opened: string, user: string, more: object) =>
		start({
			config: {
				user: "1000:1000",
				setup: [{ run: ["sh", "-c", "chmod 1777 /tmp; mkdir -p /opt/m/vm; echo > /opt/m/vm/swappiness"] }, left(opened, user)],
				...more,
			},
			args: shell(`[ $(${act}) = 1 ] && echo open; true`),
		});

	it.each([
		["cwd in /proc/sys", "cd /proc/sys", { paths: "docker-default" }],
		["a descriptor of /proc", "exec 7</proc/interrupts", { paths: "docker-default" }],
		["cwd in what is masked", "cd /opt/m", { paths: { masked: ["/opt/m"], read_only: "none" } }],
		["cwd in the old /dev", "cd /dev", { devices: "docker-default" }],
	])("keeps no %s for the workload", async (_, opened, more) => {
		const [found, naive] = [await run(opened, "target", more), await run(opened, "target", {})];
		expect([naive.status, naive.stderr, naive.stdout]).toEqual([0, "", "open\n"]);
		expect([found.status, found.stdout, found.stderr]).toEqual([125, "", expect.any(String)]);
		expect(found.stderr).toMatch(
			/error\[CONFINE_REFUSED\].* \w+, which runs as the workload's user, has open what is closed: \/proc\/\d+\/(cwd|fd\/7)/,
		);
	});

	it("has what is its own, and as another user it is not to be looked into", async () => {
		const config = { confine: "docker-default" };
		const [own, other] = [await run("cd /tmp", "target", config), await run("cd /proc/sys", "1001:1001", config)];
		expect([own.status, own.stdout, other.status, other.stdout]).toEqual([0, "", 0, ""]);
	});
});

describe("rule 4.11: what confine cannot do is said", () => {
	const warning = "SYS_ADMIN is kept, with which the workload can take away every mask, and mount what it likes";
	it.each([
		["confine", { confine: "docker-default", devices: "none" }],
		["paths", { paths: "docker-default" }],
	])("of SYS_ADMIN that is kept beside %s", async (where, config) => {
		const run = (capabilities: object) => start({ config: { user: "root", ...config, capabilities }, args: shell("true") });
		const [found, plain] = [await run({ keep: ["SYS_ADMIN"] }), await run({})];
		expect([found.status, plain.status]).toEqual([0, 0]);
		expect(found.stderr).toContain(`${where}: ${warning}`);
		expect(plain.stderr).not.toContain(warning);
	});
});
