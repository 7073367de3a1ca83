import { describe, expect, it } from "vitest";
import { type HouseOptions, runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { volume } from "../steps/volume.ts";

const landlock = { write: ["/tmp"] };
const read = ["cat", "/etc/passwd.not", "/etc/group"];
const run = (more: Omit<HouseOptions, "image">) =>
	runHouse({ image: busybox, config: { user: "app", landlock }, args: ["--", ...read], ...more });

/** What is said without the line of the file. */
const said = (stderr: string) => stderr.split("\n").filter((line) => !/^ {4}/.test(line));

describe("a kernel without Landlock", () => {
	it.each<["ENOSYS" | "EPERM" | "EOPNOTSUPP", string, string]>([
		[
			"ENOSYS",
			"this kernel has no Landlock, or a seccomp filter hides it (landlock_create_ruleset: ENOSYS)",
			"a kernel from Linux 5.13 on with CONFIG_SECURITY_LANDLOCK, and a runtime whose filter knows the call: a newer Docker",
		],
		[
			"EPERM",
			"a seccomp filter refuses Landlock (landlock_create_ruleset: EPERM)",
			"a newer Docker and libseccomp, or a profile that allows the calls landlock_*:",
		],
		[
			"EOPNOTSUPP",
			"this kernel has Landlock, but it is not switched on (landlock_create_ruleset: EOPNOTSUPP)",
			"boot the machine with landlock among its lsm=, or with CONFIG_LSM that has it: cat /sys/kernel/security/lsm",
		],
	])("refuses the start, and says which: %s", async (answer, message, remedy) => {
		const without = { landlock_create_ruleset: answer };
		const { status, stdout, stderr } = await run({ without });
		expect([status, stdout, said(stderr)]).toEqual([
			125,
			"",
			[
				`abdicate: error[LANDLOCK_UNAVAILABLE] /etc/entrypoint.yaml:1:26 landlock: ${message}`,
				`  ${remedy}`,
				"  or minimum: 0, which starts the workload without this wall where there is none",
				"",
			],
		]);
		const bare = await run({ without, config: { user: "app", landlock: { ...landlock, minimum: 0 } } });
		expect([bare.status, bare.stderr.split("\n").length]).toEqual([1, 3]);
		expect(bare.stderr.split("\n")[0]).toBe(`abdicate: warning: landlock: the file system stays open: ${message}`);
		expect(bare.stdout).toContain("root:x:0:\n");
		const verbose = await run({ without, config: { user: "app", landlock: { ...landlock, minimum: 0 } }, args: ["-v", "--", "true"] });
		expect(verbose.stderr).not.toContain("confined walls");
		const partly = await run({ config: { user: "app", landlock, seccomp: "docker-default" }, args: ["-v", "--", "true"] });
		expect(partly.stderr.split("\n").slice(-3)).toEqual([
			"abdicate: verified drop: uid 1000, gid 1000, capabilities none, then true",
			expect.stringMatching(/^abdicate: confined walls: landlock ABI \d+ \(files\); seccomp docker-default, from the exec on$/),
			"",
		]);
	});

	it("walls where there is one, whatever the minimum", async () => {
		for (const minimum of [0, 3, 6, undefined]) {
			const { status, stdout, stderr } = await run({
				config: { user: "app", landlock: { ...landlock, ...(minimum !== undefined && { minimum }) } },
			});
			expect([status, stdout]).toEqual([1, "root:x:0:\nvideo:x:44:app\nredis:x:999:\napp:x:1000:\nnogroup:x:65534:\n"]);
			expect(stderr).toContain("/etc/passwd.not");
			const closed = await run({ args: ["--", "cat", "/etc/shadow", "/bin/busybox"] });
			expect(closed.stderr).toBe("cat: can't open '/etc/shadow': Permission denied\n");
		}
	});
});

describe("a start that could not keep its wall", () => {
	it("is refused where the workload could gain privilege by exec", async () => {
		const config = { user: "app", no_new_privileges: false, landlock };
		const { status, stderr } = await run({ config });
		expect([status, said(stderr)]).toEqual([
			125,
			[
				"abdicate: error[CONFIG_CONFLICT] /etc/entrypoint.yaml:1:52 landlock: landlock takes no_new_privileges, or SYS_ADMIN that is kept: the kernel walls in nobody who could gain privilege by exec",
				"  leave no_new_privileges out",
				"",
			],
		]);
	});

	it("stands with SYS_ADMIN that is kept, or where the runtime has set no_new_privs", async () => {
		const walled = ["--", "sh", "-c", "cat /etc/issue 2>/dev/null; : >/root/x"];
		const kept = await run({
			config: { user: "root", no_new_privileges: false, capabilities: { keep: ["SYS_ADMIN"] }, landlock },
			caps: { add: ["SYS_ADMIN"] },
			args: walled,
		});
		expect(kept.stderr).toContain("can't create /root/x: Permission denied");
		const given = await run({
			config: { user: "root", no_new_privileges: false, landlock },
			flags: ["--security-opt=no-new-privileges"],
			args: walled,
		});
		expect(given.stderr).toContain("can't create /root/x: Permission denied");
	});

	it("ends where a filter says yes for the kernel", async () => {
		const { status, stdout, stderr } = await run({ without: { landlock_restrict_self: "OK" }, args: ["--", "true"] });
		expect([status, stdout, stderr]).toEqual([
			125,
			"",
			'abdicate: error[VERIFY_FAILED] verification: the wall of landlock does not stand: "/" can still be read\n',
		]);
	});

	it.each(["EPERM", "EINVAL"] as const)("ends where the call is refused with %s", async (answer) => {
		const { status, stdout, stderr } = await run({ without: { landlock_restrict_self: answer }, args: ["--", "true"] });
		expect([status, stdout, /^abdicate: error\[\w+\] drop landlock: landlockRestrictSelf: \w+/.exec(stderr)?.[0]]).toEqual([
			125,
			"",
			`abdicate: error[DROP_FAILED] drop landlock: landlockRestrictSelf: ${answer}`,
		]);
	});
});

it("is put up by enter as well", async () => {
	const { status, stderr } = await run({ args: ["enter", "--", "cat", "/etc/shadow", "/bin/busybox/x"] });
	expect([status, stderr.split("\n")[0]]).toEqual([1, "cat: can't open '/etc/shadow': Permission denied"]);
	const inside = await run({ args: ["enter", "--", "ls", "/"] });
	expect([inside.status, inside.stderr]).toEqual([1, "ls: can't open '/': Permission denied\n"]);
});

describe("a start that is walled in already", () => {
	const files = () =>
		volume(
			[
				"printf 'user: root\\nlandlock: {read: [/etc, /proc, /c], execute: [/bin, /abdicate], write: [/data, /tmp]}\\n' >outer",
				"printf 'user: root\\nlandlock: {read: [/etc, /root], write: [/data, /run]}\\n' >inner",
				"mkdir one two; touch one/a",
			].join("; "),
		);
	const nested = async (command: string) => {
		const data = files();
		const words = ["-c", "/c/outer", "--", "/abdicate", "-c", "/c/inner", "--", "sh", "-c", command];
		return runHouse({ image: busybox, args: words, volumes: [`${data}:/data`, `${data}:/c:ro`] });
	};

	it("is walled in by both: the second opens nothing, and a rename takes it in each", async () => {
		const tries = [
			"ln /data/one/a /data/two/a && echo linked",
			"read -r line </etc/passwd && echo read",
			"true >/tmp/a || echo not by the inner",
			"true >/run/a || echo not by the outer",
			"cd /root && echo * ; ls /root || echo not by the outer",
		];
		const { status, stdout } = await nested(tries.map((each) => `(${each}) 2>/dev/null`).join("; "));
		expect([status, stdout]).toEqual([0, "linked\nread\nnot by the inner\nnot by the outer\n*\nnot by the outer\n"]);
	});

	it("is refused with the seventeenth", async () => {
		const config = { user: "root", landlock: { connect: [] } };
		const script = 'n=0; words=; while [ $n -lt 17 ]; do words="$words /abdicate --"; n=$((n+1)); done; exec $words true';
		const { status, stderr } = await runHouse({ image: busybox, config, entrypoint: "sh", args: ["-c", script] });
		expect([status, stderr.split(" (behind")[0]]).toEqual([
			125,
			"abdicate: error[DROP_FAILED] drop landlock: landlockRestrictSelf: E2BIG: 16 walls of Landlock are around it already, which is as many as the kernel takes",
		]);
	});
});
