import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "./harness/paths.ts";
import { type Outcome, runProcess } from "./harness/process.ts";

const directory = mkdtempSync(join(tmpdir(), "abdicate-lanes-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A machine that lacks namespaces, or Docker: the program that would give them ends at once. */
function without(program: "unshare" | "dockerd"): NodeJS.ProcessEnv {
	const place = mkdtempSync(join(directory, "bin-"));
	writeFileSync(join(place, program), `#!/bin/sh\necho "${program}: not here" >&2\nexit 1\n`);
	chmodSync(join(place, program), 0o755);
	// Without what vitest tells its workers, so that this is the environment of a run of its own.
	return { HOME: "/root", PATH: `${place}:${process.env["PATH"]}`, DOCKER_HOST: `unix://${place}/docker.sock` };
}

const lanes = (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Outcome> =>
	runProcess("node", [join(root, "scripts/test.mjs"), ...args], { env, seconds: 60 });

/** The lines that say what came out, without the seconds. */
function verdict({ status, stdout }: Outcome): readonly unknown[] {
	const lines = stdout.split("\n").filter((line) => /^(SKIP|FAIL|skip|ok)\b|^\d+ passed/.test(line));
	return [status, ...lines.map((line) => line.replace(/ +[\d.]+ s /, ""))];
}

const required = (lane: string) => `FAIL: ${lane} is required (CI=true or REQUIRE), and cannot run here in full`;

describe("a lane that cannot run on this machine", () => {
	const said = "SKIP: attack: no namespaces: unshare: not here";

	it.each([{}, { CI: "false" }, { REQUIRE: "e2e,kernels" }])("is a skip with %j", async (env) => {
		expect(verdict(await lanes({ ...without("unshare"), ...env }, "attack"))).toEqual([
			0,
			said,
			"skip attack 0 passed, 0 failed, 1 skipped",
			"0 passed, 0 failed, 1 skipped",
		]);
	});

	it.each([{ CI: "true" }, { REQUIRE: "attack" }, { REQUIRE: "kernels,attack" }])("is a failure with %j", async (env) => {
		expect(verdict(await lanes({ ...without("unshare"), ...env }, "attack"))).toEqual([
			1,
			required("attack"),
			said,
			"FAIL attack 0 passed, 1 failed, 0 skipped",
			"0 passed, 1 failed, 0 skipped",
		]);
	});

	it("must be one that there is, to be required", async () => {
		const { status, stdout, stderr } = await lanes({ ...without("unshare"), REQUIRE: "unit" }, "attack");
		expect([status, stdout, stderr]).toEqual([2, "", "test.mjs: REQUIRE knows e2e, attack, compat, kernels, not unit\n"]);
	});
});

describe("a lane of which a part cannot run", () => {
	it.each([
		[{}, 0, []],
		[{ CI: "true" }, 1, [required("e2e")]],
	] as const)("runs the rest, with %j to end with %i", async (env, status, more) => {
		const [ended, ...lines] = verdict(await lanes({ ...without("dockerd"), ...env }, "e2e", "--", "test/e2e/probe.test.ts"));
		const counts = `1 passed, ${status} failed, 8 skipped`;
		expect([ended, ...lines.map((line) => String(line).replace(/: dockerd ended.*/, ""))]).toEqual([
			status,
			...more,
			"SKIP: e2e",
			`${status === 0 ? "ok  " : "FAIL"} e2e ${counts}`,
			counts,
		]);
	});
});

describe("the deadline", () => {
	const watched = async (lines: readonly string[]) => {
		const files = lines.map((line) => `echo ${line} >&3`).join("; sleep 0.2; ");
		const program = `import(${JSON.stringify(join(root, "scripts/test/run.mjs"))}).then(({ run }) =>
			run(["sh", "-c", ${JSON.stringify(`${files}; sleep 0.2`)}], { hasFiles: true })).then(({ ok, output }) => console.log(ok, output.trim()))`;
		return (await runProcess("node", ["-e", program], { env: { PATH: process.env["PATH"], FILE_MINUTES: "0.01" } })).stdout;
	};

	it("is one of each file, however long they take together", async () => {
		const one = (name: string) => [`start ${name}`, `end ${name}`];
		expect(await watched(["a", "b", "c", "d"].flatMap(one))).toBe("true \n");
	});

	it("names the file that has not ended", async () => {
		const others = ["b", "c", "d"].flatMap((name) => [`start ${name}`, `end ${name}`]);
		expect(await watched(["start a", ...others])).toBe("false not done within 0.01 min: a\n");
	});

	it("is told when a file starts and ends", async () => {
		let said = "";
		const args = ["run", "--project", "attack", "--reporter=./scripts/test/files-reporter.mjs", "test/attack/house.test.ts"];
		await runProcess(join(root, "node_modules/.bin/vitest"), args, {
			env: { PATH: process.env["PATH"], HOME: "/root" },
			onThird: (text) => {
				said += text;
			},
		});
		expect(said).toBe("start test/attack/house.test.ts\nend test/attack/house.test.ts\n");
	});
});
