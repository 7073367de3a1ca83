import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { busybox } from "../harness/images.ts";
import { runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";

const program = "#!/bin/sh\necho made for $(id -u)\n";
const seed = volume(`printf '${program}' > serve; chmod 755 serve`);
const copy = { copy: { from: "/seed", to: "/data/app" } };
const marker = { mkdir: "/data/marker" };

async function start(setup: readonly object[], command: string) {
	const data = volume("true");
	const { status, stdout, stderr } = await runContainer({
		image: busybox,
		config: { user: "app", env: { set: { PATH: "/bin:/data/app" } }, setup: [marker, ...setup] },
		args: ["--", command],
		caps: { add: ["SYS_ADMIN"] },
		volumes: [`${seed}:/seed:ro`, `${data}:/data`],
	});
	const error = /error\[.*/.exec(stderr)?.[0];
	return [status, error ?? stdout, readdirSync(data).sort()];
}

describe("a command that is not there before the setup", () => {
	it.each<[string, object[], string]>([
		["is copied", [copy], "/data/app/serve"],
		["is copied and looked for in PATH", [copy], "serve"],
		["is copied to where a link leads", [{ link: { path: "/opt", to: "/data/app" } }, copy], "/opt/serve"],
		["is written", [{ mkdir: "/data/app" }, { file: { path: "/data/app/serve", content: program, mode: "0755" } }], "/data/app/serve"],
		["is bound", [{ mkdir: "/data/app" }, { mount: { type: "bind", source: "/seed", target: "/data/app" } }], "/data/app/serve"],
		["is made by a program", [{ run: ["cp", "-r", "/seed", "/data/app"] }], "serve"],
	])("runs when it %s", async (_, setup, command) => {
		expect(await start(setup, command)).toEqual([0, "made for 1000\n", ["app", "marker"]]);
	});

	it("is refused before anything has changed when no step that runs can make it", async () => {
		const unmet = { ...copy, when: { env: "NOT_SET" } };
		const refused = (text: string) => [127, `error[COMMAND_NOT_FOUND] command: ${text}`, []];
		expect(await start([copy], "/data/application/serve")).toEqual(refused('"/data/application/serve" does not exist'));
		expect(await start([unmet], "/data/app/serve")).toEqual(refused('"/data/app/serve" does not exist'));
		expect(await start([unmet], "serve")).toEqual(refused('"serve" is not in PATH (/bin:/data/app)'));
	});

	it("is refused at the end when a step could have made it and did not", async () => {
		const said = (name: string) => `error[COMMAND_NOT_FOUND] command: "${name}" was not found by the user the workload runs as`;
		expect(await start([copy], "/data/app/other")).toEqual([127, said("/data/app/other"), ["app", "marker"]]);
		expect(await start([{ run: ["true"] }], "other")).toEqual([127, said("other"), ["marker"]]);
	});
});
