import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { populateBusybox } from "../../e2e/harness/images.ts";
import { binary, probeFile, root } from "../../e2e/harness/paths.ts";
import type { Case } from "./case.ts";
import type { Kernel } from "./kernel.ts";
import { compiledPolicy, compiledProfiles } from "./profiles.ts";

/** In this order none needs a later one. */
const modules = ["fuse", "overlay", "loop", "cdrom", "isofs", "fat", "vfat", "nls_cp437", "nls_ascii"] as const;

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
	for (const [index, name] of modules.entries()) {
		const file = kernel.module(name);
		if (file !== undefined) {
			copyModule(file, join(tree, "modules", `${index}-${name}.ko`));
		}
	}
	writeImages(join(tree, "images"));
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

function copyModule(file: string, target: string): void {
	const [program, ...args] = unpackers[extname(file)] ?? ["cat"];
	const content = execFileSync(program, [...args, file], { stdio: "pipe", maxBuffer: 1 << 26 });
	writeFileSync(target, content);
}

/** File systems that the tests' own kernel does not have, each with a file. */
function writeImages(directory: string): void {
	const script = `mkdir "$1" "$1/tree"; echo "from a disk" > "$1/tree/hello"
		genisoimage -quiet -rational-rock -output "$1/iso9660" "$1/tree"
		/usr/sbin/mkfs.vfat -C "$1/vfat" 512
		mcopy -i "$1/vfat" "$1/tree/hello" ::hello
		rm -r "$1/tree"`;
	execFileSync("sh", ["-euc", script, "sh", directory], { stdio: "pipe" });
}
