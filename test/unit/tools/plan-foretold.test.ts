import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { type PlanFormat, planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

/** IPC_LOCK, permitted and marked effective. capabilities(7), struct vfs_cap_data */
const ipcLockEffective = `\x01\0\0\x02\0\x40${"\0".repeat(14)}`;
/** A header of a program that needs no loader. elf(5) */
const elf = `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0\x3e\0\x01\0\0\0${"\0".repeat(28)}\x40\0\x38\0\0\0\0\0\0\0\0\0`;

/** Of i386, and of x86_64 with short pointers. */
const i386 = `${elf.slice(0, 4)}\x01${elf.slice(5, 18)}\x03${elf.slice(19)}`;
const x32 = `${elf.slice(0, 4)}\x01${elf.slice(5)}`;

interface Case {
	readonly capabilities?: object;
	readonly content?: string;
	readonly attribute?: string;
	readonly seccomp?: unknown;
	readonly setup?: readonly object[];
}

function kernelOf({ capabilities = {}, content = elf, attribute, seccomp = "none", setup = [] }: Case, written: string[] = []): FakeKernel {
	return new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": JSON.stringify({ user: "1000:1000", stdio: "keep", capabilities, seccomp, setup }),
			"/etc/p.json": JSON.stringify({
				defaultAction: "SCMP_ACT_KILL_PROCESS",
				architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"],
				syscalls: [{ names: ["execve", "write", "exit_group"], action: "SCMP_ACT_ALLOW" }],
			}),
			"/bin/x": { mode: 0o755, content },
			"/bin/i386": { mode: 0o755, content: i386 },
		},
		environment: ["PATH=/bin"],
		overrides: {
			parseYaml,
			takesFilters: () => 0,
			write: (_, text) => written.push(`${text}`),
			...(attribute === undefined ? {} : { getxattr: () => attribute }),
		},
	});
}

/** What the format prints, or what it fails with. */
async function printed(format: PlanFormat, given: Case) {
	const written: string[] = [];
	const { host } = kernelOf(given, written);
	try {
		const problems = await planCommand(host, { format }, ["-c", "/etc/c.yaml", "--", "/bin/x"]);
		if (problems.length > 0) {
			return problems.map(({ code, message }) => `${code}: ${message}`);
		}
	} catch (error) {
		return error instanceof Failure ? error.diagnostics.map(({ code, message }) => `${code}: ${message}`) : error;
	}
	return written.join("");
}

const grants = ["docker", "compose", "kubernetes", "oci"] as const;

describe("the grants of a program", () => {
	it("have what its file has marked effective, however it is kept", async () => {
		const flags = (givingUp: string) => `--cap-drop ALL --cap-add SETGID --cap-add SETUID ${givingUp}--cap-add IPC_LOCK\n`;
		const asked = async (capabilities: object) => printed("docker", { capabilities, attribute: ipcLockEffective });
		expect([
			await asked({ keep: ["IPC_LOCK"] }),
			await asked({ keep_if_present: ["IPC_LOCK"] }),
			await asked({ keep: "ALL", drop: ["KILL"] }),
		]).toEqual([flags("--cap-add SETPCAP "), flags("--cap-add SETPCAP "), flags("")]);
		expect(await printed("docker", { capabilities: { keep_if_present: ["IPC_LOCK"] } })).toBe(
			"--cap-drop ALL --cap-add SETGID --cap-add SETUID --cap-add SETPCAP\n# optional: --cap-add IPC_LOCK (kept for the workload)\n",
		);
	});

	it.each(grants)("are not printed as %s for one that cannot be started with them", async (format) => {
		expect(await printed(format, { attribute: ipcLockEffective })).toEqual([
			'COMMAND_NOT_EXECUTABLE: "/bin/x" cannot be executed: it has the file capabilities IPC_LOCK marked effective, and the bounding set will lack them',
		]);
		expect(await printed(format, { content: "#!/bin/sh\r\necho\r\n" })).toEqual([
			'COMMAND_NOT_EXECUTABLE: "/bin/x" cannot be executed: the file exists, but its interpreter "/bin/sh\\x0d" does not: the #! line ends in a carriage return, which belongs to the name',
		]);
	});
});

describe("a program of an architecture that the filter kills", () => {
	const native = { profile: "docker-default", architectures: ["native"] };
	const dies = (abi: string, profile = "docker-default", who = "it") => [
		`COMMAND_NOT_EXECUTABLE: "/bin/x" cannot be executed: ${who} is built for ${abi}, and ${profile} ends every program of ${abi} at its first call, without a word`,
	];

	it("is refused by the plan, and its grants, before it dies", async () => {
		expect([
			await printed("json", { seccomp: native, content: i386 }),
			await printed("docker", { seccomp: native, content: x32 }),
			await printed("json", { seccomp: "/etc/p.json", content: i386 }),
			await printed("json", { seccomp: native, content: "#!/bin/i386\n" }),
		]).toEqual([dies("x86"), dies("x32"), dies("x86", "/etc/p.json"), dies("x86", "docker-default", 'its interpreter "/bin/i386"')]);
	});

	it("is refused by a run as well, but for what a step makes", async () => {
		const run = async (setup: readonly object[]) => {
			const { host } = kernelOf({ seccomp: native, content: i386, setup });
			return makePlan(host, parseOptions(["-c", "/etc/c.yaml", "--", "/bin/x"]), "run").then(
				() => "planned",
				(error: Failure) => error.diagnostics.map(({ code, message }) => `${code}: ${message}`),
			);
		};
		expect([await run([]), await run([{ copy: { from: "/image", to: "/bin" } }])]).toEqual([dies("x86"), "planned"]);
	});

	it.each([
		["docker-default, which has rules for it", "docker-default", i386],
		["an architecture that is named", { ...native, architectures: ["native", "x86"] }, i386],
		["a default that kills, with calls that are allowed", "/etc/p.json", x32],
		["the machine's own", native, elf],
		["no filter", "none", i386],
	])("not with %s", async (_, seccomp, content) => {
		expect(await printed("docker", { seccomp, content })).toMatch(/^--cap-drop ALL /);
	});
});
