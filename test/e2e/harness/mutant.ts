import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./paths.ts";

/**
 * A binary in which one module of `src` is replaced: a deliberate defect that a test has to notice. The replacement may import
 * the original. Removed by the caller, together with its directory.
 */
export interface Mutant {
	readonly binary: string;
	readonly remove: () => void;
}

/** Builds a mutant in about the time of one link. Paths are absolute. */
export function buildMutant(original: string, replacement: string): Mutant {
	const parent = join(root, "build/mutants");
	mkdirSync(parent, { recursive: true });
	const directory = mkdtempSync(join(parent, "m-"));
	const chunks = join(directory, "js");
	const pair = [original, replacement].map((path) => relative(root, path)).join("=");
	execFileSync("node", [join(root, "scripts/bundle.mjs"), "--out", chunks, "--replace", pair], { stdio: "pipe" });
	// A target directory of its own, so that the real build is not thrown away; shared among mutants, so that it is quick.
	const target = join(parent, "target");
	execFileSync("cargo", ["build", "--release", "--locked", "--quiet", `--target-dir=${target}`], {
		// cargo looks for its configuration, the static target, in the working directory.
		cwd: join(root, "native"),
		env: { ...process.env, ABDICATE_CHUNKS: chunks },
		stdio: "pipe",
	});
	const binary = join(directory, "abdicate");
	execFileSync("node", [join(root, "scripts/prepare.mjs"), join(target, "x86_64-unknown-linux-gnu/release/abdicate"), binary]);
	return { binary, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
