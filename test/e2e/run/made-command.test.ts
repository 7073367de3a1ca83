import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
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

describe("wherever a step makes it", () => {
	const script = (path: string, content = program) => ({ file: { path, content, mode: "0755" } });
	const tmpfs = (target: string) => ({ mount: { type: "tmpfs", target } });
	const made = "made for 1000\n";

	async function run(command: readonly string[], setup: readonly object[], more: object = {}, options: Partial<ContainerOptions> = {}) {
		const config = { user: "app", env: { set: { PATH: "/bin:/data/bin:/srv/bin" } }, setup, ...more };
		const volumes = [`${seed}:/seed:ro`, `${volume("true")}:/data`];
		const { status, stdout, stderr } = await runHouse({
			...{ image: busybox, config, args: ["--", ...command], caps: { add: ["SYS_ADMIN"] }, volumes, env: { WHERE: "app" } },
			...options,
		});
		return [status, /error\[.*/.exec(stderr)?.[0] ?? stdout];
	}

	const chain = [{ link: { path: "/srv/one", to: "two" } }, { link: { path: "/srv/two", to: "../data/app" } }];
	const layers = [
		{ mkdir: ["/srv/t", "/srv/l"] },
		tmpfs("/srv/l"),
		{ mkdir: ["/srv/l/up", "/srv/l/work"] },
		{ mount: { type: "overlay", target: "/srv/t", options: "lowerdir=/seed,upperdir=/srv/l/up,workdir=/srv/l/work" } },
	];

	it.each<[string, string, object[], object?]>([
		["through links of links", "/srv/one/serve", [{ mkdir: "/srv" }, ...chain, copy]],
		["by a link that is found in PATH", "srv", [copy, { mkdir: "/srv/bin" }, { link: { path: "/srv/bin/srv", to: "/data/app/serve" } }]],
		["on a tmpfs", "/srv/t/serve", [{ mkdir: "/srv/t" }, tmpfs("/srv/t"), script("/srv/t/serve")]],
		["in an overlay", "/srv/t/serve", layers],
		[
			"bound from what was made",
			"/srv/t/serve",
			[copy, { mkdir: "/srv/t" }, { mount: { type: "bind", source: "/data/app", target: "/srv/t" } }],
		],
		["in a directory of PATH that is made", "serve", [{ mkdir: "/data/bin" }, script("/data/bin/serve")]],
		[
			"by its interpreter",
			"/data/nested",
			[{ link: { path: "/data/sh", to: "/bin/sh" } }, script("/data/nested", program.replace("/bin", "/data"))],
		],
		["at a path with a variable", "/data/app/serve", [{ copy: { from: "/seed", to: "/data/$" + "{WHERE}" } }]],
		["relative to a working directory that is made", "./serve", [copy], { workdir: "/data/app" }],
		["where another condition is met by a step", "/data/app/serve", [{ mkdir: "/data/go" }, { ...copy, when: { exists: "/data/go" } }]],
		["by a step that may fail", "/data/app/serve", [{ ...copy, on_error: "warn" }]],
		["by a step whose source is made", "/data/serve", [copy, { file: { path: "/data/serve", from: "/data/app/serve", mode: "0755" } }]],
	])("runs: %s", async (_, command, setup, more) => {
		expect(await run([command], setup, more)).toEqual([0, made]);
	});

	it("is not executable when it is made so", async () => {
		expect(await run(["/data/serve"], [{ file: { path: "/data/serve", content: program } }])).toEqual([
			126,
			'error[COMMAND_NOT_EXECUTABLE] command: execve "/data/serve": EACCES: the execute permission is not set',
		]);
	});

	it("says what keeps it from being there", async () => {
		const loop = [{ link: { path: "/srv/loop", to: "loop" } }];
		const start = (command: string) => run([command], [], {});
		expect(await start("/etc/passwd/x")).toEqual([
			127,
			'error[COMMAND_NOT_FOUND] command: "/etc/passwd/x" does not exist: ENOTDIR: a part of its path is not a directory',
		]);
		expect(await run(["/srv/loop"], [{ mkdir: "/srv" }, ...loop])).toEqual([
			126,
			'error[COMMAND_NOT_EXECUTABLE] command: execve "/srv/loop": ELOOP: links lead to each other, or there are more than the kernel follows',
		]);
	});
});
