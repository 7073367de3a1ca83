import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { binary, cache, probeFile, root } from "../../e2e/harness/paths.ts";

/** Where the tree of an archive lies, whether it does or not. */
export function treeOf(archive: string): string {
	return join(cache, "trees", basename(archive, ".tar"));
}

/** Lays out an archive, once for as long as the cache lives. */
export function unpack(archive: string): void {
	const tree = treeOf(archive);
	if (existsSync(tree)) {
		return;
	}
	const part = `${tree}.part-${process.pid}`;
	mkdirSync(part, { recursive: true, mode: 0o755 });
	execFileSync("tar", ["-C", part, "--numeric-owner", "--same-permissions", "-xf", archive]);
	try {
		renameSync(part, tree);
	} catch (error) {
		// Another run was quicker.
		rmSync(part, { recursive: true, force: true });
		if (!existsSync(tree)) {
			throw error;
		}
	}
}

/** Where what lies over every tree is: the binary, the probe, and what Docker makes in each container. */
export function layerOf(): string {
	const sum = createHash("sha256").update(readFileSync(binary)).update(readFileSync(probeFile)).digest("hex").slice(0, 16);
	return join(root, "build/layers", sum);
}

/** Makes that layer if it is not there. */
export function makeLayer(): void {
	const layer = layerOf();
	if (existsSync(layer)) {
		return;
	}
	const part = `${layer}.part-${process.pid}`;
	for (const directory of ["dev/pts", "dev/shm", "proc", "sys", "etc"]) {
		mkdirSync(join(part, directory), { recursive: true, mode: 0o755 });
	}
	chmodSync(part, 0o755);
	for (const file of [".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf"]) {
		writeFileSync(join(part, file), "");
		chmodSync(join(part, file), 0o755);
	}
	symlinkSync("/proc/mounts", join(part, "etc/mtab"));
	copyFileSync(binary, join(part, "abdicate"));
	copyFileSync(probeFile, join(part, "probe"));
	rmSync(layer, { recursive: true, force: true });
	renameSync(part, layer);
	removeOldLayers();
}

/** Those of earlier builds; a run of today may still be in one. */
function removeOldLayers(): void {
	const layers = join(root, "build/layers");
	for (const name of readdirSync(layers)) {
		if (Date.now() - statSync(join(layers, name)).mtimeMs > 86_400_000) {
			rmSync(join(layers, name), { recursive: true, force: true });
		}
	}
}

/** Where houses mount their roots, each in its own view. */
export function scratchDirectory(): string {
	const directory = join(root, "build/house-root");
	mkdirSync(directory, { recursive: true });
	return directory;
}
