import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it, vi } from "vitest";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { Authority } from "../../../src/departure/authority.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { parseEnvironment } from "../../../src/plan/environment.ts";
import { NothingDone } from "../../../src/plan/first-look.ts";
import { problemsOfEach } from "../../../src/plan/first-problems.ts";
import { commandFault, outlookOf } from "../../../src/plan/foretell.ts";
import { grantedStart } from "../../../src/plan/granted-start.ts";
import { minimalGrants } from "../../../src/plan/grants.ts";
import { Failure } from "../../../src/report/failure.ts";
import { openLog } from "../../../src/report/log.ts";
import { applySetup } from "../../../src/run/setup.ts";
import { loadSteps, preparesGround, stepKinds, usesProcesses } from "../../../src/steps/index.ts";
import type { YamlNode } from "../../../src/sys/native.ts";
import { lint } from "../../../src/tools/check/lint/findings.ts";
import { render as explain } from "../../../src/tools/explain/explain.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { writeSchema } from "../../../src/tools/schema/schema.ts";
import { FakeKernel, privilegedRoot, unprivileged } from "../../fake/index.ts";

// What CONTRIBUTING.md says a new step takes: its file, a line in its family, its sentences and examples. Nothing else is told of it.
vi.mock("../../../src/steps/waiting/index.ts", async (actual) => {
	const { waiting } = await actual<typeof import("../../../src/steps/waiting/index.ts")>();
	return { waiting: { ...waiting, greeting: async () => (await import("../../fixtures/greeting-step.ts")).greeting } };
});
vi.mock("../../../src/tools/guides/step-fields.ts", async (actual) => {
	const { stepFields, fieldHolds } = await actual<typeof import("../../../src/tools/guides/step-fields.ts")>();
	const sentences = { name: "Who is greeted.", tone: "How." };
	return { stepFields: { ...stepFields, greeting: sentences }, fieldHolds: { ...fieldHolds, "greeting.tone": "data" } };
});
vi.mock("../../../src/tools/guides/step-needs.ts", async (actual) => {
	const { stepNeeds } = await actual<typeof import("../../../src/tools/guides/step-needs.ts")>();
	return { stepNeeds: { ...stepNeeds, greeting: "nothing" } };
});
vi.mock("../../../src/tools/guides/examples.ts", async (actual) => {
	const { examples } = await actual<typeof import("../../../src/tools/guides/examples.ts")>();
	return { examples: [...examples, "setup:\n  - greeting: {name: world, tone: loud}"] };
});

const niceness = 1n << 23n;
const withoutNice = { permitted: 0x1ff_ff7f_ffffn, effective: 0x1ff_ff7f_ffffn };
const root = join(import.meta.dirname, "../../..");

const program = {
	kind: "file",
	mode: 0o755,
	content: "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x03\0\x3e\0").padEnd(64, "\0"),
} as const;
/** It is empty, and the workload's. */
const noProgram = { kind: "file", mode: 0o755, uid: 1000 } as const;

function kernelWith(setup: string, process = privilegedRoot(), world: typeof program | typeof noProgram = noProgram): FakeKernel {
	const files = {
		"/etc/passwd": "app:x:1000:1000::/home/app:/bin/sh\n",
		"/etc/entrypoint.yaml": `user: app\nsetup:\n${setup}`,
		"/usr/bin/sh": program,
		"/srv/world": world,
		"/opt/tool": { kind: "file", mode: 0o644 },
		"/proc/net/unix": "",
	} as const;
	const environment = ["PATH=/usr/bin", "SILENCE=1"];
	return new FakeKernel({ process, files, environment, overrides: { parseYaml } });
}

const args = (command: string) => ["--config", "/etc/entrypoint.yaml", "--", command];
const planned = ({ host }: FakeKernel, command = "sh", mode: "run" | "enter" = "run") => makePlan(host, parseOptions(args(command)), mode);

async function messages(work: Promise<unknown>): Promise<string[]> {
	const error = await work.then(
		() => undefined,
		(failed: unknown) => failed,
	);
	return error instanceof Failure ? error.diagnostics.map(({ code, message }) => `${code}: ${message}`) : ["nothing was refused"];
}

