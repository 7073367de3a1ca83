import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { callNumber } from "../../../src/confine/seccomp/calls.ts";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { filterFile } from "../harness/paths.ts";
import type { ContainerOptions } from "../harness/run.ts";

type Entry = "syscall" | "int80";
type Written = readonly [call: string | number, ...args: (number | bigint)[]];

/** Of clone(2). */
const newUser = 0x10000000n;
const sigchld = 17n;

/** What becomes of some calls behind a filter, in one start. */
async function becomes(
	seccomp: unknown,
	entry: Entry,
	calls: readonly Written[],
	more: Partial<ContainerOptions> & { config?: object } = {},
) {
	const { config = {}, ...rest } = more;
	const number = (call: string | number) => (typeof call === "number" ? call : callNumber(entry === "int80" ? "x86" : "x86_64", call));
	const lines = calls.map(([call, ...args]) => `/build/filter call ${[entry, number(call), ...args].join(" ")}`);
	const { status, stdout, stderr } = await runHouse({
		image: busybox,
		volumes: [`${dirname(filterFile)}:/build:ro`],
		config: { user: "app", seccomp, ...config },
		args: ["--", "/bin/sh", "-c", lines.join("; ")],
		...rest,
	});
	expect([status, stderr]).toEqual([0, ""]);
	return stdout.trim().split("\n");
}

const refused = "error 1";
const unknown = "error 38";
const fault = "error 14";
const badDescriptor = "error 9";
const killed = "signal 31";

describe("docker-default in a live process", () => {
	const nowhere = -1;
	/** What it is, the call, and what becomes of it without a filter and behind it. */
	const rows: readonly (readonly [string, Written, string, string])[] = [
		["a number that nobody knows", [1000], unknown, unknown],
		["clone3", ["clone3", nowhere, 0], "error 22", unknown],
		["clone into a user namespace", ["clone", newUser | sigchld], "ok", refused],
		["clone of a process", ["clone", sigchld], "ok", "ok"],
		["unshare into a user namespace", ["unshare", newUser], "ok", refused],
		["mount", ["mount", nowhere, nowhere, nowhere, 0, 0], fault, refused],
		["kcmp", ["kcmp", 1, 1, 100], "error 22", refused],
		["keyctl", ["keyctl", 9999], "error 95", refused],
		["a socket of the Internet", ["socket", 2, 1, 0], "ok", "ok"],
		["a socket of the Internet, and more than the kernel takes", ["socket", 0x100000002n, 1, 0], "ok", "ok"],
		["a socket of machines", ["socket", 40, 1, 0], "ok", refused],
		["a socket of machines, and more than the kernel takes", ["socket", 0x100000028n, 1, 0], "ok", refused],
		["a socket of machines, and the highest bit", ["socket", 0x8000000000000028n, 1, 0], "ok", refused],
		["a socket of algorithms, and more than the kernel takes", ["socket", 0x100000026n, 5, 0], "ok", refused],
		["personality that asks", ["personality", 0xffffffffn], "ok", "ok"],
		["personality that turns randomness off", ["personality", 0x40000], "ok", refused],
	];

	it("answers what Docker's does, and to sockets by what the kernel takes", async () => {
		const calls = rows.map(([, call]) => call);
		const [without, behind] = await Promise.all(["none", "docker-default"].map((seccomp) => becomes(seccomp, "syscall", calls)));
		// A kernel may lack a family.
		const taken = (answer: string | undefined) => (answer === "error 97" ? "ok" : answer);
		expect(rows.map(([name], index) => [name, taken(without?.[index]), behind?.[index]])).toEqual(
			rows.map(([name, , free, filtered]) => [name, free, filtered]),
		);
	});

	it("is opened by what is kept", async () => {
		const calls: Written[] = [
			["mount", nowhere, nowhere, nowhere, 0, 0],
			["clone3", nowhere, 0],
			["kcmp", 1, 1, 100],
		];
		const keeping = (capability: string, seccomp: unknown = "docker-default") =>
			becomes(seccomp, "syscall", calls, { config: { capabilities: { keep: [capability] } }, caps: { add: [capability] } });
		expect(await keeping("SYS_ADMIN")).toEqual([fault, "error 22", refused]);
		expect(await keeping("SYS_PTRACE")).toEqual([refused, unknown, "error 22"]);
		expect(await keeping("SYS_ADMIN", { profile: "docker-default", deny: ["mount"] })).toEqual([refused, "error 22", refused]);
		// At EPERM no program of glibc would start a thread.
		expect(await keeping("SYS_ADMIN", { profile: "docker-default", deny: ["clone3"] })).toEqual([fault, unknown, refused]);
	});
});

describe("an exception", () => {
	const none = -1;
	it.each<[string, Written[], string[]]>([
		[
			"browser",
			[
				["clone", newUser | sigchld],
				["unshare", newUser],
				["chroot", none],
			],
			["ok", "ok", fault],
		],
		[
			"bwrap",
			[
				["clone", newUser | sigchld],
				["unshare", newUser],
				["mount", none, none, none, 0, 0],
				["umount2", none, 0],
			],
			["ok", "ok", fault, fault],
		],
		["perf", [["perf_event_open", none, 0, none, none, 0]], [fault]],
		[
			"io_uring",
			[
				["io_uring_setup", 1, none],
				["io_uring_enter", none, 0, 0, 0, 0],
				["io_uring_register", none, 0, 0, 0],
			],
			[fault, badDescriptor, "error 22"],
		],
		[
			"numa",
			[
				["mbind", 0, 4096, 99, 0, 0],
				["set_mempolicy", 99, 0, 0],
				["get_mempolicy", none, 0, 0, 0, 0],
			],
			["error 22", "error 22", fault],
		],
	])("%s opens just its calls", async (name, calls, expected) => {
		expect(await becomes("docker-default", "syscall", calls)).toEqual(calls.map(() => refused));
		expect(await becomes({ profile: "docker-default", allow: [name] }, "syscall", [...calls, ["keyctl", 9999]])).toEqual([
			...expected,
			refused,
		]);
	});
});

describe("a program of i386", () => {
	const calls: Written[] = [
		["getpid"],
		["unshare", newUser],
		// Its arguments lie behind a pointer: as with Docker, no filter says what it may be asked.
		["socketcall", 1, -1],
		["socket", 40, 1, 0],
		["socket", 0x100000028n, 1, 0],
		["socket", 0x100000002n, 1, 0],
		[1000],
	];
	const as = ["ok", refused, fault, refused, refused, "ok", unknown];
	const dead = calls.map(() => killed);
	it.each([
		["none is named", undefined, as],
		["native alone", ["native"], dead],
		["native and x86", ["native", "x86"], as],
		["x86, without a word of native", ["x86"], as],
		["x32", ["native", "x32"], dead],
	])("where %s", async (_, architectures, expected) => {
		expect(await becomes({ profile: "docker-default", architectures }, "int80", calls)).toEqual(expected);
	});

	it("leaves those of 64 bits as they are, and x32 to its own word", async () => {
		const getpid = (callNumber("x86_64", "getpid") ?? 0) + 0x40000000;
		// A kernel without x32, as most are, does not know it.
		const answers = async (architectures: string[] | undefined) =>
			becomes({ profile: "docker-default", architectures }, "syscall", [["getpid"], [getpid]]);
		expect(await answers(undefined)).toEqual(["ok", unknown]);
		expect(await answers(["native"])).toEqual(["ok", killed]);
		expect(await answers(["native", "x86"])).toEqual(["ok", killed]);
		expect(await answers(["native", "x32"])).toEqual(["ok", unknown]);
	});
});
