import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { until } from "../harness/poll.ts";

/** What makes an image of a directory. */
const makers: Readonly<Record<string, (tree: string, image: string) => void>> = {
	ext4: (tree, image) => run("mke2fs", "-q", "-t", "ext4", "-d", tree, sized(image, 4)),
	ext2: (tree, image) => run("mke2fs", "-q", "-t", "ext2", "-d", tree, sized(image, 1)),
	btrfs: (tree, image) => run("mkfs.btrfs", "-q", "--rootdir", tree, sized(image, 128)),
	xfs: (_, image) => run("mkfs.xfs", "-q", "-p", prototype(image), sized(image, 300)),
	squashfs: (tree, image) => run("mksquashfs", tree, image, "-quiet", "-no-progress"),
	erofs: (tree, image) => run("mkfs.erofs", "--quiet", image, tree),
};

function run(program: string, ...args: readonly string[]): void {
	execFileSync(program, args, { stdio: "pipe", env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` } });
}

/** A file with nothing in it. */
function sized(image: string, mebibytes: number): string {
	run("truncate", "-s", `${mebibytes}M`, image);
	return image;
}

/** The same content, as mkfs.xfs(8) wants it. */
function prototype(image: string): string {
	const file = `${image}.prototype`;
	writeFileSync(`${image}.hello`, hello);
	writeFileSync(file, `/\n0 0\nd--755 0 0\nhello ---644 0 0 ${image}.hello\n$\n`);
	return file;
}

/** What is in the file `hello` of every image. */
export const hello = "hello from a disk\n";

export interface Images {
	/** Holds an image by the name of each type, and nothing that the tests change. */
	readonly directory: string;
	/** The backing files of loop devices that lie there, of the whole machine. */
	attached(): string[];
	/** Waits until there is none. */
	freed(): Promise<void>;
}

/** Images of these types, gone after the last test of the file. */
export function diskImages(...types: readonly string[]): Images {
	const top = mkdtempSync(join(tmpdir(), "abdicate-disks-"));
	const directory = join(top, "data");
	afterAll(() => rmSync(top, { recursive: true, force: true }));
	chmodSync(top, 0o755);
	run("mkdir", "-m", "755", directory, join(top, "tree"));
	writeFileSync(join(top, "tree/hello"), hello);
	for (const type of types) {
		makers[type]?.(join(top, "tree"), join(directory, type));
	}
	const attached = () => backingFiles().filter((path) => path.includes(top) || isBelow(path, directory));
	return {
		directory,
		attached,
		freed: () => until("the loop devices are free", () => attached().length === 0 || undefined).then(() => {}),
	};
}

/** From here, the path inside another mount namespace is what the kernel shows of a file that has no path here. */
function isBelow(path: string, directory: string): boolean {
	return readdirSync(directory).some((name) => path === `/data/${name}`);
}

function backingFiles(): string[] {
	return readdirSync("/sys/block").flatMap((name) => {
		try {
			return name.startsWith("loop") ? [readFileSync(`/sys/block/${name}/loop/backing_file`, "utf8").trimEnd()] : [];
		} catch {
			// It is free.
			return [];
		}
	});
}
