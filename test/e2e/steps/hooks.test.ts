import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { parseState } from "../harness/probe.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

function hooks(step: unknown, data: string, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		config: { user: "app", setup: [{ hooks: step }] },
		args: ["-v", "--", "echo", "workload"],
		volumes: [`${data}:/hooks`],
		...more,
	});
}

async function errorOf(step: unknown, data: string, more: Partial<ContainerOptions> = {}) {
	const { status, stdout, stderr } = await hooks(step, data, more);
	return [status, stdout, /error.*/.exec(stderr)?.[0]];
}

/** A script that makes a hook of some commands. */
const hook = (name: string, commands: string) => `printf '#!/bin/sh\\n%s\\n' '${commands}' > ${name}; chmod 755 ${name}`;
const none = "0000000000000000";
const asUser = "/hooks/* as uid 1000 with no capability after the drop";
const asRoot = "/hooks/* as uid 0 with no capability";

describe("hooks", () => {
	it("runs executable regular files in the order of their names, as the user", async () => {
		const data = volume(
			[
				hook("20-b", "echo b $(id -u) $(id -G)"),
				hook("10-a", "echo a; exit 0"),
				hook(".hidden", "echo hidden"),
				"echo text > 15-text",
				"mkdir 16-directory",
				"ln -s 10-a 30-link",
				"ln -s absent 40-dangling",
			].join("; "),
		);
		const { status, stdout, stderr } = await hooks("/hooks", data);
		expect([status, stdout, ...stepLines(stderr)]).toEqual([
			0,
			"a\nb 1000 1000 44\na\nworkload\n",
			`warning: setup[0] hooks ${asUser}: not executable, and so not run: "15-text"; chmod +x makes them hooks, a narrower pattern leaves them out`,
			`changed  setup[0] hooks ${asUser}: 3 ran; 3 passed over, not executable`,
		]);
	});

	it("warns of files that are not executable, and of nothing else that is passed over", async () => {
		const config = { user: "app", setup: [{ hooks: { directory: "/hooks", pattern: "*" } }] };
		const start = async (fill: string) => {
			const { status, stdout, stderr } = await hooks(null, volume(fill), { config, args: ["--", "echo", "workload"] });
			return [status, stdout, stderr];
		};
		const run = hook("a", "echo a");
		expect(await start(`${run}; mkdir b; ln -s absent c`)).toEqual([0, "a\nworkload\n", ""]);
		const said = (names: string) =>
			`abdicate: warning: setup[0] hooks ${asUser}: not executable, and so not run: ${names}; chmod +x makes them hooks, a narrower pattern leaves them out\n`;
		expect(await start(`${run}; echo > b.envsh`)).toEqual([0, "a\nworkload\n", said('"b.envsh"')]);
		const five = "for each in 1 2 3 4 5; do echo > $each.sql; done";
		expect(await start(`${run}; ${five}`)).toEqual([0, "a\nworkload\n", said('"1.sql", "2.sql", "3.sql" and 2 more')]);
	});

	it("gives a hook nothing but the ids of the user, though the workload keeps a capability", async () => {
		const { status, stdout } = await hooks(null, volume("cp /bin/true x; ln -sf /probe hook; rm x"), {
			config: { user: "app", capabilities: { keep: ["NET_RAW"] }, setup: [{ hooks: "/hooks" }] },
			args: ["--", "/probe"],
		});
		const [first, second] = stdout
			.trim()
			.split(/\n(?=\{)/)
			.map(parseState);
		const hex = "0000000000002000";
		const setsOf = (each: string) => ({ inheritable: each, permitted: each, effective: each, ambient: each });
		const pick = (state: typeof first) => [state?.resuid, state?.groups, state?.noNewPrivs, state?.fds.map(({ fd }) => fd)];
		expect([status, pick(first), pick(second)]).toEqual([
			0,
			[[1000, 1000, 1000], [44, 1000], 1, [0, 1, 2]],
			[[1000, 1000, 1000], [44, 1000], 1, [0, 1, 2]],
		]);
		expect([first?.caps, second?.caps]).toEqual([
			{ ...setsOf(none), bounding: hex },
			{ ...setsOf(hex), bounding: hex },
		]);
	});

	it("runs the user's hooks when no privileged step is left, whatever the order written", async () => {
		const data = volume(`${hook("a", "echo hook $(stat -c %u /data/file)")}; mkdir ../later; touch ../later/file`);
		const { status, stdout } = await hooks(null, data, {
			config: { user: "app", setup: [{ hooks: "/hooks" }, { own: "/data" }] },
			volumes: [`${data}:/hooks`, `${join(data, "../later")}:/data`],
		});
		expect([status, stdout]).toEqual([0, "hook 1000\nworkload\n"]);
	});

	it("runs as root, in its place, with exactly the capabilities listed", async () => {
		const data = volume(`${hook("a", "id -u; chown 7:7 /data/file")}; mkdir ../given; touch ../given/file`);
		const given = join(data, "../given");
		const volumes = [`${data}:/hooks`, `${given}:/data`];
		expect((await hooks({ directory: "/hooks", user: "root" }, data, { volumes })).status).toBe(125);
		const { status, stdout, stderr } = await hooks({ directory: "/hooks", user: "root", capabilities: ["CHOWN"] }, data, { volumes });
		expect([status, stdout, stateOf(given, "file"), ...stepLines(stderr)]).toEqual([
			0,
			"0\nworkload\n",
			"7:7 0644",
			"changed  setup[0] hooks /hooks/* as uid 0 with CHOWN: 1 ran",
		]);
	});

	it("has the workload's environment, as root that of its account, and what the step adds", async () => {
		const data = volume(hook("a", "echo $GREETING $NAME $USER ${NODE_OPTIONS:-none}"));
		const env = { GREETING: "hello", NAME: "x", NODE_OPTIONS: "-x" };
		const step = { directory: "/hooks", env: { NAME: "you" } };
		expect((await hooks(step, data, { env })).stdout).toBe("hello you app -x\nworkload\n");
		expect((await hooks({ ...step, user: "root" }, data, { env })).stdout).toBe("hello you root none\nworkload\n");
	});

	it("takes only the names asked for, and is content with none", async () => {
		const data = volume(`${hook("a.sh", "echo a")}; ${hook("b", "echo b")}`);
		expect((await hooks({ directory: "/hooks", pattern: "*.sh" }, data)).stdout).toBe("a\nworkload\n");
		const { status, stderr } = await hooks({ directory: "/hooks", pattern: "*.py" }, data);
		expect([status, stepLines(stderr)]).toEqual([0, [`ok       setup[0] hooks ${asUser.replace("*", "*.py")}: 0 ran`]]);
		const absent = await hooks("/absent", data);
		expect([absent.status, stepLines(absent.stderr)]).toEqual([
			0,
			[`skipped  setup[0] hooks ${asUser.replace("hooks", "absent")}: there is no such directory`],
		]);
	});

	it("works for a container that starts as the user, without any capability", async () => {
		const { status, stdout } = await hooks("/hooks", volume(hook("a", "id -u")), { user: "1000:1000", caps: { drop: ["ALL"] } });
		expect([status, stdout]).toEqual([0, "1000\nworkload\n"]);
	});
});

describe("hooks when something is wrong", () => {
	it("stops at the first that fails", async () => {
		const data = volume(`${hook("a", "exit 3")}; ${hook("b", "echo b")}`);
		expect(await errorOf("/hooks", data)).toEqual([125, "", `error[STEP_FAILED] setup[0] hooks ${asUser}: "/hooks/a" exited 3`]);
		expect(await errorOf({ directory: "/hooks", user: "root" }, data)).toEqual([
			125,
			"",
			`error[STEP_FAILED] setup[0] hooks ${asRoot}: "/hooks/a" exited 3`,
		]);
	});

	it("needs a capability that it lists, before the first runs", async () => {
		const step = { directory: "/hooks", user: "root", capabilities: ["SYS_ADMIN"] };
		expect(await errorOf(step, volume(hook("a", "echo a")))).toEqual([
			125,
			"",
			"error[CAPABILITY_MISSING] setup[0] hooks /hooks/* as uid 0 with SYS_ADMIN: SYS_ADMIN is not held, needed by /hooks",
		]);
	});

	it("begins with the first again after a start that did not come to its end", async () => {
		const data = volume(`${hook("a", "echo a")}; ${hook("b", "[ -e /tmp/b ] || { touch /tmp/b; exit 1; }; echo b")}`);
		const again = ["-c", "/abdicate -- echo workload; exec /abdicate -- echo workload"];
		const { status, stdout } = await hooks("/hooks", data, { entrypoint: "sh", args: again });
		expect([status, stdout]).toEqual([0, "a\na\nb\nworkload\n"]);
	});

	it("says what a file lacks that the kernel does not execute", async () => {
		const { status, stderr } = await hooks("/hooks", volume("echo echo a > a; chmod 755 a"));
		expect([status, stderr.slice(stderr.indexOf("abdicate: error"))]).toEqual([
			125,
			`abdicate: error[STEP_FAILED] setup[0] hooks ${asUser}: execve "/hooks/a": ENOEXEC: it is neither a program nor a script: there is no #! line
  write #!/bin/sh (or another interpreter) as the first line
`,
		]);
		const missing = await hooks("/hooks", volume("printf '#!/absent\\n' > a; chmod 755 a"));
		expect(missing.stderr.slice(missing.stderr.indexOf("abdicate: error"))).toBe(
			`abdicate: error[STEP_FAILED] setup[0] hooks ${asUser}: execve "/hooks/a": ENOENT: the file exists, but its interpreter "/absent" does not
  install it in the image, or name one that is there in the #! line
`,
		);
	});

	it("goes on after a warning when told so", async () => {
		const { status, stdout } = await hooks(null, volume(hook("a", "exit 3")), {
			config: { user: "app", setup: [{ hooks: "/hooks", on_error: "warn" }] },
		});
		expect([status, stdout]).toEqual([0, "workload\n"]);
	});

	it.each(["target", "root"])("ends a hook of %s that takes too long", async (user) => {
		const [status, , message] = await errorOf({ directory: "/hooks", user, timeout: "300ms" }, volume(hook("a", "exec sleep 100")));
		expect([status, message]).toEqual([125, expect.stringMatching(/: "\/hooks\/a" was stopped after 300 ms$/)]);
	});

	it.each([
		["the hook is its own", `${hook("b", "id")}; chown 1000 b`, "/hooks/b"],
		["the hook is its group's", `${hook("b", "id")}; chown 0:44 b; chmod 775 b`, "/hooks/b"],
		["the directory is its own", `${hook("b", "id")}; chown 1000 .`, "/hooks"],
		["the directory is everybody's", `${hook("b", "id")}; chmod 777 .`, "/hooks"],
	])("runs no hook as root when the workload could have changed one: %s", async (_, script, what) => {
		const data = volume(`${hook("a", "touch /data/ran")}; mkdir -m 777 ../made; ${script}`);
		const made = join(data, "../made");
		const more = { volumes: [`${data}:/hooks`, `${made}:/data`] };
		expect(await errorOf({ directory: "/hooks", user: "root" }, data, more)).toEqual([
			125,
			"",
			expect.stringMatching(new RegExp(`: "/hooks/[ab]" is not run with more than the workload has: the workload can write to "${what}"$`)),
		]);
		expect(() => readFileSync(join(made, "ran"))).toThrow("ENOENT");
		expect((await hooks("/hooks", data, more)).status).toBe(0);
	});

	it("does not follow a link that the workload could have made to hooks for root", async () => {
		const data = volume("ln -s /bin/id a; chown -h 1000:1000 a . ");
		const [status, stdout, message] = await errorOf({ directory: "/hooks", user: "root" }, data);
		expect([status, stdout, message]).toEqual([125, "", expect.stringMatching(/ is not run with more than the workload has: /)]);
		const linked = volume("mkdir real; ln -s real hooks; chown -h 1000:1000 . hooks");
		const [again, , why] = await errorOf({ directory: "/data/hooks", user: "root" }, linked, { volumes: [`${linked}:/data`] });
		expect([again, why]).toEqual([125, expect.stringMatching(/is a symbolic link that is not root's alone/)]);
	});
});
