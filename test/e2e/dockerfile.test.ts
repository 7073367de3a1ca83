import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { jobs } from "./harness/images.ts";
import { needDocker } from "./harness/need-docker.ts";
import { root } from "./harness/paths.ts";
import { runContainer } from "./harness/run.ts";

const build = (context: string, ...more: readonly string[]) =>
	execFileSync("docker", ["build", "--quiet", "--network", "none", ...more, context], {
		env: { ...process.env, DOCKER_BUILDKIT: "0" },
		stdio: "pipe",
	});

/** What stands for Rust, npm and the network: a make that has the binary already, and says what it has been given to build it from. */
const standIn = `FROM ${jobs}
RUN printf '#!/bin/sh\\n[ "$*" = build ] && find . -type f >/given && mkdir dist && cp /abdicate dist/\\n' >/usr/local/bin/make && \\
	chmod 755 /usr/local/bin/make && ln -s make /usr/local/bin/npm
`;

it("the Dockerfile of the top level builds from what is committed, and carries the binary alone", { timeout: 300_000 }, async () => {
	needDocker();
	const image = "abdicate-test/top-level";
	const context = mkdtempSync(join(tmpdir(), "abdicate-top-"));
	try {
		writeFileSync(join(context, "Dockerfile"), standIn);
		build(context, "--tag", `${image}-base`);
	} finally {
		rmSync(context, { recursive: true, force: true });
	}
	const stage = ["--build-arg", `BUILD=${image}-base`];
	build(root, ...stage, "--target", "build", "--tag", `${image}-stage`);
	build(root, ...stage, "--tag", image);
	const { stdout } = await runContainer({ image: `${image}-stage`, entrypoint: "cat", args: ["/given"] });
	const given = new Set(stdout.trim().split("\n"));
	const committed = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
	expect(committed.filter((path) => existsSync(join(root, path)) && !given.has(`./${path}`))).toEqual([]);
	expect([...given].filter((path) => /^\.\/(\.git|\.cache|build|dist|node_modules|native\/target)\//.test(path))).toEqual([]);
	const shown = await runContainer({ image, entrypoint: "/abdicate", args: ["--version"] });
	expect(shown.stdout).toMatch(/^abdicate \d/);
	// Nothing else to run.
	expect((await runContainer({ image, entrypoint: "/bin/sh", args: ["-c", "true"] })).status).toBe(127);
});
