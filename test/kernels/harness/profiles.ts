import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** The features of a kernel without distributions' patches; 6.1 of Debian is one, and takes what was compiled for them. */
const features = "/etc/apparmor.d/abi/kernel-5.4-vanilla";

/** All profiles of the cases, compiled here, because the compiler needs libraries that the machine does not have. */
export function compiledProfiles(): Buffer {
	const source = join(import.meta.dirname, "../profiles");
	const options = [
		"--skip-kernel-load",
		"--skip-cache",
		"--stdout",
		"--quiet",
		"--kernel-features",
		features,
		"--policy-features",
		features,
	];
	return execFileSync("apparmor_parser", [...options, source], { stdio: "pipe", maxBuffer: 1 << 26 });
}

/** The SELinux policy of the cases, to a file: in the version that Linux 5.10 knows, and with everything allowed that it does not speak of. */
export function compiledPolicy(file: string): void {
	const source = join(import.meta.dirname, "../policy.conf");
	execFileSync("checkpolicy", ["-M", "-U", "allow", "-c", "33", "-o", file, source], { stdio: "pipe" });
}
