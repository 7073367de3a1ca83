import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const ext4 = 0xef53;
const tmpfs = 0x01021994;

interface Told {
	readonly warned: readonly (readonly string[])[];
	readonly problems: readonly string[];
	readonly unusedHere: readonly string[];
}

async function told(setup: readonly object[], magic = ext4): Promise<Told> {
	const kernel = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/passwd": "app:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/c.yaml": JSON.stringify({ user: "app", setup }),
			"/bin/true": { kind: "file", mode: 0o755, content: "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x03\0\x3e\0").padEnd(64, "\0") },
			"/key": "secret",
			"/run": { kind: "directory" },
			"/hooks/a.sh": { kind: "file", mode: 0o644 },
			"/hooks/b.sh": { kind: "file", mode: 0o755 },
		},
		environment: ["PATH=/bin"],
		overrides: { parseYaml, fstatfs: () => [magic, 0] },
	});
	await planCommand(kernel.host, { format: "json" }, ["--config", "/etc/c.yaml", "--", "/bin/true"]);
	const plan = JSON.parse(kernel.output.map((each) => each.replace(/^1: /, "")).join("")) as {
		setup: { warnings: string[] }[];
		problems: { message: string }[];
		unused_here: string[];
	};
	return {
		warned: plan.setup.map(({ warnings }) => warnings),
		problems: plan.problems.map(({ message }) => message),
		unusedHere: plan.unused_here,
	};
}

const secret = (path: string, more: object = {}) => ({ secret: { from: { file: "/key" }, path, ...more } });
const onDisk = (directory: string) => [`"${directory}" is not in memory: the secret stays on a disk`];

describe("what a run would warn of is shown at its step", () => {
	it("a secret on a disk, in a directory that is there or is made, and not where one is mounted", async () => {
		const setup = [
			secret("/run/s"),
			{ mkdir: "/run/new" },
			secret("/run/new/s"),
			secret("/run/allowed", { on_disk: "allow" }),
			{ mount: { type: "tmpfs", target: "/run" } },
			secret("/run/t"),
		];
		expect((await told(setup)).warned).toEqual([onDisk("/run"), [], onDisk("/run/new"), [], [], []]);
		expect((await told(setup, tmpfs)).warned).toEqual([[], [], [], [], [], []]);
	});

	it("and where it is refused there, that is a problem", async () => {
		const refused = await told([secret("/run/s", { on_disk: "refuse" })]);
		expect([refused.problems, refused.warned]).toEqual([onDisk("/run"), [[]]]);
	});

	it("hooks that may not be executed, and a step that may fail and would", async () => {
		const { warned, problems } = await told([{ hooks: "/hooks" }, { mkdir: "/key/x", on_error: "warn" }]);
		expect(warned).toEqual([
			['not executable, and so not run: "a.sh"; chmod +x makes them hooks, a narrower pattern leaves them out'],
			['"/key/x" or something on the way to it is there and is not a directory'],
		]);
		expect(problems).toEqual([]);
	});
});

describe("what is held and only something else would use", () => {
	it("is neither used nor never used", async () => {
		expect((await told([{ mkdir: "/run/x" }])).unusedHere).toEqual(["DAC_OVERRIDE", "FOWNER"]);
		// Of pipes, which are none here.
		expect((await told([])).unusedHere).toEqual(["CHOWN"]);
	});
});
