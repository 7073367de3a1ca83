import { expect, it } from "vitest";
import { lookAhead } from "../../../src/cli/look-ahead.ts";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

async function told(setup: string, command = "true") {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: { "/etc/c.yaml": `user: "7:7"\nsetup:\n${setup}`, "/etc/passwd": "", "/etc/group": "", "/bin/true": { mode: 0o755 } },
		environment: ["PATH=/bin"],
		overrides: { parseYaml },
	});
	const options = parseOptions(["-c", "/etc/c.yaml", "--", command]);
	const error: unknown = await lookAhead(host, (reads, suppose, amend) => makePlan(reads, options, "look", suppose, amend)).catch(
		(each: unknown) => each,
	);
	return error instanceof Failure ? error.diagnostics.map(({ code, where }) => `${code} ${where}`) : error;
}

const secret = "- secret: {from: {env: TOKEN}, path: /run/token}\n";
const itself = "ENVIRONMENT_INVALID /etc/c.yaml:3:11 setup[0].secret";

it.each([
	[
		"a program of another step",
		`${secret}- run: [/opt/none]\n`,
		"true",
		["STEP_FAILED setup[1] run /opt/none as uid 0 with no capability", itself],
	],
	["the command", secret, "none", [itself, "COMMAND_NOT_FOUND command"]],
	[
		"nothing that may come of it, and that a command is an empty file",
		`${secret}- own: /run/token\n`,
		"true",
		["COMMAND_NOT_EXECUTABLE command", itself],
	],
	["nothing where steps have conditions", `${secret}- run: {command: [/opt/none]}\n  when: {exists: /x}\n`, "true", [itself]],
])("beside a variable that is missing is told %s", async (_, setup, command, all) => {
	expect(await told(setup, command)).toEqual(all);
});
