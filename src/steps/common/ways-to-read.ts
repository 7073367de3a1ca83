import { isRegular } from "../../files/kind.ts";
import { mountAt } from "../../files/mountinfo.ts";
import { baseName } from "../../files/path-text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { contentLimit } from "./source.ts";

const setters: readonly string[] = ["fchown", "fchownat", "fchmod"];

/** How the workload gets to read what is mounted read-only, and so keeps its owner and mode. `undefined` of anything but a file of moderate length that a runtime has put there. */
export function waysToRead(reads: Reads, call: string, path: string): string[] | undefined {
	const stat = setters.includes(call) ? reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW) : 0;
	const mount = typeof stat === "number" ? undefined : mountAt(reads, path);
	// As Docker and Kubernetes bring a secret; what lies in a volume is its owner's to open.
	const isBrought = mount !== undefined && (mount.point === path || mount.type === "tmpfs");
	if (typeof stat === "number" || !isBrought || !isRegular(stat) || stat.size > contentLimit) {
		return undefined;
	}
	const name = baseName(path);
	return [
		`a copy for the workload alone, in place of this step: - secret: {from: {file: ${yamlScalar(path)}}, path: ${yamlScalar(`/run/${name}`)}}`,
		"or open it where it is mounted from: chmod on the machine (kubernetes: defaultMode of the volume)",
		`or, where the step names a directory above it, leave it out: exclude: [${yamlScalar(name)}]`,
	];
}
