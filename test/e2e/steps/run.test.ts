import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox, scratch } from "../harness/images.ts";
import { parseState } from "../harness/probe.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

function run(step: unknown, more: Partial<ContainerOptions> = {}) {
	return runHouse({ image: busybox, config: { user: "app", setup: [{ run: step }] }, args: ["-v", "--", "echo", "workload"], ...more });
}

const none = "0000000000000000";
const setsOf = (hex: string) => ({ inheritable: hex, permitted: hex, effective: hex, bounding: hex, ambient: hex });

async function errorOf(step: unknown, more: Partial<ContainerOptions> = {}) {
	const { status, stderr, stdout } = await run(step, more);
	return [status, /error.*/.exec(stderr)?.[0], stdout];
}

describe("run", () => {
	it("runs as root without any capability unless some are listed", async () => {
		const { status, stdout, stderr } = await run(["/probe", "a b"]);
		const { resuid, groups, caps, noNewPrivs, securebits, argv, fds, cwd } = parseState(stdout);
		expect({ resuid, groups, caps, noNewPrivs, securebits, argv, fds: fds.map(({ fd }) => fd), cwd }).toEqual({
			resuid: [0, 0, 0],
			groups: [0],
			caps: setsOf(none),
			noNewPrivs: 1,
			securebits: 0xc3,
			argv: ["/probe", "a b"],
			fds: [0, 1, 2],
			cwd: "/",
		});
		expect([status, ...stepLines(stderr)]).toEqual([0, "changed  setup[0] run /probe as uid 0 with no capability: exited 0"]);
	});

	it.each([
		["redis", 999, [999]],
		["target", 1000, [44, 1000]],
		["1234:77", 1234, [77]],
	])("runs as %s with exactly the capabilities listed", async (user, uid, groups) => {
		const { stdout } = await run({ command: ["/probe"], user, capabilities: ["net_raw", "CAP_CHOWN"] });
		const state = parseState(stdout);
		expect([state.resuid, state.groups, state.caps]).toEqual([[uid, uid, uid], groups, setsOf("0000000000002001")]);
	});

	it("lets a capability listed do its work, and one not listed not", async () => {
		const data = volume("touch a b");
		const volumes = [`${data}:/data`];
		expect((await run({ command: ["chown", "7:7", "/data/a"], capabilities: ["CHOWN"] }, { volumes })).status).toBe(0);
		expect((await run(["chown", "7:7", "/data/b"], { volumes })).status).toBe(125);
		expect([stateOf(data, "a"), stateOf(data, "b")]).toEqual(["7:7 0644", "0:0 0644"]);
	});

	it("has the workload's environment and its own on top, and its own directory", async () => {
		const { stdout } = await run(
			{ command: ["sh", "-c", "echo $$GREETING $$NAME $$PWD"], env: { NAME: "b" }, cwd: "/tmp" },
			{ env: { GREETING: "a", NAME: "x" } },
		);
		expect(stdout).toBe("a b /tmp\nworkload\n");
	});

	it("gives a program that has more than the workload an environment of its own, and says what it lacks", async () => {
		const command = ["sh", "-c", "echo $$HOME $$USER $$PATH $${NODE_OPTIONS:-none} $${PYTHONPATH:-none} $$PGDATA"];
		const env = { NODE_OPTIONS: "-r ./hidden", PYTHONPATH: "/hidden", PATH: "/data:.:/bin", PGDATA: "/data/pg" };
		const more = { env, volumes: [`${volume("chown 1000 .")}:/data`] };
		const { stdout, stderr } = await run({ command, env: { PYTHONPATH: "/mine" } }, more);
		const notes = stderr.split("\n").filter((line) => line.includes("note: setup[0]"));
		expect([stdout, notes]).toEqual([
			"/root root /bin none /mine /data/pg\nworkload\n",
			[
				"does not get NODE_OPTIONS: modules and options for Node",
				'does not get "/data" in PATH: the workload can write to "/data"',
				'does not get "." in PATH: it is relative to the working directory',
				"gets PGDATA: what is there can be changed by others than root",
			].map((each) => `abdicate: note: setup[0] ${each}`),
		]);
		expect((await run({ command, user: "target" }, more)).stdout).toBe(
			"/home/app app /data:.:/bin -r ./hidden /hidden /data/pg\nworkload\n",
		);
	});

	it("looks a name up on the PATH of the step", async () => {
		const volumes = [`${volume("printf '#!/bin/sh\\necho mine' > mine; chmod 755 mine")}:/data`];
		expect((await run({ command: ["mine"], env: { PATH: "/nowhere:/data:/bin" } }, { volumes })).stdout).toBe("mine\nworkload\n");
		expect(await errorOf(["mine"], { volumes, env: { PATH: "/bin" } })).toEqual([
			125,
			'error[STEP_FAILED] setup[0] run mine as uid 0 with no capability: "mine" is not in /bin',
			"",
		]);
	});

	it("makes something once, and again where a run before did not come to its end", async () => {
		const data = volume("chmod 777 .");
		const once = (script: string) =>
			run({ command: ["sh", "-c", script], user: "target", creates: "/data/made" }, { volumes: [`${data}:/data`] });
		const runs = [await once("touch /data/part; exit 4"), await once("touch /data/made"), await once("exit 4")];
		expect(runs.map(({ status, stderr }) => [status, stepLines(stderr).at(-1)?.split(": ").at(-1), /exited.*/.exec(stderr)?.[0]])).toEqual([
			[125, '"sh" exited 4', "exited 4"],
			[0, "exited 0", "exited 0"],
			[0, "/data/made is there", undefined],
		]);
	});

	it("has no descriptor of ours, though a socket is open for the workload", async () => {
		const setup = [{ listen: { tcp: "127.0.0.1:8080" } }, { run: ["/probe"] }];
		const { status, stdout } = await run(null, { config: { user: "app", setup } });
		const { fds, env } = parseState(stdout);
		expect([status, fds.map(({ fd }) => fd), env.filter((each) => each.startsWith("LISTEN_"))]).toEqual([0, [0, 1, 2], []]);
	});

	it("discards output on request", async () => {
		const { stdout, stderr } = await run({ command: ["sh", "-c", "echo out; echo err >&2"], output: "discard" });
		expect([stdout, stderr.includes("err\n")]).toEqual(["workload\n", false]);
	});

	it("works in an empty image, where root has no name", async () => {
		const { status } = await run(["/probe", "exit", "0"], {
			image: scratch,
			config: { user: "1:1", setup: [{ run: ["/probe", "exit", "0"] }] },
			args: ["--", "/probe"],
		});
		expect(status).toBe(0);
	});
});

