import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { nodeHost } from "../../../src/node/host.ts";
import { Failure } from "../../../src/report/failure.ts";
import type { Host } from "../../../src/sys/native.ts";
import { type NamedPlan, planNamed } from "../../../src/tools/plan/named-plan.ts";
import { schemaErrors } from "../../harness/json-schema.ts";

/** A header of a program that needs no loader. elf(5) */
const elf = `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0\x3e\0\x01\0\0\0${"\0".repeat(28)}\x40\0\x38\0\0\0\0\0\0\0\0\0`;

let image: string;
beforeEach(() => {
	image = mkdtempSync(join(tmpdir(), "abdicate-anywhere-"));
	for (const directory of ["etc", "bin", "run", "var/lib/app"]) {
		mkdirSync(join(image, directory), { recursive: true, mode: 0o755 });
	}
	writeFileSync(join(image, "etc/passwd"), "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
	writeFileSync(join(image, "etc/group"), "root:x:0:\nvideo:x:44:app\ndocker:x:999:\napp:x:1000:\n");
	writeFileSync(join(image, "bin/serve"), elf);
	chmodSync(join(image, "bin/serve"), 0o755);
});
afterEach(() => rmSync(image, { recursive: true, force: true }));

interface Printed {
	readonly text: string;
	readonly status: number;
	readonly problems: readonly string[];
	/** Everything that is said of them. */
	readonly told: string;
}

async function printed(config: string | object, options: Partial<NamedPlan> = {}, file?: string): Promise<Printed> {
	let text = "";
	const host = Object.assign(Object.create(nodeHost()) as Host, {
		write: (_: number, more: string) => {
			text += more;
			return more.length;
		},
	});
	writeFileSync(join(image, "etc/entrypoint.yaml"), typeof config === "string" ? config : JSON.stringify(config));
	try {
		const { problems, isAbove = false } = await planNamed(host, { format: "text", root: image, ...options }, file, ["serve"]);
		const lines = problems.map(({ code, message }) => `${code} ${message}`);
		return { text, status: problems.length > 0 || isAbove ? 1 : 0, problems: lines, told: JSON.stringify(problems) };
	} catch (error) {
		if (!(error instanceof Failure)) {
			throw error;
		}
		const { diagnostics } = error;
		return { text, status: 1, problems: diagnostics.map(({ code, message }) => `${code} ${message}`), told: JSON.stringify(diagnostics) };
	}
}

describe("a plan that cannot be made", () => {
	it.each<[string, string | object, object[], number]>([
		[
			"a key that is unknown",
			{ user: "app", usr: 1 },
			[{ code: "CONFIG_UNKNOWN_KEY", where: "/etc/entrypoint.yaml:1:15 usr", time: null }],
			125,
		],
		["what is no YAML", "user: [", [{ code: "CONFIG_SYNTAX" }, { code: "CONFIG_INVALID_VALUE" }], 125],
		["a user that is not there", { user: "who" }, [{ code: "USER_UNKNOWN", severity: "error" }], 125],
	])("is told as JSON: %s", async (_, config, problems, exit) => {
		const { text, status } = await printed(config, { format: "json" });
		const told = JSON.parse(text);
		expect(schemaErrors("plan", told)).toEqual([]);
		expect([told, status]).toEqual([{ problems: problems.map((each) => expect.objectContaining(each)), exit_status: exit }, 1]);
	});

	it("is no plan where the call is wrong", async () => {
		expect(await printed({ user: "app" }, { format: "json", as: "dcker" })).toMatchObject({ text: "", status: 1 });
	});
});

describe("settings of the kernel", () => {
	const config = { user: "app", setup: [{ require: { sysctl: { "kernel.ostype": "Other", "net.core.none": { at_least: 1 } } } }] };

	it("are this machine's, which is said, unless they are given", async () => {
		const here = await json(config);
		expect([here["exit_status"], here["notes"]]).toEqual([
			125,
			expect.arrayContaining(["taken from this machine: kernel.ostype, net.core.none; sysctl=NAME=VALUE in --as gives another value"]),
		]);
		const given = await json(config, { as: "docker,sysctl=kernel.ostype=Other,sysctl=net.core.none=7" });
		expect([given["exit_status"], `${given["notes"]}`]).toEqual([0, expect.not.stringContaining("machine")]);
	});
});

async function json(config: string | object, options: Partial<NamedPlan> = {}): Promise<Record<string, unknown>> {
	const { text, problems } = await printed(config, { format: "json", ...options });
	return text === "" ? { problems } : JSON.parse(text);
}

describe("variables that nobody sets", () => {
	const written = {
		user: "${RUN_AS}",
		env: { set: { URL: "http://${DB_HOST}/" } },
		setup: [
			{ own: "${DATA_DIR}" },
			{ listen: { tcp: "${PORT}", name: "http" } },
			{ file: { path: "/run/app.conf", content: "x", mode: "${MODE}" } },
			{ file: { path: "/run/token", content: "${TOKEN}" }, when: { env: "TOKEN" } },
			{ file: { path: "/run/given", content: "${GIVEN:-x}" } },
		],
	};

	it("are assumed where a start needs them, and shown by their names", async () => {
		const { assumed, setup } = await json(written);
		expect(assumed).toEqual({
			RUN_AS: "48101:48101",
			DB_HOST: "48102",
			DATA_DIR: "/${DATA_DIR}",
			PORT: "48104",
			MODE: "0751",
		});
		const [own] = setup as { action: object }[];
		expect(JSON.stringify(own)).toContain("${DATA_DIR}");
		const { text, problems } = await printed(written);
		expect(problems).toEqual([]);
		expect(text).toContain("${RUN_AS}, ${DB_HOST}, ${DATA_DIR}, ${PORT}, ${MODE}");
	});

	it("are not, where they are given", async () => {
		const env = ["RUN_AS=app", "DB_HOST=db", "DATA_DIR=/var/lib/app", "PORT=8080", "MODE=0640", "TOKEN=x"];
		const { assumed, setup } = await json(written, { env });
		expect([assumed, (setup as { skipped?: string }[]).filter(({ skipped }) => skipped !== undefined)]).toEqual([{}, []]);
	});

	it("are assumed where steps take them by their names", async () => {
		const setup = [
			{ secret: { from: { env: "PASSWORD" }, path: "/run/secret" } },
			{ file: { path: "/run/app.conf", from_env: "CONFIGURATION" } },
			{ require: { env: ["TZ", "SET", "LC_*"] } },
			{ secret: { from: { env: "PERHAPS" }, path: "/run/other" }, when: { env: "PERHAPS" } },
		];
		const { assumed } = await json({ user: "app", env: { set: { SET: "x" } }, setup });
		expect(assumed).toEqual({ PASSWORD: "${PASSWORD}", CONFIGURATION: "${CONFIGURATION}", TZ: "${TZ}" });
		const given = await json({ user: "app", setup: setup.slice(0, 1) }, { env: ["PASSWORD_FILE=/etc/passwd"] });
		expect(given.assumed).toEqual({});
	});

	it("and a file that is wrong otherwise is refused as ever", async () => {
		const { problems } = await printed("user: ${RUN_AS}\nsetop: []\n");
		expect(problems).toEqual([expect.stringMatching(/^INTERPOLATION_UNSET /), expect.stringMatching(/^CONFIG_UNKNOWN_KEY /)]);
	});
});

describe("the file", () => {
	it("of here is read as it is written, and one below DIR is the image's", async () => {
		const outside = mkdtempSync(join(tmpdir(), "abdicate-outside-"));
		try {
			writeFileSync(join(outside, "own.yaml"), "user: app\n");
			writeFileSync(join(outside, "secret"), "of the host: [\n");
			symlinkSync(join(outside, "secret"), join(image, "etc/link.yaml"));
			expect(await printed("user: nobody-here", {}, join(outside, "own.yaml"))).toMatchObject({ status: 0, problems: [] });
			expect((await printed("user: app", {}, join(image, "etc/entrypoint.yaml"))).status).toBe(0);
			expect((await printed("user: app", {}, join(image, "etc/link.yaml"))).problems).toEqual([
				expect.stringMatching(/^CONFIG_NOT_FOUND /),
			]);
		} finally {
			rmSync(outside, { recursive: true, force: true });
		}
	});

	it("of the image has to be trusted there", async () => {
		chmodSync(join(image, "etc"), 0o777);
		expect((await printed("user: app")).problems).toEqual([expect.stringMatching(/^CONFIG_UNTRUSTED /)]);
	});
});

describe("the score of a plan", () => {
	it.each<[string, object, string, number]>([
		["a user without anything", { user: "app" }, "docker", 0],
		["root, privileged", { user: "root" }, "privileged", 2.5],
		["a group of the daemon", { user: "app", groups: { add: ["docker"] } }, "docker", 3],
		["a capability that is kept", { user: "app", capabilities: { keep: ["SYS_ADMIN"] } }, "caps=+SYS_ADMIN", 3.3],
		["no_new_privs off", { user: "app", no_new_privileges: false }, "no-seccomp", 2],
	])("is what %s is worth", async (_, config, as, overall) => {
		const score = await json(config, { as, score: true, threshold: "2.9" });
		expect(score).toMatchObject({ command: ["serve"], overall, isLeast: true, threshold: 2.9 });
		expect(schemaErrors("score", score)).toEqual([]);
		const { text, status } = await printed(config, { as, threshold: "2.9" });
		expect(status).toBe(overall > 2.9 ? 1 : 0);
		expect(text).toContain(`exposure at least ${overall.toFixed(1)} of 10: `);
	});

	it.each(["11", "-1", "x", "1.25", ""])("has no threshold %j", async (threshold) => {
		expect((await printed({ user: "app" }, { threshold })).problems).toEqual([expect.stringMatching(/^USAGE --threshold /)]);
	});
});

describe("what does not go together", () => {
	it.each<[Partial<NamedPlan>, string]>([
		[{ env: ["A=b"], root: undefined as never }, "USAGE --env is for another start than this one"],
		[{ as: "docker", format: "docker" }, "USAGE --format docker prints what a runtime has to grant to a start as root, whatever --as says"],
		[{ score: true, format: "oci" }, "USAGE --score is printed as text or json, and not as oci"],
		[{ root: "/nonexistent" }, 'USAGE --root "/nonexistent": ENOENT: it does not exist'],
	])("is refused: %j", async (options, message) => {
		const { problems } = await printed({ user: "app" }, options);
		expect(problems.length).toBe(1);
		expect(problems[0]).toContain(message.slice(0, 40));
	});
});

describe("the restricted Pod", () => {
	const documents = async (config: object) => {
		const { text } = await printed(config, { format: "kubernetes" });
		return { last: text.trimEnd().split("\n").at(-1), all: parseAllDocuments(text).map((each) => each.toJS()) };
	};

	it("opens a low port by the sysctl that is safe", async () => {
		const { all } = await documents({ user: "app", setup: [{ listen: { tcp: 80 } }] });
		expect(all[1]).toHaveProperty("spec.securityContext.sysctls", [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }]);
		expect(all[1]).toHaveProperty("spec.containers.0.securityContext", {
			allowPrivilegeEscalation: false,
			capabilities: { drop: ["ALL"] },
		});
	});

	it("of a user alone has nothing more", async () => {
		const { all } = await documents({ user: "app" });
		expect(all[1]).not.toHaveProperty("spec.volumes");
		expect(all[1]).not.toHaveProperty("spec.securityContext.fsGroup");
		expect(all[1]).toHaveProperty("spec.securityContext.runAsNonRoot", true);
	});

	it.each<[string, object, RegExp]>([
		["a workload that is root", { user: "root" }, /^# not restricted: the workload stays root$/],
		[
			"what it mounts",
			{ user: "app", setup: [{ mount: { type: "tmpfs", target: "/mnt" } }] },
			/^# not restricted: .*SYS_ADMIN is not held/,
		],
		[
			"what it gives away",
			{ user: "app", setup: [{ own: "/var/lib/app" }] },
			/^# not restricted: setup\[0\] own: CHOWN may be needed to change owners in \/var\/lib\/app/,
		],
		["what is kept", { user: "app", capabilities: { keep: ["NET_RAW"] } }, /^# not restricted: .*NET_RAW is to be kept but not held/],
	])("is not, for %s", async (_, config, line) => {
		const { all, last } = await documents(config);
		expect([all.length, last]).toEqual([1, expect.stringMatching(line)]);
	});
});

describe("what a start elsewhere is rated", () => {
	const score = async (config: object) =>
		JSON.parse((await printed(config, { format: "json", score: true })).text) as {
			readonly isLeast: boolean;
			readonly findings: readonly { readonly points: number; readonly what: string }[];
		};

	it("lists what was assumed, and is the least then", async () => {
		const { isLeast, findings } = await score({ user: "${WHO}" });
		expect([isLeast, findings.find(({ what }) => what === "${WHO} assumed")?.points]).toEqual([true, 0]);
	});

	it("counts half of what a program that stays beside the workload has more, and nothing of one that is passed over", async () => {
		const leave = (extra: object) => ({ run: { command: ["/bin/serve"], background: true, ...extra } });
		const { findings } = await score({
			user: "app",
			setup: [
				leave({ capabilities: ["SYS_ADMIN", "NET_ADMIN"] }),
				leave({ user: "target" }),
				{ ...leave({ capabilities: ["SYS_PTRACE"] }), when: { env: "NEVER" } },
			],
		});
		expect(findings.filter(({ points }) => points > 0).map(({ points, what }) => [points, what])).toEqual([
			[1.5, "SYS_ADMIN beside it"],
			[0.8, "uid 0 beside it"],
			[0.3, "NET_ADMIN beside it"],
		]);
	});

	it("counts such a program whole where the workload may trace it", async () => {
		const { findings } = await score({
			user: "app",
			capabilities: { keep: ["SYS_PTRACE"] },
			setup: [{ run: { command: ["/bin/serve"], background: true, capabilities: ["SYS_ADMIN", "NET_ADMIN"] } }],
		});
		expect(findings.filter(({ what }) => what.endsWith(" beside it")).map(({ points, what }) => [points, what])).toEqual([
			[3, "SYS_ADMIN beside it"],
			[1.5, "uid 0 beside it"],
			[0.5, "NET_ADMIN beside it"],
		]);
	});

	it.each([["SETUID"], ["DAC_OVERRIDE"], ["CHOWN"], ["FOWNER"], ["SETUID", "CHOWN"]])(
		"rates what does to the files of the system what root does as uid 0, once: %j",
		async (...names) => {
			const keep = names.filter((name) => typeof name === "string");
			const { findings } = await score({ user: "app", capabilities: { keep } });
			expect(findings).toContainEqual({
				points: 1.5,
				what: `as uid 0 by ${[...keep].sort().join(", ")}`,
				reason: "does to the system's files what root does",
			});
			const rootToo = await score({ user: "root", capabilities: { keep } });
			expect(rootToo.findings.filter(({ points }) => points === 1.5).map(({ what }) => what)).toEqual(["uid 0"]);
		},
	);

	it("knows groups by their numbers, and sockets by their paths, whatever the image calls them", async () => {
		writeFileSync(join(image, "etc/group"), "root:x:0:\napp:x:1000:\nharmless:x:6:\n");
		const { findings } = await score({
			user: "app",
			groups: { add: ["6", "42"], from_path: "/run/docker.sock" },
			setup: [{ own: "/var/run/docker.sock" }],
		});
		const found = findings.map(({ points, what }) => [points, what]);
		for (const each of [
			[3, "group disk (6)"],
			[1, "group shadow (42)"],
			[3, "groups.from_path /run/docker.sock"],
			[3, "given away: /var/run/docker.sock"],
		]) {
			expect(found).toContainEqual(each);
		}
	});
});

it("tells the socket of a daemon that the file gives, which an image never has", async () => {
	const { text } = await printed({ user: "app", groups: { from_path: "/run/docker.sock" } });
	const way = "/run/docker.sock: starts containers as root of the machine, once it is mounted there: groups.from_path gives it";
	const flat = text.replace(/\s+/g, " ");
	expect(flat).toContain(`way back ${way} securebits locked`);
	expect(flat).toContain(`still reachable ${way}`);
});

it("names the variable and not its value, in the words of a program and in a setting", async () => {
	const setup = [{ run: { command: ["${PW}", "x"] } }, { sysctl: { "kernel.domainname": "${PW}" } }];
	const { text } = await printed({ user: "app", setup }, { env: ["PW=/hunter2"] });
	expect(text).toContain("'${PW}' x as uid");
	expect(text).toContain("kernel.domainname=${PW}");
});

it.each(["text", "json", "docker", "compose", "kubernetes", "oci"] as const)(
	"names the variables and not their values as %s",
	async (format) => {
		const setup = [{ sysctl: { "net.core.somaxconn": "${MAX}" } }, { hostname: "${NODE}" }, { own: "/nowhere" }];
		const { text, told } = await printed({ user: "app", setup }, { format, env: ["MAX=48123", "NODE=hunter2"] });
		expect([`${text}${told}`.match(/48123|hunter2/g), text.includes("${MAX}"), text.includes("${NODE}")]).toEqual([null, true, true]);
	},
);

it("names the variable of a user that is unknown, which may hold a secret", async () => {
	const { problems } = await printed({ user: "${WHO}", groups: { add: ["${IN}"] } }, { env: ["WHO=hunter2", "IN=hunter3"] });
	expect(problems).toEqual([
		"USER_UNKNOWN the value of ${WHO} is not in /etc/passwd",
		"GROUP_UNKNOWN the value of ${IN} is not in /etc/group",
	]);
});

it("says why a Pod is not restricted as the plan does that it names", async () => {
	const config = { user: "app", setup: [{ mkdir: { path: "/data", owner: "app" } }, { own: "/var/lib/app" }] };
	const { text } = await printed(config, { format: "kubernetes" });
	const [, why = "none", as = ""] =
		/^# not restricted: setup\[\d\] .*? owner 1000:1000: (.*); all of it: plan --as (.*)$/m.exec(text) ?? [];
	expect((await printed(config, { as })).problems[0]).toContain(why);
});
