import { describe, expect, it } from "vitest";
import { linesOf } from "../../../src/report/ways.ts";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";

const asRoot = linesOf(
	'a container that is started as another user than root (here uid 1000) holds no capability, whatever is added; start it as root: docker run --user 0 ... | compose: user: "0" | kubernetes: securityContext: {runAsUser: 0, runAsNonRoot: false}',
	"docker",
);
const ofVolume = linesOf(
	"or give the files to uid 1000 where they come from: by RUN chown in the Dockerfile, those of a volume by chown on the machine",
	"docker",
);
const byGroup = linesOf(
	"or by its group, where its mode lets that read: docker run --group-add GID ... | compose: group_add: [GID] | kubernetes: securityContext: {fsGroup: GID}, or supplementalGroups: [GID] where fsGroup does not count (hostPath, NFS)",
	"docker",
);
const toRead =
	"or let uid 1000 read what is closed to it: of the image by COPY --chown=1000, of a volume by chown on the machine, of a secret by the uid and mode that the runtime gives it";
const lowPorts = linesOf(
	'or open low ports to everybody, and where one is to be kept write keep_if_present in the place of keep: docker run --sysctl net.ipv4.ip_unprivileged_port_start=0 ... | compose: sysctls: [net.ipv4.ip_unprivileged_port_start=0] | kubernetes: spec.securityContext.sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "0"}]',
	"docker",
);
const stay = "or let it stay: no_new_privileges: true and when_unprivileged: adapt";

const wrongVolume = { volumes: [`${volume("chown 4242:4242 .; mkdir -m 700 closed")}:/data`] };
const guarded = { flags: ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"] };

function start(config: object, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		user: "1000:1000",
		// Added, and of no use.
		caps: { add: ["SYS_ADMIN", "MKNOD", "CHOWN"] },
		config: { user: "app", ...config },
		args: ["--", "echo", "workload"],
		...more,
	});
}