/** What is seen before the first step is put into words by the caller. */
function inWords<T>(work: () => T, held: Parameters<typeof problemsOfEach>[1]): T {
	try {
		return work();
	} catch (error) {
		const [first, ...others] = error instanceof NothingDone ? [...problemsOfEach(error.looks, held).values()].flat() : [];
		throw first === undefined ? error : new Failure(first, ...others);
	}
}

describe("a step that is a file, a line, its sentences and examples", () => {
	it("is read, and what is wrong in it is told", async () => {
		const { host } = kernelWith("");
		const read = (text: string) => parseConfig(text, "f.yaml", { reads: host, environment: new Map(), loadSteps });
		expect((await read("setup:\n- greeting: world\n")).setup).toEqual([
			{ kind: "greeting", name: undefined, when: undefined, onError: "fail", config: { name: "world", tone: "kind" } },
		]);
		expect(await messages(read("setup:\n- greeting: { nam: world }\n"))).toEqual(['CONFIG_UNKNOWN_KEY: unknown key; did you mean "name"?']);
		expect(await messages(read("setup:\n- greetin: world\n"))).toEqual(['CONFIG_UNKNOWN_KEY: unknown step; did you mean "greeting"?']);
	});

	it("is planned, with what it makes of the environment and of the command", async () => {
		const { plan } = await planned(kernelWith("- greeting: world\n"), "/srv/world/bin/app");
		expect([plan.setup, plan.environment, plan.notes, plan.descriptors.opened, plan.command]).toEqual([
			[{ label: "setup[0]", action: { kind: "greeting", name: "world", tone: "kind" }, when: undefined, onError: "fail", children: {} }],
			[
				...["PATH=/usr/bin", "HOME=/home/app", "USER=app", "LOGNAME=app", "GREETED=world"],
				...["LISTEN_PID=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=ear"],
			],
			["setup[0] has met world before"],
			[{ name: "ear", env: {} }],
			{ argv: ["/srv/world/bin/app"], candidates: ["/srv/world/bin/app"] },
		]);
		const { plan: loud } = await planned(kernelWith("- greeting: { name: world, tone: loud }\n"));
		expect(loud.setup.map(({ children }) => Object.keys(children))).toEqual([["throat"]]);
		expect(plan.setup.map(({ action }) => [preparesGround(action), usesProcesses(action)])).toEqual([[true, false]]);
		expect(await messages(planned(kernelWith("- greeting: moon\n"), "/srv/world/bin/app"))).toEqual([
			'COMMAND_NOT_FOUND: "/srv/world/bin/app" does not exist: ENOTDIR: a part of its path is not a directory',
		]);
		expect(await messages(planned(kernelWith("- { greeting: world, on_error: warn }\n")))).toEqual([
			"CONFIG_CONFLICT: a greeting step cannot go on without what it makes: on_error: warn is not for it",
		]);
	});

	it("says whether a start that is not root may pass over it", async () => {
		const asUser = unprivileged(1000, 1000);
		const shy = "- greeting: { name: world, tone: shy }\n";
		const told = async (setup: string, process: Parameters<typeof kernelWith>[1]) => {
			const { plan } = await planned(kernelWith(setup, process));
			return [plan.setup.length, plan.warnings.map(({ message }) => message)];
		};
		expect([await told(shy, asUser), await told(shy, privilegedRoot()), await told("- greeting: world\n", asUser)]).toEqual([
			[0, ["setup[0] greeting is passed over: only root is greeted so"]],
			[1, []],
			[1, []],
		]);
	});

	it("gives a second program the environment that it makes of its own", async () => {
		const { plan } = await planned(kernelWith("- greeting: world\n- mkdir: /x\n"), "sh", "enter");
		expect([plan.setup, plan.environment.includes("GREETED=world"), plan.environment.includes("SILENCE=1")]).toEqual([[], true, false]);
	});

	it("is shown in the plan, and a runtime is told what it takes", async () => {
		const setup = "- greeting: { name: world, tone: very kind }\n- file: { path: /closed/x, content: y }\n";
		const kernel = kernelWith(setup, privilegedRoot(), program);
		await planCommand(kernel.host, { format: "text" }, args("sh"));
		const rows = kernel.output.join("").split("\n").slice(4, 6);
		expect(rows.map((line) => line.replace(/ {2,}/g, " | "))).toEqual([
			'0 greeting | world in a "very kind" tone | /dev/voice w | not there',
			" | SYS_NICE | held",
		]);
		const made = await makePlan(kernel.host, parseOptions(args("sh")), "run", grantedStart);
		const { needed } = minimalGrants(made, kernel.host, { outlook: "this-start", runtime: "docker" });
		const { capabilities, devices, sysctls, hostname, purposes } = needed;
		const ofAny = minimalGrants(made, kernel.host, { outlook: "any-volume", runtime: "docker" }).needed;
		expect([ofAny.capabilities, ofAny.purposes.get("SYS_TTY_CONFIG")]).toEqual([
			["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID", "SETPCAP", "SYS_TTY_CONFIG"],
			"to be heard by anybody",
		]);
		expect([capabilities, devices, sysctls, hostname, purposes.get("KILL"), purposes.get("DAC_OVERRIDE")]).toEqual([
			["CHOWN", "DAC_OVERRIDE", "KILL", "SETGID", "SETUID", "SETPCAP", "SYS_NICE"],
			[{ path: "/dev/voice", access: "w" }],
			{ "net.voice": "1" },
			"host",
			"required",
			"to write into the directory of /closed/x",
		]);
	});

	it("is foretold to do nothing, and spares what it may alter", async () => {
		const foretold = async (tone: string) => {
			const kernel = kernelWith(`- greeting: { name: world, tone: ${tone} }\n`);
			const { plan, start } = await planned(kernel, "/opt/tool");
			const outlook = outlookOf(plan, start, kernel.host);
			return [commandFault(outlook)?.message, outlook.idle.map(({ label, message }) => `${label} ${message}`)];
		};
		const fault = '"/opt/tool" cannot be executed: the execute permission is not set';
		expect(await foretold("kind")).toEqual([fault, []]);
		expect(await foretold("opening")).toEqual([undefined, []]);
		expect(await foretold("idle")).toEqual([fault, ['setup[0] "/nobody" does not exist, so that greeting would do nothing']]);
	});

	it("is applied with exactly what it needs, in its phase, after all that stands in the way is told", async () => {
		const apply = async (setup: string, process = privilegedRoot()) => {
			const kernel = kernelWith(setup, process);
			const { host } = kernel;
			const { plan, start } = await planned(kernel);
			const authority = new Authority(host, start.credentials.sets);
			authority.rest();
			const log = openLog(host, { level: 1 });
			const environment = parseEnvironment(plan.environment);
			const context = {
				host,
				plan,
				start,
				log,
				authority,
				journey: { mask: 0n },
				processes: undefined,
				closedByThen: undefined,
				environment,
			};
			const sockets = inWords(() => applySetup(context), {
				reads: host,
				permitted: authority.permitted,
				withheld: undefined,
				target: plan.identity,
			});
			const raised = kernel.calls.filter(([name]) => name === "capset").map(([, effective]) => effective);
			return { sockets, output: kernel.output, raised: raised.slice(-2) };
		};
		expect(await apply("- greeting: world\n")).toEqual({
			sockets: [7],
			output: ["1: hello world\n", "2: abdicate: changed  setup[0] greeting world in a kind tone: was heard\n"],
			raised: [niceness, 0n],
		});
		expect((await apply("- greeting: { name: world, tone: late }\n")).output).toEqual([]);
		expect(await messages(apply("- greeting: { name: world, tone: rude }\n"))).toEqual(["STEP_FAILED: nobody listens to that"]);
		expect(await messages(apply("- greeting: world\n", privilegedRoot(40, withoutNice)))).toEqual([
			"CAPABILITY_MISSING: SYS_NICE is not held, needed to be heard",
			'STEP_FAILED: "/srv/world" cannot be executed: it is an empty file',
			'STEP_FAILED: "/srv/world" is not run with more than the workload has: the workload can write to "/srv/world"',
		]);
	});

	it("is looked at by the rules of check", async () => {
		const found = async (written: string, inImage = false) => {
			const text = `user: app\nsetup:\n- greeting: ${written}\n`;
			const kernel = kernelWith(`- greeting: ${written}\n`);
			const config = await parseConfig(text, "f.yaml", { reads: kernel.host, environment: new Map(), loadSteps });
			const image = inImage ? { plan: (await planned(kernel)).plan } : undefined;
			const subject = { config, root: parseYaml(text) as YamlNode, reads: kernel.host, image };
			return lint(subject, { file: "f.yaml", lines: text.split("\n") }).map(({ code, message }) => `${code}: ${message}`);
		};
		expect(await found("everybody")).toEqual(["LINT_HUGE_TREE: greeting /home walks a tree that is not the workload's alone"]);
		expect(await found("{ name: world, tone: confidential }")).toEqual([
			"LINT_SESSION_KEYRING: keys that this step leaves in the session keyring are the workload's to use",
		]);
		expect(await found("world", true)).toEqual([
			'LINT_WRITABLE_PROGRAM: "/srv/world" is not run with more than the workload has: the workload can write to "/srv/world"',
		]);
		expect(await found('{ name: "wor\u202eld", tone: "ki\u202end" }')).toEqual([
			"LINT_INVISIBLE_CHARACTER: it holds U+202E, which a terminal obeys or nobody sees",
		]);
	});

	it("is in the JSON Schema, and explained", async () => {
		const { document, keys } = await writeSchema();
		const isValid = new Ajv2020({ allowUnionTypes: true, strictRequired: false }).compile(JSON.parse(JSON.stringify(document)));
		const accepts = (greeting: unknown) => isValid({ setup: [{ greeting }] });
		expect([accepts("world"), accepts({ name: "boss" }), accepts({ name: "boss", tone: "rude" }), accepts({ tone: "rude" })]).toEqual([
			...[true, true, false, false],
		]);
		expect([
			keys.get("greeting.tone"),
			await explain({ parseYaml, uname: () => ["Linux", "box", "6.1", "", "x86_64"] }, "greeting"),
		]).toEqual([
			{ description: "How.", default: "kind" },
			[
				"greeting: a setup step",
				"  does        Greets somebody.",
				"  needs       nothing",
				"  fields      greeting.name, greeting.tone",
				"  example     setup:",
				"                - greeting: {name: world, tone: loud}",
				"",
			].join("\n"),
		]);
	});
});