describe("run when something is wrong", () => {
	it("fails with the status of the program", async () => {
		expect(await errorOf(["/probe", "exit", "3"])).toEqual([
			125,
			'error[STEP_FAILED] setup[0] run /probe as uid 0 with no capability: "/probe" exited 3',
			"",
		]);
		expect(await errorOf(["/probe", "kill", "9"])).toEqual([
			125,
			'error[STEP_FAILED] setup[0] run /probe as uid 0 with no capability: "/probe" was ended by SIGKILL: by the kernel for want of memory, or by somebody; the cgroup of this container, which would tell, cannot be seen',
			"",
		]);
	});

	it("says of one that was to go to the background by itself that it has not", async () => {
		const { status, stderr } = await run({ command: ["/probe", "exit", "3"], background: true });
		expect([status, /"\/probe" .*/.exec(stderr)?.[0], /DAC_OVERRIDE/.test(stderr), /^ {2}background: true waits/m.test(stderr)]).toEqual([
			125,
			'"/probe" exited 3, instead of going to the background by itself and exiting 0',
			false,
			true,
		]);
		const { stderr: late } = await run({ command: ["sleep", "100"], background: true, timeout: "300ms" });
		expect(late).toMatch(/"sleep" was stopped after 300 ms, instead of going to the background by itself/);
	});

	it("says that a device is closed to a program whose capability is for it, and what opens it", async () => {
		const tun = { path: "/dev/net/tun", major: 10, minor: 200, access: "none" };
		const opens = { command: ["sh", "-c", "exec 3<>/dev/net/tun"], capabilities: ["NET_ADMIN"], output: "discard" };
		const remediesAfter = async (device: object, step: object) => {
			const config = { user: "app", setup: [{ device: { ...tun, ...device } }, { run: step }] };
			const { status, stderr } = await run(null, { config, args: ["--", "true"], caps: { add: ["NET_ADMIN"] } });
			return [status, ...stderr.split("\n").slice(1, -1)];
		};
		const closed = (mode: string) =>
			`  uid 0 cannot open /dev/net/tun, mode ${mode} of 1000:1000: a device step before it whose user it is gives it the node, DAC_OVERRIDE among its capabilities opens it`;
		const shown = "  output: inherit, which is the default, shows what it prints";
		expect(await remediesAfter({}, opens)).toEqual([125, shown, closed("0600")]);
		const daemon = { ...opens, background: true, ready: { file: "/absent" } };
		expect(await remediesAfter({ mode: "0640" }, daemon)).toEqual([125, shown, closed("0640")]);
		expect(await remediesAfter({ user: "root" }, { ...opens, command: ["false"] })).toEqual([125, shown]);
		expect(await remediesAfter({}, { ...opens, command: ["false"], capabilities: ["NET_ADMIN", "DAC_OVERRIDE"] })).toEqual([125, shown]);
	});

	it("goes on after a warning when told so", async () => {
		const { status, stdout, stderr } = await run(null, { config: { user: "app", setup: [{ run: ["false"], on_error: "warn" }] } });
		expect([status, stdout, stderr.includes('"false" exited 1')]).toEqual([0, "workload\n", true]);
	});

	it.each(["root", "target"])("ends a program of %s that takes too long", async (user) => {
		const data = volume("chmod 777 .");
		const command = ["sh", "-c", "exec sleep 100"];
		const { status, stderr } = await run({ command, user, timeout: "300ms" }, { volumes: [`${data}:/data`] });
		expect([status, /error.*/.exec(stderr)?.[0].split(": ").slice(1)]).toEqual([125, ['"sh" was stopped after 300 ms']]);
	});

	it("needs a capability that it lists", async () => {
		expect(await errorOf({ command: ["true"], capabilities: ["SYS_ADMIN"] })).toEqual([
			125,
			"error[CAPABILITY_MISSING] setup[0] run true as uid 0 with SYS_ADMIN: SYS_ADMIN is not held, needed by true",
			"",
		]);
	});

	it("does not run as somebody else than it was told", async () => {
		const [status, message] = await errorOf({ command: ["true"], user: "redis" }, { user: "1000:1000", caps: { drop: ["ALL"] } });
		expect([status, message]).toEqual([
			125,
			"error[CAPABILITY_MISSING]: a start as uid 1000 holds no capability, and this one needs some: SETUID and SETGID for setup[0] run true as uid 999 with no capability",
		]);
	});

	it.each([
		["absent", '"/p/absent" does not exist'],
		["gone", '"/p/gone" does not exist: "/p/gone" is a link to "/no/program", and "/no" does not exist'],
		[
			"round",
			'"/p/round" does not exist: "/p/round" is a link to "round", "/p/round" is a link to "round", "/p/round" is a link to "round", and so on: they lead to each other',
		],
		["directory", '"/p/directory" cannot be executed: it is a directory'],
		["plain", '"/p/plain" cannot be executed: the execute permission is not set'],
		["text", 'execve "/p/text": ENOEXEC: it is neither a program nor a script: there is no #! line'],
		["lost", 'execve "/p/lost": ENOENT: the file exists, but its interpreter "/no/sh" does not'],
		["closed", 'execve "/p/closed": EACCES: the user may not execute it'],
		["foreign", 'execve "/p/foreign": ENOEXEC: it is built for s390x; this machine is x86_64'],
	])("says why a program cannot be executed: %s", async (name, message) => {
		const data = volume(
			"ln -s /no/program gone; ln -s round round; mkdir directory; touch plain; echo text > text; echo '#!/no/sh' > lost; echo '#!/bin/sh' > closed; printf '\\177ELF\\2\\2\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\26' > foreign; head -c 44 /dev/zero >> foreign; chmod 755 text lost foreign; chmod 700 closed",
		);
		const user = name === "closed" ? "target" : "root";
		expect(await errorOf({ command: [`/p/${name}`], user }, { volumes: [`${data}:/p`] })).toEqual([
			125,
			`error[STEP_FAILED] setup[0] run /p/${name} as uid ${user === "root" ? 0 : 1000} with no capability: ${message}`,
			"",
		]);
	});

	it("looks not before the first step for what only its user may reach", async () => {
		const data = volume("mkdir -m 700 own; printf '#!/bin/sh\\nid -u' > own/p; chmod 755 own/p; chown -R 1000:1000 own");
		const of = (path: string) =>
			run({ command: [path], user: "target" }, { volumes: [`${data}:/p`], caps: { drop: ["DAC_OVERRIDE", "DAC_READ_SEARCH"] } });
		const [runs, absent] = [await of("/p/own/p"), await of("/p/own/absent")];
		expect([runs.status, runs.stdout, absent.status, /error.*/.exec(absent.stderr)?.[0]]).toEqual([
			0,
			"1000\nworkload\n",
			125,
			'error[STEP_FAILED] setup[0] run /p/own/absent as uid 1000 with no capability: "/p/own/absent" was not found by the user the workload runs as',
		]);
	});
});

