import { describe, expect, it } from "vitest";
import { busybox, scratch } from "../harness/images.ts";
import { type ContainerOptions, nearlyPrivileged, runContainer } from "../harness/run.ts";
import { credentials, dockerDefault, dropped, none } from "./credentials.ts";

type Start = Omit<ContainerOptions, "image" | "config" | "args">;
type Expected =
	| { readonly state: ReturnType<typeof dropped>; readonly warns?: string }
	| { readonly status: number; readonly code: string; readonly says: readonly string[] };

const app = { user: "app" };
const oneDevice = ["--cap-add=SYS_ADMIN", "--device=/dev/fuse", "--security-opt=apparmor=unconfined"];
const devices = { ...app, devices: "docker-default" };
const limits = { ...app, cgroup: { pids: 20 } };

/** What Docker leaves in the bounding set of a container that is not root's cannot shrink; nothing can come out of it under no_new_privs. */
function unprivileged(uid: number, gid: number, groups: readonly number[], bounding: string) {
	const base = dropped(uid, gid, groups);
	return { ...base, caps: { ...base.caps, bounding }, securebits: 0 };
}

const rows: readonly [name: string, config: object, start: Start, expected: Expected][] = [
	["root", app, {}, { state: dropped(1000, 1000, [44, 1000]) }],
	["root, with a group of the runtime's", app, { flags: ["--group-add", "777"] }, { state: dropped(1000, 1000, [44, 777, 1000]) }],
	["root, no-new-privileges set", app, { flags: ["--security-opt", "no-new-privileges"] }, { state: dropped(1000, 1000, [44, 1000]) }],
	["root, read-only root file system", app, { flags: ["--read-only"] }, { state: dropped(1000, 1000, [44, 1000]) }],
	[
		"root, only what the drop needs",
		app,
		{ caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] } },
		{ state: dropped(1000, 1000, [44, 1000]) },
	],
	[
		"root without any capability",
		app,
		{ caps: { drop: ["ALL"] } },
		{
			status: 125,
			code: "CAPABILITY_MISSING",
			says: [
				"SETUID and SETGID",
				"--cap-add SETGID --cap-add SETUID --cap-add SETPCAP ...",
				"docker run --user 1000:1000 --group-add 44 ...",
			],
		},
	],
	[
		"rule 2.3: root without SETPCAP",
		app,
		{ caps: { drop: ["SETPCAP"] } },
		{ status: 125, code: "CAPABILITY_MISSING", says: ["out of the bounding set needs SETPCAP", "--cap-add SETPCAP"] },
	],
	[
		"root without any capability, staying root",
		{ user: "root" },
		{ caps: { drop: ["ALL"] } },
		{ state: { ...dropped(0, 0, [0]), securebits: 0 } },
	],
	["the user itself", app, { user: "app" }, { state: unprivileged(1000, 1000, [44, 1000], dockerDefault) }],
	[
		"the user itself, without any capability",
		app,
		{ user: "app", caps: { drop: ["ALL"] } },
		{ state: unprivileged(1000, 1000, [44, 1000], none) },
	],
	["another user", app, { user: "4321:4321" }, { state: unprivileged(4321, 4321, [4321], dockerDefault) }],
	["a random user with gid 0", app, { user: "1000650000:0" }, { state: unprivileged(1_000_650_000, 0, [0], dockerDefault) }],
	[
		"another user, and no adapting",
		{ ...app, when_unprivileged: "fail" },
		{ user: "4321:4321" },
		{
			status: 125,
			code: "CAPABILITY_MISSING",
			says: ["a start as uid 4321 holds no capability, and this one needs some: SETUID and SETGID for", "docker run --user 0 ..."],
		},
	],
	["devices, root", devices, {}, { state: dropped(1000, 1000, [44, 1000]) }],
	["devices, the user itself", devices, { user: "app" }, { state: unprivileged(1000, 1000, [44, 1000], dockerDefault) }],
	["devices, root with all that a runtime gives", devices, { flags: nearlyPrivileged }, { state: dropped(1000, 1000, [44, 1000]) }],
	[
		"devices, root that keeps MKNOD, and a device cgroup that refuses devices",
		{ ...devices, capabilities: { keep: ["MKNOD"] } },
		{ flags: nearlyPrivileged.filter((flag) => !flag.startsWith("--device")) },
		{ state: dropped(1000, 1000, [44, 1000], "0000000008000000") },
	],
	[
		"devices, root that keeps MKNOD, and a device cgroup that refuses none",
		{ ...devices, capabilities: { keep: ["MKNOD"] } },
		{ flags: [...nearlyPrivileged.filter((flag) => !flag.startsWith("--device")), "--device-cgroup-rule=a *:* rwm"] },
		{ status: 125, code: "CONFINE_REFUSED", says: ["MKNOD is kept, and this container's device cgroup refuses no device"] },
	],
	[
		"devices, root that keeps SYS_ADMIN, and a device that is not named",
		{ ...devices, capabilities: { keep: ["SYS_ADMIN"] } },
		{ flags: oneDevice },
		{
			status: 125,
			code: "CONFINE_REFUSED",
			says: [
				"SYS_ADMIN is kept, and this container's device cgroup allows /dev/fuse, which devices does not name: ",
				"devices: [/dev/fuse]",
			],
		},
	],
	[
		"devices, root that keeps SYS_ADMIN, and a device that is named",
		{ ...devices, devices: ["/dev/fuse"], capabilities: { keep: ["SYS_ADMIN"] } },
		{ flags: oneDevice },
		{ state: dropped(1000, 1000, [44, 1000], "0000000000200000"), warns: "devices: SYS_ADMIN is kept, with which the workload" },
	],
	[
		"devices, the user itself with another device",
		devices,
		{ user: "app", flags: ["--device=/dev/fuse"] },
		{ status: 125, code: "CONFINE_REFUSED", says: ["/dev/fuse: not of the default set", "devices: [/dev/fuse]", "without --device"] },
	],
	["cgroup, as tight as the runtime's", limits, { flags: ["--pids-limit=20"] }, { state: dropped(1000, 1000, [44, 1000]) }],
	[
		"cgroup, tighter than the runtime's",
		limits,
		{ flags: ["--pids-limit=21"] },
		{ status: 125, code: "CONFINE_REFUSED", says: ["pids 20: ", "docker run --pids-limit 20 ..."] },
	],
];

