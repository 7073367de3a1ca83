import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads, YamlNode } from "../../../src/sys/native.ts";
import { check } from "../../../src/tools/check/check.ts";
import { stepsAlone } from "../../../src/tools/check/file-alone.ts";
import { lint } from "../../../src/tools/check/lint/findings.ts";
import { ruleExamples } from "../../../src/tools/check/lint/rule-examples.ts";
import { render } from "../../../src/tools/explain/explain.ts";
import { configuredFilter } from "../../../src/tools/seccomp/configured.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6.1", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;
const plain = '{"names": ["execve", "write", "exit_group", "read", "newfstatat", "clone"], "action": "SCMP_ACT_ALLOW"}';

/** The codes of what is found in lines of a file, or of the profile that one names, and of a rule that looks at none of both. */
async function codesIn(example: string, code: string): Promise<readonly string[]> {
	const isOfProfile = example.startsWith("{");
	const text = isOfProfile ? "seccomp: /p.json" : example;
	const profile = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [${isOfProfile ? `${plain}, ${example}` : plain}]}`;
	const config = await parseConfig(text, "f.yaml", {
		reads,
		environment: new Map([
			["HOME", "/x"],
			["DATA", "/x"],
		]),
		loadSteps,
	});
	const seccomp = configuredFilter(config, { machine: "x86_64", kernel: [6, 1] }, (file) => ({ file, text: profile }));
	const given = config.command.default.length > 0 || code === "LINT_WALL_COMMAND" ? undefined : ["/app"];
	const subject = { config, given, root: parseYaml(text) as YamlNode, reads, image: undefined, seccomp, steps: stepsAlone(config, reads) };
	return lint(subject, { file: "f.yaml", lines: text.split("\n") }).map((each) => each.code);
}

/** The same of a file in its image. */
async function codesInImage(example: string): Promise<readonly string[]> {
	const printed: string[] = [];
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": `user: app\n${example}`,
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/group": "root:x:0:\napp:x:1000:\n",
			"/bin/true": { kind: "file", mode: 0o755, content: "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x03\0\x3e\0").padEnd(64, "\0") },
		},
		environment: ["PATH=/bin"],
		overrides: { parseYaml, write: (_fd: number, text: string) => printed.push(text) },
	});
	await check(host, "/etc/c.yaml", { format: "json", image: true, imageUser: undefined, version: "1", command: ["/bin/true"] });
	return (JSON.parse(printed.join("")) as { code: string }[]).map((each) => each.code);
}

const isOfImage = (code: string) => /^LINT_(?:WORKDIR|IDLE_STEP|MISSING_\w+|STEP_OBSTACLE)$/.test(code);
/** Of the modes and attributes of an image's files: the tests of images try these. */
const isOfFiles = (right: string) => /^(?:RUN|USER|COPY) /.test(right);

describe("the example of a rule", () => {
	it.each(
		Object.entries(ruleExamples).flatMap(([code, example]) =>
			typeof example === "string" || isOfFiles(example[1]) ? [] : [[code, ...example]],
		),
	)("%s finds %j and nothing in %j", async (code, wrong, right) => {
		const codes = isOfImage(code) ? codesInImage : (text: string) => codesIn(text, code);
		const [found, left] = [await codes(wrong), await codes(right)];
		// What else there is to say of the one is no more of the other.
		expect([found, left.filter((each) => each === code || !found.includes(each))]).toEqual([expect.arrayContaining([code]), []]);
	});

	it("is what explain shows of it", async () => {
		expect(await render(reads, "LINT_HELP_PATTERN")).toMatch(/\n {2}wrong +command: .*'-\?'.*\n {2}right +command: .*'-\\\?'/);
		expect(await render(reads, "LINT_SECCOMP_STALE")).toMatch(/\n {2}comes of +a profile/);
	});
});
