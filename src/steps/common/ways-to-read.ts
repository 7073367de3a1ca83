import { isRegular } from "../../files/kind.ts";
import { baseName } from "../../files/path-text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { contentLimit } from "./source.ts";

const setters: readonly string[] = ["fchown", "fchownat", "fchmod"];

/** How the workload gets to read what is mounted read-only, and so keeps its owner and mode. `undefined` of anything but a file of moderate length. */
export function waysToRead(reads: Reads, call: string, path: string): string[] | undefined {
	const stat = setters.includes(call) ? reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW) : 0;
	if (typeof stat === "number" || !isRegular(stat) || stat.size > contentLimit) {
		return undefined;
	}
	const name = baseName(path);
	return [
		`a copy for the workload alone, in place of this step: - secret: {from: {file: ${yamlScalar(path)}}, path: ${yamlScalar(`/run/${name}`)}}`,
		"or open it where it is mounted from: chmod on the machine (kubernetes: defaultMode of the volume)",
		`or, where the step names a directory above it, leave it out: exclude: [${yamlScalar(name)}]`,
	];
}
