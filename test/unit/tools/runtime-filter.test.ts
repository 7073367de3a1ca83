import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { CapabilityName } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { type PlanFormat, planCommand } from "../../../src/tools/plan/plan.ts";
import { callsBeyondUsual } from "../../../src/tools/seccomp/beyond.ts";
import { type ConfiguredFilter, configuredFilter } from "../../../src/tools/seccomp/configured.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

interface Given {
	readonly keep?: string;
	readonly profile?: string;
	readonly granted?: readonly CapabilityName[];
}

/** What the filter allows beyond the usual. */
async function beyond(seccomp: string, { keep = "[]", profile = "", granted = [] }: Given = {}): Promise<string[]> {
	const reads = { parseYaml, getresuid: () => [0, 0, 0] } as unknown as Reads;
	const text = `seccomp: ${seccomp}\ncapabilities: ${keep.startsWith("{") ? keep : `{keep: ${keep}}`}`;
	const config = await parseConfig(text, "f.yaml", { reads, environment: new Map(), loadSteps });
	const filter = configuredFilter(config, { machine: "x86_64", kernel: [6, 1] }, (path) => ({ file: path, text: profile }));
	return callsBeyondUsual(filter as ConfiguredFilter, CapabilitySet.of(...granted));
}

const allowing = (...rules: readonly object[]) =>
	JSON.stringify({
		defaultAction: "SCMP_ACT_ERRNO",
		syscalls: [{ names: ["execve", "write"] }, ...rules].map((rule) => ({ action: "SCMP_ACT_ALLOW", ...rule })),
	});
const argument = (value: number, op: string, valueTwo?: number) => [{ index: 0, value, op: `SCMP_CMP_${op}`, valueTwo }];

describe("what a filter allows beyond the usual one of runtimes", () => {
	it.each([
		["docker-default", {}, []],
		["{profile: docker-default, deny: [ptrace], architectures: [native]}", {}, []],
		["{profile: docker-default, allow: [bwrap]}", {}, ["clone", "pivot_root", "mount", "umount2", "unshare"]],
		["{profile: docker-default, allow: [personality]}", {}, ["personality"]],
		["{profile: docker-default, allow: [read, ptrace]}", {}, []],
		// The runtime's opens as much for what it grants.
		["docker-default", { keep: "[SYS_ADMIN]", granted: ["SYS_ADMIN"] }, []],
		["{profile: docker-default, allow: [numa]}", { keep: "[SYS_NICE]", granted: ["SYS_NICE"] }, []],
		// And no filter opens what the container has not got.
		["docker-default", { keep: "{keep: ALL, drop: [KILL]}" }, []],
		["/p.json", { profile: allowing() }, []],
		["/p.json", { profile: allowing({ names: ["keyctl", "read"] }) }, ["keyctl"]],
		["/p.json", { profile: allowing({ names: ["keyctl"], includes: { caps: ["CAP_KILL"] } }) }, []],
		["/p.json", { profile: allowing({ names: ["personality"], args: argument(8, "EQ") }) }, []],
		["/p.json", { profile: allowing({ names: ["personality"], args: argument(0x40000, "EQ") }) }, ["personality"]],
		["/p.json", { profile: allowing({ names: ["socket"], args: argument(38, "LT") }) }, []],
		// As Docker's own has it: of 64 bits, which is less strict than ours.
		["/p.json", { profile: allowing({ names: ["socket"], args: argument(40, "GT") }) }, []],
		["/p.json", { profile: allowing({ names: ["socket"], args: argument(40, "NE") }) }, ["socket"]],
		["/p.json", { profile: allowing({ names: ["clone"], args: argument(0x7e020000, "MASKED_EQ", 0) }) }, []],
		["/p.json", { profile: allowing({ names: ["clone"], args: argument(0x7e000000, "MASKED_EQ", 0) }) }, ["clone"]],
		["{profile: /p.json, action: log, allow: [read]}", { profile: allowing(), keep: "[]" }, expect.arrayContaining(["mount", "bpf"])],
	] as const)("%s with %j: %j", async (seccomp, given, expected) => {
		expect(await beyond(seccomp, given as Given)).toEqual(expected);
	});
});

async function printed(format: PlanFormat, config: object): Promise<string> {
	let text = "";
	const write = (_fd: number, more: string) => {
		text += more;
		return more.length;
	};
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": JSON.stringify({ user: "1000:1000", stdio: "keep", ...config }),
			"/etc/p.json": allowing({ names: ["keyctl"] }),
			"/bin/x": {
				mode: 0o755,
				content: `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0\x3e\0\x01\0\0\0${"\0".repeat(28)}\x40\0\x38\0\0\0\0\0\0\0\0\0`,
			},
		},
		environment: ["PATH=/bin"],
		overrides: { parseYaml, write, takesFilters: () => 0 },
	});
	await planCommand(host, { format }, ["-c", "/etc/c.yaml", "--", "/bin/x"]);
	return text;
}

const why = "for clone, pivot_root, mount, umount2 and unshare: the configured filter allows that, and the usual one refuses it";
const bwrap = { seccomp: { profile: "docker-default", allow: ["bwrap"] } };
const mounts = "if the workload mounts, which the usual profile refuses";

describe("the grants of a filter that allows more than the runtime's", () => {
	it("ask for none of the runtime's, and say why", async () => {
		const caps = "--cap-drop ALL --cap-add SETGID --cap-add SETUID --cap-add SETPCAP";
		expect([
			await printed("docker", bwrap),
			await printed("docker", { seccomp: "/etc/p.json" }),
			await printed("docker", { seccomp: "docker-default" }),
		]).toEqual([
			`${caps} --security-opt seccomp=unconfined\n# seccomp=unconfined: ${why}\n# optional: --security-opt apparmor=unconfined (${mounts})\n`,
			`${caps} --security-opt seccomp=unconfined\n# seccomp=unconfined: for keyctl: the configured filter allows that, and the usual one refuses it\n`,
			`${caps}\n`,
		]);
	});

	it("are a key of Compose, and a Pod without the profile of its runtime", async () => {
		const compose = await printed("compose", bwrap);
		expect(parse(compose)).toMatchObject({ security_opt: ["seccomp=unconfined"] });
		expect(compose).toContain(`  - seccomp=unconfined # ${why}\n  # - apparmor=unconfined # optional: ${mounts}\n`);
		const pod = await printed("kubernetes", bwrap);
		expect(parse(pod).spec.containers[0].securityContext.seccompProfile).toEqual({ type: "Unconfined" });
		expect(pod).toContain(`        seccompProfile: {type: Unconfined} # ${why}\n`);
		expect(pod).toMatch(/^# Pod Security: privileged, because of seccomp unconfined\n/);
		expect(parse(await printed("kubernetes", { seccomp: "docker-default" })).spec.containers[0].securityContext.seccompProfile).toEqual({
			type: "RuntimeDefault",
		});
	});
});
