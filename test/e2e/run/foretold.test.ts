import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { volume } from "../steps/volume.ts";

const script = `
	script() { printf '#!%s\\necho ran\\n' "$2" > "$1"; chmod "$3" "$1"; }
	script right /bin/sh 755; script plain /bin/sh 644; script roots /bin/sh 700; script crlf "/bin/sh$(printf '\\r')" 755
	script lost /no/sh 755; script by-made /made/sh 755; script by-plain /files/plain 755
	mkdir closed directory hooks; script closed/right /bin/sh 755; chmod 700 closed
	script hooks/10-mine.sh /bin/sh 755; script hooks/20.txt /bin/sh 644; script hooks/README /bin/sh 755; chown 1000 hooks/10-mine.sh hooks/README
`;

/** What `plan`, `check` and a run say of a configuration: the status of each, and the words of the first two. */
async function told(config: { readonly command: string; readonly setup?: readonly object[]; readonly workdir?: string }) {
	const { command, ...rest } = config;
	const files = volume(script);
	const written = { user: "app", ...rest, command: { default: [command] } };
	const in_ = (args: readonly string[]) =>
		runHouse({
			image: busybox,
			config: written,
			args,
			volumes: [`${files}:/files`],
			flags: ["--tmpfs=/noexec"],
			caps: { add: ["SYS_ADMIN"] },
		});
	const [plan, check, run] = [await in_(["plan"]), await in_(["check"]), await in_(["--"])];
	const warnings = plan.stdout.split("\n").flatMap((line) => /^warning +(.*)$/.exec(line)?.[1] ?? []);
	const codes = [...check.stdout.matchAll(/^abdicate: (\w+\[\w+\])/gm)]
		.map(([, code]) => code)
		.filter((code) => !code?.includes("KEYRING"));
	const error = /error\[[^\n]*/.exec(plan.stderr)?.[0];
	return { plan: [plan.status, error ?? warnings], check: [check.status, codes], run: run.status };
}

const right = { plan: [0, []], check: [0, []], run: 0 };

describe("what a run would find at its end", () => {
	const cannot = (path: string, why: string) => ({
		plan: [1, `error[COMMAND_NOT_EXECUTABLE] command: "${path}" cannot be executed: ${why}`],
		check: [1, ["error[LINT_COMMAND]"]],
		run: 126,
	});

	it.each<[string, string]>([
		["/files/plain", "the execute permission is not set"],
		["/files/roots", "the user may not execute it"],
		["/files/directory", "it is a directory"],
		["/files/closed/right", 'the user may not enter "/files/closed"'],
		["/files/lost", 'the file exists, but its interpreter "/no/sh" does not'],
		["/files/by-plain", 'its interpreter "/files/plain" has no execute permission'],
		[
			"/files/crlf",
			'the file exists, but its interpreter "/bin/sh\\x0d" does not: the #! line ends in a carriage return, which belongs to the name',
		],
	])("is said of the command before: %s", async (command, why) => {
		expect(await told({ command })).toEqual(cannot(command, why));
	});

	it("is said of a command that a step makes with such a mode", async () => {
		const file = (mode: string) => ({ file: { path: "/srv/run", content: "#!/bin/sh\n", mode } });
		const setup = (mode: string) => [{ mkdir: "/srv" }, file(mode)];
		const why = "the step that makes it gives it the mode 0644";
		expect(await told({ command: "/srv/run", setup: setup("0644") })).toEqual(cannot("/srv/run", why));
		expect(await told({ command: "/srv/run", setup: setup("0755") })).toEqual(right);
		expect(await told({ command: "/srv/run", setup: [...setup("0644"), { chmod: { path: "/srv/run", mode: "0755" } }] })).toEqual(right);
	});

	it.each<[string, string]>([
		["/absent", '"/absent" does not exist'],
		["/files/right", "ENOTDIR: it, or a part of its path, is not a directory"],
		["/files/closed", 'uid 1000 (groups 1000,44) may not enter "/files/closed", which is of 0:0 with mode 0700'],
	])("is said of the working directory: %s", async (workdir, why) => {
		expect(await told({ command: "/files/right", workdir })).toEqual({
			plan: [1, `error[DROP_FAILED] drop workdir: workdir "${workdir}": ${why}`],
			check: [1, ["error[LINT_WORKDIR]"]],
			run: 125,
		});
	});
});

describe("what a step may still put right", () => {
	it.each<[string, string, object[]]>([
		["a mode", "/files/plain", [{ chmod: { path: "/files/pl*", mode: "0755" } }]],
		["an owner", "/files/roots", [{ own: { path: "/files/roots" } }]],
		["a directory above", "/files/closed/right", [{ chmod: { path: "/files/closed", mode: "0755" } }]],
		["an interpreter", "/files/by-made", [{ mkdir: "/made" }, { link: { path: "/made/sh", to: "/bin/sh" } }]],
		["an interpreter's mode", "/files/by-plain", [{ chmod: { path: "/files/plain", mode: "0755" } }]],
		["anything", "/files/crlf", [{ run: ["sed", "-i", "s/\\r$//", "/files/crlf"] }]],
	])("is not foretold: %s", async (_, command, setup) => {
		const { plan, check } = await told({ command, setup });
		expect({ plan, check }).toEqual({ plan: right.plan, check: right.check });
	});

	it("nor is a working directory that one makes or opens", async () => {
		expect(await told({ command: "/files/right", workdir: "/made/here", setup: [{ mkdir: "/made/here" }] })).toEqual(right);
		const opens = [{ chmod: { path: "/files/closed", mode: "0755" } }];
		expect(await told({ command: "/files/right", workdir: "/files/closed", setup: opens })).toEqual(right);
	});
});

describe("hooks", () => {
	it("are said to do nothing where their directory is not there, and so change nothing", async () => {
		expect(await told({ command: "/files/right", setup: [{ hooks: "/absent" }] })).toEqual({
			plan: [0, ['setup[0]: "/absent" does not exist, so that hooks would do nothing']],
			check: [0, ["note[LINT_IDLE_STEP]"]],
			run: 0,
		});
		expect((await told({ command: "/files/crlf", setup: [{ hooks: "/absent" }] })).plan[0]).toBe(1);
		expect(await told({ command: "/files/right", setup: [{ mkdir: "/made" }, { hooks: "/made" }] })).toEqual(right);
	});

	it("are judged as those that run: by plan too, and not what the pattern passes over", async () => {
		const hooks = (pattern: string) => [{ hooks: { directory: "/files/hooks", user: "root", pattern } }];
		const refused = await told({ command: "/files/right", setup: hooks("*.sh") });
		expect([refused.plan[0], refused.check, refused.run]).toEqual([1, [1, ["error[LINT_WRITABLE_PROGRAM]"]], 125]);
		expect(refused.plan[1]).toMatch(/^error\[STEP_FAILED\] setup\[0\] hooks .*: "\/files\/hooks\/10-mine\.sh" is not run with more than/);
		expect(await told({ command: "/files/right", setup: hooks("*.txt") })).toEqual(right);
	});
});
