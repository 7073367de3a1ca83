import { describe, expect, it } from "vitest";
import { dockerRoot } from "../../../fake/index.ts";
import { run } from "./harness.ts";

const files = { "/srv": { kind: "directory", mode: 0o755 }, "/filter": `\x06\0\0\0\0\0\xdc\xff\x7f`, "/odd": "1234567" } as const;
const overrides = { landlockAbi: () => 7, takesFilters: () => 0, uname: () => ["Linux", "x", "6.18.0", "#1", "x86_64"] as never };

async function calls(...words: readonly string[]) {
	const { kernel, state, stderr } = await run(dockerRoot(), [...words, "cmd"], { files, overrides });
	const walls = kernel.changes
		.filter(([name]) => /^landlock|^loadFilter|^setNoNewPrivs/.test(name))
		.map(([name, ...args]) => [name, ...args.slice(0, 4)]);
	return state === undefined ? stderr.split("\n")[0] : walls;
}

describe("--landlock-access and --landlock-rule", () => {
	it("forbid what is named, and allow it again where a rule says so", async () => {
		expect(await calls("--landlock-access=fs:write-file,read-dir", "--landlock-rule=path-beneath:write:/srv")).toEqual([
			["setNoNewPrivs"],
			["landlockCreateRuleset", 0b1010, 0, 0],
			["landlockAddPath", 900, expect.any(Number), 0b10],
			["landlockRestrictSelf", 900],
		]);
	});

	it("mean all that is forbidden where a rule names nothing", async () => {
		expect((await calls("--landlock-rule=path-beneath::/srv", "--landlock-access=fs:execute"))?.[2]).toEqual([
			"landlockAddPath",
			900,
			expect.any(Number),
			1,
		]);
	});

	it("are about ports and scopes as well, with what guards ports", async () => {
		const found = await calls("--landlock-access=net", "--landlock-access=scope:signal", "--landlock-rule=net-port:connect-tcp:443");
		expect((found as unknown[][]).map(([name, ...args]) => (name === "loadFilter" ? name : [name, ...args]))).toEqual([
			["setNoNewPrivs"],
			["landlockCreateRuleset", 0, 3, 2],
			["landlockAddPort", 900, 443, 2],
			["landlockRestrictSelf", 900],
			"loadFilter",
		]);
	});

	it.each([
		["--landlock-access=bogus", 'USAGE] setpriv, --landlock-access: "bogus" is no kind of access: fs, net or scope'],
		["--landlock-access=fs:bogus", 'USAGE] setpriv, --landlock-access: "bogus" is no right of fs'],
		["--landlock-access=fs:,", 'USAGE] setpriv, --landlock-access: "" is no right of fs'],
		[
			"--landlock-rule=path-beneath:read-file:/srv",
			'USAGE] setpriv, --landlock-rule: "path-beneath:read-file:/srv" allows what is not forbidden',
		],
		["--landlock-rule=net-port:bind-tcp:65536", 'USAGE] setpriv, --landlock-rule: "net-port:bind-tcp:65536" allows what is not forbidden'],
		["--landlock-rule=path:x", 'USAGE] setpriv, --landlock-rule: "path:x" is no rule'],
	])("refuse %s", async (option, message) => {
		expect(await calls(option)).toBe(`error[${message}`);
	});

	it("refuse a port that is none, a path that is nowhere, and a kernel that has it not", async () => {
		expect(await calls("--landlock-access=net", "--landlock-rule=net-port::65536")).toBe(
			'error[USAGE] setpriv, --landlock-rule: "65536" is no port',
		);
		expect(await calls("--landlock-access=fs", "--landlock-rule=path-beneath::/nowhere")).toMatch(
			/^error\[LANDLOCK_RULE\] setpriv, --landlock-rule: "\/nowhere": /,
		);
		const { status, stderr } = await run(dockerRoot(), ["--landlock-access=fs:truncate", "cmd"], {
			files,
			overrides: { ...overrides, landlockAbi: () => 2 },
		});
		expect([status, stderr]).toEqual([
			127,
			"error[LANDLOCK_UNAVAILABLE] setpriv, --landlock-access: this kernel's Landlock has no fs:truncate",
		]);
	});
});

describe("--seccomp-filter", () => {
	it("is loaded by the call of exec, under no_new_privs", async () => {
		const { kernel, state } = await run(dockerRoot(), ["--seccomp-filter=/filter", "cmd"], {
			files: { ...files, "/filter": "\x06\0\0\0\0\0\x50\x7f" },
			overrides,
		});
		expect([kernel.workload?.filter, state?.noNewPrivs]).toEqual(["060000000000507f", true]);
	});

	it.each([
		["/odd", 'SECCOMP_PROFILE_SYNTAX] setpriv, --seccomp-filter: "/odd" is no compiled filter: 7 bytes are no whole instructions'],
		["/srv", 'SECCOMP_PROFILE_SYNTAX] setpriv, --seccomp-filter: "/srv" is no compiled filter: 0 bytes are no whole instructions'],
	])("refuses %s", async (file, message) => {
		expect(await calls(`--seccomp-filter=${file}`)).toBe(`error[${message}`);
	});
});

describe("--ptracer", () => {
	it.each([
		["any", -1],
		["none", 0],
		["4711", 4711],
	])("%s", async (written, pid) => {
		const { kernel } = await run(dockerRoot(), [`--ptracer=${written}`, "cmd"], { overrides: { setTracer: () => 0 } });
		expect(kernel.changes.filter(([name]) => name === "setTracer")).toEqual([["setTracer", pid]]);
	});

	it("is refused where no Yama asks", async () => {
		const { status, stderr } = await run(dockerRoot(), ["--ptracer=any", "cmd"], { overrides: { setTracer: () => -22 } });
		expect([status, stderr]).toEqual([
			127,
			"error[CALL_REFUSED] setpriv, tracer: nobody can be named who may trace: this kernel has no Yama, or there is no such process",
		]);
	});
});