/** Those that are no other word of the code's: a mode of this program, a key of the file, a system call, a file system. */
const ambiguous: readonly string[] = ["run", "listen", "mount", "fuse", "hostname", "file", "device"];
/** Words of others for their keys, and of a shell, are of use where there is a fault alone, and stand together there. A filter has actions of its own. */
const isStepsOwn =
	/^src\/(?:steps\/[a-z]+\/|tools\/guides\/|confine\/seccomp\/|config\/(?:synonyms|shell-words|(?:step-|key-)?shapes|foreign-values)\.ts$|tools\/init\/script\.ts$)/;

describe("what is known of a step", () => {
	const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
		.map((name) => `src/${name}`)
		.filter((name) => name.endsWith(".ts") && !isStepsOwn.test(name));

	it("is known in its own file: no other asks for its kind, or for a member of its action", () => {
		const names = stepKinds.filter((kind) => !ambiguous.includes(kind)).join("|");
		const asks = new RegExp(`"(?:${names})"|\\baction\\.kind\\s*[!=]==|switch \\(action|" in (?:action|config)\\b`);
		const asking = sources.filter((name) => asks.test(readFileSync(join(root, name), "utf8")));
		expect([asking, sources.length > 100]).toEqual([[], true]);
	});

	it("is written where CONTRIBUTING.md says, and nowhere else", () => {
		const [, places = ""] = /^- A setup step is (.*?)\n- /ms.exec(readFileSync(join(root, "CONTRIBUTING.md"), "utf8")) ?? [];
		expect([...places.matchAll(/`([a-zA-Z/-]+\/[a-zA-Z./-]+)`/g)].map(([, place]) => place)).toEqual([
			...["src/steps/FAMILY", "src/steps/FAMILY/index.ts", "src/tools/guides/step-fields.ts", "src/tools/guides/nested-keys.ts"],
			...["src/tools/guides/step-needs.ts", "src/tools/guides/examples.ts", "src/tools/guides/defaults.ts"],
			...["test/unit/steps/cases.ts", "docs/reference/steps.md"],
		]);
	});
});
