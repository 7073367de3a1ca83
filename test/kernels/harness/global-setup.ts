import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { binary, probeFile } from "../../e2e/harness/paths.ts";
import { sayUnavailable } from "../../e2e/harness/unavailable.ts";

const programs = [
	"qemu-system-x86_64",
	"apparmor_parser",
	"checkpolicy",
	"cpio",
	"busybox",
	"apt-get",
	"dpkg-deb",
	"gcc",
	"genisoimage",
	"mcopy",
];

/** Before anything is unpacked: all that the machine is made of is there. */
export default function setUp(): void {
	for (const file of [binary, probeFile]) {
		if (!existsSync(file)) {
			throw new Error(`${file} is missing: make build probe`);
		}
	}
	const missing = programs.filter((program) => !isInstalled(program));
	const reason = missing.length > 0 ? `not installed: ${missing.join(", ")}` : process.getuid?.() === 0 ? undefined : "needs root";
	if (reason !== undefined) {
		sayUnavailable(reason);
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
