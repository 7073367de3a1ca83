import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import type { WhenConfig } from "../../../src/config/config.ts";
import { chooseCommand, planCommand } from "../../../src/plan/command.ts";
import { madeBySteps } from "../../../src/plan/made.ts";
import { Failure } from "../../../src/report/failure.ts";
import type { StepKind } from "../../../src/steps/index.ts";
import { kernelWith, plan, refusalOf } from "../steps/context.ts";

const config = {
	default: ["rabbitmq-server"],
	prependIf: ["-*", "*.conf"],
	setupOnlyFor: ["rabbitmq*", "epmd"],
	skipSetupIf: ["--help"],
};

const unnamed = "command.setup_only_for does not name the command";

describe("chooseCommand", () => {
	it.each<[given: string[], argv: string[], skipSetup: string | undefined]>([
		[[], ["rabbitmq-server"], undefined],
		[["-detached"], ["rabbitmq-server", "-detached"], undefined],
		[["my.conf", "--x"], ["rabbitmq-server", "my.conf", "--x"], undefined],
		[["rabbitmqctl", "status"], ["rabbitmqctl", "status"], undefined],
		[["/usr/bin/epmd"], ["/usr/bin/epmd"], undefined],
		[["/rabbitmq/sh"], ["/rabbitmq/sh"], unnamed],
		[["sh"], ["sh"], unnamed],
		[["my-rabbitmq"], ["my-rabbitmq"], unnamed],
		[["epmd2"], ["epmd2"], unnamed],
		[["rabbitmq-server", "--help"], ["rabbitmq-server", "--help"], "an argument is one of command.skip_setup_if"],
	])("makes of %j the command %j, without setup: %s", (given, argv, skipSetup) => {
		expect(chooseCommand(given, config)).toEqual({ argv, skipSetup });
	});

	it("does the setup for every command when none are named", () => {
		expect(chooseCommand(["sh"], { ...config, setupOnlyFor: undefined })).toEqual({ argv: ["sh"], skipSetup: undefined });
	});
});

/** `/srv/app` is where the application lies; /opt/current leads there, and /usr/bin/app to where nothing is yet. */
const kernel = kernelWith({
	"/usr/bin/known": { kind: "file", mode: 0o755 },
	"/srv/app": { kind: "directory", mode: 0o755 },
	"/opt/current": { kind: "link", content: "../srv/app" },
	"/usr/bin/app": { kind: "link", content: "/srv/app/bin/app" },
	"/usr/bin/loop": { kind: "link", content: "loop" },
});

const unmet: WhenConfig = {
	env: [{ name: "NOT_SET", value: undefined }],
	unset: [],
	exists: undefined,
	command: undefined,
	held: undefined,
};
const notYet: WhenConfig = { ...unmet, env: [], exists: "/srv/app/bin" };

type Steps = readonly (readonly [kind: StepKind, written: unknown, when?: WhenConfig])[];

function decide(command: string, steps: Steps) {
	const setup = steps.map(([kind, written, when]) => ({ action: plan(kind, written, kernel), when }));
	const viewer = { uid: 1000, groups: [] };
	const circumstances = { reads: kernel.host, environment: new Map(), command, held: CapabilitySet.empty, viewer };
	return planCommand([command], "/usr/bin:/opt/tools", "/srv", kernel.host, madeBySteps(setup, circumstances));
}

const notInPath = (name: string) => `COMMAND_NOT_FOUND: "${name}" is not in PATH (/usr/bin:/opt/tools)`;
const missing = (path: string) => `COMMAND_NOT_FOUND: "${path}" does not exist`;

describe("a command that is not there yet", () => {
	it.each<[command: string, steps: Steps]>([
		["known", []],
		["/srv/app/bin/run", [["copy", { from: "/seed", to: "/srv/app" }]]],
		["./app/bin/../bin/run", [["copy", { from: "/seed", to: "/srv/app" }]]],
		["/opt/current/bin/run", [["copy", { from: "/seed", to: "/srv/app" }]]],
		["/srv/app/bin/run", [["copy", { from: "/seed", to: "/opt/current/bin" }]]],
		["app", [["copy", { from: "/seed", to: "/srv/app" }]]],
		["/data/run", [["mount", { type: "tmpfs", target: "/data" }]]],
		["/data/run", [["fuse", { target: "/data", command: ["sshfs", "{mountpoint}"] }]]],
		["run", [["file", { path: "/opt/tools/run", content: "#!/bin/sh", mode: "0755" }]]],
		["run", [["link", { path: "/opt/tools/run", to: "/srv/app/run" }]]],
		["/srv/new/bin/run", [["link", { path: "/srv/new", to: "/seed" }]]],
		["anything", [["run", ["install"]]]],
		["/srv/any/thing", [["hooks", "/docker-entrypoint.d"]]],
		["/srv/app/bin/run", [["copy", { from: "/seed", to: "/srv/app" }, notYet]]],
	])("%s is let pass with %j", (command, steps) => {
		const candidates = command.includes("/") ? [command] : [`/usr/bin/${command}`, `/opt/tools/${command}`];
		expect(decide(command, steps)).toEqual({ argv: [command], candidates });
	});

	it.each([
		["/srv/new/run", true],
		["/srv/new", true],
		["/srv/newer/run", false],
		["/srv", false],
	])("%s may be made by a step that could not be planned and names /srv/new: %j", (path, expected) => {
		const failed = [{ config: { from: "/seed", to: "/srv/new", mode: 0o755, exclude: undefined } }];
		const viewer = { uid: 1000, groups: [] };
		const circumstances = { reads: kernel.host, environment: new Map(), command: path, held: CapabilitySet.empty, viewer };
		expect(madeBySteps([], circumstances, failed)(path)).toBe(expected);
	});

	it.each<[command: string, steps: Steps, refusal: string]>([
		["run", [], notInPath("run")],
		["loop", [], notInPath("loop")],
		["/srv/app/bin/run", [], missing("/srv/app/bin/run")],
		["/srv/application/run", [["copy", { from: "/seed", to: "/srv/app" }]], missing("/srv/application/run")],
		["/srv/app/bin/run", [["copy", { from: "/seed", to: "/srv/app" }, unmet]], missing("/srv/app/bin/run")],
		["run", [["run", ["install"], unmet]], notInPath("run")],
		["run", [["file", { path: "/opt/run", content: "" }]], notInPath("run")],
		["/opt/tools/run", [["mkdir", "/opt/tools"]], missing("/opt/tools/run")],
		[
			"/data/run",
			[
				["file", { path: "/data", content: "" }],
				["own", "/data"],
				["remove", "/data/x"],
			],
			missing("/data/run"),
		],
		[
			"run",
			[
				["device", "/opt/tools/run"],
				["wait_for", { file: "/opt/tools/run" }],
				["require", { writable: "/opt" }],
			],
			notInPath("run"),
		],
	])("%s is refused with %j", (command, steps, refusal) => {
		expect(refusalOf(() => decide(command, steps))).toBe(refusal);
	});
});

it.each([
	["redis-server --foo", ['a command is a list, a word each: [redis-server, "--foo"]']],
	["redis-server", []],
])("of %j says how it is written as words", (command, first) => {
	try {
		planCommand([command], "/bin", "/", kernel.host, () => false);
		throw new Error("nothing was refused");
	} catch (error) {
		expect(error instanceof Failure ? error.diagnostics[0].remedy : error).toEqual([
			...first,
			"install it in the image, or write its whole path",
		]);
	}
});
