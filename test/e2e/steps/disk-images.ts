import { execFileSync } from "node:child_process";
import {
	chmodSync,
	closeSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Written } from "../../harness/partition-tables.ts";
import { until } from "../harness/poll.ts";

/** What makes an image of a directory. */
const makers: Readonly<Record<string, (tree: string, image: string) => void>> = {
	ext4: (tree, image) => run("mke2fs", "-q", "-t", "ext4", "-E", "root_owner=1000:1000", "-d", tree, sized(image, 4)),
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
	/** Those that a loop device of the machine shows. */
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
	const attached = () => {
		const own = new Map(readdirSync(directory).map((name) => [`${statSync(join(directory, name)).ino}`, name]));
		return backingInodes().flatMap((inode) => own.get(inode) ?? []);
	};
	const freed = async () => {
		await until("the loop devices are free", () => attached().length === 0);
	};
	return { directory, attached, freed };
}

/** The path that the kernel tells is that of another mount namespace. */
function backingInodes(): string[] {
	return execFileSync("losetup", ["--list", "--noheadings", "--output", "BACK-INO"], { encoding: "utf8" })
		.split("\n")
		.map((each) => each.trim());
}

/** A disk with these tables, and the content of an image where a partition is. */
export function disk(images: Images, name: string, mebibytes: number, written: readonly Written[], at: number, type: string): void {
	const file = sized(join(images.directory, name), mebibytes);
	const fd = openSync(file, "r+");
	for (const [place, bytes] of [...written, [at, readFileSync(join(images.directory, type))] as const]) {
		writeSync(fd, bytes, 0, bytes.length, place);
	}
	closeSync(fd);
}
