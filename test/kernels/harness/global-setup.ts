import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, cache, probeFile } from "../../e2e/harness/paths.ts";

/** Who counts the results finds the reason here when nothing of this lane could run. */
const unavailable = join(cache, "kernels-unavailable");

const programs = ["qemu-system-x86_64", "apparmor_parser", "cpio", "busybox", "apt-get", "dpkg-deb", "gcc"];

/** Before anything is unpacked: all that the machine is made of is there. */
export default function setUp(): void {
	for (const file of [binary, probeFile]) {
		if (!existsSync(file)) {
			throw new Error(`${file} is missing: make build probe`);
		}
	}
	rmSync(unavailable, { force: true });
	const missing = programs.filter((program) => !isInstalled(program));
	const reason = missing.length > 0 ? `not installed: ${missing.join(", ")}` : process.getuid?.() === 0 ? undefined : "needs root";
	if (reason !== undefined) {
		writeFileSync(unavailable, reason);
		throw new Error(`SKIP: ${reason}`);
	}
}

function isInstalled(program: string): boolean {
	try {
		execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
}