describe("run and a program that the workload can write", () => {
	const program = "printf '#!/bin/sh\\nid -u' > p; chmod 755 p";

	it.each([
		["the program is its own", `${program}; chown 1000 p`, "/data/p"],
		["the program is its group's", `${program}; chown 0:44 p; chmod 775 p`, "/data/p"],
		["the program is everybody's", `${program}; chmod 757 p`, "/data/p"],
		["the directory is its own", `${program}; chown 1000 .`, "/data"],
		["the directory is everybody's", `${program}; chmod 777 .`, "/data"],
		[
			"the interpreter is its own",
			"mkdir i; cp /bin/busybox i/sh; printf '#! /data/i/sh -e\\nid -u' > p; chmod 755 p; chown 1000 i/sh",
			"/data/i/sh",
			'it would run "/data/i/sh", and ',
		],
		[
			"the interpreter's script is its own",
			`${program}; mv p q; chown 1000 q; printf '#!/data/q' > p; chmod 755 p`,
			"/data/q",
			'it would run "/data/q", and ',
		],
	])("is refused with more than the workload has: %s", async (_, script, what, runs = "") => {
		const volumes = [`${volume(script)}:/data`];
		expect(await errorOf(["/data/p"], { volumes })).toEqual([
			125,
			`error[STEP_FAILED] setup[0] run /data/p as uid 0 with no capability: "/data/p" is not run with more than the workload has: ${runs}the workload can write to "${what}"`,
			"",
		]);
		expect((await run({ command: ["/data/p"], user: "target", capabilities: ["NET_RAW"] }, { volumes })).status).toBe(125);
		expect((await run({ command: ["/data/p"], user: "target" }, { volumes })).stdout).toBe("1000\nworkload\n");
	});

	it("is refused behind a link that the workload could have made", async () => {
		const volumes = [`${volume("ln -s /bin/id p; chown -h 1000 . p")}:/data`];
		const [status, message] = await errorOf(["/data/p"], { volumes });
		expect([status, message]).toEqual([125, expect.stringMatching(/is not run with more than the workload has: /)]);
	});

	it("runs when only root can write it", async () => {
		expect((await run(["/data/p"], { volumes: [`${volume(program)}:/data`] })).stdout).toBe("0\nworkload\n");
	});
});
