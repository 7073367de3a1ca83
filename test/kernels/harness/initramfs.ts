import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { populateBusybox } from "../../e2e/harness/images.ts";
import { binary, probeFile, root } from "../../e2e/harness/paths.ts";
import type { Case } from "./case.ts";
import type { Kernel } from "./kernel.ts";
import { compiledPolicy, compiledProfiles } from "./profiles.ts";

/** None of them needs another. */
const modules = ["fuse", "overlay"] as const;

/** The root file system of the machine, as the kernel takes it: a busybox, what is tested, and a directory for each case. */
export function writeInitramfs(kernel: Kernel, cases: readonly Case[], directory: string): string {
	const tree = join(directory, "tree");
	mkdirSync(tree, { mode: 0o755 });
	chmodSync(tree, 0o755);
	populateBusybox(tree);
	for (const name of ["data", "modules", "cases"]) {
		mkdirSync(join(tree, name), { mode: 0o755 });
	}
	copyFileSync(binary, join(tree, "abdicate"));
	copyFileSync(probeFile, join(tree, "probe"));
	copyFileSync(join(import.meta.dirname, "init.sh"), join(tree, "init"));
	copyFileSync(join(import.meta.dirname, "case.sh"), join(tree, "case.sh"));
	chmodSync(join(tree, "init"), 0o755);
	for (const name of ["hello-fs", "old-mount"]) {
		compile(join(root, `test/fixtures/${name}.c`), join(tree, "bin", name));
	}
	writeFileSync(join(tree, "profiles"), compiledProfiles());
	compiledPolicy(join(tree, "policy"));
	for (const file of modules.flatMap((name) => kernel.module(name) ?? [])) {
		copyModule(file, join(tree, "modules"));
	}
	for (const [index, each] of cases.entries()) {
		writeCase(each, join(tree, "cases", caseDirectory(index)));
	}
	const archive = join(directory, "initramfs");
	execFileSync("sh", ["-c", 'cd "$1" && find . | cpio --create --format=newc --quiet > "$2"', "sh", tree, archive], { stdio: "pipe" });
	return archive;
}

/** A case's directory, and its name in the report. */
export function caseDirectory(index: number): string {
	return `${index}`.padStart(3, "0");
}

function writeCase({ config, script }: Case, directory: string): void {
	mkdirSync(directory, { mode: 0o755 });
	writeFileSync(join(directory, "entrypoint.yaml"), typeof config === "string" ? config : JSON.stringify(config));
	writeFileSync(join(directory, "start"), script);
}

function compile(source: string, program: string): void {
	execFileSync("gcc", ["-static", "-s", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source], { stdio: "pipe" });
}

const unpackers: Readonly<Record<string, readonly [string, ...string[]]>> = { ".xz": ["xz", "-dc"], ".zst": ["zstd", "-dc"] };

function copyModule(file: string, directory: string): void {
	const [program, ...args] = unpackers[extname(file)] ?? ["cat"];
	const content = execFileSync(program, [...args, file], { stdio: "pipe", maxBuffer: 1 << 26 });
	writeFileSync(join(directory, basename(file).replace(/\.ko\..*/, ".ko")), content);
}
