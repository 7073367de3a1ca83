import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";

const directory = mkdtempSync(join(tmpdir(), "abdicate-profile-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const rest = [
	"execve",
	"exit_group",
	"write",
	"close",
	"newfstatat",
	"pread64",
	"munmap",
	"access",
	"set_robust_list",
	"rseq",
	"prlimit64",
];
const loaders = ["openat", "read", "mmap", "mprotect", ...(process.arch === "x64" ? ["arch_prctl"] : []), "brk", "set_tid_address"];

function start(names: readonly string[], defaultAction: string, command: string) {
	const file = join(directory, "profile.json");
	writeFileSync(file, JSON.stringify({ defaultAction, syscalls: [{ names, action: "SCMP_ACT_ALLOW" }] }));
	return runHouse({
		image: debian,
		config: "user: app\nseccomp: /profile.json\n",
		volumes: [`${file}:/profile.json:ro`],
		args: ["--", command],
	});
}

describe("a profile that lacks what the dynamic loader calls", () => {
	it.each([
		["one that refuses", "SCMP_ACT_ERRNO", loaders.slice(0, -2)],
		["one that kills", "SCMP_ACT_KILL_PROCESS", loaders],
	])("is told of before the program would end without a word: %s", async (_, action, missing) => {
		const { status, stderr } = await start(rest, action, "/bin/true");
		expect([status, stderr.split("\n")[0]]).toEqual([
			126,
			expect.stringMatching(
				new RegExp(
					`command: "/bin/true" cannot be executed: it is linked dynamically, and "/lib.*/ld-linux-.*" does not get as far as the program without ${missing.join(", ")}, which /profile.json refuses$`,
				),
			),
		]);
	});

	it("is one that has a program run, when it has all of them", async () => {
		expect(await start([...rest, ...loaders], "SCMP_ACT_KILL_PROCESS", "/bin/true")).toMatchObject({ status: 0, stderr: "" });
	});
});