/** One filter more than the runtime has loaded, by what the bounding set will be: Docker's own is one. */
const filtered: readonly [name: string, config: object, start: Start][] = [
	["root", app, {}],
	["root, no-new-privileges set", app, { flags: ["--security-opt", "no-new-privileges"] }],
	["root, read-only root file system", app, { flags: ["--read-only"] }],
	["root, only what the drop needs", app, { caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] } }],
	["root without any capability, staying root", { user: "root" }, { caps: { drop: ["ALL"] } }],
	["root, with all that a runtime gives", app, { flags: nearlyPrivileged }],
	["the user itself", app, { user: "app" }],
	["another user", app, { user: "4321:4321" }],
	["a random user with gid 0", app, { user: "1000650000:0" }],
];

describe("how a start decides", () => {
	it.each(rows)("%s", async (_, config, start, expected) => {
		const outcome = await runContainer({ image: busybox, config, args: ["--", "/probe"], ...start });
		if ("state" in expected) {
			expect({ status: outcome.status, stderr: outcome.stderr, ...credentials(outcome.probe) }).toEqual({
				status: 0,
				stderr: expected.warns === undefined ? "" : expect.stringMatching(new RegExp(`^abdicate: warning: ${expected.warns}.*\n$`)),
				...expected.state,
			});
			return;
		}
		expect({ status: outcome.status, stdout: outcome.stdout }).toEqual({ status: expected.status, stdout: "" });
		expect(outcome.stderr).toContain(`error[${expected.code}]`);
		for (const words of expected.says) {
			expect(outcome.stderr).toContain(words);
		}
	});

	it.each(filtered)("has its filter of system calls: %s", async (_, config, start) => {
		const run = (seccomp: string) => runContainer({ image: busybox, config: { ...config, seccomp }, args: ["--", "/probe"], ...start });
		const [without, within] = await Promise.all([run("none"), run("docker-default")]);
		expect({ status: within.status, stderr: within.stderr, ...credentials(within.probe) }).toEqual({
			status: 0,
			stderr: "",
			...credentials(without.probe),
		});
		expect([within.probe.seccomp, within.probe.seccompFilters]).toEqual([2, (without.probe.seccompFilters as number) + 1]);
	});

	it("says at -v which identity stays", async () => {
		const { stderr, status } = await runContainer({ image: busybox, config: app, user: "4321:4321", args: ["-v", "--", "/bin/true"] });
		expect(status).toBe(0);
		expect(stderr).toContain(
			"note: started as uid 4321, gid 4321, groups 4321 without SETUID and SETGID: this identity stays instead of uid 1000, gid 1000, groups 44 1000",
		);
	});

	it.each([
		["none", 0],
		["docker-default", 2],
	])("works without /proc, seccomp: %s", async (seccomp, mode) => {
		const { status, probe, stderr } = await runContainer({
			image: busybox,
			entrypoint: "sh",
			flags: ["--cap-add=SYS_ADMIN", "--security-opt=systempaths=unconfined", "--security-opt=seccomp=unconfined"],
			args: ["-c", `umount -l /proc && exec /abdicate --user app --seccomp ${seccomp} -- /probe`],
		});
		expect({ status, stderr, ...credentials(probe), hasProc: probe.hasProc, mode: probe.seccomp }).toEqual({
			status: 0,
			stderr: "",
			...dropped(1000, 1000, [44, 1000]),
			hasProc: false,
			mode,
		});
	});

	it("rule 2.7: works in a user namespace of one id, and empties the bounding set there", async () => {
		const script = "exec /probe exec /abdicate --user 0:0 --seccomp docker-default -- /probe";
		const { status, probe, stderr } = await runContainer({
			image: busybox,
			entrypoint: "unshare",
			flags: ["--security-opt=seccomp=unconfined"],
			args: ["-U", "-r", "sh", "-c", script],
		});
		const { caps, resuid, noNewPrivs, seccomp } = probe;
		expect({ status, stderr, caps, resuid, noNewPrivs, seccomp }).toEqual({
			status: 0,
			stderr: "",
			caps: dropped(0, 0, []).caps,
			resuid: [0, 0, 0],
			noNewPrivs: 1,
			seccomp: 2,
		});
	});

	it("names the ids that a user namespace lacks", async () => {
		const { status, stderr } = await runContainer({
			image: busybox,
			entrypoint: "unshare",
			flags: ["--security-opt=seccomp=unconfined"],
			args: ["-U", "-r", "/abdicate", "--user", "app", "--", "/probe"],
		});
		expect(status).toBe(125);
		expect(stderr).toContain("error[ID_UNMAPPED] --user: uid 1000 does not exist in this user namespace: /proc/self/uid_map has 0");
	});

	it("rule 4.5: refuses to run when it was installed setuid", async () => {
		const { status, stderr } = await runContainer({
			image: busybox,
			entrypoint: "sh",
			args: ["-c", "cp /abdicate /tmp/setuid && chmod 4755 /tmp/setuid && exec /tmp/setuid --user app -- /probe"],
		});
		expect({ status, code: /error\[(\w+)\]/.exec(stderr)?.[1] }).toEqual({ status: 125, code: "SETUID_BINARY" });
	});

	it("needs no configuration file", async () => {
		const { probe } = await runContainer({
			image: scratch,
			args: ["-u", "5:6", "--keep", "net_bind_service", "-e", "A=b", "--", "/probe"],
		});
		expect(credentials(probe)).toEqual(dropped(5, 6, [6], "0000000000000400"));
		expect(probe.env).toContain("A=b");
	});
});