/** The first line without the program's name and the step's, and what it tells to do. */
async function refusalOf(config: object, more: Partial<ContainerOptions> = {}) {
	const { status, stdout, stderr } = await start(config, more);
	const [first = "", ...remedies] = stderr.trimEnd().split("\n");
	return [
		status,
		stdout,
		/error\[(.*)/.exec(first)?.[1],
		remedies.filter((line) => /^ {2}(?:\S| {2}(?:docker|compose|kubernetes))/.test(line)).map((line) => line.slice(2)),
	];
}

describe("rule 2.8: a start as another user than root", () => {
	it.each<[string, object, Partial<ContainerOptions>, string, readonly string[]]>([
		[
			"that is to keep a capability",
			{ capabilities: { keep: ["SYS_ADMIN"] } },
			{},
			"CAPABILITY_MISSING] /etc/entrypoint.yaml:1:30 capabilities: SYS_ADMIN is to be kept but not held by uid 1000",
			[...asRoot],
		],
		[
			"that is to become its user, come what may",
			{ user: "redis", when_unprivileged: "fail" },
			{},
			"CAPABILITY_MISSING]: a start as uid 1000 holds no capability, and this one needs some: SETUID and SETGID for /etc/entrypoint.yaml:1:9 user; SETPCAP for capabilities",
			[...asRoot, stay],
		],
		[
			"with a bounding set that is to be empty",
			{ user: "1000:1000", no_new_privileges: false },
			{ caps: { drop: ["ALL"], add: ["KILL"] } },
			"CAPABILITY_MISSING] capabilities: taking KILL out of the bounding set needs SETPCAP, not held by uid 1000",
			[...asRoot, stay],
		],
		[
			"that mounts",
			{ setup: [{ mount: { type: "tmpfs", target: "/home" } }] },
			{},
			"CAPABILITY_MISSING] setup[0] mount tmpfs at /home: SYS_ADMIN is not held by uid 1000, needed to mount at /home",
			[...asRoot],
		],
		[
			"that binds a low port",
			{ setup: [{ listen: { tcp: 80 } }] },
			guarded,
			"CAPABILITY_MISSING] setup[0] listen listen on tcp 80: NET_BIND_SERVICE is not held by uid 1000, needed to bind tcp 80",
			[...asRoot, ...lowPorts],
		],
		[
			"that makes a directory for somebody else",
			{ setup: [{ mkdir: { path: "/tmp/d", owner: "redis" } }] },
			{},
			"CAPABILITY_MISSING] setup[0] mkdir /tmp/d mode 0755 owner 999:1000: CHOWN is not held by uid 1000, needed to give /tmp/d its owner",
			[...asRoot, ...ofVolume],
		],
		[
			"on a volume of somebody else's",
			{ setup: [{ own: "/data" }] },
			wrongVolume,
			'STEP_FAILED] setup[0] own /data to 1000:1000 (mismatched): openat: EACCES on "/data/closed": CAP_DAC_READ_SEARCH (or CAP_DAC_OVERRIDE) is not held by uid 1000: uid 1000 (groups 1000) may not read "/data/closed", which is of 0:0 with mode 0700',
			[...asRoot, toRead, ...byGroup],
		],
		[
			"that requires a capability",
			{ setup: [{ require: { capability: ["NET_ADMIN"] } }] },
			{},
			"REQUIREMENT_MISSING] setup[0] require NET_ADMIN: CAP_NET_ADMIN is not held by uid 1000",
			[...asRoot],
		],
	])("%s is told what helps, which is no capability", async (_, config, more, message, remedies) => {
		expect(await refusalOf(config, more)).toEqual([125, "", message, remedies]);
	});

	it("is told of --cap-add as root alone, with what has to be there, and not what may", async () => {
		const config = { user: "app", capabilities: { keep: ["KILL"], keep_if_present: ["SYS_NICE"] } };
		const { stderr } = await start(config, { user: "0:0", caps: { drop: ["ALL"] } });
		const flags = ["KILL", "SETGID", "SETUID", "SETPCAP"];
		expect(stderr.split("\n").filter((line) => /^ {2}(?:docker|missing)/.test(line))).toEqual([
			`  docker run ${flags.map((name) => `--cap-add ${name}`).join(" ")} ...`,
			"  missing as well: CHOWN to let the user open its standard input, output and error again, without which it starts too",
		]);
	});
});

const why = "it would run as root, which uid 1000 cannot become; when: {held: SETUID} says that this is meant";
const passed = (kind: string) => `abdicate: warning: setup[0] ${kind} is passed over: ${why}\n`;

describe("a start as another user that adapts", () => {
	it.each<[string, object, string]>([
		["a program of root's", { run: ["touch", "/tmp/made"] }, passed("run")],
		["a program that changes owners", { run: { command: ["chown", "1", "/tmp"], capabilities: ["CHOWN", "FOWNER"] } }, passed("run")],
		["a program of root's that has made what it makes", { run: { command: ["false"], creates: "/bin/sh" } }, ""],
		["one of somebody else's that has", { run: { command: ["false"], user: "redis", background: true, creates: "/bin/sh" } }, ""],
		["hooks of root's", { hooks: { directory: "/bin", pattern: "none", user: "root" } }, passed("hooks")],
		["hooks of root's that are not there", { hooks: { directory: "/none", user: "root" } }, ""],
		["a program of root's whose condition does not hold", { run: ["false"], when: { held: "SETUID" } }, ""],
	])("passes over %s, and says so", async (_, step, stderr) => {
		const found = await start({ setup: [step] });
		expect([found.status, found.stdout, found.stderr]).toEqual([0, "workload\n", stderr]);
	});

	it.each<[string, object, string]>([
		[
			"what changes more than files",
			{ run: { command: ["ip"], capabilities: ["NET_ADMIN"] } },
			"NET_ADMIN and SETUID and SETGID for setup[0] run ip as uid 0 with NET_ADMIN",
		],
		[
			"what has not been made",
			{ run: { command: ["make"], creates: "/tmp/none" } },
			"SETUID and SETGID for setup[0] run make as uid 0 with no capability",
		],
		[
			"what is to stay",
			{ run: { command: ["d"], background: true } },
			"SETUID and SETGID for setup[0] run d as uid 0 with no capability, stays for life",
		],
		["somebody else's", { run: { command: ["d"], user: "redis" } }, "SETUID and SETGID for setup[0] run d as uid 999 with no capability"],
	])("does not pass over %s", async (_, step, message) => {
		const [status, stdout, said, remedies] = await refusalOf({ setup: [step] });
		expect([status, stdout, `${said}`.split(": ").at(-1), (remedies as string[]).slice(0, asRoot.length)]).toEqual([
			125,
			"",
			message,
			asRoot,
		]);
	});

	it("runs what is its own, and passes over nothing when it is told to fail", async () => {
		const own = await start({ setup: [{ run: { command: ["echo", "first"], user: "target" } }] });
		expect([own.status, own.stdout, own.stderr]).toEqual([0, "first\nworkload\n", ""]);
		const config = { user: "1000:1000", when_unprivileged: "fail", setup: [{ run: ["true"] }] };
		expect(await refusalOf(config, { caps: { drop: ["ALL"] } })).toEqual([
			125,
			"",
			"CAPABILITY_MISSING]: a start as uid 1000 holds no capability, and this one needs some: SETUID and SETGID for setup[0] run true as uid 0 with no capability",
			[...asRoot],
		]);
	});

	it("shows it in the plan", async () => {
		const { stdout } = await start({ setup: [{ run: ["true"] }] }, { args: ["plan", "--", "true"] });
		expect(stdout.split("\n").flatMap((line) => /^(?: *\d+ \w+|warning +)(.*)/.exec(line)?.[1] ?? [])).toEqual([
			passed("run").replace("abdicate: warning: ", "").trimEnd(),
		]);
	});
});
