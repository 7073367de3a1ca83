import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cache } from "../../e2e/harness/paths.ts";

/** Debian's own kernel, unpacked and kept. */
export interface Kernel {
	readonly version: string;
	readonly image: string;
	/** The file of a module by its name, such as `fuse`; compressed, perhaps. */
	module(name: string): string;
}

const kernels = join(cache, "kernels");

/** The kernel that the meta package stands for today, from the package sources of this machine. */
export function debianKernel(): Kernel {
	mkdirSync(kernels, { recursive: true });
	try {
		return unpacked(packageName());
	} catch {
		// The lists of packages are missing, or older than what the sources still have.
		apt(kernels, "update");
		return unpacked(packageName());
	}
}

function packageName(): string {
	const depends = execFileSync("apt-cache", ["depends", "linux-image-amd64"], { encoding: "utf8", stdio: "pipe" });
	const [, name] = /Depends: (linux-image-[0-9]\S*)/.exec(depends) ?? [];
	if (name === undefined) {
		throw new Error("the package sources of this machine have no linux-image-amd64");
	}
	return name;
}

function unpacked(name: string): Kernel {
	const directory = join(kernels, name);
	if (!existsSync(directory)) {
		unpack(name, directory);
	}
	const version = name.replace("linux-image-", "");
	return { version, image: join(directory, `boot/vmlinuz-${version}`), module: (module) => findModule(directory, module) };
}

/** As root, it would hand a download to a user who may not write where it goes. */
function apt(directory: string, ...args: readonly string[]): void {
	execFileSync("apt-get", ["-q", "-o", "Acquire::Retries=3", "-o", "APT::Sandbox::User=root", ...args], {
		cwd: directory,
		stdio: "pipe",
	});
}

/** A tenth of the package. */
const wanted = "'./boot/vmlinuz-*' '*/kernel/fs/*'";

/** Complete or not there at all, also when it is interrupted. */
function unpack(name: string, directory: string): void {
	const part = mkdtempSync(join(kernels, "part-"));
	try {
		apt(part, "download", name);
		const file = readdirSync(part).find((each) => each.endsWith(".deb")) ?? "";
		const extract = `mkdir root && dpkg-deb --fsys-tarfile "$1" | tar --extract --directory root --wildcards ${wanted}`;
		execFileSync("sh", ["-c", extract, "sh", file], { cwd: part, stdio: "pipe" });
		renameSync(join(part, "root"), directory);
	} finally {
		rmSync(part, { recursive: true, force: true });
	}
}

function findModule(directory: string, name: string): string {
	const pattern = new RegExp(`/${name}\\.ko(\\.xz|\\.zst)?$`);
	const found = readdirSync(directory, { recursive: true, encoding: "utf8" }).find((each) => pattern.test(each));
	if (found === undefined) {
		throw new Error(`the kernel in ${directory} has no module ${name}`);
	}
	return join(directory, found);
}
