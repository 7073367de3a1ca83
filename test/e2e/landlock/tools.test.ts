import { expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox, servers } from "../harness/images.ts";

const config = {
	user: "app",
	command: { default: ["sh"] },
	landlock: { read: ["/etc"], write: ["/tmp", "/dev/pts"], connect: [443], minimum: 4 },
};

it("check says what this kernel does not enforce, and refuses nothing for it", async () => {
	const check = (without: object, landlock: object = {}) =>
		runHouse({
			image: busybox,
			config: { ...config, landlock: { ...config.landlock, ...landlock } },
			args: ["check", "/etc/entrypoint.yaml"],
			without,
		});
	expect(await check({})).toMatchObject({ status: 0, stdout: "", stderr: "" });
	const none = await check({ landlock_create_ruleset: "EOPNOTSUPP" });
	expect([none.status, none.stdout.split("\n")[0]]).toEqual([
		0,
		"abdicate: note[LINT_LANDLOCK_KERNEL] /etc/entrypoint.yaml:1:55 landlock: a start on this kernel is refused: this kernel has Landlock, but it is not switched on (landlock_create_ruleset: EOPNOTSUPP)",
	]);
	const bare = await check({ landlock_create_ruleset: "ENOSYS" }, { minimum: 0 });
	expect([bare.status, bare.stdout.split("\n")[0]]).toEqual([
		0,
		"abdicate: note[LINT_LANDLOCK_KERNEL] /etc/entrypoint.yaml:1:55 landlock: on this kernel (ABI 0) the file system stays open; TCP ports stay open",
	]);
});

it("check finds what a start would refuse", async () => {
	const found = await runHouse({
		image: servers,
		config: { user: "app", command: { default: ["cat"] }, landlock: { read: ["/nowhere"], base: "none" } },
		args: ["check", "/etc/entrypoint.yaml"],
	});
	const codes = found.stdout.split("\n").flatMap((line) => /^abdicate: (\w+\[\w+\]) \S+ (\S+):/.exec(line)?.slice(1).join(" ") ?? []);
	expect([found.status, codes]).toEqual([
		1,
		["error[COMMAND_NOT_EXECUTABLE] landlock", "error[COMMAND_NOT_EXECUTABLE] landlock", "error[LANDLOCK_RULE] landlock.read[0]"],
	]);
});

it("plan shows what is open, as text and as the data that a run applies", async () => {
	const plan = (...args: readonly string[]) => runHouse({ image: busybox, config, args: ["plan", ...args] });
	const text = (await plan()).stdout;
	const lines = text
		.slice(text.indexOf("landlock "))
		.split("\n")
		.map((line) => line.replace(/^(?:landlock)? +/, ""));
	expect([/^ABI \d+$/.test(lines[0] as string), ...lines.slice(1, 6)]).toEqual([
		true,
		"read /etc",
		"write /tmp, /dev/pts",
		"connect 443",
		"guarded by a filter: no MPTCP, SMC, MSG_FASTOPEN, TCP_ULP, io_uring",
		expect.stringMatching(/^base: read \/dev\/stdin, \/etc\/passwd, /),
	]);
	expect(lines[6]).toBe("base: execute /bin/busybox");
	const { landlock } = JSON.parse((await plan("--format", "json")).stdout).departure.rows;
	expect({ ...landlock, paths: landlock.paths.filter(({ isBase }: { isBase?: true }) => !isBase) }).toEqual({
		abi: landlock.abi,
		files: 0xffff,
		ofFiles: 0xc007,
		ports: 2,
		scopes: 0,
		paths: [
			{ path: "/etc", as: "read", rights: 0xc },
			{ path: "/tmp", as: "write", rights: 0xf7be },
			{ path: "/dev/pts", as: "write", rights: 0xf7be },
		],
		portRules: [{ as: "connect", port: 443, rights: 2 }],
		guard: { program: expect.stringMatching(/^(?:[0-9a-f]{16})+$/), flags: 4 },
		closed: "/",
	});
});
