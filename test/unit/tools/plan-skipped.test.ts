import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

async function planned(config: object, format: "text" | "json", environment: readonly string[] = []): Promise<string> {
	const kernel = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/passwd": "app:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/c.yaml": JSON.stringify({ user: "app", ...config }),
			"/bin/true": { kind: "file", mode: 0o755, content: "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x03\0\x3e\0").padEnd(64, "\0") },
			"/there": "",
		},
		environment: ["PATH=/bin", ...environment],
		overrides: { parseYaml },
	});
	await planCommand(kernel.host, { format }, ["--config", "/etc/c.yaml", "--", "/bin/true", "--help"]);
	return kernel.output.map((each) => each.replace(/^1: /, "")).join("");
}

const make = (path: string, when: object = {}) => ({ mkdir: path, when });
const about = (lines: string) =>
	lines.split("\n").flatMap((line) => {
		const [, goal, needs = ""] = /^ *\d+ (mkdir +\S+) mode \d+ owner \S+ +(.*)$/.exec(line) ?? [];
		return goal === undefined ? [] : [goal.replace(/ +/, " "), needs.replace(/ +(?:held|-)$/, "")];
	});

describe("a step that is passed over as things are now", () => {
	const setup = [
		make("/a", { env: "WAIT" }),
		make("/b", { unset: "HOME_OF_ALL" }),
		make("/c", { exists: "/nowhere" }),
		make("/d", { exists: "/there" }),
		make("/e", { held: "SYS_TIME" }),
		make("/f", { command: "sh" }),
		make("/g", { env: { WAIT: "no" } }),
	];

	it("is shown as skipped, and why, and not with what it would need", async () => {
		expect(about(await planned({ setup }, "text", ["HOME_OF_ALL=x"]))).toEqual([
			...["mkdir /a", "skipped: WAIT is not set"],
			...["mkdir /b", "skipped: HOME_OF_ALL is set"],
			...["mkdir /c", "skipped: /nowhere does not exist"],
			...["mkdir /d", "CHOWN"],
			...["mkdir /e", "skipped: SYS_TIME is not held"],
			...["mkdir /f", "skipped: the command is true"],
			...["mkdir /g", "skipped: WAIT has another value"],
		]);
		expect(about(await planned({ setup: setup.slice(0, 1) }, "text", ["WAIT=1"]))).toEqual(["mkdir /a", "CHOWN"]);
	});

	it("has a member for it in the JSON", async () => {
		const shown = JSON.parse(await planned({ setup }, "json", ["HOME_OF_ALL=x", "WAIT=no"])).setup as { skipped?: string }[];
		expect(shown.map(({ skipped }) => skipped)).toEqual([
			undefined,
			"HOME_OF_ALL is set",
			"/nowhere does not exist",
			undefined,
			"SYS_TIME is not held",
			"the command is true",
			undefined,
		]);
	});

	it("may be done where an earlier step that is done makes what it asks for", async () => {
		const inTurn = (when: object) => [make("/made", when), make("/x", { exists: "/made" })];
		expect([about(await planned({ setup: inTurn({}) }, "text")), about(await planned({ setup: inTurn({ env: "WAIT" }) }, "text"))]).toEqual(
			[
				["mkdir /made", "CHOWN", "mkdir /x", "CHOWN"],
				["mkdir /made", "skipped: WAIT is not set", "mkdir /x", "skipped: /made does not exist"],
			],
		);
	});

	it("warns of nothing that it would have met", async () => {
		const warnings = async (when: object) => JSON.parse(await planned({ setup: [{ hooks: "/hooks.d", when }] }, "json")).warnings;
		expect([await warnings({}), await warnings({ env: "WAIT" })]).toEqual([
			['setup[0]: "/hooks.d" does not exist, so that hooks would do nothing'],
			[],
		]);
	});

	it("is told of the whole setup", async () => {
		const notes = async (command: object, steps: object[] = setup) =>
			JSON.parse(await planned({ command, setup: steps }, "json")).notes.filter((note: string) => note.includes("the setup"));
		expect([
			await notes({ setup_only_for: ["redis-server"] }),
			await notes({ skip_setup_if: ["--help"] }),
			await notes({ setup_only_for: ["true"] }),
			await notes({ skip_setup_if: ["--help"] }, []),
		]).toEqual([
			["the setup is passed over: command.setup_only_for does not name the command"],
			["the setup is passed over: an argument is one of command.skip_setup_if"],
			[],
			[],
		]);
	});
});
