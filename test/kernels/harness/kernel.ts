import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cache } from "../../e2e/harness/paths.ts";
import { type AptRoot, apt, makeAptRoot } from "./apt.ts";

/** Debian's own kernel, unpacked and kept. */
export interface Kernel {
	readonly version: string;
	readonly image: string;
	/** The file of a module by its name, such as `fuse`, compressed, perhaps; undefined for what is part of the kernel. */
	module(name: string): string | undefined;
}

const kernels = join(cache, "kernels");

/** The releases of Debian, and what their kernels are called. */
export const releases = { bullseye: "5.10", bookworm: "6.1", trixie: "6.12" } as const;
export type Release = keyof typeof releases;

/** The kernel that the meta package of a release stands for today, from where this machine has its own packages. */
export function debianKernel(release: Release): Kernel {
	const root = makeAptRoot(join(kernels, release), release);
	try {
		return unpacked(root, packageName(root));
	} catch {
		// The lists of packages are missing, or older than what the sources still have.
		apt(root, "apt-get", ["update"]);
		return unpacked(root, packageName(root));
	}
}

function packageName(root: AptRoot): string {
	const [, name] = /Depends: (linux-image-[0-9]\S*)/.exec(apt(root, "apt-cache", ["depends", "linux-image-amd64"])) ?? [];
	if (name === undefined) {
		throw new Error(`${root.release} has no linux-image-amd64`);
	}
	return name;
}

function unpacked(root: AptRoot, name: string): Kernel {
	const directory = join(kernels, `${name}+${edition}`);
	if (!existsSync(directory)) {
		unpack(root, name, directory);
	}
	const version = name.replace("linux-image-", "");
	return { version, image: join(directory, `boot/vmlinuz-${version}`), module: (module) => findModule(directory, module) };
}

/** A tenth of the package. */
const wanted = "'./boot/vmlinuz-*' '*/kernel/fs/*' '*/kernel/drivers/block/loop.ko*' '*/kernel/drivers/cdrom/cdrom.ko*'";
/** Another one with each change of what is wanted. */
const edition = 2;

/** Complete or not there at all, also when it is interrupted. */
function unpack(root: AptRoot, name: string, directory: string): void {
	const part = mkdtempSync(join(kernels, "part-"));
	try {
		apt(root, "apt-get", ["download", name], part);
		const file = readdirSync(part).find((each) => each.endsWith(".deb")) ?? "";
		const extract = `mkdir root && dpkg-deb --fsys-tarfile "$1" | tar --extract --directory root --wildcards ${wanted}`;
		execFileSync("sh", ["-c", extract, "sh", file], { cwd: part, stdio: "pipe" });
		renameSync(join(part, "root"), directory);
	} finally {
		rmSync(part, { recursive: true, force: true });
	}
}

function findModule(directory: string, name: string): string | undefined {
	const pattern = new RegExp(`/${name}\\.ko(\\.xz|\\.zst)?$`);
	const found = readdirSync(directory, { recursive: true, encoding: "utf8" }).find((each) => pattern.test(each));
	return found === undefined ? undefined : join(directory, found);
}
